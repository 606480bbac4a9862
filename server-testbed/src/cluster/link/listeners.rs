//! Who listens to which channels of Redis.

use std::collections::HashMap;
use std::sync::Mutex;

use socketioxide_redis::drivers::{ChanItem, MessageStream};
use tokio::sync::mpsc;

use crate::cluster::names::ROOMS;
use crate::lock::lock;

/// A subscription that begins or ends.
pub(super) enum Change {
    Subscribe(String),
    Unsubscribe(String),
    SubscribeToAll,
}

/// The listeners of a node. They stay while Redis is away.
#[derive(Default)]
pub(super) struct Listeners(Mutex<State>);

#[derive(Default)]
struct State {
    channels: HashMap<String, mpsc::Sender<ChanItem>>,
    all: Option<mpsc::Sender<ChanItem>>,
}

impl Listeners {
    /// Returns the messages of a channel.
    pub(super) fn add(&self, channel: String, size: usize) -> MessageStream<ChanItem> {
        let (sender, receiver) = mpsc::channel(size);
        lock(&self.0).channels.insert(channel, sender);
        MessageStream::new(receiver)
    }

    /// Returns the messages of all channels that are not the testbed's own.
    pub(super) fn add_to_all(&self, size: usize) -> MessageStream<ChanItem> {
        let (sender, receiver) = mpsc::channel(size);
        lock(&self.0).all = Some(sender);
        MessageStream::new(receiver)
    }

    pub(super) fn remove(&self, channel: &str) {
        lock(&self.0).channels.remove(channel);
    }

    /// Returns the subscriptions that a new connection needs.
    pub(super) fn subscriptions(&self) -> Vec<Change> {
        let state = lock(&self.0);
        let all = state.all.iter().map(|_| Change::SubscribeToAll);
        let channels = state.channels.keys().cloned().map(Change::Subscribe);
        all.chain(channels).collect()
    }

    pub(super) fn deliver(&self, message: &redis::Msg) {
        let channel = message.get_channel_name();
        let is_of_all = message.from_pattern();
        let state = lock(&self.0);
        let listener = match is_of_all {
            true if channel.starts_with(ROOMS) => None,
            true => state.all.as_ref(),
            false => state.channels.get(channel),
        };
        let item = (channel.to_owned(), message.get_payload_bytes().to_vec());
        if listener.is_some_and(|listener| listener.try_send(item).is_err()) {
            tracing::warn!(channel, "a message is lost, because too many wait");
        }
    }
}
