//! The lab events, which `/`, `/lab`, `/auth` and `/early` share.

use std::future::Future;
use std::sync::Arc;

use rmpv::Value;
use serde::de::DeserializeOwned;
use socketioxide::extract::TryData;
use socketioxide::{AckError, SendError};
use tokio::sync::watch;

use crate::app::App;
use crate::args::{Args, unreadable};
use crate::backpressure::{Reply, emit, retry_while_full};
use crate::cluster::Socket;
use crate::metrics::Metric;
use crate::namespace::Gate;
use crate::running::{Place, Running};
use crate::{Refusal, handshake, rooms};

/// Bytes and events of `flood` between two pauses, in which the server serves its other clients.
const TURN: (u64, u64) = (64 * 1024, 64);

/// Registers the handlers of the lab events, which pass the gate; `auth` is the payload of the client's CONNECT. Drop the returned
/// value when the client has left.
pub(crate) fn register(
    socket: &Socket,
    app: &Arc<App>,
    auth: serde_json::Value,
    gate: &Gate,
) -> Here {
    let auth = Arc::new(handshake::auth_or_null(socket, auth));
    let (here, left) = watch::channel(());
    let running = Running::new(app.shared_metrics());
    let shared = &Shared {
        app: Arc::clone(app),
        auth,
        gate: gate.clone(),
        running,
        left,
    };
    on(socket, shared, "echo", echo);
    on(socket, shared, "question", question);
    socket.on("silent", async || {});
    on(socket, shared, "kick", kick_caller);
    // socketioxide cannot close the whole connection from one socket.
    on(socket, shared, "drop", kick_caller);
    on(socket, shared, "handshake", report_handshake);
    on(socket, shared, "join", join);
    on(socket, shared, "leave", leave);
    on(socket, shared, "say", say);
    on(socket, shared, "flood", flood);
    Here(here)
}

/// A client that has not left.
pub(crate) struct Here(#[expect(dead_code, reason = "its end is a message")] watch::Sender<()>);

/// The state of one socket that its events share.
#[derive(Clone)]
struct Shared {
    app: Arc<App>,
    auth: Arc<serde_json::Value>,
    gate: Gate,
    running: Arc<Running>,
    /// Ends when the client has left.
    left: watch::Receiver<()>,
}

impl Shared {
    /// Takes a place among the events that have not ended.
    fn enter(&self, event: &str) -> Result<Place, Refusal> {
        self.running.enter(event, self.app.config().limits.running)
    }

    /// Waits until the client's middleware has accepted it.
    async fn wait(&self, event: &str) -> Result<(), Refusal> {
        let _place = self.enter(event)?;
        self.gate.pass().await
    }
}

/// One call of an event whose arguments have types.
struct LabCall {
    socket: Socket,
    shared: Shared,
    args: Args,
    reply: Reply,
}

impl LabCall {
    /// Decodes the arguments.
    fn args<T: DeserializeOwned>(&self, event: &str) -> Result<T, Refusal> {
        let values = Value::Array(self.args.0.clone());
        rmpv::ext::from_value(values).map_err(|error| Refusal::new(format!("{event}: {error}")))
    }
}

/// Registers a handler, whose refusals go to the sender alone.
fn on<F, R>(socket: &Socket, shared: &Shared, event: &'static str, handler: F)
where
    F: Fn(LabCall) -> R + Copy + Send + Sync + 'static,
    R: Future<Output = Result<(), Refusal>> + Send + 'static,
{
    let shared = shared.clone();
    socket.on(
        event,
        async move |socket: Socket, TryData(args): TryData<Args>, reply: Reply| {
            let (to, sender, app) = (reply.clone(), socket.clone(), Arc::clone(&shared.app));
            let handled = async {
                shared.wait(event).await?;
                let args = args.map_err(|error| unreadable(event, &error))?;
                handler(LabCall {
                    socket,
                    shared,
                    args,
                    reply,
                })
                .await
            };
            let Err(refusal) = handled.await else {
                return;
            };
            app.metrics().count(Metric::RefusalsTotal);
            if to.is_wanted() {
                to.send(&refusal).await;
            } else {
                emit(&sender, "refused", &(event, refusal.message())).await;
            }
        },
    );
}

async fn echo(call: LabCall) -> Result<(), Refusal> {
    if call.reply.is_wanted() {
        call.reply.send(&call.args).await;
    } else {
        emit(&call.socket, "echo", &call.args).await;
    }
    Ok(())
}

async fn question(call: LabCall) -> Result<(), Refusal> {
    let _place = call.shared.enter("question")?;
    let LabCall {
        socket,
        args,
        mut shared,
        ..
    } = call;
    let ask = || socket.emit_with_ack::<_, Args>("question", &args);
    let Some(ack) = retry_while_full(&socket, ask).await else {
        return Ok(());
    };
    // The answer may never come, and the question may be large.
    drop(args);
    let answer = tokio::select! {
        answer = ack => answer,
        // An error means that the client has left.
        _ = shared.left.changed() => return Ok(()),
    };
    match answer {
        Ok(answer) => {
            emit(&socket, "answered", &answer).await;
            Ok(())
        }
        Err(AckError::Decode(error)) => Err(unreadable("question: the ack", &error)),
        // The client has left, or took too long.
        Err(AckError::Socket(_) | AckError::Timeout) => Ok(()),
    }
}

async fn kick_caller(call: LabCall) -> Result<(), Refusal> {
    kick(call.socket).await;
    Ok(())
}

async fn report_handshake(call: LabCall) -> Result<(), Refusal> {
    let report = handshake::report(&call.socket, &call.shared.auth);
    call.reply.send(&report).await;
    Ok(())
}

async fn join(call: LabCall) -> Result<(), Refusal> {
    let (room,): (String,) = call.args("join")?;
    let limits = &call.shared.app.config().limits;
    limits.check_name("the room", &room)?;
    limits.check_rooms(rooms::count(&call.socket))?;
    call.socket.join(room.clone());
    call.reply.send(&room).await;
    Ok(())
}

async fn leave(call: LabCall) -> Result<(), Refusal> {
    let (room,): (String,) = call.args("leave")?;
    call.socket.leave(room.clone());
    call.reply.send(&room).await;
    Ok(())
}

async fn say(call: LabCall) -> Result<(), Refusal> {
    let Some((room, said)) = call.args.split_text() else {
        return Err(Refusal::new("say: the room is not a text"));
    };
    // The server's own rooms begin with a control character.
    if !room.starts_with(char::is_control) {
        // An error means a member that is disconnected or does not read.
        let _ = call.socket.within(room).emit("said", &said).await;
    }
    call.reply.send(&Args(Vec::new())).await;
    Ok(())
}

async fn flood(call: LabCall) -> Result<(), Refusal> {
    let _place = call.shared.enter("flood")?;
    let (count, text): (u64, Value) = call.args("flood")?;
    let size = serde_json::to_string(&text).map_or(0, |text| text.len() as u64);
    let batch = (TURN.0 / (size + 1)).clamp(1, TURN.1);
    for number in 0..count {
        if !emit(&call.socket, "tick", &(number, &text)).await {
            return Ok(());
        }
        if number % batch == batch - 1 {
            tokio::task::yield_now().await;
        }
    }
    emit(&call.socket, "flooded", &count).await;
    Ok(())
}

/// Disconnects a socket from its namespace.
pub(crate) async fn kick(socket: Socket) {
    retry_while_full(&socket, || {
        socket.clone().disconnect().map_err(SendError::from)
    })
    .await;
}
