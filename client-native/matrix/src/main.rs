//! Runs the conversation of the compatibility table once: `cargo xtask matrix` starts it for each of its cells.
#![forbid(unsafe_code)]
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a program for another one: steps go to stdout, errors to stderr"
)]

mod conversation;

use std::process::ExitCode;

use clap::{Parser, ValueEnum};
use conversation::{Cell, Host, converse};
use tidewire::{Builder, Client, EngineVersion, Transport};

/// Runs the conversation with a server. Prints `step NAME` before each step, and `cut` when the connection is to be cut.
#[derive(Parser)]
struct Options {
    /// URL of the server.
    url: String,
    #[arg(long, value_enum)]
    transport: Route,
    /// The steps after connecting, with commas.
    #[arg(long, value_delimiter = ',')]
    steps: Vec<String>,
    /// The Engine.IO version. Without it the client detects the server's.
    #[arg(long, value_enum)]
    version: Option<Version>,
}

#[derive(Clone, Copy, ValueEnum)]
enum Route {
    Polling,
    Websocket,
    Upgrade,
}

#[derive(Clone, Copy, ValueEnum)]
enum Version {
    Eio3,
    Eio4,
}

struct Terminal;

impl Host for Terminal {
    fn begin(&self, step: &str) {
        println!("step {step}");
    }

    async fn cut(&self) {
        println!("cut");
    }
}

impl Options {
    fn builder(&self) -> Builder {
        let builder = Client::builder(&self.url);
        let builder = match self.transport {
            Route::Polling => builder.transports([Transport::Polling]),
            Route::Websocket => builder.transports([Transport::WebSocket]),
            Route::Upgrade => builder.transports([Transport::Polling, Transport::WebSocket]),
        };
        match self.version {
            Some(Version::Eio3) => builder.engine_version(EngineVersion::Eio3),
            Some(Version::Eio4) => builder.engine_version(EngineVersion::Eio4),
            None => builder,
        }
    }

    fn cell(&self) -> Cell {
        let last = match self.transport {
            Route::Polling => Transport::Polling,
            Route::Websocket | Route::Upgrade => Transport::WebSocket,
        };
        Cell {
            last,
            steps: self.steps.clone(),
        }
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let options = Options::parse();
    match converse(options.builder(), &options.cell(), &Terminal).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("{why}");
            ExitCode::FAILURE
        }
    }
}
