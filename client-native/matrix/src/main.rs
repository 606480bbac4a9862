//! Runs the conversation of the compatibility table once: `cargo xtask matrix` starts it for each of its cells.
#![forbid(unsafe_code)]
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a program for another one: steps go to stdout, errors to stderr"
)]

mod cell;
mod certificate;
mod conversation;

use std::process::ExitCode;

use cell::Cell;
use clap::Parser;
use conversation::{Host, converse};
use tidewire::{EngineVersion, Transport};

/// Runs the conversation with a server. Prints `step NAME` before each step, and `cut` when the connection is to be cut.
#[derive(Parser)]
struct Options {
    /// URL of the server.
    url: String,
    /// The transports, with commas. The connection ends up on the last one.
    #[arg(long, required = true, value_delimiter = ',', value_parser = cell::transport)]
    transports: Vec<Transport>,
    /// The steps after connecting, with commas.
    #[arg(long, value_delimiter = ',')]
    steps: Vec<String>,
    /// The Engine.IO version. Without it the client detects the server's.
    #[arg(long, value_parser = cell::version)]
    version: Option<EngineVersion>,
    /// The SHA-256 of the server's certificate for WebTransport: 64 hexadecimal digits.
    #[arg(long, value_parser = certificate::hash)]
    certificate: Option<[u8; 32]>,
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

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let options = Options::parse();
    let cell = Cell {
        transports: options.transports,
        steps: options.steps,
        version: options.version,
        certificate: options.certificate,
    };
    match converse(&options.url, &cell, &Terminal).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("{why}");
            ExitCode::FAILURE
        }
    }
}
