//! The options of the clients.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, ValueEnum};
use tidewire::{EngineVersion, Transport};

use super::values::{engine_version, header, json, pair, time};
use crate::engine::{certificate_hash, transport};

/// Options of the clients.
#[derive(Debug, Args)]
#[command(next_help_heading = "Clients")]
pub(crate) struct ClientOptions {
    /// The path of the Engine.IO endpoint [default: /socket.io].
    #[arg(long)]
    pub(crate) path: Option<String>,
    /// The transports [default: websocket]. WebTransport needs the cargo feature `webtransport`.
    #[arg(long, value_enum)]
    pub(crate) transport: Option<Transports>,
    /// The server's Engine.IO version, 3 for socket.io 2.x [default: detected].
    #[arg(long, value_name = "3|4", value_parser = engine_version)]
    pub(crate) engine: Option<EngineVersion>,
    /// The auth payload: a JSON object. 2.x servers get it in the query of the namespace.
    #[arg(long, value_name = "JSON", value_parser = json)]
    pub(crate) auth: Option<serde_json::Value>,
    /// A parameter of the query.
    #[arg(long, value_name = "NAME=VALUE", value_parser = pair)]
    pub(crate) query: Vec<(String, String)>,
    /// A header.
    #[arg(short = 'H', long, value_name = "NAME: VALUE", value_parser = header)]
    pub(crate) header: Vec<(String, String)>,
    /// A file of certificates to trust, too (PEM).
    #[arg(long, value_name = "FILE")]
    pub(crate) ca: Option<PathBuf>,
    /// Trusts every certificate.
    #[arg(long)]
    pub(crate) insecure: bool,
    /// The SHA-256 of a certificate to trust over WebTransport, in place of all others: 64 hexadecimal digits.
    #[arg(long, value_name = "HEX", value_parser = certificate_hash)]
    pub(crate) server_certificate_hash: Vec<[u8; 32]>,
    /// A proxy: http:// or socks5://.
    #[arg(long, value_name = "URL")]
    pub(crate) proxy: Option<String>,
    /// How long a connect may take [default: 10s].
    #[arg(long, value_name = "TIME", value_parser = time)]
    pub(crate) connect_timeout: Option<Duration>,
    /// How long to await an ack, an event or a response [default: 10s].
    #[arg(long, value_name = "TIME", value_parser = time)]
    pub(crate) timeout: Option<Duration>,
    /// Does not reconnect after a loss.
    #[arg(long)]
    pub(crate) no_reconnect: bool,
}

impl ClientOptions {
    /// The files that the options read.
    pub(crate) fn files(&self) -> &[PathBuf] {
        self.ca.as_slice()
    }
}

/// The transports of the clients.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Transports {
    /// WebSocket.
    Websocket,
    /// HTTP long-polling, without an upgrade.
    Polling,
    /// HTTP long-polling, then an upgrade to a WebSocket.
    Upgrade,
    /// WebTransport.
    Webtransport,
}

impl Transports {
    /// The transports in order, and whether to upgrade.
    ///
    /// # Errors
    /// If this build has no WebTransport.
    pub(crate) fn list(self) -> Result<(Vec<Transport>, bool), String> {
        Ok(match self {
            Transports::Websocket => (vec![Transport::WebSocket], false),
            Transports::Polling => (vec![Transport::Polling], false),
            Transports::Upgrade => (vec![Transport::Polling, Transport::WebSocket], true),
            Transports::Webtransport => (vec![transport("webtransport")?], false),
        })
    }
}
