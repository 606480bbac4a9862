//! The counts of a connection: its driver and its transports write them, [`Client::metrics`](crate::Client::metrics) reads them.
//!
//! The driver adds once a turn, and the transports once for each read and write of the system, so an event costs one addition.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use tidewire_core::Reason;

use crate::metrics::{ConnectStages, Losses, Metrics};

/// A stage of a connect, in its order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(
    target_family = "wasm",
    allow(dead_code, reason = "a browser hides some, and has no fleets")
)]
pub(crate) enum Stage {
    Queue,
    Dns,
    Tcp,
    Tls,
    Handshake,
    Namespace,
    Upgrade,
}

const STAGES: usize = 7;

/// The counts of one connection. A process holds thousands of them, so those of seldom events are apart.
#[derive(Debug, Default)]
pub(crate) struct Meter {
    bytes_received: AtomicU64,
    bytes_sent: AtomicU64,
    events_received: AtomicU64,
    events_sent: AtomicU64,
    /// The stages of the latest attempt, in microseconds; 0 if not known.
    stages: [AtomicU32; STAGES],
    /// The last round trip of a heartbeat, in microseconds; 0 if not known.
    round_trip: AtomicU32,
    connects: AtomicU32,
    /// The events that the offline buffer holds.
    offline: AtomicU32,
    seldom: OnceLock<Box<Seldom>>,
}

/// Counts that an idle connection does not have.
#[derive(Debug, Default)]
struct Seldom {
    acks_received: AtomicU64,
    acks_sent: AtomicU64,
    dropped_volatile: AtomicU64,
    dropped_offline: AtomicU64,
    reconnects: AtomicU64,
    failed_attempts: AtomicU64,
    ping_timeout: AtomicU64,
    transport_close: AtomicU64,
    transport_error: AtomicU64,
    parse_error: AtomicU64,
    server_disconnect: AtomicU64,
}

/// A seldom event.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Count {
    AckReceived,
    AckSent,
    DroppedVolatile,
    DroppedOffline,
    Reconnect,
    FailedAttempt,
}

impl Meter {
    // ---- for transports ----

    pub(crate) fn read(&self, bytes: usize) {
        self.bytes_received.fetch_add(bytes as u64, Relaxed);
    }

    pub(crate) fn wrote(&self, bytes: usize) {
        self.bytes_sent.fetch_add(bytes as u64, Relaxed);
    }

    /// Notes how long a stage took.
    pub(crate) fn record(&self, stage: Stage, took: Duration) {
        self.stages[stage as usize].store(micros(took), Relaxed);
    }

    // ---- for the driver, the only one to write these ----

    /// Forgets the stages of the attempt before.
    pub(crate) fn begin_attempt(&self) {
        for stage in &self.stages {
            stage.store(0, Relaxed);
        }
    }

    /// How long the connection took, as far as the transport knows it.
    pub(crate) fn connecting(&self) -> Duration {
        let known =
            [Stage::Queue, Stage::Dns, Stage::Tcp, Stage::Tls].map(|stage| self.stage(stage));
        known.into_iter().flatten().sum()
    }

    /// Adds the events of a turn.
    pub(crate) fn add_events(&self, received: u32, sent: u32) {
        add(&self.events_received, received.into());
        add(&self.events_sent, sent.into());
    }

    pub(crate) fn set_round_trip(&self, took: Duration) {
        self.round_trip.store(micros(took), Relaxed);
    }

    pub(crate) fn set_offline(&self, events: usize) {
        let events = u32::try_from(events).unwrap_or(u32::MAX);
        self.offline.store(events, Relaxed);
    }

    pub(crate) fn has_offline(&self) -> bool {
        self.offline.load(Relaxed) > 0
    }

    pub(crate) fn connected(&self) {
        let connects = self.connects.load(Relaxed).saturating_add(1);
        self.connects.store(connects, Relaxed);
    }

    pub(crate) fn count(&self, count: Count) {
        let seldom = self.seldom();
        let counter = match count {
            Count::AckReceived => &seldom.acks_received,
            Count::AckSent => &seldom.acks_sent,
            Count::DroppedVolatile => &seldom.dropped_volatile,
            Count::DroppedOffline => &seldom.dropped_offline,
            Count::Reconnect => &seldom.reconnects,
            Count::FailedAttempt => &seldom.failed_attempts,
        };
        add(counter, 1);
    }

    /// Counts an end of the connection or of a namespace, unless the application wanted it. Returns whether it did not.
    pub(crate) fn count_loss(&self, reason: Reason) -> bool {
        let seldom = self.seldom();
        let counter = match reason {
            Reason::PingTimeout => &seldom.ping_timeout,
            Reason::TransportClose => &seldom.transport_close,
            Reason::TransportError => &seldom.transport_error,
            Reason::ParseError => &seldom.parse_error,
            Reason::ServerDisconnect => &seldom.server_disconnect,
            Reason::ClientDisconnect | Reason::ForcedClose => return false,
        };
        add(counter, 1);
        true
    }

    // ---- for handles ----

    /// Everything but the transport.
    pub(crate) fn snapshot(&self) -> Metrics {
        let none = Seldom::default();
        let seldom = self.seldom.get().map_or(&none, |seldom| seldom);
        Metrics {
            transport: None,
            stages: self.stages(),
            round_trip: known(&self.round_trip),
            events_received: self.events_received.load(Relaxed),
            events_sent: self.events_sent.load(Relaxed),
            acks_received: seldom.acks_received.load(Relaxed),
            acks_sent: seldom.acks_sent.load(Relaxed),
            bytes_received: self.bytes_received.load(Relaxed),
            bytes_sent: self.bytes_sent.load(Relaxed),
            connects: self.connects.load(Relaxed).into(),
            reconnects: seldom.reconnects.load(Relaxed),
            failed_attempts: seldom.failed_attempts.load(Relaxed),
            losses: seldom.losses(),
            offline_events: self.offline.load(Relaxed).into(),
            dropped_offline: seldom.dropped_offline.load(Relaxed),
            dropped_volatile: seldom.dropped_volatile.load(Relaxed),
        }
    }

    fn stages(&self) -> ConnectStages {
        ConnectStages {
            queue: self.stage(Stage::Queue),
            dns: self.stage(Stage::Dns),
            tcp: self.stage(Stage::Tcp),
            tls: self.stage(Stage::Tls),
            handshake: self.stage(Stage::Handshake),
            namespace: self.stage(Stage::Namespace),
            upgrade: self.stage(Stage::Upgrade),
        }
    }

    // ---- inside ----

    fn stage(&self, stage: Stage) -> Option<Duration> {
        known(&self.stages[stage as usize])
    }

    fn seldom(&self) -> &Seldom {
        self.seldom.get_or_init(Box::default)
    }
}

impl Seldom {
    fn losses(&self) -> Losses {
        Losses {
            ping_timeout: self.ping_timeout.load(Relaxed),
            transport_close: self.transport_close.load(Relaxed),
            transport_error: self.transport_error.load(Relaxed),
            parse_error: self.parse_error.load(Relaxed),
            server_disconnect: self.server_disconnect.load(Relaxed),
        }
    }
}

/// Adds to a counter that no other task writes, which is cheaper than an addition that another one may interrupt.
fn add(counter: &AtomicU64, more: u64) {
    counter.store(counter.load(Relaxed).wrapping_add(more), Relaxed);
}

/// Converts to microseconds, from 1 on: 0 is for a time that is not known. Saturates at 71 minutes.
fn micros(took: Duration) -> u32 {
    u32::try_from(took.as_micros()).unwrap_or(u32::MAX).max(1)
}

fn known(micros: &AtomicU32) -> Option<Duration> {
    let micros = micros.load(Relaxed);
    (micros > 0).then(|| Duration::from_micros(micros.into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_apart_and_add_up() {
        let meter = Meter::default();
        assert_eq!(meter.snapshot(), Metrics::default());
        meter.read(7);
        meter.wrote(5);
        meter.add_events(3, 2);
        meter.add_events(1, 0);
        meter.connected();
        meter.set_offline(9);
        for (times, count) in [
            (1, Count::AckReceived),
            (2, Count::AckSent),
            (3, Count::DroppedVolatile),
            (4, Count::DroppedOffline),
            (5, Count::Reconnect),
            (6, Count::FailedAttempt),
        ] {
            (0..times).for_each(|_| meter.count(count));
        }
        let metrics = meter.snapshot();
        assert_eq!((metrics.bytes_received, metrics.bytes_sent), (7, 5));
        assert_eq!((metrics.events_received, metrics.events_sent), (4, 2));
        assert_eq!((metrics.acks_received, metrics.acks_sent), (1, 2));
        assert_eq!((metrics.connects, metrics.offline_events), (1, 9));
        assert_eq!((metrics.dropped_volatile, metrics.dropped_offline), (3, 4));
        assert_eq!((metrics.reconnects, metrics.failed_attempts), (5, 6));
    }

    #[test]
    fn an_end_that_the_application_wanted_is_no_loss() {
        let meter = Meter::default();
        for (reason, is_loss) in [
            (Reason::ServerDisconnect, true),
            (Reason::PingTimeout, true),
            (Reason::TransportClose, true),
            (Reason::TransportError, true),
            (Reason::ParseError, true),
            (Reason::ClientDisconnect, false),
            (Reason::ForcedClose, false),
        ] {
            assert_eq!(meter.count_loss(reason), is_loss, "{reason}");
        }
        let losses = meter.snapshot().losses;
        let one_each = Losses {
            ping_timeout: 1,
            transport_close: 1,
            transport_error: 1,
            parse_error: 1,
            server_disconnect: 1,
        };
        assert_eq!((losses, losses.total()), (one_each, 5));
    }

    #[test]
    fn a_stage_is_known_once_it_is_over_also_if_it_took_no_time() {
        let meter = Meter::default();
        meter.record(Stage::Tcp, Duration::ZERO);
        meter.record(Stage::Tls, Duration::from_secs(1 << 20));
        let stages = meter.snapshot().stages;
        assert_eq!(stages.tcp, Some(Duration::from_micros(1)));
        assert_eq!(stages.tls, Some(Duration::from_micros(u32::MAX.into())));
        assert_eq!((stages.dns, stages.total()), (None, None));
        meter.begin_attempt();
        assert_eq!(meter.snapshot().stages, ConnectStages::default());
    }

    #[cfg(target_pointer_width = "64")]
    #[test]
    fn an_idle_connection_has_few_bytes_of_counters() {
        assert!(size_of::<Meter>() <= 88, "{}", size_of::<Meter>());
    }
}
