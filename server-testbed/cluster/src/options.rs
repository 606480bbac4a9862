//! The options of the program.

use std::path::PathBuf;

use clap::{Args, Parser, ValueEnum};

/// Runs clients against clusters of real servers behind nginx, and ends parts of the clusters.
///
/// Each cluster has several nodes, a Redis, and nginx. The clients connect over polling, WebSocket and the upgrade, as Engine.IO 3 and 4,
/// and talk in rooms of six. Then each node is restarted, Redis is restarted, and a node is killed. After each of these, all clients must be
/// back in their rooms, with the right list of members; no acked message may be lost, and none may arrive twice.
///
/// Runs until Ctrl-C; with `--once` exits with status 0, or 1 after a violation.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask cluster")]
pub(crate) struct Options {
    /// Go through everything once, in bounded time.
    #[arg(long)]
    pub(crate) once: bool,
    /// The number of clients of each cluster.
    #[arg(long, default_value_t = 1000, value_parser = clap::value_parser!(u16).range(2..=5000))]
    pub(crate) clients: u16,
    /// The servers.
    #[arg(long, value_enum, value_name = "SERVER", value_delimiter = ',', default_values_t = [Server::Testbed, Server::Egg, Server::Socketio])]
    pub(crate) servers: Vec<Server>,
    /// How nginx finds the node of a client.
    #[arg(long, value_enum, value_name = "WAY", value_delimiter = ',', default_values_t = [Sticky::Cookie, Sticky::IpHash])]
    pub(crate) sticky: Vec<Sticky>,
    /// The transports of the clients.
    #[arg(long, value_enum, value_name = "TRANSPORT", value_delimiter = ',', default_values_t = [Mode::Polling, Mode::Websocket, Mode::Upgrade])]
    pub(crate) transports: Vec<Mode>,
    /// The Engine.IO versions of the clients. egg speaks 3 alone: there, clients of 4 detect it.
    #[arg(long, value_enum, value_name = "VERSION", value_delimiter = ',', default_values_t = [Version::Eio3, Version::Eio4])]
    pub(crate) versions: Vec<Version>,
    /// The time between two messages of a client, in milliseconds.
    #[arg(long, value_name = "MS", default_value_t = 5000, value_parser = clap::value_parser!(u64).range(10..))]
    pub(crate) pace: u64,
    /// How long the clients talk in each step before a part of the cluster ends, and when all are back, in milliseconds.
    #[arg(long, value_name = "MS", default_value_t = 3000)]
    pub(crate) calm: u64,
    /// The ping interval and the ping timeout of the servers, in milliseconds. A session that its client has left stays in lists of members
    /// for their sum [default: those of the servers, 25000 and 20000].
    #[arg(long, value_name = "MS")]
    pub(crate) heartbeat: Option<u64>,
    /// Run all clusters at the same time.
    #[arg(long)]
    pub(crate) parallel: bool,
    /// Write a line of JSON for each step, and no table.
    #[arg(long)]
    pub(crate) json: bool,
    /// Keep the folder with the configuration of nginx and the logs of all programs, and say where it is.
    #[arg(long)]
    pub(crate) keep: bool,
    #[command(flatten)]
    pub(crate) programs: Programs,
}

/// Where the servers are. `cargo xtask cluster` gives both.
#[derive(Debug, Clone, Args)]
pub(crate) struct Programs {
    /// The program of the testbed.
    #[arg(
        long,
        value_name = "FILE",
        default_value = "target/debug/tidewire-testbed"
    )]
    pub(crate) testbed: PathBuf,
    /// The folder of the Node servers.
    #[arg(long, value_name = "FOLDER", default_value = "server-testbed/peers")]
    pub(crate) peers: PathBuf,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Server {
    /// Three nodes of the testbed.
    Testbed,
    /// egg with two sticky workers.
    Egg,
    /// Three processes of socket.io 4.8.4 with the adapter for Redis streams.
    Socketio,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Sticky {
    /// By a cookie that nginx sets.
    Cookie,
    /// By the address of the client.
    IpHash,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Mode {
    Polling,
    Websocket,
    /// From polling to a WebSocket.
    Upgrade,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Version {
    Eio3,
    Eio4,
}

impl Server {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Testbed => "testbed, 3 nodes",
            Self::Egg => "egg, 2 sticky workers",
            Self::Socketio => "socket.io 4.8.4, 3 nodes, Redis streams",
        }
    }
}

impl Sticky {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Cookie => "cookie",
            Self::IpHash => "ip-hash",
        }
    }
}
