//! The numbers of a connection, as [`Client::metrics`](crate::Client::metrics) returns them.

use std::time::Duration;

use tidewire_core::Transport;

/// The numbers of a connection at one moment, from [`Client::metrics`](crate::Client::metrics).
///
/// Counts begin with the client and go on through reconnects. They are those of the connection, with all its namespaces.
///
/// ```
/// # use tidewire::Client;
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let server = tidewire_testbed::spawn(Default::default()).await?;
/// # let url = format!("{}/lab", server.url());
/// let socket = Client::builder(url).connect().await?;
/// let _: String = socket.emit_with_ack("echo", "hello").await?;
/// let metrics = socket.client().metrics();
/// println!("connected in {:?}: {:?}", metrics.stages.total(), metrics.stages);
/// assert_eq!((metrics.events_sent, metrics.acks_received), (1, 1));
/// # Ok(())
/// # }
/// ```
///
/// # In a browser
///
/// | number | natively | in a browser |
/// |---|---|---|
/// | [`dns`](ConnectStages::dns), [`tcp`](ConnectStages::tcp), [`tls`](ConnectStages::tls) | measured | `None`: a part of `handshake` |
/// | the other times | microseconds | whole milliseconds |
/// | bytes | all that TLS or TCP carries: heads of HTTP and of frames, and compressed messages as they are sent | the content of messages, and the bodies of HTTP |
/// | all others | counted | counted |
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Metrics {
    /// The transport; `None` while there is no connection.
    pub transport: Option<Transport>,
    /// The stages of the latest attempt to connect, the first one or a reconnect.
    pub stages: ConnectStages,
    /// The last round trip of a heartbeat. `None` with Engine.IO 4, where the server pings: measure an ack.
    pub round_trip: Option<Duration>,
    /// The events from the server.
    pub events_received: u64,
    /// The events that were handed to the transport. An event that is sent again counts again: see
    /// [`AckRequest::retries`](crate::AckRequest::retries).
    pub events_sent: u64,
    /// The acks of events of this client, with those that came too late.
    pub acks_received: u64,
    /// The acks of the server's events.
    pub acks_sent: u64,
    /// The bytes that were read, without those of TLS.
    pub bytes_received: u64,
    /// The bytes that were written, without those of TLS.
    pub bytes_sent: u64,
    /// How often a session was opened, the first one and reconnects.
    pub connects: u64,
    /// How often a session was opened after a loss.
    pub reconnects: u64,
    /// How many attempts to connect have failed.
    pub failed_attempts: u64,
    /// The ends that the application did not ask for.
    pub losses: Losses,
    /// The events that wait in the offline buffer now.
    pub offline_events: u64,
    /// The events that the full offline buffer has evicted; see [`Builder::offline_policy`](crate::Builder::offline_policy).
    /// Those with an ack are not counted: their callers are told.
    pub dropped_offline: u64,
    /// The volatile events that were dropped, because the namespace was not connected.
    pub dropped_volatile: u64,
}

#[cfg(not(target_family = "wasm"))]
impl Metrics {
    /// Adds the counts of another connection. The sum has no times and no transport.
    pub(crate) fn add(&mut self, other: &Metrics) {
        *self = Metrics {
            transport: None,
            stages: ConnectStages::default(),
            round_trip: None,
            events_received: self.events_received + other.events_received,
            events_sent: self.events_sent + other.events_sent,
            acks_received: self.acks_received + other.acks_received,
            acks_sent: self.acks_sent + other.acks_sent,
            bytes_received: self.bytes_received + other.bytes_received,
            bytes_sent: self.bytes_sent + other.bytes_sent,
            connects: self.connects + other.connects,
            reconnects: self.reconnects + other.reconnects,
            failed_attempts: self.failed_attempts + other.failed_attempts,
            losses: self.losses.and(&other.losses),
            offline_events: self.offline_events + other.offline_events,
            dropped_offline: self.dropped_offline + other.dropped_offline,
            dropped_volatile: self.dropped_volatile + other.dropped_volatile,
        };
    }
}

/// How long the stages of an attempt to connect took, in their order. A stage that is not over, or that there was not, is `None`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ConnectStages {
    /// Waiting for a place among the connections that a `fleet` opens at the same time. `None` without one.
    pub queue: Option<Duration>,
    /// Finding the addresses of the host. `None` for an address, through a proxy, and in a browser.
    pub dns: Option<Duration>,
    /// The TCP connection, through the proxy if there is one. `None` over WebTransport, and in a browser.
    pub tcp: Option<Duration>,
    /// The TLS handshake; over WebTransport the session of HTTP/3, whose handshake is one with TLS. `None` in a browser.
    pub tls: Option<Duration>,
    /// From there to the open packet of Engine.IO: the request of HTTP, and the upgrade of a direct WebSocket. In a browser,
    /// from the start of the attempt.
    pub handshake: Option<Duration>,
    /// From there until the first namespace is connected, with the application's auth function.
    pub namespace: Option<Duration>,
    /// The upgrade from polling to a WebSocket, with its TCP and TLS. `None` without an upgrade.
    pub upgrade: Option<Duration>,
}

impl ConnectStages {
    /// The time until the first namespace was connected: all stages but the queue and the upgrade. `None` before.
    pub fn total(&self) -> Option<Duration> {
        let ConnectStages {
            dns,
            tcp,
            tls,
            handshake,
            namespace,
            queue: _,
            upgrade: _,
        } = *self;
        let before = [dns, tcp, tls].into_iter().flatten().sum::<Duration>();
        Some(before + handshake? + namespace?)
    }
}

/// How often the connection, or a namespace on it, has ended although the application did not ask for it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Losses {
    /// The heartbeat failed.
    pub ping_timeout: u64,
    /// The peer closed the connection, or the network is gone.
    pub transport_close: u64,
    /// The connection broke, or the peer broke a rule of Engine.IO.
    pub transport_error: u64,
    /// The peer sent a malformed packet of Socket.IO.
    pub parse_error: u64,
    /// The server disconnected a namespace (a kick). Each namespace counts.
    pub server_disconnect: u64,
}

impl Losses {
    /// All of them.
    pub fn total(&self) -> u64 {
        let Losses {
            ping_timeout,
            transport_close,
            transport_error,
            parse_error,
            server_disconnect,
        } = *self;
        ping_timeout + transport_close + transport_error + parse_error + server_disconnect
    }
    #[cfg(not(target_family = "wasm"))]
    fn and(&self, other: &Losses) -> Losses {
        Losses {
            ping_timeout: self.ping_timeout + other.ping_timeout,
            transport_close: self.transport_close + other.transport_close,
            transport_error: self.transport_error + other.transport_error,
            parse_error: self.parse_error + other.parse_error,
            server_disconnect: self.server_disconnect + other.server_disconnect,
        }
    }
}
