//! `/` and `/lab`: open to all, with the lab events.

use serde_json::Value;
use socketioxide::SocketIo;
use socketioxide::extract::{Data, SocketRef};

use crate::lab;

pub(super) fn install(io: &SocketIo) {
    io.ns("/", connected);
    io.ns("/lab", connected);
}

/// Without auth the extractor finds an empty object, so that this always runs.
async fn connected(socket: SocketRef, Data(auth): Data<Value>) {
    lab::register(&socket, auth);
}
