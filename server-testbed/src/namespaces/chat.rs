//! `/chat`: greets each client and answers each `chat` twice, like the egg example.

use socketioxide::SocketIo;
use socketioxide::extract::SocketRef;

use crate::backpressure::emit;

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

/// Returns a Chinese text, as in the egg example, because its lengths in bytes and in characters differ.
fn greeting(from: &str) -> String {
    format!("{from}服务端发送的消息")
}
