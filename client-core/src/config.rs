//! The settings of a client, with the reference's defaults where it has them.

use crate::dialect::Dialect;
use crate::time::Millis;

/// Settings of a [`Client`](crate::Client). All fields are public: start from [`Config::default`] and change what you need.
#[derive(Clone, Debug)]
pub struct Config {
    /// The generation of the server. Default: `None`, find out (see the crate's doc, "Which server answers").
    pub dialect: Option<Dialect>,
    /// How to reconnect after a connection is lost. Default: `Some`, for ever.
    pub reconnection: Option<Reconnection>,
    /// How long opening may take, from the first byte to Engine.IO's handshake. Default: 20 s; `None` = no limit.
    pub open_timeout: Option<Millis>,
    /// How long the server may take to answer CONNECT for a namespace. Default: 20 s; `None` = no limit.
    pub connect_timeout: Option<Millis>,
    /// How long to wait for an old server's own CONNECT when the handshake does not tell the generation; ten times as long
    /// if the last server was old. Default: 1 s.
    pub detection: Millis,
    /// Emits a namespace keeps while it is not connected. Default: 1,000.
    pub offline_packets: usize,
    /// Bytes of payload a namespace keeps while it is not connected. Default: 16 MiB.
    pub offline_bytes: usize,
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
            dialect: None,
            reconnection: Some(Reconnection::default()),
            open_timeout: Some(Millis::from_secs(20)),
            connect_timeout: Some(Millis::from_secs(20)),
            detection: Millis::from_secs(1),
            offline_packets: 1_000,
            offline_bytes: 16 << 20,
            early_events: 1_000,
            max_acks: 100_000,
            max_attachments: 1_000,
            max_packet_bytes: 128 << 20,
            seed: 0,
        }
    }
}

/// How to come back after a lost connection: socket.io-client's backoff.
#[derive(Clone, Debug)]
pub struct Reconnection {
    /// Attempts before giving up. Default: `None`, never.
    pub attempts: Option<u32>,
    /// The first delay, before jitter. Default: 1 s.
    pub delay: Millis,
    /// The longest delay, jitter included. Default: 5 s.
    pub delay_max: Millis,
    /// How far jitter may move a delay, in percent of it, up or down. Default: 50.
    pub randomization_percent: u8,
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
            delay_max: Millis::from_secs(5),
            randomization_percent: 50,
            stable_after: Millis::from_secs(1),
        }
    }
}
