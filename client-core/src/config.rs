//! The settings of a client, with the reference's defaults where it has them.

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
    /// The generation of the server. Default: `None`, find out (see the crate's doc, "Which server answers").
    pub engine_version: Option<EngineVersion>,
    /// The transports to use, the first to open with. Default: WebSocket alone.
    ///
    /// With polling first and WebSocket among them, the session upgrades to a WebSocket if the server offers one.
    pub transports: Vec<Transport>,
    /// Whether to upgrade from polling to WebSocket. Default: yes.
    pub upgrade: bool,
    /// Whether to open with WebSocket at once after a connection on which it worked, until it cannot be opened. Default: no.
    pub remember_upgrade: bool,
    /// Whether to try the next transport when one cannot be opened, before the attempt counts as failed, all in the time of
    /// [`Config::open_timeout`]. A session does not upgrade to a WebSocket that has just failed. Default: no.
    pub try_all_transports: bool,
    /// How to reconnect after a connection is lost. Default: `Some`, for ever.
    pub reconnection: Option<Reconnection>,
    /// How long opening may take, from the first byte to Engine.IO's handshake. Default: 20 s; `None` = no limit.
    pub open_timeout: Option<Millis>,
    /// How long the server may take to answer CONNECT for a namespace. Default: 20 s; `None` = no limit.
    pub connect_timeout: Option<Millis>,
    /// How long to wait for an old server's own CONNECT when the handshake does not tell the generation; ten times as long
    /// if the last server was old. Default: 1 s.
    pub detection: Millis,
    /// How often to ping a 2.x server, if that is more often than the server asks for. Default: `None`, as the server asks.
    /// (Later servers do the pinging, and close the connection on a client that pings.)
    pub ping_every: Option<Millis>,
    /// How long the other side may be silent after a ping was due, if that is shorter than the server's `pingTimeout`.
    /// Default: `None`, as the server says.
    pub ping_grace: Option<Millis>,
    /// Emits a namespace keeps while it is not connected. Default: 1,000.
    pub offline_packets: usize,
    /// Bytes of payload a namespace keeps while it is not connected. Default: 16 MiB.
    pub offline_bytes: usize,
    /// What happens to an emit that finds this buffer full. Default: it is refused.
    pub offline_policy: OfflinePolicy,
    /// How many events sent with [`Delivery::AtLeastOnce`](crate::Delivery) a namespace has on their way before the first is
    /// answered. Default: 64. (The reference: 1.)
    pub retry_window: usize,
    /// Events a namespace keeps that came before its CONNECT (a 2.x middleware sends such); more, or more than
    /// `max_packet_bytes` of them, is a `parse error`. Default: 1,000.
    pub early_events: usize,
    /// Acks a namespace awaits at the same time. Default: 100,000.
    pub max_acks: usize,
    /// Binary attachments in one packet, in either direction. Default: 1,000. (socket.io 4.8.4 itself takes 10.)
    pub max_attachments: u32,
    /// Bytes of payload and attachments in one packet from the server; more is a `parse error`. Default: 128 MiB.
    pub max_packet_bytes: usize,
    /// Seed of the jitter in reconnection. Give every client its own. Default: 0.
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
            max_acks: 100_000,
            max_attachments: 1_000,
            max_packet_bytes: 128 << 20,
            seed: 0,
        }
    }
}

/// What happens when an emit finds the offline buffer full. What is dropped is told: see
/// [`Event::EmitDropped`](crate::Event::EmitDropped) and [`AckError::Dropped`](crate::AckError::Dropped).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum OfflinePolicy {
    /// The emit fails with [`Misuse::BufferFull`](crate::Misuse::BufferFull).
    #[default]
    Refuse,
    /// The oldest emits give way.
    DropOldest,
    /// The new emit is dropped.
    DropNewest,
}

/// How to come back after a lost connection: socket.io-client's backoff, with a longest delay that suits a crowd.
///
/// The delay doubles from attempt to attempt and is moved up or down by chance. The defaults were chosen by a simulation of a
/// million clients that lose their server (`docs/storms.md`); [`Reconnection::reference`] has those of socket.io-client.
#[derive(Clone, Debug)]
pub struct Reconnection {
    /// Attempts before giving up. Default: `None`, never.
    pub attempts: Option<u32>,
    /// The first delay, before jitter. Default: 1 s.
    pub delay: Millis,
    /// The longest delay, jitter included. Default: 30 s. (The reference: 5 s.)
    pub delay_max: Millis,
    /// How far jitter may move a delay, in percent of it, up or down. Default: 50.
    pub randomization_percent: u8,
    /// Whether the longest delay has jitter too, which then shortens it by up to the same percentage. Default: yes. (The
    /// reference: no, so that in the end all clients wait exactly as long.)
    pub jitter_longest: bool,
    /// How long a connection must have lived for the next delay to start from the first again. Default: 1 s.
    ///
    /// The reference starts again after every open, so that a packet which always breaks the connection makes it
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
    /// The delays of socket.io-client: from 1 s to exactly 5 s.
    pub fn reference() -> Self {
        Reconnection {
            delay_max: Millis::from_secs(5),
            jitter_longest: false,
            ..Reconnection::default()
        }
    }
}
