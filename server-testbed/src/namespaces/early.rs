//! `/early`: emits `early` twice before anything else, with the lab events.

use serde_json::Value;
use socketioxide::SocketIo;
use socketioxide::extract::{Data, SocketRef};

use crate::lab;
use crate::patience::emit;

pub(super) fn install(io: &SocketIo) {
    io.ns("/early", connected);
}

/// socketioxide, as socket.io 4.x, has no way to emit before CONNECT is answered: this is the
/// earliest moment.
async fn connected(socket: SocketRef, Data(auth): Data<Value>) {
    lab::register(&socket, auth);
    for number in 1..=2 {
        emit(&socket, "early", &number).await;
    }
}
