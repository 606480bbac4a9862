//! Events from outside: `PUBLISH channel {"event","data","socket"}` in Redis, as Laravel and other PHP programs do.
//!
//! Each message goes to the subscribers of the Echo channel as `event` with `(channel, data)`, and to every client of `/`
//! as `channel:event` with `data`, as in the bridge program of ioredis and socket.io. `socket` is the id of a client that
//! gets nothing.

use futures_util::StreamExt as _;
use serde::Deserialize;
use serde_json::Value;
use socketioxide_redis::drivers::{ChanItem, MessageStream};

use crate::cluster::Io;
use crate::metrics::Metric;
use crate::node::Node;
use crate::rooms;

/// Which clients an event is for. In Redis, each node hears of it by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scope {
    Node,
    Cluster,
}

/// The message of a program. Other fields are ignored.
#[derive(Debug, Deserialize)]
struct Published {
    event: Option<String>,
    #[serde(default)]
    data: Value,
    socket: Option<String>,
}

/// Begins to pass messages on, until the node stops.
pub(crate) async fn start(node: &Node) {
    if let Some(messages) = node.app.cluster().published().await {
        tokio::spawn(run(node.clone(), messages));
    }
}

async fn run(node: Node, mut messages: MessageStream<ChanItem>) {
    while let Some((channel, payload)) = messages.next().await {
        let Ok(published) = serde_json::from_slice::<Published>(&payload) else {
            tracing::debug!(channel, "a message is not JSON, and is ignored");
            continue;
        };
        let limits = &node.app.config().limits;
        let event = published.event.as_deref().unwrap_or_default();
        let checked = limits.check_name("the channel", &channel);
        if let Err(refusal) = checked.and_then(|()| limits.check_name("the event", event)) {
            node.app.metrics().count(Metric::RefusalsTotal);
            tracing::warn!(%refusal, "a published message is ignored");
            continue;
        }
        pass_on(&node, &channel, &published).await;
    }
}

async fn pass_on(node: &Node, channel: &str, published: &Published) {
    // A missing event has this name in the original.
    let event = published.event.as_deref().unwrap_or("undefined");
    let socket = published.socket.as_deref();
    to_channel(node, Scope::Node, channel, event, &published.data, socket).await;
    let all = except(&node.io, Scope::Node, socket);
    // An error means a client that is disconnected or does not read.
    let _ = all
        .emit(format!("{channel}:{event}"), &published.data)
        .await;
}

/// Sends an event to the subscribers of an Echo channel.
pub(crate) async fn to_channel(
    node: &Node,
    scope: Scope,
    channel: &str,
    event: &str,
    data: &Value,
    socket: Option<&str>,
) {
    node.app.metrics().count(Metric::BridgeMessagesTotal);
    let subscribers = except(&node.io, scope, socket).within(rooms::of_channel(channel));
    let _ = subscribers.emit(event, &(channel, data)).await;
}

type Targets = socketioxide::operators::BroadcastOperators<crate::cluster::Adapter>;

fn except(io: &Io, scope: Scope, socket: Option<&str>) -> Targets {
    // The room of an empty id has no member.
    let targets = io.except(rooms::of_socket(socket.unwrap_or_default()));
    match scope {
        Scope::Node => targets.local(),
        Scope::Cluster => targets,
    }
}
