//! The names of measurements.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// The kind of an action whose latency is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Kind {
    /// A connection with its first namespace.
    Connect,
    /// Another namespace on an open connection.
    Namespace,
    /// The upgrade from polling to a WebSocket, from the connect on.
    Upgrade,
    /// An emit and its ack.
    Ack,
    /// An event that a user waits for, from the emit before it or from the start of the wait.
    Wait,
    /// An event from the emit of one user to the arrival at another, matched by a tag.
    Delivery,
    /// A tagged event from its emit to its last receiver, if all have got it.
    FanOut,
    /// The time from the loss of a connection to the next connect.
    Reconnect,
    /// An HTTP request of a scenario.
    Http,
    /// A stage of a connection: finding the addresses of the host.
    ConnectDns,
    /// A stage of a connection: TCP, through the proxy if there is one.
    ConnectTcp,
    /// A stage of a connection: TLS.
    ConnectTls,
    /// A stage of a connection: from there to the open packet of Engine.IO.
    ConnectHandshake,
    /// A stage of a connection: its first namespace.
    ConnectNamespace,
    /// The stage of a reconnect, as [`Kind::ConnectDns`].
    ReconnectDns,
    /// The stage of a reconnect, as [`Kind::ConnectTcp`].
    ReconnectTcp,
    /// The stage of a reconnect, as [`Kind::ConnectTls`].
    ReconnectTls,
    /// The stage of a reconnect, as [`Kind::ConnectHandshake`].
    ReconnectHandshake,
    /// The stage of a reconnect, as [`Kind::ConnectNamespace`].
    ReconnectNamespace,
}

impl Kind {
    /// The name in reports and thresholds.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Connect => "connect",
            Kind::Namespace => "namespace",
            Kind::Upgrade => "upgrade",
            Kind::Ack => "ack",
            Kind::Wait => "wait",
            Kind::Delivery => "delivery",
            Kind::FanOut => "fan_out",
            Kind::Reconnect => "reconnect",
            Kind::Http => "http",
            Kind::ConnectDns => "connect_dns",
            Kind::ConnectTcp => "connect_tcp",
            Kind::ConnectTls => "connect_tls",
            Kind::ConnectHandshake => "connect_handshake",
            Kind::ConnectNamespace => "connect_namespace",
            Kind::ReconnectDns => "reconnect_dns",
            Kind::ReconnectTcp => "reconnect_tcp",
            Kind::ReconnectTls => "reconnect_tls",
            Kind::ReconnectHandshake => "reconnect_handshake",
            Kind::ReconnectNamespace => "reconnect_namespace",
        }
    }

    /// All kinds, in the order of reports.
    pub const ALL: [Kind; 19] = [
        Kind::Connect,
        Kind::Namespace,
        Kind::Upgrade,
        Kind::Ack,
        Kind::Wait,
        Kind::Delivery,
        Kind::FanOut,
        Kind::Reconnect,
        Kind::Http,
        Kind::ConnectDns,
        Kind::ConnectTcp,
        Kind::ConnectTls,
        Kind::ConnectHandshake,
        Kind::ConnectNamespace,
        Kind::ReconnectDns,
        Kind::ReconnectTcp,
        Kind::ReconnectTls,
        Kind::ReconnectHandshake,
        Kind::ReconnectNamespace,
    ];
}

/// A series of latencies: those of a kind, or those of a kind with one label.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Series {
    /// The kind of the action.
    pub kind: Kind,
    /// The event or the step; empty for all actions of the kind.
    pub label: Arc<str>,
}

/// A number that only grows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Counter {
    /// Users that began their scenario.
    UsersStarted,
    /// Users whose scenario ran to its end.
    UsersCompleted,
    /// Users whose scenario ended early because of an error.
    UsersFailed,
    /// Users that were told to leave before the end of their scenario.
    UsersStopped,
    /// Arrivals that were skipped because the phase had its most users.
    UsersSkipped,
    /// Connects that succeeded, reconnects among them.
    Connected,
    /// Connects that were in progress when the user was told to leave.
    ConnectsCutOff,
    /// Events emitted.
    Emitted,
    /// Acks that arrived in time.
    Acked,
    /// Acks that were awaited when the run was stopped.
    AcksCutOff,
    /// Events received.
    Received,
    /// Bytes of the arguments of emitted events: JSON and binary.
    BytesOut,
    /// Bytes of received events: JSON and binary.
    BytesIn,
    /// Copies of tagged events that were expected in time.
    DeliveriesExpected,
    /// Copies of tagged events that were expected and arrived.
    Delivered,
    /// Copies of tagged events that did not arrive in time.
    DeliveriesLost,
    /// Copies of tagged events that were still in time when the run ended.
    DeliveriesCutOff,
    /// Copies of tagged events beyond those expected.
    DeliveriesSurplus,
    /// Received events that were not read, because a user had 1,000 unread ones.
    Unread,
    /// HTTP requests that got a response.
    HttpResponses,
    /// Actions that failed.
    Errors,
    /// Actions that were begun: connects, emits, waits, requests.
    Actions,
    /// Connections that were lost or ended by the server.
    Disconnects,
}

impl Counter {
    /// All counters, in the order of reports.
    pub const ALL: [Counter; 23] = [
        Counter::UsersStarted,
        Counter::UsersCompleted,
        Counter::UsersFailed,
        Counter::UsersStopped,
        Counter::UsersSkipped,
        Counter::Connected,
        Counter::ConnectsCutOff,
        Counter::Emitted,
        Counter::Acked,
        Counter::AcksCutOff,
        Counter::Received,
        Counter::BytesOut,
        Counter::BytesIn,
        Counter::DeliveriesExpected,
        Counter::Delivered,
        Counter::DeliveriesLost,
        Counter::DeliveriesCutOff,
        Counter::DeliveriesSurplus,
        Counter::Unread,
        Counter::HttpResponses,
        Counter::Errors,
        Counter::Actions,
        Counter::Disconnects,
    ];

    /// The name in reports and thresholds.
    pub fn name(self) -> &'static str {
        match self {
            Counter::UsersStarted => "users_started",
            Counter::UsersCompleted => "users_completed",
            Counter::UsersFailed => "users_failed",
            Counter::UsersStopped => "users_stopped",
            Counter::UsersSkipped => "users_skipped",
            Counter::Connected => "connected",
            Counter::ConnectsCutOff => "connects_cut_off",
            Counter::Emitted => "emitted",
            Counter::Acked => "acked",
            Counter::AcksCutOff => "acks_cut_off",
            Counter::Received => "received",
            Counter::BytesOut => "bytes_out",
            Counter::BytesIn => "bytes_in",
            Counter::DeliveriesExpected => "deliveries_expected",
            Counter::Delivered => "delivered",
            Counter::DeliveriesLost => "deliveries_lost",
            Counter::DeliveriesCutOff => "deliveries_cut_off",
            Counter::DeliveriesSurplus => "deliveries_surplus",
            Counter::Unread => "unread",
            Counter::HttpResponses => "http_responses",
            Counter::Errors => "errors",
            Counter::Actions => "actions",
            Counter::Disconnects => "disconnects",
        }
    }
}

/// The part of a scenario in which an error happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Stage {
    /// Connecting.
    Connect,
    /// Emitting.
    Emit,
    /// Awaiting an ack.
    Ack,
    /// Waiting for an event.
    Wait,
    /// An HTTP request.
    Http,
    /// An expectation about an ack, an event or a response.
    Expect,
    /// A template or a capture.
    Template,
    /// A namespace that was disconnected. Not an error of an action.
    Disconnect,
    /// An error that the client reports apart from any action.
    Client,
    /// Code of the user function.
    Code,
}

impl Stage {
    /// The name in reports.
    pub fn name(self) -> &'static str {
        match self {
            Stage::Connect => "connect",
            Stage::Emit => "emit",
            Stage::Ack => "ack",
            Stage::Wait => "wait",
            Stage::Http => "http",
            Stage::Expect => "expect",
            Stage::Template => "template",
            Stage::Disconnect => "disconnect",
            Stage::Client => "client",
            Stage::Code => "code",
        }
    }
}

/// The reason of an error or of a disconnect.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Reason {
    /// The part of a scenario.
    pub stage: Stage,
    /// The text of the error.
    pub text: Arc<str>,
}
