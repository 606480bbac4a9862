//! The sum of a run, and its course second by second.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::series::{Counter, Kind};
use super::tally::Interval;

/// Rows of a run. Beyond them two rows become one, so a run of any length fits.
const MOST_ROWS: usize = 3_600;

/// One line of a run's course: one second, or more in a run longer than an hour.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Row {
    /// Seconds from the start of the run to the end of the row.
    pub at: f64,
    /// Seconds that the row covers.
    pub seconds: f64,
    /// Users at the end.
    pub users: u64,
    /// Connected users at the end.
    pub connections: u64,
    /// The most users at a time.
    #[serde(default)]
    pub most_users: u64,
    /// The most connected users at a time.
    #[serde(default)]
    pub most_connections: u64,
    /// Counters, by name: how much they grew.
    pub counters: BTreeMap<String, u64>,
    /// Response times, by kind.
    pub latencies: BTreeMap<String, Percentiles>,
    /// The generator's lateness: the longest of the row, in milliseconds.
    pub lag_ms: f64,
    /// The generator's CPU: 1 is one core.
    pub cpu: f64,
}

/// A few percentiles of response times, in milliseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Percentiles {
    /// How many.
    pub count: u64,
    /// The median.
    pub p50: f64,
    /// 90 %.
    pub p90: f64,
    /// 99 %.
    pub p99: f64,
    /// The longest.
    pub max: f64,
}

impl Row {
    fn new(interval: &Interval, moment: &Moment) -> Row {
        let percentiles = |kind: Kind| {
            let latency = &interval.kind(kind)?.response;
            let ms = |percent| latency.percentile(percent).as_secs_f64() * 1e3;
            let percentiles = Percentiles {
                count: latency.count(),
                p50: ms(50.0),
                p90: ms(90.0),
                p99: ms(99.0),
                max: latency.max().as_secs_f64() * 1e3,
            };
            Some((kind.name().to_owned(), percentiles))
        };
        Row {
            at: moment.at.as_secs_f64(),
            seconds: moment.length.as_secs_f64(),
            users: moment.users,
            connections: moment.connections,
            most_users: moment.most_users,
            most_connections: moment.most_connections,
            counters: interval
                .counters
                .iter()
                .map(|(counter, count)| (counter.name().to_owned(), *count))
                .collect(),
            latencies: Kind::ALL.into_iter().filter_map(percentiles).collect(),
            lag_ms: moment.lag.as_secs_f64() * 1e3,
            cpu: moment.cpu,
        }
    }

    /// Returns how much a counter grew.
    pub fn counter(&self, counter: Counter) -> u64 {
        self.counters
            .get(counter.name())
            .copied()
            .unwrap_or_default()
    }

    /// Returns how much a counter grew each second.
    pub fn rate(&self, counter: Counter) -> f64 {
        match self.seconds > 0.0 {
            true => self.counter(counter) as f64 / self.seconds,
            false => 0.0,
        }
    }

    /// Adds the row of another generator for the same time. Of two percentiles the higher one stays: an upper bound.
    pub(crate) fn add_beside(&mut self, other: &Row) {
        let (at, seconds) = (self.at.max(other.at), self.seconds.max(other.seconds));
        let (users, connections) = (
            self.users.saturating_add(other.users),
            self.connections.saturating_add(other.connections),
        );
        let (most_users, most_connections) = (
            self.most_users.saturating_add(other.most_users),
            self.most_connections.saturating_add(other.most_connections),
        );
        let cpu = self.cpu + other.cpu;
        self.join(other);
        (self.at, self.seconds, self.cpu) = (at, seconds, cpu);
        (self.users, self.connections) = (users, connections);
        (self.most_users, self.most_connections) = (most_users, most_connections);
    }

    /// Joins the next row. Of two percentiles the higher one stays: an upper bound.
    pub(crate) fn join(&mut self, next: &Row) {
        self.at = next.at;
        self.seconds += next.seconds;
        self.users = next.users;
        self.connections = next.connections;
        self.most_users = self.most_users.max(next.most_users);
        self.most_connections = self.most_connections.max(next.most_connections);
        for (name, count) in &next.counters {
            let own = self.counters.entry(name.clone()).or_default();
            *own = own.saturating_add(*count);
        }
        for (name, other) in &next.latencies {
            let own = self.latencies.entry(name.clone()).or_default();
            own.count = own.count.saturating_add(other.count);
            own.p50 = own.p50.max(other.p50);
            own.p90 = own.p90.max(other.p90);
            own.p99 = own.p99.max(other.p99);
            own.max = own.max.max(other.max);
        }
        self.lag_ms = self.lag_ms.max(next.lag_ms);
        self.cpu = self.cpu.max(next.cpu);
    }
}

/// The facts of an interval that its measurements do not tell.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Moment {
    /// The time from the start of the run to the end of the interval.
    pub(crate) at: Duration,
    pub(crate) length: Duration,
    pub(crate) users: u64,
    pub(crate) connections: u64,
    pub(crate) most_users: u64,
    pub(crate) most_connections: u64,
    pub(crate) lag: Duration,
    pub(crate) cpu: f64,
}

/// Everything measured in a run.
#[derive(Clone, Debug, Default)]
pub struct Totals {
    /// The sum.
    pub sum: Interval,
    /// The course.
    pub rows: Vec<Row>,
    /// How many seconds a row covers.
    width: u32,
    /// How many intervals the last row has.
    filled: u32,
}

impl Totals {
    /// A sum without its course.
    pub(crate) fn of(sum: Interval) -> Totals {
        Totals {
            sum,
            ..Totals::default()
        }
    }

    /// Adds an interval; returns its row, which may be part of a longer one in the course.
    pub(crate) fn add(&mut self, interval: &Interval, moment: &Moment) -> Row {
        self.sum.add(interval);
        let row = Row::new(interval, moment);
        self.width = self.width.max(1);
        match self.rows.last_mut() {
            Some(last) if self.filled < self.width => {
                last.join(&row);
                self.filled += 1;
            }
            _ => {
                self.rows.push(row.clone());
                self.filled = 1;
            }
        }
        if self.rows.len() >= MOST_ROWS {
            self.halve();
        }
        row
    }

    fn halve(&mut self) {
        let rows = std::mem::take(&mut self.rows);
        self.rows = rows
            .chunks(2)
            .filter_map(|pair| {
                let (first, rest) = pair.split_first()?;
                let mut row = first.clone();
                rest.iter().for_each(|next| row.join(next));
                Some(row)
            })
            .collect();
        self.width *= 2;
        self.filled = self.width;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_run_keeps_its_counts_in_fewer_rows() {
        let mut totals = Totals::default();
        let seconds = 10_000_u32;
        for second in 1..=seconds {
            let mut interval = Interval::default();
            interval.count(Counter::Emitted, u64::from(second));
            let moment = Moment {
                at: Duration::from_secs(second.into()),
                length: Duration::from_secs(1),
                ..Moment::default()
            };
            let row = totals.add(&interval, &moment);
            assert_eq!(row.counter(Counter::Emitted), u64::from(second));
        }
        assert!(totals.rows.len() < MOST_ROWS);
        let emitted: u64 = totals
            .rows
            .iter()
            .map(|row| row.counter(Counter::Emitted))
            .sum();
        assert_eq!(emitted, totals.sum.counter(Counter::Emitted));
        let covered: f64 = totals.rows.iter().map(|row| row.seconds).sum();
        assert_eq!(covered, f64::from(seconds));
        assert_eq!(totals.rows.last().unwrap().at, f64::from(seconds));
    }
}
