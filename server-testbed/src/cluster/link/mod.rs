//! The connections to Redis: one for commands, one for subscriptions, both made again when they end.

mod listeners;
mod session;
mod shared;

use std::fmt;
use std::sync::Arc;

use redis::{Client, Cmd, FromRedisValue, Pipeline};
use socketioxide_redis::drivers::{ChanItem, MessageStream};
use tokio::sync::{mpsc, oneshot, watch};

use crate::metrics::Metrics;
use listeners::Change;
pub(super) use session::State;
use session::{Request, supervise};
use shared::Shared;
pub(super) use shared::Unanswered;

/// A handle of the connections; clones share them.
#[derive(Clone)]
pub(super) struct Link {
    shared: Arc<Shared>,
    changes: mpsc::UnboundedSender<Request>,
    state: watch::Receiver<State>,
}

/// Why the address of a Redis is not one.
#[derive(Debug)]
pub(crate) struct BadAddress(pub(crate) String);

impl fmt::Debug for Link {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Link")
            .field("state", &*self.state.borrow())
            .finish_non_exhaustive()
    }
}

impl Link {
    pub(super) fn open(url: &str, metrics: Arc<Metrics>) -> Result<Self, BadAddress> {
        let client = Client::open(url).map_err(|error| BadAddress(error.to_string()))?;
        let shared = Arc::new(Shared::new(client, metrics));
        let (changes, changed) = mpsc::unbounded_channel();
        let (states, state) = watch::channel(State::Unknown);
        tokio::spawn(supervise(Arc::clone(&shared), changed, states));
        Ok(Self {
            shared,
            changes,
            state,
        })
    }

    pub(super) async fn wait_for_first_attempt(&self) {
        let mut state = self.state.clone();
        // An error means that the runtime ends.
        let _ = state.wait_for(|state| *state != State::Unknown).await;
    }

    /// Returns the changes between up and down.
    pub(super) fn states(&self) -> watch::Receiver<State> {
        self.state.clone()
    }

    pub(super) fn is_up(&self) -> bool {
        matches!(*self.state.borrow(), State::Up(_)) && !self.shared.is_late()
    }

    /// Notes that Redis knows all members of this node, unless a command was missed meanwhile.
    pub(super) fn note_restored(&self) {
        self.shared.note_restored();
    }

    /// Returns whether a command was not carried out since the last call.
    pub(super) fn take_missed(&self) -> bool {
        self.shared.take_missed()
    }

    /// Sends one command.
    pub(super) async fn ask<T: FromRedisValue>(&self, command: &Cmd) -> Result<T, Unanswered> {
        let mut connection = self.shared.connection()?;
        self.shared
            .settle(command.query_async(&mut connection))
            .await
    }

    /// Sends several commands as one.
    pub(super) async fn ask_all<T: FromRedisValue>(
        &self,
        commands: &Pipeline,
    ) -> Result<T, Unanswered> {
        let mut connection = self.shared.connection()?;
        self.shared
            .settle(commands.query_async(&mut connection))
            .await
    }

    /// Returns the messages of a channel, from now on.
    pub(super) async fn listen(&self, channel: String, size: usize) -> MessageStream<ChanItem> {
        let messages = self.shared.listeners.add(channel.clone(), size);
        self.change(Change::Subscribe(channel)).await;
        messages
    }

    /// Returns the messages of all channels that are not the testbed's own, from now on.
    pub(super) async fn listen_to_all(&self, size: usize) -> MessageStream<ChanItem> {
        let messages = self.shared.listeners.add_to_all(size);
        self.change(Change::SubscribeToAll).await;
        messages
    }

    pub(super) async fn stop_listening(&self, channel: String) {
        self.shared.listeners.remove(&channel);
        self.change(Change::Unsubscribe(channel)).await;
    }

    /// Waits until Redis has confirmed the change. If it is away, the change is made when it is back.
    async fn change(&self, change: Change) {
        let (done, confirmed) = oneshot::channel();
        // An error means that the runtime ends.
        let _ = self.changes.send(Request { change, done });
        let _ = confirmed.await;
    }
}
