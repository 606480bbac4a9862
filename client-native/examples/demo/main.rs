//! The demo: a server and bots in one process, talking to each other through it.
//!
//! `cargo xtask demo` shows it until Ctrl-C; `cargo xtask demo --once` ends by itself and fails unless every bot has
//! received what others sent it.

#![allow(clippy::print_stdout, reason = "a program on the terminal")]

mod board;
mod bot;

use std::error::Error;
use std::process::ExitCode;
use std::time::Duration;

use clap::Parser;
use tidewire::EngineVersion;
use tidewire_testbed::Config;
use tokio::sync::mpsc;

use board::Board;

/// Rust bots chat with each other through a real Socket.IO server, over both generations of the protocol.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask demo")]
struct Options {
    /// Stop after a bounded time, and exit with 0 only if every bot has received messages of others.
    #[arg(long)]
    once: bool,
    /// How many bots; every second one speaks Engine.IO 3, as old clients do.
    #[arg(long, default_value_t = 6, value_parser = clap::value_parser!(u16).range(2..=1000))]
    bots: u16,
    /// How long `--once` lasts, in seconds.
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u16).range(1..=3600))]
    seconds: u16,
}

const NAMES: [&str; 8] = [
    "anna", "ben", "chen", "dora", "emil", "fang", "gita", "hugo",
];

#[tokio::main]
async fn main() -> Result<ExitCode, Box<dyn Error>> {
    let options = Options::parse();
    let server = tidewire_testbed::spawn(Config::default()).await?;
    println!(
        "server at {}, {} bots in the room \"harbour\"\n",
        server.url(),
        options.bots
    );

    let (tell, mut heard) = mpsc::channel(1024);
    for index in 0..usize::from(options.bots) {
        let name = match NAMES.get(index) {
            Some(name) => (*name).to_owned(),
            None => format!("bot{index}"),
        };
        let engine_version = if index % 2 == 0 {
            EngineVersion::Eio4
        } else {
            EngineVersion::Eio3
        };
        tokio::spawn(bot::run(
            server.url().to_owned(),
            name,
            engine_version,
            tell.clone(),
        ));
    }
    drop(tell);

    let mut board = Board::new();
    let limit = if options.once {
        u64::from(options.seconds)
    } else {
        u64::MAX / 2
    };
    let end = tokio::time::sleep(Duration::from_secs(limit.min(1 << 30)));
    tokio::pin!(end);
    loop {
        tokio::select! {
            Some(news) = heard.recv() => board.show(news),
            () = &mut end => break,
            _ = tokio::signal::ctrl_c() => break,
        }
    }
    server.stop().await;
    let complete = board.summarize(usize::from(options.bots));
    Ok(if complete || !options.once {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}
