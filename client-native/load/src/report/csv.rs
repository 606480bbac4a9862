//! The course of a run as CSV: one line each second.

use std::fmt::Write;

use super::data::Report;
use crate::stats::{Counter, Kind};

/// The counters that are columns.
const COUNTERS: [Counter; 12] = [
    Counter::UsersStarted,
    Counter::UsersFailed,
    Counter::Connected,
    Counter::Disconnects,
    Counter::Emitted,
    Counter::Acked,
    Counter::Received,
    Counter::BytesOut,
    Counter::BytesIn,
    Counter::Delivered,
    Counter::DeliveriesLost,
    Counter::Errors,
];

impl Report {
    /// The CSV form of the course: a head, and one line for each row.
    ///
    /// Counters are the growth in a row; percentiles are response times in milliseconds, empty if there were none.
    pub fn to_csv(&self) -> String {
        let kinds: Vec<Kind> = Kind::ALL
            .into_iter()
            .filter(|kind| self.kind(*kind).is_some())
            .collect();
        let mut csv = head(&kinds);
        for row in &self.rows {
            // Writing to a string does not fail.
            let _ = write!(
                csv,
                "{:.3},{:.3},{},{}",
                row.at, row.seconds, row.users, row.connections
            );
            for counter in COUNTERS {
                let _ = write!(csv, ",{}", row.counter(counter));
            }
            for kind in &kinds {
                let _ = match row.latencies.get(kind.name()) {
                    Some(it) => write!(
                        csv,
                        ",{},{:.3},{:.3},{:.3},{:.3}",
                        it.count, it.p50, it.p90, it.p99, it.max
                    ),
                    None => write!(csv, ",0,,,,"),
                };
            }
            let _ = writeln!(csv, ",{:.3},{:.3}", row.lag_ms, row.cpu);
        }
        csv
    }
}

fn head(kinds: &[Kind]) -> String {
    let mut head = String::from("at_s,seconds,users,connections");
    for counter in COUNTERS {
        let _ = write!(head, ",{}", counter.name());
    }
    for kind in kinds {
        for part in ["count", "p50_ms", "p90_ms", "p99_ms", "max_ms"] {
            let _ = write!(head, ",{}_{part}", kind.name());
        }
    }
    head.push_str(",generator_lag_ms,generator_cpu\n");
    head
}
