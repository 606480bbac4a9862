//! One pair of connections to Redis after another.

use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt as _;
use redis::aio::MultiplexedConnection;
use redis::{AsyncConnectionConfig, RedisResult};
use tokio::sync::{mpsc, oneshot, watch};

use super::listeners::Change;
use super::shared::Shared;

/// The pauses between attempts to connect: the first, and the longest.
const PAUSES: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(2));
/// The time that Redis has to accept a connection.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(2);
/// The time that Redis has to answer a command. A node that gets too little of its processor reads answers late: it must not take Redis for
/// dead.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(5);
/// A Redis that has not answered a question for this time is late: nothing waits for it until it answers.
const LATE: Duration = Duration::from_secs(2);
/// The time between two questions whether Redis is alive.
const PING_INTERVAL: Duration = Duration::from_secs(1);

/// A subscription that begins or ends, and whom to tell when Redis has confirmed it.
pub(super) struct Request {
    pub(super) change: Change,
    pub(super) done: oneshot::Sender<()>,
}

/// Whether Redis can be reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::cluster) enum State {
    /// Before the end of the first attempt.
    Unknown,
    Down,
    /// The number of the connection.
    Up(u64),
}

/// Connects again and again, until all handles are dropped.
pub(super) async fn supervise(
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
            .set_connection_timeout(Some(CONNECT_TIMEOUT));
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
        for change in shared.listeners.subscriptions() {
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
        let mut pings = Box::pin(ping(shared, self.commands.clone()));
        loop {
            tokio::select! {
                message = self.messages.next() => match message {
                    Some(message) => shared.listeners.deliver(&message),
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
async fn ping(shared: &Shared, mut connection: MultiplexedConnection) {
    loop {
        tokio::time::sleep(PING_INTERVAL).await;
        let question = redis::cmd("PING");
        let mut answer = std::pin::pin!(question.query_async::<redis::Value>(&mut connection));
        let in_time = tokio::time::timeout(LATE, &mut answer).await;
        let answer = match in_time {
            Ok(answer) => answer,
            Err(_) => {
                shared.set_late(true);
                answer.await
            }
        };
        match answer {
            Ok(_) => {}
            // A Redis that answers errors is alive: its commands are counted one by one.
            Err(error) if error.code().is_some() => {}
            Err(_) => return,
        }
        shared.set_late(false);
    }
}
