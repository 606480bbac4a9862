//! `/auth`: refuses clients without the token `secret`; has the lab events.

use serde_json::Value;
use socketioxide::SocketIo;
use socketioxide::extract::{Data, SocketRef};
use socketioxide::handler::ConnectHandler;

use crate::{handshake, lab};

const TOKEN: &str = "secret";

pub(super) fn install(io: &SocketIo) {
    io.ns("/auth", connected.with(check));
}

/// Accepts the token in CONNECT's payload (protocol 5) or in the query, in both protocols.
async fn check(socket: SocketRef, Data(auth): Data<Value>) -> Result<(), &'static str> {
    let in_auth = auth.get("token").and_then(Value::as_str) == Some(TOKEN);
    let in_query = || handshake::query_value(&socket, "token").as_deref() == Some(TOKEN);
    if in_auth || in_query() {
        Ok(())
    } else {
        Err("auth failed")
    }
}

async fn connected(socket: SocketRef, Data(auth): Data<Value>) {
    lab::register(&socket, auth);
}
