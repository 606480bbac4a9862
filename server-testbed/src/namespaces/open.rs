//! `/` and `/lab`: accept every client; have the lab events.

use serde_json::Value;
use socketioxide::SocketIo;
use socketioxide::extract::{Data, SocketRef};

use crate::lab;

pub(super) fn install(io: &SocketIo) {
    io.ns("/", connected);
    io.ns("/lab", connected);
}

/// Runs without auth, too: then the extractor gives an empty object.
async fn connected(socket: SocketRef, Data(auth): Data<Value>) {
    lab::register(&socket, auth);
}
