//! The state of a link: the connection for commands, and whether Redis carries them out.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use redis::aio::MultiplexedConnection;
use redis::{Client, RedisResult};
use tokio::sync::watch;

use super::listeners::Listeners;
use crate::lock::lock;
use crate::metrics::{Metric, Metrics};

/// Redis did not carry out a command. The link has counted and logged it.
#[derive(Debug)]
pub(in crate::cluster) struct Unanswered;

pub(super) struct Shared {
    pub(super) client: Client,
    pub(super) listeners: Listeners,
    /// `None` while there is none.
    commands: Mutex<Option<MultiplexedConnection>>,
    /// Whether a command was not carried out since this was last asked.
    missed: AtomicBool,
    /// Whether Redis has not answered for a while.
    late: watch::Sender<bool>,
    metrics: Arc<Metrics>,
}

impl Shared {
    pub(super) fn new(client: Client, metrics: Arc<Metrics>) -> Self {
        metrics.set(Metric::Degraded, true);
        Self {
            client,
            listeners: Listeners::default(),
            commands: Mutex::default(),
            missed: AtomicBool::new(false),
            late: watch::Sender::new(false),
            metrics,
        }
    }

    pub(super) fn is_late(&self) -> bool {
        *self.late.borrow()
    }

    /// Notes that Redis knows all members of this node, unless a command was missed meanwhile.
    pub(super) fn note_restored(&self) {
        if !self.missed.load(Ordering::Relaxed) {
            self.metrics.set(Metric::Degraded, false);
        }
    }

    /// Returns whether a command was not carried out since the last call.
    pub(super) fn take_missed(&self) -> bool {
        self.missed.swap(false, Ordering::Relaxed)
    }

    pub(super) fn connection(&self) -> Result<MultiplexedConnection, Unanswered> {
        let connection = lock(&self.commands).clone();
        let in_time = connection.filter(|_| !*self.late.borrow());
        in_time.ok_or_else(|| self.miss())
    }

    /// Waits for an answer, unless Redis is late. A command that is given up may be carried out later: what it wrote is corrected
    /// with all that was missed.
    pub(super) async fn settle<T>(
        &self,
        answer: impl Future<Output = RedisResult<T>>,
    ) -> Result<T, Unanswered> {
        let mut late = self.late.subscribe();
        tokio::select! {
            biased;
            answer = answer => answer.map_err(|error| {
                tracing::warn!(%error, "Redis did not carry out a command");
                self.miss()
            }),
            _ = late.wait_for(|late| *late) => Err(self.miss()),
        }
    }

    pub(super) fn set_late(&self, late: bool) {
        if self.late.send_replace(late) == late {
            return;
        }
        if late {
            self.metrics.set(Metric::Degraded, true);
            tracing::warn!("Redis does not answer");
        } else {
            // Until all is made up for, this node is degraded.
            self.missed.store(true, Ordering::Relaxed);
            tracing::info!("Redis answers again");
        }
    }

    /// A Redis that answers errors (full, loading, read-only) does not share anything, either.
    fn miss(&self) -> Unanswered {
        self.metrics.set(Metric::Degraded, true);
        self.metrics.count(Metric::RedisErrorsTotal);
        self.missed.store(true, Ordering::Relaxed);
        Unanswered
    }

    pub(super) fn set_up(&self, connection: MultiplexedConnection) {
        *lock(&self.commands) = Some(connection);
        self.metrics.count(Metric::RedisConnectionsTotal);
        self.metrics.set(Metric::RedisUp, true);
        self.late.send_replace(false);
        tracing::info!("connected to Redis");
    }

    pub(super) fn set_down(&self) {
        *lock(&self.commands) = None;
        self.metrics.set(Metric::RedisUp, false);
        self.metrics.set(Metric::Degraded, true);
    }
}
