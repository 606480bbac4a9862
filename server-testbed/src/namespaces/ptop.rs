//! `/ptop`: rooms that announce their members, and messages from one client to another.

use rmpv::Value;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::Refusal;
use crate::app::App;
use crate::cluster::{Change, Io, News};
use crate::envelope::{Envelope, Route};
use crate::metrics::Metric;
use crate::namespace::{Call, Connection, Namespace, Next};

const PATH: &str = "/ptop";

/// The room that does not exist.
const UNKNOWN_ROOM: &str = "gone";

/// Groups of the registry with this prefix are rooms of this namespace.
const GROUP: &str = "ptop:";

/// The body of `online`.
#[derive(Serialize)]
struct Online<'a> {
    clients: Vec<String>,
    action: &'a str,
    target: &'a str,
    message: String,
}

/// The body of `exchange`.
#[derive(Deserialize)]
struct Exchange {
    target: String,
    #[serde(default = "empty_object")]
    payload: Value,
}

pub(super) fn describe() -> Namespace {
    Namespace::new(PATH)
        .admit(check_room)
        .connection(presence)
        .on("exchange", exchange)
}

async fn check_room(connection: Connection) -> Result<(), Refusal> {
    let room = connection.query("room").unwrap_or_default();
    let limits = &connection.app().config().limits;
    limits.check_name("the room", &room)
}

/// Joins the room of the query, and tells its members who comes and goes.
async fn presence(connection: Connection, next: Next) -> Result<(), Refusal> {
    let room = connection.query("room").unwrap_or_default();
    if room == UNKNOWN_ROOM {
        deny(&connection).await;
        return next.run().await;
    }
    connection.join(&room)?;
    let news = |change| News::Member {
        group: group(&room),
        member: connection.id(),
        change,
    };
    let cluster = connection.app().cluster();
    cluster
        .registry()
        .put(&group(&room), &connection.id(), "")
        .await;
    cluster.tell(news(Change::Joined)).await;

    next.run().await?;
    cluster
        .registry()
        .remove(&group(&room), &connection.id())
        .await;
    cluster.tell(news(Change::Left)).await;
    Ok(())
}

async fn deny(connection: &Connection) {
    let reason = json!({ "type": "deleted", "message": "deleted, room has been deleted." });
    connection
        .emit(&connection.id(), &Envelope::deny(reason))
        .await;
    connection.disconnect().await;
}

/// Sends to the whole namespace an event whose name is the target's id, as egg's example does.
async fn exchange(call: Call) -> Result<(), Refusal> {
    let Exchange { target, payload } = call.arg(0)?;
    let connection = call.connection();
    let limits = &connection.app().config().limits;
    limits.check_name("exchange: the target", &target)?;
    connection.app().metrics().count(Metric::MessagesTotal);
    let route = Route {
        client: connection.id(),
        target: target.clone(),
        user: None,
    };
    connection
        .emit_to_all(&target, &Envelope::exchange(payload, route))
        .await;
    Ok(())
}

/// Passes news on to the clients of this node.
pub(crate) async fn announce(io: &Io, app: &App, news: News) {
    match news {
        News::Member {
            group,
            member,
            change,
        } => announce_member(io, app, &group, &member, change).await,
        News::Lost => announce_all(io, app).await,
    }
}

/// Tells the clients of this node who came or went, if it was in a room here.
async fn announce_member(io: &Io, app: &App, group: &str, member: &str, change: Change) {
    let Some(room) = group.strip_prefix(GROUP) else {
        return;
    };
    let (action, done) = match change {
        Change::Joined => ("join", "joined"),
        Change::Left => ("leave", "leaved"),
    };
    let Some(members) = app.cluster().registry().known_members(group).await else {
        return;
    };
    let online = Online {
        clients: members.into_keys().collect(),
        action,
        target: "participator",
        message: format!("User({member}) {done}."),
    };
    if let Some(namespace) = io.of(PATH) {
        let members = namespace.local().within(room.to_owned());
        // An error means a client that is disconnected or does not read.
        let _ = members.emit("online", &online).await;
    }
}

/// Tells the clients of this node who is in their rooms, because news may have been lost. The message is the one of a member that joins.
async fn announce_all(io: &Io, app: &App) {
    let registry = app.cluster().registry();
    for group in registry.own_groups() {
        if let Some(member) = registry.own_members(&group).into_iter().next() {
            announce_member(io, app, &group, &member, Change::Joined).await;
        }
    }
}

fn group(room: &str) -> String {
    format!("{GROUP}{room}")
}

fn empty_object() -> Value {
    Value::Map(Vec::new())
}
