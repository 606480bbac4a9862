//! The names of the keys in Redis.

use std::sync::Arc;
use std::time::Duration;

/// A shard without a sign of life for this time is lost.
pub(super) const LEASE: Duration = Duration::from_secs(5);
/// How long states and reports are kept.
pub(super) const KEPT: Duration = Duration::from_secs(24 * 60 * 60);

/// The keys of a run. The braces keep them on one node of a Redis cluster.
#[derive(Clone, Debug)]
pub(super) struct Keys {
    run: Arc<str>,
}

impl Keys {
    pub(super) fn new(run: &str) -> Keys {
        Keys { run: run.into() }
    }

    /// The terms of the shard that came last.
    pub(super) fn terms(&self) -> String {
        self.of_run("terms")
    }

    pub(super) fn start(&self) -> String {
        self.of_run("start")
    }

    pub(super) fn lease(&self, shard: u64) -> String {
        self.of_shard(shard, "lease")
    }

    pub(super) fn state(&self, shard: u64) -> String {
        self.of_shard(shard, "state")
    }

    pub(super) fn report(&self, shard: u64) -> String {
        self.of_shard(shard, "report")
    }

    fn of_run(&self, what: &str) -> String {
        format!("tidewire-load:{{{}}}:{what}", self.run)
    }

    fn of_shard(&self, shard: u64, what: &str) -> String {
        format!("tidewire-load:{{{}}}:{}:{what}", self.run, shard + 1)
    }
}
