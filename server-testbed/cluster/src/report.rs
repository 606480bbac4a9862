//! The results of a step as a line of the table, or as a line of JSON.

use std::time::Duration;

use serde::Serialize;

use crate::options::{Options, Server, Sticky};

/// The results of one step of one cluster.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Row {
    pub(crate) server: &'static str,
    pub(crate) sticky: &'static str,
    pub(crate) step: String,
    pub(crate) clients: usize,
    /// Clients that lost their connection.
    pub(crate) disturbed: usize,
    /// Seconds from a lost connection to the room.
    pub(crate) back_p50: f64,
    pub(crate) back_p99: f64,
    pub(crate) back_max: f64,
    pub(crate) sent: u64,
    pub(crate) acked: u64,
    /// Deliveries that had to happen.
    pub(crate) due: u64,
    pub(crate) lost: usize,
    pub(crate) twice: u64,
    /// Seconds until all lists of members were right.
    pub(crate) presence: f64,
    /// Whether they became right when a member came again.
    pub(crate) presence_by_join: bool,
    pub(crate) violations: Vec<String>,
}

impl Row {
    pub(crate) fn new(server: Server, sticky: Sticky, step: &str, clients: usize) -> Self {
        Self {
            server: server.name(),
            sticky: sticky.name(),
            step: step.to_owned(),
            clients,
            ..Self::default()
        }
    }

    pub(crate) fn set_absences(&mut self, disturbed: usize, mut absences: Vec<Duration>) {
        absences.sort_unstable();
        self.disturbed = disturbed;
        self.back_p50 = percentile(&absences, 50);
        self.back_p99 = percentile(&absences, 99);
        self.back_max = percentile(&absences, 100);
    }

    fn head() -> String {
        format!(
            "{:<16} {:>9} {:>6} {:>6} {:>6} {:>7} {:>7} {:>8} {:>5} {:>6} {:>11}",
            "",
            "disturbed",
            "p50 s",
            "p99 s",
            "max s",
            "sent",
            "acked",
            "due",
            "lost",
            "twice",
            "presence s"
        )
    }

    fn line(&self) -> String {
        let by_join = if self.presence_by_join { "*" } else { "" };
        format!(
            "{:<16} {:>9} {:>6.1} {:>6.1} {:>6.1} {:>7} {:>7} {:>8} {:>5} {:>6} {:>11}",
            self.step,
            self.disturbed,
            self.back_p50,
            self.back_p99,
            self.back_max,
            self.sent,
            self.acked,
            self.due,
            self.lost,
            self.twice,
            format!("{by_join}{:.1}", self.presence)
        )
    }
}

/// Shows the rows of one cluster.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Table {
    json: bool,
    /// Whether rows of several clusters alternate, so that each names its cluster.
    is_mixed: bool,
}

#[expect(
    clippy::print_stdout,
    reason = "the results of a program for a terminal"
)]
impl Table {
    /// Writes the head.
    pub(crate) fn begin(server: Server, sticky: Sticky, options: &Options) -> Self {
        let table = Self {
            json: options.json,
            is_mixed: options.parallel,
        };
        if !table.json && !table.is_mixed {
            let (server, sticky, clients) = (server.name(), sticky.name(), options.clients);
            println!("{server}, nginx with {sticky}: {clients} clients");
            println!("{}", Row::head());
        }
        table
    }

    /// Writes a row.
    pub(crate) fn show(self, row: &Row) {
        if self.json {
            // Numbers and texts can be written as JSON.
            println!("{}", serde_json::to_string(row).unwrap_or_default());
            return;
        }
        let cluster = if self.is_mixed {
            format!("  {}, {}", row.server, row.sticky)
        } else {
            String::new()
        };
        println!("{}{cluster}", row.line());
        for violation in &row.violations {
            println!("  VIOLATION: {violation}");
        }
    }
}

/// Returns a percentile of sorted durations in seconds.
fn percentile(sorted: &[Duration], percent: usize) -> f64 {
    let rank = (sorted.len() * percent).div_ceil(100).max(1);
    sorted.get(rank - 1).map_or(0.0, Duration::as_secs_f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_percentile_is_a_value_that_was_measured() {
        let seconds: Vec<Duration> = (1..=200).map(Duration::from_secs).collect();
        assert_eq!(percentile(&seconds, 50), 100.0);
        assert_eq!(percentile(&seconds, 99), 198.0);
        assert_eq!(percentile(&seconds, 100), 200.0);
        assert_eq!(percentile(&seconds[..1], 99), 1.0);
        assert_eq!(percentile(&[], 99), 0.0);
    }
}
