//! The lab events, which `/`, `/lab`, `/auth` and `/early` share.

use rmpv::Value;
use socketioxide::SendError;
use socketioxide::extract::{Data, SocketRef};

use crate::args::Args;
use crate::handshake;
use crate::patience::{Reply, emit, with_room};

/// Events of a flood between two pauses, in which the server can do other work.
const FLOOD_BATCH: u64 = 256;

/// Makes a socket answer the lab events; `auth` is what its client sent with CONNECT.
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
    // socketioxide cannot close the connection below one socket.
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
    let asked = with_room(&socket, || {
        socket.emit_with_ack::<_, Args>("question", &args)
    })
    .await;
    let Some(answer) = asked else { return };
    if let Ok(answer) = answer.await {
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
    // The only errors are those of members that are gone or do not read.
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
    with_room(&socket, || {
        socket.clone().disconnect().map_err(SendError::from)
    })
    .await;
}
