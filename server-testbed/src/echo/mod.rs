//! Laravel's Echo channels on `/`, as laravel-echo-server 1.6.3 has them.
//!
//! Public channels are open. For `private-` and `presence-` channels the server asks the application at
//! [`Config::echo_auth`](crate::Config::echo_auth); without it, such a subscription fails with the status 0.
//! Members of presence channels are shared by all nodes.

mod auth;
mod channel;
pub(crate) mod endpoint;
mod http;
mod presence;
pub(crate) mod subscriptions;

use rmpv::Value;
use serde::Deserialize;

pub(crate) use http::{channel_status, channels, events, status, users};
pub(crate) use presence::{announce_all, announce_departed};

use crate::metrics::Metric;
use crate::namespace::{Call, Connection, Namespace, Next};
use crate::{Refusal, rooms};
use channel::{Kind, UNPROCESSABLE};

/// Adds the channels to a namespace.
pub(crate) fn extend(namespace: Namespace) -> Namespace {
    namespace
        .connection(clean_up)
        .on("subscribe", subscribe)
        .on("unsubscribe", unsubscribe)
        .on("client event", whisper)
}

/// Leaves all channels when the client has left.
async fn clean_up(connection: Connection, next: Next) -> Result<(), Refusal> {
    let id = connection.id();
    connection.socket().join(rooms::of_socket(&id));
    next.run().await?;
    for channel in connection.app().subscriptions().remove_all(&id) {
        leave(&connection, &channel).await;
    }
    Ok(())
}

#[derive(Deserialize)]
struct Subscription {
    channel: String,
    #[serde(default)]
    auth: auth::Auth,
}

async fn subscribe(call: Call) -> Result<(), Refusal> {
    let Subscription { channel, auth } = call.arg(0)?;
    let connection = call.connection();
    if let Err(refusal) = may_subscribe(connection, &channel) {
        tracing::debug!(%refusal, "subscription refused");
        return fail(connection, &channel, UNPROCESSABLE).await;
    }
    let user = match Kind::of(&channel) {
        Kind::Public => None,
        Kind::Private | Kind::Presence => match auth::check(connection, &channel, &auth).await {
            Ok(user) => user,
            Err(status) => return fail(connection, &channel, status).await,
        },
    };
    // The client may have left, or entered others, while the application was asked.
    if !connection.socket().connected() {
        return Ok(());
    }
    match may_subscribe(connection, &channel) {
        Ok(()) => enter(connection, &channel, user).await,
        Err(_) => return fail(connection, &channel, UNPROCESSABLE).await,
    }
    Ok(())
}

fn may_subscribe(connection: &Connection, channel: &str) -> Result<(), Refusal> {
    let limits = &connection.app().config().limits;
    limits.check_name("the channel", channel)?;
    limits.check_rooms(rooms::count(connection.socket()))
}

/// Tells the client alone, in the words of laravel-echo-server. The name is cut, because it may be of any length.
async fn fail(connection: &Connection, channel: &str, status: u16) -> Result<(), Refusal> {
    connection.app().metrics().count(Metric::RefusalsTotal);
    let most = connection.app().config().limits.name;
    let channel: String = channel.chars().take(most).collect();
    connection
        .emit("subscription_error", &(channel, status))
        .await;
    Ok(())
}

async fn enter(connection: &Connection, channel: &str, user: Option<presence::User>) {
    let id = connection.id();
    if !connection.app().subscriptions().add(&id, channel) {
        return;
    }
    connection.app().metrics().count(Metric::EchoSubscriptions);
    connection.socket().join(rooms::of_channel(channel));
    if let Some(user) = user {
        presence::join(connection, channel, user).await;
    }
}

async fn unsubscribe(call: Call) -> Result<(), Refusal> {
    let Subscription { channel, .. } = call.arg(0)?;
    let connection = call.connection();
    if connection
        .app()
        .subscriptions()
        .remove(&connection.id(), &channel)
    {
        connection.socket().leave(rooms::of_channel(&channel));
        leave(connection, &channel).await;
    }
    Ok(())
}

async fn leave(connection: &Connection, channel: &str) {
    connection
        .app()
        .metrics()
        .add(Metric::EchoSubscriptions, -1);
    if Kind::of(channel) == Kind::Presence {
        presence::leave(connection, channel).await;
    }
}

#[derive(Deserialize)]
struct Whisper {
    channel: String,
    event: String,
    #[serde(default = "nil")]
    data: Value,
}

/// Passes an event on to the other subscribers. Other names, channels that are public, and channels that the sender is
/// not in are ignored, as in the original.
async fn whisper(call: Call) -> Result<(), Refusal> {
    let Whisper {
        channel,
        event,
        data,
    } = read_whisper(&call)?;
    let connection = call.connection();
    let subscriptions = connection.app().subscriptions();
    let may_whisper = event.starts_with("client-")
        && Kind::of(&channel) != Kind::Public
        && subscriptions.contains(&connection.id(), &channel);
    if may_whisper {
        connection
            .app()
            .config()
            .limits
            .check_name("the event", &event)?;
        let room = rooms::of_channel(&channel);
        // An error means a client that is disconnected or does not read.
        let _ = connection
            .socket()
            .to(room)
            .emit(&event, &(channel, data))
            .await;
    }
    Ok(())
}

/// Old clients send the object as a JSON text.
fn read_whisper(call: &Call) -> Result<Whisper, Refusal> {
    match call.text(0) {
        Some(text) => serde_json::from_str(text)
            .map_err(|error| Refusal::new(format!("client event: {error}"))),
        None => call.arg(0),
    }
}

fn nil() -> Value {
    Value::Nil
}
