//! `/chat`: greets, and answers each `chat` twice, as the egg example does.

use socketioxide::SocketIo;
use socketioxide::extract::SocketRef;

use crate::patience::emit;

pub(super) fn install(io: &SocketIo) {
    io.ns("/chat", connected);
}

async fn connected(socket: SocketRef) {
    socket.on("chat", chat);
    emit(&socket, "res", &format!("auth!{}", greeting("auth"))).await;
}

async fn chat(socket: SocketRef) {
    emit(&socket, "res", &format!("packet!{}", greeting("packet"))).await;
    emit(&socket, "res", &greeting("chat")).await;
}

/// Chinese on purpose, as in the egg example: its lengths in bytes and in characters differ.
fn greeting(from: &str) -> String {
    format!("{from}服务端发送的消息")
}
