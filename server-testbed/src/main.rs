//! The testbed as a program: one line of output when it answers, then it serves until Ctrl-C.
#![forbid(unsafe_code)]

use std::io::{self, Write as _};
use std::time::Duration;

use clap::Parser;
use tidewire_testbed::{Config, spawn};

/// A Socket.IO server on 127.0.0.1 that does what tidewire's tests expect, in both protocol
/// generations.
#[derive(Parser)]
#[command(version)]
struct Options {
    /// TCP port on 127.0.0.1; 0 takes any free one.
    #[arg(long, default_value_t = 0)]
    port: u16,
    /// Path of the engine.
    #[arg(long, default_value = "/socket.io")]
    path: String,
    /// Time between two heartbeats, ms.
    #[arg(long, default_value_t = 25_000)]
    ping_interval: u64,
    /// Time the peer has to answer a heartbeat, ms.
    #[arg(long, default_value_t = 20_000)]
    ping_timeout: u64,
    /// Packets that may wait for one connection.
    #[arg(long, default_value_t = Config::default().max_buffer_size)]
    max_buffer_size: usize,
    /// Largest message, bytes.
    #[arg(long, default_value_t = Config::default().max_payload)]
    max_payload: usize,
}

impl From<Options> for Config {
    fn from(options: Options) -> Self {
        Self {
            port: options.port,
            path: options.path,
            ping_interval: Duration::from_millis(options.ping_interval),
            ping_timeout: Duration::from_millis(options.ping_timeout),
            max_buffer_size: options.max_buffer_size,
            max_payload: options.max_payload,
        }
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> io::Result<()> {
    let testbed = spawn(Options::parse().into()).await?;
    writeln!(io::stdout(), "listening on {}", testbed.address().port())?;
    tokio::signal::ctrl_c().await?;
    testbed.stop().await;
    Ok(())
}
