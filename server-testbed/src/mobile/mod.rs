//! The contract of mobile-sdk on `/`: a server gives ids, and passes messages on to the owner of an id.
//!
//! It is on if an application has a key. What this server does better than the original, unless
//! [`Config::original`](crate::Config::original) is set:
//! * Identities are shared by all nodes; the original keeps them in each process.
//! * The receiver learns the sender: `client` and `userId` in `meta`. The original sends the time alone.
//! * The signature of the REST route is checked; the original requires the field and does not read it.
//! * An unknown application is refused like a wrong signature; the original answers an internal error.
//! * A message without a receiver is counted (`tidewire_testbed_messages_lost_total`) and logged.

mod identity;
mod message;
mod rest;
mod sign;

use rmpv::Value;

pub(crate) use rest::transport_message;

use crate::envelope::{Envelope, Route};
use crate::metrics::Metric;
use crate::namespace::{Call, Connection, Namespace, Next};
use crate::{Refusal, rooms};
use identity::Identity;
use message::{Message, REQUEST, RESPONSE};

/// Adds the contract to a namespace.
pub(crate) fn extend(namespace: Namespace) -> Namespace {
    namespace.connection(identify).on(REQUEST, receive)
}

/// Gives the client an id, and takes it back when the client has left.
async fn identify(connection: Connection, next: Next) -> Result<(), Refusal> {
    let id = connection.id();
    let identity = Identity::fresh();
    connection.socket().join(rooms::of_socket(&id));
    let payload = serde_json::json!({ "socketId": id, "userId": identity.user });
    // Before it waits for Redis, so that the id comes before all other events.
    connection
        .emit(RESPONSE, &Envelope::notice("saveId", payload))
        .await;
    identity.store(&connection).await;
    next.run().await?;
    Identity::remove(&connection).await;
    Ok(())
}

async fn receive(call: Call) -> Result<(), Refusal> {
    let message: Message = call.arg(0)?;
    let connection = call.connection();
    message.check(&connection.app().config().limits)?;
    if !sign::is_valid(&connection.app().config().apps, &message.signature()) {
        return refuse_signature(connection).await;
    }
    match message.data.action.as_str() {
        "sendToOthers" => send_to_others(connection, message).await,
        "reconnectAndUpdates" => rebind(connection, message).await,
        // The id is pushed, not requested. Other actions are the application's own.
        _ => Ok(()),
    }
}

/// Tells the client and disconnects it, as the original does.
async fn refuse_signature(connection: &Connection) -> Result<(), Refusal> {
    let id = connection.id();
    connection.app().metrics().count(Metric::RefusalsTotal);
    tracing::info!(id, "illegal signature");
    let text = format!("Illegal signature, disconnected client {id}");
    connection
        .emit(RESPONSE, &Envelope::exchange(text, None))
        .await;
    connection.disconnect().await;
    Ok(())
}

async fn send_to_others(connection: &Connection, message: Message) -> Result<(), Refusal> {
    let (Some(target), Some(user)) = (message.meta.target, message.meta.user) else {
        return Err(Refusal::new(
            "sendToOthers: meta.target and meta.userId are missing",
        ));
    };
    let metrics = connection.app().metrics();
    // The message carries the receiver's user, which shows that the sender was told of the receiver.
    if !Identity::is(connection.app(), &target, &user).await {
        metrics.count(Metric::MessagesLostTotal);
        tracing::debug!(target, "a message has no receiver");
        return Ok(());
    }
    metrics.count(Metric::MessagesTotal);
    let route = sender(connection, &target).await;
    let envelope = Envelope::exchange(message.data.payload, route);
    connection
        .emit_to_room(&rooms::of_socket(&target), RESPONSE, &envelope)
        .await;
    Ok(())
}

/// Returns who sends to whom, which the original does not tell.
async fn sender(connection: &Connection, target: &str) -> Option<Route> {
    if connection.app().config().original {
        return None;
    }
    let client = connection.id();
    let user = Identity::user_of(connection.app(), &client).await;
    let target = target.to_owned();
    Some(Route {
        client,
        target,
        user,
    })
}

/// A client that has reconnected keeps its first user.
async fn rebind(connection: &Connection, message: Message) -> Result<(), Refusal> {
    let Some(user) = message.meta.user else {
        return Err(Refusal::new("reconnectAndUpdates: meta.userId is missing"));
    };
    Identity { user }.store(connection).await;
    let text = Value::from("socket userid updated!");
    connection
        .emit(RESPONSE, &Envelope::notice("reconnectUpdated", text))
        .await;
    Ok(())
}
