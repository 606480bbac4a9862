//! `/ptop`: rooms that announce their members, and messages from one client to another.

use rmpv::Value;
use serde::{Deserialize, Serialize};
use serde_json::json;
use socketioxide::SocketIo;
use socketioxide::extract::{Data, SocketRef};

use crate::backpressure::emit;
use crate::envelope::{Envelope, Route};
use crate::handshake::{client_id, query_value};
use crate::lab::kick;

/// The room that does not exist.
const UNKNOWN_ROOM: &str = "gone";

/// The body of `online`.
#[derive(Serialize)]
struct Online {
    clients: Vec<String>,
    action: &'static str,
    target: &'static str,
    message: String,
}

/// The body of `exchange`. Without a target in text it does not decode, and the handler does not run.
#[derive(Deserialize)]
struct Exchange {
    target: String,
    #[serde(default = "empty_object")]
    payload: Value,
}

pub(super) fn install(io: &SocketIo) {
    io.ns("/ptop", connected);
}

async fn connected(socket: SocketRef) {
    let room = query_value(&socket, "room").unwrap_or_default();
    if room == UNKNOWN_ROOM {
        deny(socket).await;
        return;
    }
    socket.on("exchange", exchange);
    socket.join(room.clone());
    let left = room.clone();
    socket.on_disconnect(async move |socket: SocketRef| announce_leave(&socket, left).await);
    announce_join(&socket, room).await;
}

async fn deny(socket: SocketRef) {
    let reason = json!({ "type": "deleted", "message": "deleted, room has been deleted." });
    emit(&socket, &client_id(&socket), &Envelope::deny(reason)).await;
    kick(socket).await;
}

async fn exchange(
    socket: SocketRef,
    io: SocketIo,
    Data(Exchange { target, payload }): Data<Exchange>,
) {
    let Some(namespace) = io.of(socket.ns()) else {
        return;
    };
    let route = Route {
        client: client_id(&socket),
        target: target.clone(),
    };
    // An error means a client that is disconnected or does not read.
    let _ = namespace
        .emit(target, &Envelope::exchange(payload, route))
        .await;
}

async fn announce_join(socket: &SocketRef, room: String) {
    let message = format!("User({}) joined.", client_id(socket));
    let clients = ids(&socket.within(room.clone()).sockets());
    let online = Online {
        clients,
        action: "join",
        target: "participator",
        message,
    };
    // An error means a member that is disconnected or does not read.
    let _ = socket.within(room).emit("online", &online).await;
}

/// Announces that the socket left. It still counts as a member here, so `to` must leave it out.
async fn announce_leave(socket: &SocketRef, room: String) {
    let message = format!("User({}) leaved.", client_id(socket));
    let clients = ids(&socket.to(room.clone()).sockets());
    let online = Online {
        clients,
        action: "leave",
        target: "participator",
        message,
    };
    let _ = socket.to(room).emit("online", &online).await;
}

/// Returns the ids of connected members in a stable order, without members that are leaving.
fn ids(members: &[SocketRef]) -> Vec<String> {
    let present = members.iter().filter(|member| member.connected());
    let mut ids: Vec<_> = present.map(|member| client_id(member)).collect();
    ids.sort_unstable();
    ids
}

fn empty_object() -> Value {
    Value::Map(Vec::new())
}
