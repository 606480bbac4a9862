//! The connections to Redis: one for commands, one for subscriptions, both made again when they end.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures_util::StreamExt as _;
use redis::aio::MultiplexedConnection;
use redis::{AsyncConnectionConfig, Client, Cmd, FromRedisValue, Pipeline, RedisResult};
use socketioxide_redis::drivers::{ChanItem, MessageStream};
use tokio::sync::{mpsc, oneshot, watch};

use super::names::ROOMS;
use crate::metrics::{Metric, Metrics};

/// The pauses between attempts to connect: the first, and the longest.
const PAUSES: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(2));
/// The time that Redis has to accept a connection or to answer a command.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(2);
/// The time between two questions whether Redis is alive.
const PING_INTERVAL: Duration = Duration::from_secs(1);

/// A handle of the connections; clones share them.
#[derive(Clone)]
pub(super) struct Link {
    shared: Arc<Shared>,
    changes: mpsc::UnboundedSender<Request>,
    state: watch::Receiver<State>,
}

struct Shared {
    client: Client,
    /// `None` while there is none.
    commands: Mutex<Option<MultiplexedConnection>>,
    listeners: Mutex<Listeners>,
    metrics: Arc<Metrics>,
}

#[derive(Default)]
struct Listeners {
    channels: HashMap<String, mpsc::Sender<ChanItem>>,
    all: Option<mpsc::Sender<ChanItem>>,
}

/// A subscription that begins or ends, and whom to tell when Redis has confirmed it.
struct Request {
    change: Change,
    done: oneshot::Sender<()>,
}

enum Change {
    Subscribe(String),
    Unsubscribe(String),
    SubscribeToAll,
}

/// Whether Redis can be reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    /// Before the end of the first attempt.
    Unknown,
    Down,
    /// The number of the connection.
    Up(u64),
}

/// Why the address of a Redis is not one.
#[derive(Debug)]
pub(crate) struct BadAddress(pub(crate) String);

/// Redis did not carry out a command. The link has counted and logged it.
#[derive(Debug)]
pub(super) struct Unanswered;

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
        metrics.set(Metric::Degraded, true);
        let (changes, changed) = mpsc::unbounded_channel();
        let (states, state) = watch::channel(State::Unknown);
        let shared = Arc::new(Shared {
            client,
            commands: Mutex::default(),
            listeners: Mutex::default(),
            metrics,
        });
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

    /// Sends one command.
    pub(super) async fn ask<T: FromRedisValue>(&self, command: &Cmd) -> Result<T, Unanswered> {
        let mut connection = self.shared.connection()?;
        let answer = command.query_async(&mut connection).await;
        self.shared.settle(answer)
    }

    /// Sends several commands as one.
    pub(super) async fn ask_all<T: FromRedisValue>(
        &self,
        commands: &Pipeline,
    ) -> Result<T, Unanswered> {
        let mut connection = self.shared.connection()?;
        let answer = commands.query_async(&mut connection).await;
        self.shared.settle(answer)
    }

    /// Returns the messages of a channel, from now on.
    pub(super) async fn listen(&self, channel: String, size: usize) -> MessageStream<ChanItem> {
        let (sender, receiver) = mpsc::channel(size);
        lock(&self.shared.listeners)
            .channels
            .insert(channel.clone(), sender);
        self.change(Change::Subscribe(channel)).await;
        MessageStream::new(receiver)
    }

    /// Returns the messages of all channels that are not the testbed's own, from now on.
    pub(super) async fn listen_to_all(&self, size: usize) -> MessageStream<ChanItem> {
        let (sender, receiver) = mpsc::channel(size);
        lock(&self.shared.listeners).all = Some(sender);
        self.change(Change::SubscribeToAll).await;
        MessageStream::new(receiver)
    }

    pub(super) async fn stop_listening(&self, channel: String) {
        lock(&self.shared.listeners).channels.remove(&channel);
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

impl Shared {
    fn connection(&self) -> Result<MultiplexedConnection, Unanswered> {
        let connection = lock(&self.commands).clone();
        connection.ok_or_else(|| {
            self.metrics.count(Metric::RedisErrorsTotal);
            Unanswered
        })
    }

    fn settle<T>(&self, answer: RedisResult<T>) -> Result<T, Unanswered> {
        // A Redis that answers errors (full, loading, read-only) does not share anything, either.
        self.metrics.set(Metric::Degraded, answer.is_err());
        answer.map_err(|error| {
            self.metrics.count(Metric::RedisErrorsTotal);
            tracing::warn!(%error, "Redis did not carry out a command");
            Unanswered
        })
    }

    fn set_up(&self, connection: MultiplexedConnection) {
        *lock(&self.commands) = Some(connection);
        self.metrics.count(Metric::RedisConnectionsTotal);
        self.metrics.set(Metric::RedisUp, true);
        self.metrics.set(Metric::Degraded, false);
        tracing::info!("connected to Redis");
    }

    fn set_down(&self) {
        *lock(&self.commands) = None;
        self.metrics.set(Metric::RedisUp, false);
        self.metrics.set(Metric::Degraded, true);
    }

    fn deliver(&self, message: &redis::Msg) {
        let channel = message.get_channel_name();
        let is_of_all = message.from_pattern();
        let listeners = lock(&self.listeners);
        let listener = match is_of_all {
            true if channel.starts_with(ROOMS) => None,
            true => listeners.all.as_ref(),
            false => listeners.channels.get(channel),
        };
        let item = (channel.to_owned(), message.get_payload_bytes().to_vec());
        if listener.is_some_and(|listener| listener.try_send(item).is_err()) {
            tracing::warn!(channel, "a message is lost, because too many wait");
        }
    }

    fn subscriptions(&self) -> Vec<Change> {
        let listeners = lock(&self.listeners);
        let all = listeners.all.iter().map(|_| Change::SubscribeToAll);
        let channels = listeners.channels.keys().cloned().map(Change::Subscribe);
        all.chain(channels).collect()
    }
}

/// Connects again and again, until all handles are dropped.
async fn supervise(
    shared: Arc<Shared>,
    mut changed: mpsc::UnboundedReceiver<Request>,
    states: watch::Sender<State>,
) {
    let mut pause = PAUSES.0;
    let mut number = 0;
    while !changed.is_closed() {
        let connected = tokio::time::timeout(ANSWER_TIMEOUT, Session::open(&shared)).await;
        match connected {
            Ok(Ok(session)) => {
                pause = PAUSES.0;
                number += 1;
                shared.set_up(session.commands.clone());
                states.send_replace(State::Up(number));
                let end = session.run(&shared, &mut changed).await;
                tracing::warn!(reason = end, "the connection to Redis has ended");
            }
            Ok(Err(error)) => tracing::warn!(%error, "cannot connect to Redis"),
            Err(_) => tracing::warn!("Redis does not answer"),
        }
        shared.set_down();
        states.send_replace(State::Down);
        let pausing = tokio::time::timeout(pause, refuse(&mut changed));
        // An error means that the pause is over.
        let _ = pausing.await;
        pause = (pause * 2).min(PAUSES.1);
    }
}

/// Drops requests while Redis is away, so that no caller waits: the next session makes them from the listeners.
async fn refuse(changed: &mut mpsc::UnboundedReceiver<Request>) {
    while changed.recv().await.is_some() {}
}

/// One pair of connections.
struct Session {
    commands: MultiplexedConnection,
    subscribe: redis::aio::PubSubSink,
    messages: redis::aio::PubSubStream,
}

impl Session {
    async fn open(shared: &Shared) -> RedisResult<Self> {
        let config = AsyncConnectionConfig::new()
            .set_response_timeout(Some(ANSWER_TIMEOUT))
            .set_connection_timeout(Some(ANSWER_TIMEOUT));
        let client = &shared.client;
        let commands = client
            .get_multiplexed_async_connection_with_config(&config)
            .await?;
        let (subscribe, messages) = client.get_async_pubsub().await?.split();
        let mut session = Self {
            commands,
            subscribe,
            messages,
        };
        for change in shared.subscriptions() {
            session.apply(change).await?;
        }
        Ok(session)
    }

    /// Passes messages on, until the connection ends. Returns the reason.
    async fn run(
        mut self,
        shared: &Shared,
        changed: &mut mpsc::UnboundedReceiver<Request>,
    ) -> &'static str {
        let mut pings = Box::pin(ping(self.commands.clone()));
        loop {
            tokio::select! {
                message = self.messages.next() => match message {
                    Some(message) => shared.deliver(&message),
                    None => return "closed by Redis",
                },
                change = changed.recv() => match change {
                    Some(Request { change, done }) => {
                        if self.apply(change).await.is_err() {
                            return "a subscription failed";
                        }
                        // An error means that the caller has gone.
                        let _ = done.send(());
                    }
                    None => return "the node stops",
                },
                () = &mut pings => return "no answer to a ping",
            }
        }
    }

    async fn apply(&mut self, change: Change) -> RedisResult<()> {
        match change {
            Change::Subscribe(channel) => self.subscribe.subscribe(channel).await,
            Change::Unsubscribe(channel) => self.subscribe.unsubscribe(channel).await,
            Change::SubscribeToAll => self.subscribe.psubscribe("*").await,
        }
    }
}

/// Returns when Redis no longer answers.
async fn ping(mut connection: MultiplexedConnection) {
    loop {
        tokio::time::sleep(PING_INTERVAL).await;
        let answer: RedisResult<redis::Value> =
            redis::cmd("PING").query_async(&mut connection).await;
        match answer {
            Ok(_) => {}
            // A Redis that answers errors is alive: its commands are counted one by one.
            Err(error) if error.code().is_some() => {}
            Err(_) => return,
        }
    }
}

/// Locks state that no code leaves half changed.
fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
