//! The state of a run in progress as data, so that it can be watched from elsewhere, together with those of other shards.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::data::{Generator, Report};
use crate::engine::{Health, Progress};
use crate::stats::{Counter, Interval, Reason, Row, Series, Totals};

/// The state of a run in progress.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Snapshot {
    pub(crate) elapsed: Duration,
    length: Duration,
    phase: String,
    is_stopping: bool,
    row: Row,
    /// Everything since the start, without the course and the labels of series.
    report: Report,
}

impl Snapshot {
    /// Takes the state of a run.
    pub(crate) fn new(progress: &Progress<'_>) -> Snapshot {
        Snapshot {
            elapsed: progress.elapsed,
            length: progress.length,
            phase: progress.phase.to_owned(),
            is_stopping: progress.is_stopping,
            row: progress.row.clone(),
            report: Report {
                generator: Generator::new(progress.health),
                ..Report::of_sum(&progress.totals.sum, |series| series.label.is_empty())
            },
        }
    }

    /// Adds the state of another shard.
    pub(crate) fn add(&mut self, other: &Snapshot) {
        if other.elapsed > self.elapsed {
            self.phase.clone_from(&other.phase);
        }
        self.elapsed = self.elapsed.max(other.elapsed);
        self.length = self.length.max(other.length);
        self.is_stopping |= other.is_stopping;
        self.row.add_beside(&other.row);
        self.report.absorb(&other.report);
    }

    /// Shows the state as that of one run. `state` is added to the name of the phase.
    pub(crate) fn show<T>(&self, state: &str, show: impl FnOnce(&Progress<'_>) -> T) -> T {
        let generator = &self.report.generator;
        let health = Health {
            lag: generator.lag.clone(),
            cpu_time: Duration::try_from_secs_f64(generator.cpu_seconds).unwrap_or_default(),
            cpu_peak: generator.cpu_peak,
            resident_peak: generator.resident_peak,
            clock_steps: generator.clock_steps,
        };
        let totals = Totals::of(sum(&self.report));
        show(&Progress {
            elapsed: self.elapsed,
            length: self.length,
            phase: &format!("{} ({state})", self.phase),
            row: &self.row,
            totals: &totals,
            health: &health,
            is_stopping: self.is_stopping,
        })
    }
}

fn sum(report: &Report) -> Interval {
    let series = report.series.iter().map(|series| {
        let key = Series {
            kind: series.kind,
            label: series.label.as_str().into(),
        };
        (key, series.measured.clone())
    });
    let reasons = report.reasons.iter().map(|reason| {
        let key = Reason {
            stage: reason.stage,
            text: reason.text.as_str().into(),
        };
        (key, reason.count)
    });
    let counters = Counter::ALL.map(|counter| (counter, report.counter(counter)));
    Interval {
        series: series.collect(),
        reasons: reasons.collect(),
        counters: counters.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::{Kind, Moment, Stage};

    fn snapshot(users: u64, latencies: &[u64]) -> Snapshot {
        let mut interval = Interval::default();
        for ms in latencies {
            let latency = Duration::from_millis(*ms);
            interval.record(Kind::Ack, &"echo".into(), latency, latency);
            interval.count(Counter::Acked, 1);
        }
        interval.reason(Stage::Connect, "refused", users);
        let mut totals = Totals::default();
        let moment = Moment {
            at: Duration::from_secs(users),
            length: Duration::from_secs(1),
            users,
            ..Moment::default()
        };
        let row = totals.add(&interval, &moment);
        Snapshot::new(&Progress {
            elapsed: Duration::from_secs(users),
            length: Duration::from_secs(9),
            phase: if users > 2 { "late" } else { "early" },
            row: &row,
            totals: &totals,
            health: &Health::default(),
            is_stopping: false,
        })
    }

    #[test]
    fn states_of_shards_add_up_to_that_of_one_run() {
        let json = serde_json::to_string(&snapshot(3, &[1, 2, 3])).unwrap();
        let mut sum: Snapshot = serde_json::from_str(&json).unwrap();
        sum.add(&snapshot(2, &[4, 500]));
        let whole = snapshot(5, &[1, 2, 3, 4, 500]);
        sum.show("2 shards", |progress| {
            assert_eq!(progress.phase, "late (2 shards)");
            assert_eq!(progress.elapsed, Duration::from_secs(3));
            assert_eq!(progress.row.users, 5);
            let acks = |totals: &Totals| totals.sum.kind(Kind::Ack).cloned();
            let whole = whole.show("", |progress| acks(progress.totals));
            assert_eq!(acks(progress.totals), whole);
            assert_eq!(progress.totals.sum.counter(Counter::Acked), 5);
            assert_eq!(progress.totals.sum.reasons.values().sum::<u64>(), 5);
            // The labels stay at the shards.
            assert!(progress.totals.sum.series(Kind::Ack, "echo").is_none());
        });
    }
}
