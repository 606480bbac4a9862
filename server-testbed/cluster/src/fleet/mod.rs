//! All clients of a cluster, and the questions a step asks them.

mod client;
mod kind;
mod sockets;

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use tokio::task::JoinSet;

use crate::options::{Options, Server, Sticky};
use crate::state::{Rooms, Scope, Shared, Verdict};
use kind::Kind;
use sockets::Sockets;

/// The time between two connects at the start.
const CONNECT_PAUSE: Duration = Duration::from_millis(5);
/// The time that clients have to be back, marks to arrive, and presence to converge.
const PATIENCE: Duration = Duration::from_secs(120);
/// The time that the marks of one round have to arrive.
const ROUND: Duration = Duration::from_secs(5);
/// The time between two looks at the state.
const LOOK: Duration = Duration::from_millis(20);
/// The time after which a server that does not tell who left is helped by a client that comes.
const HELP: Duration = Duration::from_secs(2);

pub(crate) struct Fleet {
    state: Arc<Shared>,
    rooms: Rooms,
    talks: Arc<AtomicBool>,
    sockets: Vec<Sockets>,
    kinds: Vec<Kind>,
    tasks: JoinSet<()>,
}

/// How the lists of members became right.
pub(crate) enum Converged {
    After(Duration),
    /// After a member of each room with a wrong list came again.
    WithTheNextJoin(Duration),
}

impl Fleet {
    /// Starts all clients. They connect one after the other, and go on if an attempt fails.
    pub(crate) async fn start(
        url: &str,
        server: Server,
        sticky: Sticky,
        options: &Options,
    ) -> io::Result<Self> {
        let rooms = Rooms::new(usize::from(options.clients));
        let mut fleet = Self {
            state: Arc::new(Shared::new(&rooms)),
            rooms: rooms.clone(),
            talks: Arc::default(),
            sockets: Vec::new(),
            kinds: Vec::new(),
            tasks: JoinSet::new(),
        };
        let pace = Duration::from_millis(options.pace);
        for number in 0..rooms.clients() {
            let kind = Kind::of(number, options);
            let sockets = kind
                .connect(number, url, server, sticky)
                .map_err(io::Error::other)?;
            let client = client::Client {
                number,
                sockets: sockets.clone(),
                state: Arc::clone(&fleet.state),
                talks: Arc::clone(&fleet.talks),
            };
            fleet.tasks.spawn(client.run(pace));
            fleet.sockets.push(sockets);
            fleet.kinds.push(kind);
            tokio::time::sleep(CONNECT_PAUSE).await;
        }
        Ok(fleet)
    }

    pub(crate) fn state(&self) -> &Shared {
        &self.state
    }

    /// Lets the clients send messages, which must reach the members of `scope`.
    pub(crate) fn talk(&self, scope: Scope) {
        self.state.lock().messages.set_scope(scope);
        self.talks.store(true, Ordering::Relaxed);
    }

    /// Waits until all clients are in their rooms.
    ///
    /// # Errors
    /// Says who is not.
    pub(crate) async fn all_here(&self) -> Result<(), String> {
        let here = || self.state.lock().attendance.absent().is_empty();
        if until(PATIENCE, here).await.is_some() {
            return Ok(());
        }
        let state = self.state.lock();
        let absent = state.attendance.absent();
        let (count, first) = (absent.len(), absent.first().copied().unwrap_or_default());
        Err(format!(
            "{count} clients are not back after {PATIENCE:?}; one is {first} ({}):{}",
            self.kinds[first],
            state.diary.read(first, Instant::now())
        ))
    }

    /// Ends the talking: waits until all messages are settled, and all that will arrive has arrived. Returns their fate.
    ///
    /// # Errors
    /// Messages do not go from each client to all members of its room.
    pub(crate) async fn fall_silent(&self) -> Result<Verdict, String> {
        self.talks.store(false, Ordering::Relaxed);
        let settled = || self.state.lock().messages.awaited() == 0;
        if until(PATIENCE, settled).await.is_none() {
            return Err(format!("messages wait for acks after {PATIENCE:?}"));
        }
        self.exchange_marks().await?;
        let mut state = self.state.lock();
        let state = &mut *state;
        Ok(state.messages.judge(&state.attendance))
    }

    /// Sends marks from each client to its room, in rounds, until those of one round have all arrived.
    async fn exchange_marks(&self) -> Result<(), String> {
        let end = Instant::now() + PATIENCE;
        while Instant::now() < end {
            self.all_here().await?;
            let round = {
                let mut state = self.state.lock();
                let state = &mut *state;
                state.marks.begin(&state.attendance)
            };
            for (number, sockets) in self.sockets.iter().enumerate() {
                // An error means that the client is about to leave: the next round is another one.
                let _ = client::send_mark(&sockets.lab, number, round).await;
            }
            let complete = || {
                let state = self.state.lock();
                state.marks.are_complete(&state.attendance)
            };
            if until(ROUND, complete).await.is_some() {
                return Ok(());
            }
        }
        let missing: Vec<_> = self.state.lock().marks.missing().take(3).collect();
        let names: Vec<_> = missing
            .iter()
            .map(|(to, from)| {
                format!(
                    "from {from} ({}) to {to} ({})",
                    self.kinds[*from], self.kinds[*to]
                )
            })
            .collect();
        Err(format!(
            "messages do not arrive after {PATIENCE:?}: {}",
            names.join(", ")
        ))
    }

    /// Waits until all clients have the right list of members. On servers that do not tell who left
    /// with a killed node, one member of each room helps by coming again.
    ///
    /// # Errors
    /// Says which list is wrong.
    pub(crate) async fn presence(&self, server: Server) -> Result<Converged, String> {
        let start = Instant::now();
        let right = || self.state.lock().presence.wrong_rooms().is_empty();
        let tells_who_left = server == Server::Testbed;
        let patience = if tells_who_left { PATIENCE } else { HELP };
        if until(patience, right).await.is_some() {
            return Ok(Converged::After(start.elapsed()));
        }
        while !tells_who_left && start.elapsed() < PATIENCE {
            self.come_again().await;
            if until(ROUND, right).await.is_some() {
                return Ok(Converged::WithTheNextJoin(start.elapsed()));
            }
        }
        let state = self.state.lock();
        let room = state.presence.wrong_rooms().first().copied();
        Err(format!(
            "presence is wrong after {PATIENCE:?}: {}",
            room.map(|room| state.presence.describe(room))
                .unwrap_or_default()
        ))
    }

    /// Lets one member of each room with a wrong list leave and come.
    async fn come_again(&self) {
        let wrong = self.state.lock().presence.wrong_rooms();
        for room in wrong {
            let ptop = &self.sockets[self.rooms.members(room).start].ptop;
            // The client's task notices both. An error means that it is about to reconnect.
            let _ = ptop.disconnect().await;
            ptop.start();
        }
    }

    /// Ends all clients.
    pub(crate) async fn close(mut self) {
        self.tasks.abort_all();
        while self.tasks.join_next().await.is_some() {}
    }
}

/// Looks until a condition holds. Returns `None` if it does not in time.
async fn until(patience: Duration, condition: impl Fn() -> bool) -> Option<()> {
    let looking = async {
        while !condition() {
            tokio::time::sleep(LOOK).await;
        }
    };
    tokio::time::timeout(patience, looking).await.ok()
}
