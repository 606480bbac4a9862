//! How one process carries very many connections: memory and CPU time of each, idle and with a trickle of events, and whether
//! anything is lost.
//!
//! The servers are several processes, each at an address of its own: a process may not have more files open than the
//! client's, and two addresses have not more ports between them than some 28,000.
//!
//! Layers, bottom up: tally -> server, crowd -> figures -> mod.

mod crowd;
mod figures;
mod server;
mod tally;

use std::env;
use std::process::{Command, Stdio};

use crate::machine;
use crate::process::Server;
use crate::result::Result;

pub(crate) use crowd::{Task, run as run_crowd};
pub(crate) use figures::{Scale, print};
pub(crate) use server::{At, run as run_server};

/// The number of connections: below a limit of 20,000 open files.
const CONNECTIONS: u64 = 19_000;

/// Files that a process needs beside its connections.
const OTHER_FILES: u64 = 500;

const SERVERS: u8 = 2;

/// How long the connections are idle, and how long a round of events takes, in seconds.
const SPANS: (u64, u64) = (60, 30);

/// Measures it: once, for it is long.
pub(crate) fn measure(quick: bool) -> Result<Scale> {
    let most = CONNECTIONS.min(machine::file_limit()?.saturating_sub(OTHER_FILES));
    let (count, (idle, round)) = match quick {
        // Long enough for a heartbeat of each.
        true => (most / 10, (30, 5)),
        false => (most, SPANS),
    };
    let servers: Result<Vec<Server>> = (1..=SERVERS).map(start_server).collect();
    let servers = servers?;
    let mut crowd = Command::new(env::current_exe()?);
    crowd.args(["crowd", "--count", &count.to_string()]);
    crowd.args(["--idle", &idle.to_string(), "--round", &round.to_string()]);
    for (place, server) in (1..=SERVERS).zip(&servers) {
        crowd.args(["--server", &format!("{}:{}", address(place), server.port)]);
    }
    let crowd = crowd.stdin(Stdio::null()).stderr(Stdio::inherit());
    let output = crowd.output()?;
    if !output.status.success() {
        return Err(format!("scale: the client's process failed: {}", output.status).into());
    }
    Ok(serde_json::from_slice(&output.stdout)?)
}

fn start_server(place: u8) -> Result<Server> {
    Server::start(&["scale-server", "--address", &address(place)])
}

/// On Linux all of 127.0.0.0/8 is this machine; elsewhere the servers differ by their ports.
fn address(place: u8) -> String {
    let last = if cfg!(target_os = "linux") { place } else { 1 };
    format!("127.0.0.{last}")
}
