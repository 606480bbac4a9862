//! How much may wait for one client, and where it is counted.

use std::sync::Arc;

use crate::metrics::{Metric, Metrics};

/// The limit of each client of a node.
#[derive(Debug)]
pub(crate) struct Limit {
    /// Bytes that may wait for one client.
    pub(crate) bytes: usize,
    /// Bytes of the answer to one poll.
    pub(crate) answer: usize,
    pub(crate) metrics: Arc<Metrics>,
}

impl Limit {
    /// Returns whether so much waits that nothing of the client's own is added.
    pub(super) fn is_half(&self, waiting: usize) -> bool {
        waiting >= self.bytes / 2
    }

    /// Counts bytes that begin to wait.
    pub(super) fn add(&self, bytes: usize) {
        self.metrics.add(Metric::WaitingBytes, amount(bytes));
    }

    /// Counts bytes that wait no more.
    pub(super) fn remove(&self, bytes: usize) {
        self.metrics.add(Metric::WaitingBytes, -amount(bytes));
    }

    /// Notes that a client is disconnected, because too much waits for it.
    pub(super) fn note_slow(&self, waiting: usize) {
        let most = self.bytes;
        tracing::warn!(waiting, most, "a client does not read, and is disconnected");
        self.metrics.count(Metric::SlowClientsTotal);
    }
}

fn amount(bytes: usize) -> i64 {
    i64::try_from(bytes).unwrap_or(i64::MAX)
}
