//! Runs clients of tidewire against clusters of real servers, and ends parts of the clusters: `cargo xtask cluster`.
//!
//! | file | content | imports |
//! |---|---|---|
//! | `state/` | the oracle: what the clients did and saw, and what must be true of it | nothing |
//! | `options` | the options | nothing |
//! | `folder`, `signals`, `program`, `redis` | the programs of a cluster | nothing but each other |
//! | `servers/`, `nginx` | the nodes, and what stands before them | the two above |
//! | `fleet/` | the clients | `state/`, `options` |
//! | `report` | the results of a step | `options` |
//! | `run` | one cluster and its steps | all above |
#![forbid(unsafe_code)]
#![expect(
    clippy::print_stderr,
    reason = "a program for a terminal: errors go to stderr"
)]

mod fleet;
mod folder;
mod nginx;
mod options;
mod program;
mod redis;
mod report;
mod run;
mod servers;
mod signals;
mod state;

use std::io;
use std::process::ExitCode;

use clap::Parser;
use futures_util::future::join_all;
use options::{Options, Server, Sticky};
use report::Table;
use run::Run;

#[tokio::main]
async fn main() -> ExitCode {
    let options = Options::parse();
    let outcome = tokio::select! {
        outcome = run(&options) => outcome,
        stopped = signals::stop() => stopped.map(|()| 0),
    };
    match outcome {
        Ok(0) => ExitCode::SUCCESS,
        Ok(violations) => {
            eprintln!("violations: {violations}");
            ExitCode::FAILURE
        }
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Returns the number of violations.
async fn run(options: &Options) -> io::Result<usize> {
    let clusters = || {
        let servers = options.servers.iter();
        servers.flat_map(|server| options.sticky.iter().map(|sticky| (*server, *sticky)))
    };
    loop {
        let mut violations = 0;
        if options.parallel {
            let runs = clusters().map(|(server, sticky)| run_one(server, sticky, options));
            for outcome in join_all(runs).await {
                violations += outcome?;
            }
        } else {
            for (server, sticky) in clusters() {
                violations += run_one(server, sticky, options).await?;
            }
        }
        if options.once {
            return Ok(violations);
        }
    }
}

async fn run_one(server: Server, sticky: Sticky, options: &Options) -> io::Result<usize> {
    let table = Table::begin(server, sticky, options);
    let mut run = Run::start(server, sticky, options).await?;
    let mut violations = 0;
    let outcome = run
        .go(|row| {
            violations += row.violations.len();
            table.show(&row);
        })
        .await;
    if options.keep {
        eprintln!("kept: {}", run.folder().path().display());
    }
    run.close().await;
    outcome.map(|()| violations)
}
