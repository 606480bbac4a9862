//! A sum of measurements.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::histogram::Latency;
use super::series::{Counter, Kind, Reason, Series, Stage};

/// Labels of one kind, and texts of reasons, that are told apart. Later ones are counted as `OTHER`.
const MOST_NAMES: usize = 200;
const OTHER: &str = "(other)";
/// The label of all actions of a kind: shared, because every recorded latency needs it.
static ALL: LazyLock<Arc<str>> = LazyLock::new(|| "".into());

/// Both latencies of a series.
///
/// The service time counts from the start of an action, the response time from the time at which it should have started. They
/// differ if the user was late, because an earlier action took longer than its share of a schedule for example. The user of
/// an application feels the response time.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Measured {
    /// From the start of the action.
    pub service: Latency,
    /// From the intended start of the action.
    pub response: Latency,
}

impl Measured {
    pub(crate) fn record(&mut self, service: Duration, response: Duration) {
        self.service.record(service);
        self.response.record(response);
    }

    pub(crate) fn add(&mut self, other: &Measured) {
        self.service.add(&other.service);
        self.response.add(&other.response);
    }
}

/// The measurements of an interval.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Interval {
    pub(crate) series: BTreeMap<Series, Measured>,
    pub(crate) reasons: BTreeMap<Reason, u64>,
    pub(crate) counters: BTreeMap<Counter, u64>,
}

impl Interval {
    /// Adds a latency to its kind, and to its label if it has one.
    pub(crate) fn record(
        &mut self,
        kind: Kind,
        label: &Arc<str>,
        service: Duration,
        response: Duration,
    ) {
        self.measured(kind, &ALL).record(service, response);
        if !label.is_empty() {
            self.measured(kind, label).record(service, response);
        }
    }

    fn measured(&mut self, kind: Kind, label: &Arc<str>) -> &mut Measured {
        let mut series = Series {
            kind,
            label: label.clone(),
        };
        if !label.is_empty() && !self.series.contains_key(&series) {
            let names = self.series.keys().filter(|it| it.kind == kind).count();
            if names > MOST_NAMES {
                series.label = OTHER.into();
            }
        }
        self.series.entry(series).or_default()
    }

    pub(crate) fn reason(&mut self, stage: Stage, text: &str, count: u64) {
        let mut reason = Reason {
            stage,
            text: text.into(),
        };
        if !self.reasons.contains_key(&reason) && self.reasons.len() >= MOST_NAMES {
            reason.text = OTHER.into();
        }
        let own = self.reasons.entry(reason).or_default();
        *own = own.saturating_add(count);
    }

    pub(crate) fn count(&mut self, counter: Counter, count: u64) {
        let own = self.counters.entry(counter).or_default();
        *own = own.saturating_add(count);
    }

    pub(crate) fn add(&mut self, other: &Interval) {
        for (series, measured) in &other.series {
            self.measured(series.kind, &series.label).add(measured);
        }
        for (reason, count) in &other.reasons {
            self.reason(reason.stage, &reason.text, *count);
        }
        for (counter, count) in &other.counters {
            self.count(*counter, *count);
        }
    }

    /// Returns a counter's value.
    pub fn counter(&self, counter: Counter) -> u64 {
        self.counters.get(&counter).copied().unwrap_or_default()
    }

    /// Returns the latencies of all actions of a kind; `None` if there was none.
    pub fn kind(&self, kind: Kind) -> Option<&Measured> {
        self.series(kind, "")
    }

    /// Returns the latencies of a kind with a label.
    pub fn series(&self, kind: Kind, label: &str) -> Option<&Measured> {
        self.series.get(&Series {
            kind,
            label: label.into(),
        })
    }

    /// Empties the interval. Keeps the histograms, which are needed again a second later.
    pub(crate) fn clear(&mut self) {
        for measured in self.series.values_mut() {
            measured.service.clear();
            measured.response.clear();
        }
        self.reasons.clear();
        self.counters.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_beyond_the_limit_are_counted_together() {
        let mut interval = Interval::default();
        for n in 0..500 {
            let label: Arc<str> = format!("event {n}").into();
            interval.record(Kind::Ack, &label, Duration::ZERO, Duration::ZERO);
            interval.reason(Stage::Ack, &label, 1);
        }
        assert!(interval.series.len() <= MOST_NAMES + 2);
        assert!(interval.reasons.len() <= MOST_NAMES + 1);
        let all = interval.kind(Kind::Ack).unwrap().service.count();
        assert_eq!(all, 500);
        assert_eq!(interval.reasons.values().sum::<u64>(), 500);
        let other = interval.series(Kind::Ack, OTHER).unwrap().service.count();
        assert_eq!(other as usize + interval.series.len() - 2, 500);
    }
}
