//! Checks before a run: whether the system has room for the users, and whether the target is a Socket.IO server.

use std::pin::pin;
use std::time::Duration;

use tidewire::{ConnectError, TransportError};

use super::console;
use super::interrupts::{BEFORE_THE_RUN, Interrupts};
use crate::engine::{Facts, Load, Target, error_text, open_files, ports};

/// The time after which the program says that it waits.
const PATIENCE: Duration = Duration::from_secs(2);
/// Files that the process needs apart from connections.
const OTHER_FILES: u64 = 64;

/// Raises the limit of open files, and says what is missing for the users.
pub(super) fn check_limits(load: &Load, target: &Target) -> Result<(), String> {
    let (users, held) = (load.most_users(), load.held_users());
    if let Some(files) = open_files() {
        let most = files.saturating_sub(OTHER_FILES);
        if held > most {
            return Err(too_many(held, files));
        }
        if users > most {
            let text = too_many(users, files);
            console::note(&format!("warning: if all users are there at once, {text}"));
        }
    }
    let addresses = target.address_count() as u64;
    if let Some(ports) = ports()
        && users > ports.saturating_mul(addresses)
    {
        console::note(&format!(
            "warning: {users} users may need more than the {ports} ports that each of {addresses} local addresses has: \
             give more addresses (--bind)"
        ));
    }
    Ok(())
}

fn too_many(users: u64, files: u64) -> String {
    format!(
        "{users} users need {users} open files and {OTHER_FILES} others, and this process may have {files}: raise the limit \
         (`ulimit -n {}` as root, or LimitNOFILE), or use several processes (--shard)",
        users.saturating_add(OTHER_FILES)
    )
}

/// Finds out whether the target is a Socket.IO server, before users meet it.
pub(super) async fn ask_server(
    target: &Target,
    interrupts: &mut Interrupts,
) -> Result<Option<Facts>, String> {
    let mut slow = Slow::new(target);
    let facts = match target.proxy_url().is_some() || !target.uses_tcp() {
        true => None,
        false => before_interrupt(interrupts, slow.tell(Facts::ask(target)))
            .await?
            .ok()
            .flatten(),
    };
    let client = target
        .builder(target.namespace(), 0)
        .reconnection(false)
        .build()
        .map_err(|error| error_text(&error))?;
    let (socket, limit) = (client.socket(), target.connect_timeout * 3);
    let connect = tokio::time::timeout(limit, socket.connect());
    let error = match before_interrupt(interrupts, slow.tell(connect)).await? {
        Ok(Ok(())) => {
            client.close().await;
            return Ok(facts);
        }
        Ok(Err(error)) => error,
        Err(_) => return Err(format!("the server did not answer within {limit:?}")),
    };
    let text = error_text(&error);
    match may_accept_users(&error) {
        true => {
            console::note(&format!(
                "note: a client without the options of a user is refused ({text}); users may be accepted"
            ));
            Ok(facts)
        }
        false => Err(text),
    }
}

/// Says once that the program waits for a server which takes its time.
struct Slow {
    notice: Option<String>,
}

impl Slow {
    fn new(target: &Target) -> Slow {
        let (url, most) = (target.url(), target.connect_timeout);
        Slow {
            notice: Some(format!(
                "waiting for {url}, which has not answered yet (a connect may take {most:?})"
            )),
        }
    }

    async fn tell<T>(&mut self, work: impl Future<Output = T>) -> T {
        let mut work = pin!(work);
        tokio::select! {
            output = &mut work => return output,
            () = tokio::time::sleep(PATIENCE) => {}
        }
        if let Some(notice) = self.notice.take() {
            console::note(&notice);
        }
        work.await
    }
}

async fn before_interrupt<T>(
    interrupts: &mut Interrupts,
    work: impl Future<Output = T>,
) -> Result<T, String> {
    tokio::select! {
        output = work => Ok(output),
        () = interrupts.next() => Err(BEFORE_THE_RUN.into()),
    }
}

/// Returns whether users with tokens of their own may be accepted by a server that answered this.
fn may_accept_users(error: &ConnectError) -> bool {
    match error {
        ConnectError::Refused(_) => true,
        ConnectError::Unreachable { source, .. } => {
            matches!(source, TransportError::Status(400 | 401 | 403, _))
        }
        _ => false,
    }
}
