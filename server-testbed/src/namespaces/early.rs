//! `/early`: emits `early` twice before any other event; has the lab events.

use serde_json::Value;
use socketioxide::SocketIo;
use socketioxide::extract::{Data, SocketRef};

use crate::backpressure::emit;
use crate::lab;

pub(super) fn install(io: &SocketIo) {
    io.ns("/early", connected);
}

/// Emits as early as possible: socketioxide, like socket.io 4.x, cannot emit before the reply to CONNECT.
async fn connected(socket: SocketRef, Data(auth): Data<Value>) {
    lab::register(&socket, auth);
    for number in 1..=2 {
        emit(&socket, "early", &number).await;
    }
}
