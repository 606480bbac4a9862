//! The counts of a server, over all connections.

use std::sync::atomic::{AtomicU64, Ordering};

use serde::{Deserialize, Serialize};

/// The counts themselves, while they grow.
#[derive(Debug, Default)]
pub(super) struct Counts {
    pub(super) joined: AtomicU64,
    pub(super) left: AtomicU64,
    pub(super) sent: AtomicU64,
    pub(super) ticks: AtomicU64,
    pub(super) news: AtomicU64,
    pub(super) pings: AtomicU64,
    pub(super) pongs: AtomicU64,
    pub(super) slowest_pong_ms: AtomicU64,
}

/// The counts at a moment, as an ack carries them: an array in this order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Tally {
    /// Connections that came into the namespace, and those that ended.
    pub(super) joined: u64,
    pub(super) left: u64,
    /// Events of the clients.
    pub(super) sent: u64,
    /// Events to single clients, and to all of them.
    pub(super) ticks: u64,
    pub(super) news: u64,
    /// Heartbeats, and their answers.
    pub(super) pings: u64,
    pub(super) pongs: u64,
    pub(super) slowest_pong_ms: u64,
}

pub(super) fn count(what: &AtomicU64) {
    what.fetch_add(1, Ordering::Relaxed);
}

impl Counts {
    pub(super) fn tally(&self) -> Tally {
        let read = |count: &AtomicU64| count.load(Ordering::Relaxed);
        Tally {
            joined: read(&self.joined),
            left: read(&self.left),
            sent: read(&self.sent),
            ticks: read(&self.ticks),
            news: read(&self.news),
            pings: read(&self.pings),
            pongs: read(&self.pongs),
            slowest_pong_ms: read(&self.slowest_pong_ms),
        }
    }
}

impl Tally {
    /// Returns the arguments of an ack: one array.
    pub(super) fn written(&self) -> String {
        let numbers = [
            self.joined,
            self.left,
            self.sent,
            self.ticks,
            self.news,
            self.pings,
            self.pongs,
            self.slowest_pong_ms,
        ];
        let numbers = numbers.map(|number| number.to_string());
        format!("[[{}]]", numbers.join(","))
    }

    /// Adds the counts of another server.
    pub(super) fn plus(self, other: Tally) -> Tally {
        Tally {
            joined: self.joined + other.joined,
            left: self.left + other.left,
            sent: self.sent + other.sent,
            ticks: self.ticks + other.ticks,
            news: self.news + other.news,
            pings: self.pings + other.pings,
            pongs: self.pongs + other.pongs,
            slowest_pong_ms: self.slowest_pong_ms.max(other.slowest_pong_ms),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tally_is_read_as_it_was_written() {
        let counts = Counts::default();
        for (times, what) in [(1, &counts.joined), (2, &counts.sent), (3, &counts.pongs)] {
            (0..times).for_each(|_| count(what));
        }
        counts.slowest_pong_ms.store(7, Ordering::Relaxed);
        let tally = counts.tally();
        let (read,): (Tally,) = serde_json::from_str(&tally.written()).unwrap();
        assert_eq!(read, tally);
        let both = tally.plus(read);
        assert_eq!((both.sent, both.pongs, both.slowest_pong_ms), (4, 6, 7));
    }
}
