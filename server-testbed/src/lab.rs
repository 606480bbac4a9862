//! The lab events, which `/`, `/lab`, `/auth` and `/early` share.

use std::sync::Arc;

use rmpv::Value;
use socketioxide::SendError;
use socketioxide::extract::Data;

use crate::app::App;
use crate::args::Args;
use crate::backpressure::{Reply, emit, retry_while_full};
use crate::cluster::Socket;
use crate::metrics::Metric;
use crate::{Refusal, handshake};

/// Number of `flood` events between two pauses, in which the server can do other work.
const FLOOD_BATCH: u64 = 256;

/// Registers the handlers of the lab events; `auth` is the payload of the client's CONNECT.
pub(crate) fn register(socket: &Socket, app: &Arc<App>, auth: serde_json::Value) {
    let auth = handshake::auth_or_null(socket, auth);
    socket.on("echo", echo);
    socket.on("question", question);
    let app = Arc::clone(app);
    socket.on(
        "join",
        async move |socket: Socket, room: Data<String>, reply: Reply| {
            join(socket, &app, room.0, reply).await;
        },
    );
    socket.on("leave", leave);
    socket.on("say", say);
    socket.on("flood", flood);
    socket.on("silent", async || {});
    socket.on("kick", kick);
    // socketioxide cannot close the whole connection from one socket.
    socket.on("drop", kick);
    socket.on("handshake", async move |socket: Socket, reply: Reply| {
        reply.send(&handshake::report(&socket, &auth)).await;
    });
}

async fn echo(socket: Socket, Data(args): Data<Args>, reply: Reply) {
    if reply.is_wanted() {
        reply.send(&args).await;
    } else {
        emit(&socket, "echo", &args).await;
    }
}

async fn question(socket: Socket, Data(args): Data<Args>) {
    let ack = retry_while_full(&socket, || {
        socket.emit_with_ack::<_, Args>("question", &args)
    })
    .await;
    let Some(ack) = ack else { return };
    if let Ok(answer) = ack.await {
        emit(&socket, "answered", &answer).await;
    }
}

async fn join(socket: Socket, app: &App, room: String, reply: Reply) {
    match may_join(&socket, app, &room) {
        Ok(()) => {
            socket.join(room.clone());
            reply.send(&room).await;
        }
        Err(refusal) => {
            app.metrics().count(Metric::RefusalsTotal);
            reply.send(&refusal).await;
        }
    }
}

fn may_join(socket: &Socket, app: &App, room: &str) -> Result<(), Refusal> {
    let limits = &app.config().limits;
    limits.check_name("the room", room)?;
    limits.check_rooms(socket.rooms().len())
}

async fn leave(socket: Socket, Data(room): Data<String>, reply: Reply) {
    socket.leave(room.clone());
    reply.send(&room).await;
}

async fn say(socket: Socket, Data(args): Data<Args>, reply: Reply) {
    let Some((room, said)) = args.split_text() else {
        return;
    };
    // The server's own rooms begin with a control character.
    if !room.starts_with(char::is_control) {
        // An error means a member that is disconnected or does not read.
        let _ = socket.within(room).emit("said", &said).await;
    }
    reply.send(&Args(Vec::new())).await;
}

async fn flood(socket: Socket, Data((count, text)): Data<(u64, Value)>) {
    for number in 0..count {
        if !emit(&socket, "tick", &(number, &text)).await {
            return;
        }
        if number % FLOOD_BATCH == FLOOD_BATCH - 1 {
            tokio::task::yield_now().await;
        }
    }
    emit(&socket, "flooded", &count).await;
}

/// Disconnects a socket from its namespace.
pub(crate) async fn kick(socket: Socket) {
    retry_while_full(&socket, || {
        socket.clone().disconnect().map_err(SendError::from)
    })
    .await;
}
