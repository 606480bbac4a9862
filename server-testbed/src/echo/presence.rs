//! The members of presence channels.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::app::App;
use crate::cluster::{Departed, Io};
use crate::envelope::now_ms;
use crate::namespace::Connection;
use crate::rooms;

/// Groups of the registry with this prefix are presence channels.
const GROUP: &str = "echo:";

/// A user as the application describes it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct User {
    pub(super) user_id: Value,
    #[serde(default)]
    pub(super) user_info: Value,
}

/// A user with its socket, as clients see it.
#[derive(Debug, Clone, Serialize)]
struct Member<'a> {
    #[serde(flatten)]
    user: &'a User,
    #[serde(rename = "socketId")]
    socket: &'a str,
}

/// The value of a member in the registry.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Entry {
    user: User,
    /// Milliseconds since 1970.
    since: u64,
}

impl User {
    /// Reads the application's answer: `{"channel_data": {..}}`, where the value may be a JSON text.
    pub(super) fn read(answer: &Value) -> Option<Self> {
        let data = answer.get("channel_data")?;
        match data {
            Value::String(text) => serde_json::from_str(text).ok(),
            _ => serde_json::from_value(data.clone()).ok(),
        }
    }
}

pub(super) async fn join(connection: &Connection, channel: &str, user: User) {
    let id = connection.id();
    let registry = connection.app().cluster().registry();
    let before = members(connection.app(), channel).await;
    let since = now_ms();
    let entry = Entry {
        user: user.clone(),
        since,
    };
    // An entry of JSON values is always JSON.
    let value = serde_json::to_string(&entry).unwrap_or_default();
    registry.put(&group(channel), &id, &value).await;

    let mut after = before.clone();
    after.insert(id.clone(), entry);
    connection
        .emit("presence:subscribed", &(channel, newest_first(&after)))
        .await;
    if !is_present(&before, &user) {
        let member = Member {
            user: &user,
            socket: &id,
        };
        let others = connection.socket().to(rooms::of_channel(channel));
        // An error means a client that is disconnected or does not read.
        let _ = others.emit("presence:joining", &(channel, member)).await;
    }
}

pub(super) async fn leave(connection: &Connection, channel: &str) {
    let registry = connection.app().cluster().registry();
    let value = registry.remove(&group(channel), &connection.id()).await;
    let Some(entry) = value.as_deref().and_then(read) else {
        return;
    };
    if !is_present(&members(connection.app(), channel).await, &entry.user) {
        let others = connection.socket().to(rooms::of_channel(channel));
        let _ = others
            .emit("presence:leaving", &(channel, &entry.user))
            .await;
    }
}

/// Announces a member whose node ended without a word, if it was in a channel.
pub(crate) async fn announce_departed(io: &Io, app: &App, departed: &Departed) {
    let Some(channel) = departed.group.strip_prefix(GROUP) else {
        return;
    };
    let Some(entry) = read(&departed.value) else {
        return;
    };
    if !is_present(&members(app, channel).await, &entry.user) {
        let room = io.to(rooms::of_channel(channel));
        let _ = room.emit("presence:leaving", &(channel, &entry.user)).await;
    }
}

/// Tells the subscribers of this node who is in their channels, because news may have been lost.
pub(crate) async fn announce_all(io: &Io, app: &App) {
    let registry = app.cluster().registry();
    for group in registry.own_groups() {
        let Some(channel) = group.strip_prefix(GROUP) else {
            continue;
        };
        let Some(known) = registry.known_members(&group).await else {
            continue;
        };
        let members = read_all(known);
        let subscribers = io.within(rooms::of_channel(channel)).local();
        // An error means a client that is disconnected or does not read.
        let _ = subscribers
            .emit("presence:subscribed", &(channel, newest_first(&members)))
            .await;
    }
}

/// Returns the users of a channel, each once, as JSON.
pub(super) async fn users(app: &App, channel: &str) -> Vec<Value> {
    let members = members(app, channel).await;
    let describe = |member: &Member<'_>| {
        let User { user_id, user_info } = member.user;
        serde_json::json!({ "id": user_id, "user_info": user_info })
    };
    newest_first(&members).iter().map(describe).collect()
}

async fn members(app: &App, channel: &str) -> BTreeMap<String, Entry> {
    read_all(app.cluster().registry().members(&group(channel)).await)
}

fn read_all(members: BTreeMap<String, String>) -> BTreeMap<String, Entry> {
    members
        .into_iter()
        .filter_map(|(id, value)| Some((id, read(&value)?)))
        .collect()
}

fn newest_first(members: &BTreeMap<String, Entry>) -> Vec<Member<'_>> {
    let mut sorted: Vec<_> = members.iter().collect();
    sorted.sort_by_key(|(_, entry)| std::cmp::Reverse(entry.since));
    let mut unique: Vec<Member<'_>> = Vec::new();
    for (socket, entry) in sorted {
        let user = &entry.user;
        if unique
            .iter()
            .all(|other| other.user.user_id != user.user_id)
        {
            unique.push(Member { user, socket });
        }
    }
    unique
}

fn is_present(members: &BTreeMap<String, Entry>, user: &User) -> bool {
    let mut users = members.values().map(|entry| &entry.user.user_id);
    users.any(|id| *id == user.user_id)
}

fn read(value: &str) -> Option<Entry> {
    serde_json::from_str(value).ok()
}

fn group(channel: &str) -> String {
    format!("{GROUP}{channel}")
}
