//! The lab events, which `/`, `/lab`, `/auth` and `/early` share.

use rmpv::Value;
use socketioxide::SendError;
use socketioxide::extract::{Data, SocketRef};

use crate::args::Args;
use crate::backpressure::{Reply, emit, retry_while_full};
use crate::handshake;

/// Number of `flood` events between two pauses, in which the server can do other work.
const FLOOD_BATCH: u64 = 256;

/// Registers the handlers of the lab events; `auth` is the payload of the client's CONNECT.
pub(crate) fn register(socket: &SocketRef, auth: serde_json::Value) {
    let auth = handshake::auth_or_null(socket, auth);
    socket.on("echo", echo);
    socket.on("question", question);
    socket.on("join", join);
    socket.on("leave", leave);
    socket.on("say", say);
    socket.on("flood", flood);
    socket.on("silent", async || {});
    socket.on("kick", kick);
    // socketioxide cannot close the whole connection from one socket.
    socket.on("drop", kick);
    socket.on("handshake", async move |socket: SocketRef, reply: Reply| {
        reply.send(&handshake::report(&socket, &auth)).await;
    });
}

async fn echo(socket: SocketRef, Data(args): Data<Args>, reply: Reply) {
    if reply.is_wanted() {
        reply.send(&args).await;
    } else {
        emit(&socket, "echo", &args).await;
    }
}

async fn question(socket: SocketRef, Data(args): Data<Args>) {
    let ack = retry_while_full(&socket, || {
        socket.emit_with_ack::<_, Args>("question", &args)
    })
    .await;
    let Some(ack) = ack else { return };
    if let Ok(answer) = ack.await {
        emit(&socket, "answered", &answer).await;
    }
}

async fn join(socket: SocketRef, Data(room): Data<String>, reply: Reply) {
    socket.join(room.clone());
    reply.send(&room).await;
}

async fn leave(socket: SocketRef, Data(room): Data<String>, reply: Reply) {
    socket.leave(room.clone());
    reply.send(&room).await;
}

async fn say(socket: SocketRef, Data(args): Data<Args>) {
    let Some((room, said)) = args.split_text() else {
        return;
    };
    // An error means a member that is disconnected or does not read.
    let _ = socket.within(room).emit("said", &said).await;
}

async fn flood(socket: SocketRef, Data((count, text)): Data<(u64, Value)>) {
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
pub(crate) async fn kick(socket: SocketRef) {
    retry_while_full(&socket, || {
        socket.clone().disconnect().map_err(SendError::from)
    })
    .await;
}
