//! The figures of the scale measurement, and their lines in the table.

use serde::{Deserialize, Serialize};

use super::tally::Tally;

/// All that was measured.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Scale {
    pub(super) connections: u64,
    pub(super) servers: u64,
    /// CPU time of making one connection, microseconds.
    pub(super) connect_us: f64,
    /// Connections made in a second.
    pub(super) connect_rate: f64,
    /// Growth of the memory in use: when all are there and were idle, and after the events. In bytes.
    pub(super) resident_idle: u64,
    pub(super) resident_after: u64,
    pub(super) idle: Span,
    pub(super) trickle: Span,
    pub(super) rounds: u64,
    /// The counts of both servers.
    pub(super) tally: Tally,
}

/// A stretch of time, and what the client's process has worked in it.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(crate) struct Span {
    pub(super) wall_us: f64,
    pub(super) cpu_us: f64,
}

impl Span {
    /// Seconds of CPU time that a thousand connections take in a minute.
    fn load(&self, connections: u64) -> f64 {
        self.cpu_us / 1e6 / (connections as f64 / 1e3) / (self.wall_us / 60e6)
    }

    fn seconds(&self) -> f64 {
        self.wall_us / 1e6
    }
}

impl Scale {
    fn kib_each(&self, bytes: u64) -> f64 {
        bytes as f64 / 1024.0 / self.connections as f64
    }
}

pub(crate) fn print(scale: &Scale) {
    let (count, tally) = (scale.connections, scale.tally);
    println!();
    println!(
        "{count} connections of one process, to {} servers; handlers on each",
        scale.servers
    );
    println!(
        "  made                       {:>9.1} us CPU each, {:.0} a second",
        scale.connect_us, scale.connect_rate
    );
    print_span("idle", &scale.idle, count);
    print_memory("  memory then", scale.kib_each(scale.resident_idle));
    print_span("with a trickle of events", &scale.trickle, count);
    print_memory("  memory then", scale.kib_each(scale.resident_after));
    println!(
        "  sent {}, received {} for each alone and {} for all; heartbeats answered {}, the slowest after {} ms",
        tally.sent, tally.ticks, tally.news, tally.pongs, tally.slowest_pong_ms
    );
    println!("  nothing lost, nothing twice, no connection broken");
}

fn print_span(what: &str, span: &Span, connections: u64) {
    println!(
        "  {:<27}{:>9.3} s CPU for 1,000 connections and a minute",
        format!("{what}, {:.0} s", span.seconds()),
        span.load(connections)
    );
}

fn print_memory(what: &str, kib: f64) {
    println!("  {what:<27}{kib:>9.2} KiB each");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_load_is_for_a_thousand_connections_and_a_minute() {
        let span = Span {
            wall_us: 30e6,
            cpu_us: 2e6,
        };
        assert_eq!(span.load(4_000), 1.0);
        assert_eq!(span.seconds(), 30.0);
    }
}
