//! The demo: a server and bots in one process. The bots talk to each other through the server.
//!
//! `cargo xtask demo` runs until Ctrl-C. `cargo xtask demo --once` ends by itself, and fails unless every bot has received
//! messages of other bots.

#![allow(clippy::print_stdout, reason = "a program on the terminal")]

mod board;
mod bot;

use std::error::Error;
use std::process::ExitCode;
use std::time::Duration;

use clap::Parser;
use tidewire::EngineVersion;
use tidewire::fleet::{Change, Fleet, FleetEvent};
use tidewire_testbed::Config;
use tokio::sync::mpsc;

use board::Board;

/// Rust bots chat with each other through a Socket.IO server, over Engine.IO 3 and 4.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask demo")]
struct Options {
    /// Stop after `--seconds`, and exit with 0 only if every bot has received messages of other bots.
    #[arg(long)]
    once: bool,
    /// The number of bots. Every second one speaks Engine.IO 3, as old clients do.
    #[arg(long, default_value_t = 6, value_parser = clap::value_parser!(u16).range(2..=1000))]
    bots: u16,
    /// The duration of `--once` in seconds.
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

    let bots = usize::from(options.bots);
    let (event_tx, mut event_rx) = mpsc::channel(1024);
    let url = server.url().to_owned();
    let fleet = Fleet::builder(bots).names(name).start(move |bot| {
        let engine_version = match bot.index() % 2 {
            0 => EngineVersion::Eio4,
            _ => EngineVersion::Eio3,
        };
        bot::run(bot, url.clone(), engine_version, event_tx.clone())
    })?;
    let mut changes = fleet.events();

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
            Some(event) = event_rx.recv() => board.show(event),
            Some(FleetEvent { name, change: Change::Exited(exit), .. }) = changes.next() => {
                board.show_exit(&name, &exit);
            }
            () = &mut end => break,
            _ = tokio::signal::ctrl_c() => break,
        }
    }
    let status = fleet.stop(Duration::from_secs(5)).await;
    server.stop().await;
    println!("\n{} of {bots} bots have left", status.exits.stopped);
    let complete = board.summarize(bots);
    Ok(if complete || !options.once {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

fn name(index: usize) -> String {
    match NAMES.get(index) {
        Some(name) => (*name).to_owned(),
        None => format!("bot{index}"),
    }
}
