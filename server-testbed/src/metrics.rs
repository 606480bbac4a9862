//! The counters of a node, and their text for Prometheus.

use std::fmt::Write as _;
use std::sync::atomic::{AtomicI64, Ordering};

/// A number that the node counts or measures.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Metric {
    Connections,
    ConnectionsTotal,
    EventsTotal,
    EventsRunning,
    RefusalsTotal,
    WaitingBytes,
    SlowClientsTotal,
    MessagesTotal,
    MessagesLostTotal,
    EchoSubscriptions,
    BridgeMessagesTotal,
    RedisUp,
    Degraded,
    RedisErrorsTotal,
    RedisConnectionsTotal,
    MembersSweptTotal,
}

#[derive(Clone, Copy)]
enum Kind {
    Counter,
    Gauge,
}

/// Each metric in the order of the enum, with its kind, name and help.
const TABLE: [(Metric, Kind, &str, &str); 16] = [
    (
        Metric::Connections,
        Kind::Gauge,
        "connections",
        "Sockets that are connected to a namespace",
    ),
    (
        Metric::ConnectionsTotal,
        Kind::Counter,
        "connections_total",
        "Sockets that connected to a namespace",
    ),
    (
        Metric::EventsTotal,
        Kind::Counter,
        "events_total",
        "Events that a controller received",
    ),
    (
        Metric::EventsRunning,
        Kind::Gauge,
        "events_running",
        "Events that wait for an answer, for their turn, or until their client reads",
    ),
    (
        Metric::RefusalsTotal,
        Kind::Counter,
        "refusals_total",
        "Connections, events and requests that were refused",
    ),
    (
        Metric::WaitingBytes,
        Kind::Gauge,
        "waiting_bytes",
        "Bytes that wait until their clients read or poll",
    ),
    (
        Metric::SlowClientsTotal,
        Kind::Counter,
        "slow_clients_total",
        "Connections that were closed because their client did not read or poll",
    ),
    (
        Metric::MessagesTotal,
        Kind::Counter,
        "messages_total",
        "Messages from client to client that were passed on",
    ),
    (
        Metric::MessagesLostTotal,
        Kind::Counter,
        "messages_lost_total",
        "Messages from client to client without a receiver",
    ),
    (
        Metric::EchoSubscriptions,
        Kind::Gauge,
        "echo_subscriptions",
        "Subscriptions to Echo channels",
    ),
    (
        Metric::BridgeMessagesTotal,
        Kind::Counter,
        "bridge_messages_total",
        "Messages that came from Redis or from an application's server",
    ),
    (
        Metric::RedisUp,
        Kind::Gauge,
        "redis_up",
        "1 if the node is connected to Redis",
    ),
    (
        Metric::Degraded,
        Kind::Gauge,
        "degraded",
        "1 if the node has a Redis and serves without it",
    ),
    (
        Metric::RedisErrorsTotal,
        Kind::Counter,
        "redis_errors_total",
        "Commands that Redis did not carry out",
    ),
    (
        Metric::RedisConnectionsTotal,
        Kind::Counter,
        "redis_connections_total",
        "Connections to Redis that were established",
    ),
    (
        Metric::MembersSweptTotal,
        Kind::Counter,
        "members_swept_total",
        "Members of rooms whose node ended without a word",
    ),
];

/// All metrics of one node.
#[derive(Debug, Default)]
pub(crate) struct Metrics {
    values: [AtomicI64; TABLE.len()],
}

impl Metrics {
    pub(crate) fn add(&self, metric: Metric, amount: i64) {
        self.values[metric as usize].fetch_add(amount, Ordering::Relaxed);
    }

    pub(crate) fn count(&self, metric: Metric) {
        self.add(metric, 1);
    }

    pub(crate) fn set(&self, metric: Metric, value: bool) {
        self.values[metric as usize].store(i64::from(value), Ordering::Relaxed);
    }

    pub(crate) fn get(&self, metric: Metric) -> i64 {
        self.values[metric as usize].load(Ordering::Relaxed)
    }

    /// Returns the text that Prometheus reads.
    pub(crate) fn text(&self) -> String {
        let mut text = String::new();
        for (metric, kind, name, help) in TABLE {
            let kind = match kind {
                Kind::Counter => "counter",
                Kind::Gauge => "gauge",
            };
            let name = format!("tidewire_testbed_{name}");
            let value = self.get(metric);
            // Writing to a text does not fail.
            let _ = write!(
                text,
                "# HELP {name} {help}.\n# TYPE {name} {kind}\n{name} {value}\n"
            );
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_has_the_order_of_the_enum() {
        for (index, (metric, ..)) in TABLE.iter().enumerate() {
            assert_eq!(*metric as usize, index);
        }
    }

    #[test]
    fn the_text_has_help_type_and_value() {
        let metrics = Metrics::default();
        metrics.count(Metric::EventsTotal);
        metrics.add(Metric::EventsTotal, 2);
        let text = metrics.text();
        assert!(text.contains("# TYPE tidewire_testbed_events_total counter\n"));
        assert!(text.contains("\ntidewire_testbed_events_total 3\n"));
    }
}
