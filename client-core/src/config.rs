//! The settings of a client. "The reference" in the docs is socket.io-client.

use alloc::vec::Vec;

use crate::engine_version::EngineVersion;
use crate::output::Transport;
use crate::time::Millis;

/// Settings of a [`Client`](crate::Client).
///
/// Start from [`Config::default`]: change fields, or end a literal with `..Config::default()`. A minor release may add a field,
/// which breaks only a literal that names them all. (`#[non_exhaustive]` would forbid literals altogether.)
#[derive(Clone, Debug)]
pub struct Config {
    /// The server's Engine.IO version. Default: `None`, detected (see "Detection of the server's version" in the crate's doc).
    pub engine_version: Option<EngineVersion>,
    /// The transports to use; the client opens with the first. Default: WebSocket. (The reference: polling, then WebSocket.)
    ///
    /// With polling first, the session upgrades to one of the others that the server offers. A WebTransport gets a start of 200 ms
    /// before a WebSocket, or of half of `open_timeout` if that is less.
    pub transports: Vec<Transport>,
    /// Whether to upgrade from polling to another transport. Default: yes.
    pub upgrade: bool,
    /// Whether to open with WebSocket if the last connection used one. Default: no.
    ///
    /// A WebSocket that cannot be opened ends this.
    pub remember_upgrade: bool,
    /// Whether to try the next transport if one cannot be opened, before the attempt counts as failed. Default: no.
    ///
    /// All of them share [`Config::open_timeout`]. A session does not upgrade to a transport that has just failed.
    pub try_all_transports: bool,
    /// How to reconnect after a connection is lost; `None` = not at all. Default: `Some`, see [`Reconnection::default`].
    pub reconnection: Option<Reconnection>,
    /// How long opening may take, from the start to Engine.IO's handshake; `None` = no limit. Default: 20 s.
    ///
    /// An upgrade may take the same time again.
    pub open_timeout: Option<Millis>,
    /// How long the server may take to answer CONNECT for a namespace; `None` = no limit. Default: 20 s. (The reference: no
    /// limit.)
    pub connect_timeout: Option<Millis>,
    /// How long to wait for a 2.x server's own CONNECT if the handshake does not show the version. Default: 1 s.
    ///
    /// Ten times as long if the last server was a 2.x one.
    pub detection: Millis,
    /// How often to ping a 2.x server, if the server asks for less. Default: `None`, as often as the server asks.
    ///
    /// Later servers ping themselves, and close the connection if the client pings.
    pub ping_every: Option<Millis>,
    /// How long the server may be silent after a ping was due, if its `pingTimeout` is longer. Default: `None`, as long as
    /// `pingTimeout`.
    pub ping_grace: Option<Millis>,
    /// How many emits a namespace buffers while it is not connected. Default: 1,000. (The reference: no limit.)
    pub offline_packets: usize,
    /// How many bytes of payload and attachments a namespace buffers while it is not connected. Default: 16 MiB.
    pub offline_bytes: usize,
    /// The policy for an emit that finds this buffer full. Default: it is refused.
    pub offline_policy: OfflinePolicy,
    /// How many events with [`Delivery::AtLeastOnce`](crate::Delivery) a namespace has in flight. Default: 64. (The reference:
    /// 1.)
    pub retry_window: usize,
    /// How many events a namespace keeps that came before its CONNECT (a 2.x middleware sends such). Default: 1,000.
    ///
    /// More of them, or more than `max_packet_bytes` in all, is a `parse error`.
    pub early_events: usize,
    /// Whether [`Event::AuthRequired`](crate::Event::AuthRequired) comes before CONNECT to a namespace of a 2.x server, too. Default:
    /// false.
    ///
    /// The host then can change the query, which is all that such a CONNECT carries; see [`Client::namespace`](crate::Client::namespace).
    /// `/` never asks: the server connects it by itself.
    pub auth_on_eio3: bool,
    /// How many acks a namespace awaits at the same time. Default: 100,000.
    pub max_acks: usize,
    /// How many binary attachments a packet may have, in either direction. Default: 1,000. (A socket.io 4.8.4 server accepts
    /// 10.)
    pub max_attachments: u32,
    /// How many bytes of payload and attachments a packet from the server may have. Default: 128 MiB. More is a `parse error`.
    pub max_packet_bytes: usize,
    /// The seed of the jitter in reconnection. Give every client its own. Default: 0.
    pub seed: u64,
}

impl Default for Config {
    fn default() -> Self {
        Config {
            engine_version: None,
            transports: alloc::vec![Transport::WebSocket],
            upgrade: true,
            remember_upgrade: false,
            try_all_transports: false,
            reconnection: Some(Reconnection::default()),
            open_timeout: Some(Millis::from_secs(20)),
            connect_timeout: Some(Millis::from_secs(20)),
            detection: Millis::from_secs(1),
            ping_every: None,
            ping_grace: None,
            offline_packets: 1_000,
            offline_bytes: 16 << 20,
            offline_policy: OfflinePolicy::Refuse,
            retry_window: 64,
            early_events: 1_000,
            auth_on_eio3: false,
            max_acks: 100_000,
            max_attachments: 1_000,
            max_packet_bytes: 128 << 20,
            seed: 0,
        }
    }
}

/// The policy for an emit that finds the offline buffer full.
///
/// A dropped emit is reported by [`Event::EmitDropped`](crate::Event::EmitDropped), or by
/// [`AckError::Dropped`](crate::AckError::Dropped) if it awaits an ack.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum OfflinePolicy {
    /// The emit fails with [`Misuse::BufferFull`](crate::Misuse::BufferFull).
    #[default]
    Refuse,
    /// The oldest emits are dropped.
    DropOldest,
    /// The new emit is dropped.
    DropNewest,
}

/// How to reconnect after a lost connection: socket.io-client's backoff, with a longest delay that suits many clients.
///
/// The delay doubles from attempt to attempt, and random jitter lengthens or shortens it. The defaults come from a simulation
/// of a million clients that lose their server (`docs/storms.md`); [`Reconnection::reference`] has those of socket.io-client.
#[derive(Clone, Debug)]
pub struct Reconnection {
    /// Attempts before giving up. Default: `None`, never.
    pub attempts: Option<u32>,
    /// The first delay, before jitter. Default: 1 s.
    pub delay: Millis,
    /// The longest delay, jitter included. Default: 30 s. (The reference: 5 s.)
    pub delay_max: Millis,
    /// How much jitter may lengthen or shorten a delay, in percent of it. Default: 50.
    pub randomization_percent: u8,
    /// Whether jitter also shortens the longest delay, by up to the same percentage. Default: yes. (The reference: no, so that
    /// in the end all clients wait equally long.)
    pub jitter_longest: bool,
    /// How long a connection must have lived for the next delay to be the first again. Default: 1 s.
    ///
    /// In the reference every open connection resets the delay, so that a packet which always breaks the connection makes it
    /// reconnect without pause.
    pub stable_after: Millis,
}

impl Default for Reconnection {
    fn default() -> Self {
        Reconnection {
            attempts: None,
            delay: Millis::from_secs(1),
            delay_max: Millis::from_secs(30),
            randomization_percent: 50,
            jitter_longest: true,
            stable_after: Millis::from_secs(1),
        }
    }
}

impl Reconnection {
    /// Returns the delays of socket.io-client: from 1 s to exactly 5 s.
    pub fn reference() -> Self {
        Reconnection {
            delay_max: Millis::from_secs(5),
            jitter_longest: false,
            ..Reconnection::default()
        }
    }
}
