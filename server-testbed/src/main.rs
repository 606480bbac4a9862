//! The testbed as a program: prints its port when it is ready, and serves until Ctrl-C.
#![forbid(unsafe_code)]

use std::io::{self, Write as _};
use std::process::ExitCode;
use std::time::Duration;

use clap::Parser;
use tidewire_testbed::{Config, spawn};

/// The Socket.IO server of tidewire's tests, on 127.0.0.1, for Engine.IO 3 and 4 clients.
///
/// Prints `listening on <port>` when it is ready, and serves until Ctrl-C.
#[derive(Parser)]
#[command(version)]
struct Options {
    /// TCP port on 127.0.0.1; 0 takes any free port.
    #[arg(long, default_value_t = 0)]
    port: u16,
    /// Path of the Engine.IO endpoint.
    #[arg(long, default_value = "/socket.io")]
    path: String,
    /// Time between two heartbeats in ms.
    #[arg(long, default_value_t = 25_000)]
    ping_interval: u64,
    /// Time in ms in which a client must answer a heartbeat.
    #[arg(long, default_value_t = 20_000)]
    ping_timeout: u64,
    /// Packets in the buffer of one connection.
    #[arg(long, default_value_t = Config::default().max_buffer_size)]
    max_buffer_size: usize,
    /// Size of the largest message in bytes.
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
async fn main() -> ExitCode {
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Standard error may be closed.
            let _ = writeln!(io::stderr(), "error: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run() -> io::Result<()> {
    let options = Options::parse();
    let port = options.port;
    let testbed = spawn(options.into()).await.map_err(|error| {
        io::Error::new(
            error.kind(),
            format!("cannot listen on port {port}: {error}"),
        )
    })?;
    writeln!(io::stdout(), "listening on {}", testbed.address().port())?;
    tokio::signal::ctrl_c().await?;
    testbed.stop().await;
    Ok(())
}
