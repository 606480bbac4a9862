//! The testbed as a program: serves until SIGINT or SIGTERM, or stands as a proxy in front of another server.
#![forbid(unsafe_code)]

mod options;
mod proxy_command;
mod signals;
mod webtransport_command;

use std::io::{self, Write as _};
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use options::{LogFormat, Options};
use signals::stop_signal;
use tidewire_testbed::{Config, spawn};

/// A Socket.IO application server for Engine.IO 3 and 4 clients.
///
/// Has the namespaces of CONTRACT.md, Echo channels, mobile-sdk's contract, and a bridge from Redis. Prints `listening on <port>`
/// when it is ready, and serves until SIGINT or SIGTERM; then it tells its clients and closes their connections. A second
/// signal ends it at once.
///
/// A setting comes from its option, else from its environment variable, else from the file (`--config`), else it has its default.
#[derive(Parser)]
#[command(version, args_conflicts_with_subcommands = true)]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    options: Options,
}

#[derive(Subcommand)]
enum Command {
    /// Stands in front of another server, and breaks its connections by a script.
    FaultProxy(proxy_command::Options),
    /// Accepts WebTransport for engine.io, which has no HTTP/3 itself.
    WebtransportFront(webtransport_command::Options),
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let cli = Cli::parse();
    let outcome = match cli.command {
        Some(Command::FaultProxy(options)) => proxy_command::run(options).await,
        Some(Command::WebtransportFront(options)) => webtransport_command::run(options).await,
        None => run(cli.options).await,
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Standard error may be closed.
            let _ = writeln!(io::stderr(), "error: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run(options: Options) -> io::Result<()> {
    let options = options.with_file()?;
    start_logging(&options)?;
    let config = Config::try_from(options).map_err(io::Error::other)?;
    let (host, port) = (config.host, config.port);
    let testbed = spawn(config).await.map_err(|error| {
        io::Error::new(
            error.kind(),
            format!("cannot listen on {host}, port {port}: {error}"),
        )
    })?;
    writeln!(io::stdout(), "listening on {}", testbed.address().port())?;
    stop_signal().await?;
    tokio::select! {
        () = testbed.shut_down() => Ok(()),
        second = stop_signal() => second,
    }
}

/// Writes logs to standard error, because standard output is for the line with the port. A reader that is gone is not an error.
fn start_logging(options: &Options) -> io::Result<()> {
    let level = options.log.as_deref().unwrap_or("warn");
    let filter = options::filter(level).map_err(io::Error::other)?;
    let logs = tracing_subscriber::fmt()
        .with_env_filter(filter)
        // A log that could not be written would be told on standard error, too, whose loss is a panic.
        .log_internal_errors(false)
        .with_writer(io::stderr);
    match options.log_format.unwrap_or_default() {
        LogFormat::Text => logs.init(),
        LogFormat::Json => logs.json().init(),
    }
    Ok(())
}
