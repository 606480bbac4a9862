//! The handle with which tasks measure.

use std::collections::hash_map::RandomState;
use std::hash::BuildHasher;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::series::{Counter, Kind, Stage};
use super::tally::Interval;

/// Measures; cheap to clone.
///
/// Each thread writes to a part of its own, so that tasks on several threads seldom wait for each other.
#[derive(Clone, Debug)]
pub struct Recorder(Arc<Parts>);

#[derive(Debug)]
struct Parts {
    parts: Box<[Mutex<Interval>]>,
    users: Gauge,
    connections: Gauge,
    awaited_acks: AtomicI64,
    hasher: RandomState,
}

impl Default for Recorder {
    fn default() -> Self {
        let threads = std::thread::available_parallelism().map_or(1, usize::from);
        Recorder(Arc::new(Parts {
            parts: (0..threads.min(64)).map(|_| Mutex::default()).collect(),
            users: Gauge::default(),
            connections: Gauge::default(),
            awaited_acks: AtomicI64::new(0),
            hasher: RandomState::new(),
        }))
    }
}

impl Recorder {
    /// Adds a latency: from the start of the action, and from its intended start.
    pub fn record(&self, kind: Kind, label: &Arc<str>, service: Duration, response: Duration) {
        self.part().record(kind, label, service, response);
    }

    /// Adds to a counter.
    pub fn count(&self, counter: Counter, count: u64) {
        self.part().count(counter, count);
    }

    /// Counts an error by its reason.
    pub fn error(&self, stage: Stage, text: &str) {
        let mut part = self.part();
        part.reason(stage, text, 1);
        part.count(Counter::Errors, 1);
    }

    /// Counts a disconnect by its reason.
    pub fn disconnect(&self, text: &str) {
        let mut part = self.part();
        part.reason(Stage::Disconnect, text, 1);
        part.count(Counter::Disconnects, 1);
    }

    /// Changes the number of users.
    pub(crate) fn users(&self, by: i64) {
        self.0.users.change(by);
    }

    /// Changes the number of connected users.
    pub(crate) fn connections(&self, by: i64) {
        self.0.connections.change(by);
    }

    /// Changes the number of acks that users await.
    pub(crate) fn await_acks(&self, by: i64) {
        self.0.awaited_acks.fetch_add(by, Ordering::Relaxed);
    }

    /// How many acks users await.
    pub(crate) fn awaited_acks(&self) -> i64 {
        self.0.awaited_acks.load(Ordering::Relaxed)
    }

    /// How many users there are, and how many of them are connected.
    pub fn present(&self) -> (u64, u64) {
        (self.0.users.now(), self.0.connections.now())
    }

    /// The most users, and the most connected ones, since the last call.
    pub(crate) fn take_peaks(&self) -> (u64, u64) {
        (self.0.users.take_peak(), self.0.connections.take_peak())
    }

    /// Takes everything that was measured since the last call.
    pub(crate) fn take(&self) -> Interval {
        let mut sum = Interval::default();
        for part in &self.0.parts {
            let mut part = lock(part);
            sum.add(&part);
            part.clear();
        }
        // The parts keep empty histograms; the sum must not show them as measured.
        sum.series
            .retain(|_, measured| measured.service.count() > 0);
        sum
    }

    fn part(&self) -> MutexGuard<'_, Interval> {
        let thread = self.0.hasher.hash_one(std::thread::current().id());
        let index = usize::try_from(thread % self.0.parts.len() as u64).unwrap_or(0);
        lock(&self.0.parts[index])
    }
}

/// A number that goes up and down, and the most that it was.
#[derive(Debug, Default)]
struct Gauge {
    now: AtomicI64,
    peak: AtomicI64,
}

impl Gauge {
    fn change(&self, by: i64) {
        let now = self.now.fetch_add(by, Ordering::Relaxed) + by;
        self.peak.fetch_max(now, Ordering::Relaxed);
    }

    fn now(&self) -> u64 {
        u64::try_from(self.now.load(Ordering::Relaxed)).unwrap_or(0)
    }

    fn take_peak(&self) -> u64 {
        let now = self.now.load(Ordering::Relaxed);
        u64::try_from(self.peak.swap(now, Ordering::Relaxed)).unwrap_or(0)
    }
}

/// A panic while an interval is locked leaves it whole: every change of it is one number.
fn lock(part: &Mutex<Interval>) -> MutexGuard<'_, Interval> {
    part.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_lost_between_threads_and_collections() {
        let recorder = Recorder::default();
        let label: Arc<str> = "echo".into();
        let mut sum = Interval::default();
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    for _ in 0..1_000 {
                        let latency = Duration::from_millis(3);
                        recorder.record(Kind::Ack, &label, latency, latency);
                        recorder.count(Counter::Acked, 1);
                    }
                });
            }
            for _ in 0..50 {
                sum.add(&recorder.take());
            }
        });
        sum.add(&recorder.take());
        assert_eq!(sum.counter(Counter::Acked), 4_000);
        let acks = sum.series(Kind::Ack, "echo").unwrap();
        assert_eq!(acks.response.count(), 4_000);
        assert_eq!(recorder.take(), Interval::default());
    }

    #[test]
    fn users_that_come_and_go_within_an_interval_are_in_its_peak() {
        let recorder = Recorder::default();
        for by in [1, 1, 1, -1, -1] {
            recorder.users(by);
        }
        assert_eq!((recorder.present().0, recorder.take_peaks().0), (1, 3));
        assert_eq!(recorder.take_peaks(), (1, 0));
    }

    #[test]
    fn each_interval_has_its_own_extremes() {
        let recorder = Recorder::default();
        let label: Arc<str> = "".into();
        for ms in [900, 7, 50] {
            let latency = Duration::from_millis(ms);
            recorder.record(Kind::Ack, &label, latency, latency);
            let interval = recorder.take();
            let measured = &interval.kind(Kind::Ack).unwrap().response;
            for extreme in [measured.min(), measured.max()] {
                let error = extreme.as_secs_f64() / latency.as_secs_f64() - 1.0;
                assert!(error.abs() < 0.001, "{extreme:?} for {ms} ms");
            }
        }
    }
}
