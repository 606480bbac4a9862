//! Measures tidewire against other Socket.IO clients, each in a process of its own on a processor of its own.
//!
//! For every row of the table and in every round, the parent starts a server pinned to one processor and a client pinned to
//! another; both are this program again. The client measures itself (CPU time by `getrusage`, in one thread) and prints a
//! sample, which the parent collects. Rounds are interleaved, so that other load on the machine affects all rows alike. The
//! table shows medians, and medians of the ratios within each round.
//!
//! The server ([`server`]) is made for this: it writes frames by hand in blocks of 64 KiB and counts received events without
//! parsing JSON, so it is faster than any client.
//!
//! Layers, bottom up: result -> machine, process, rows -> sample -> server, subject (one module per client) -> child, scale ->
//! rounds -> report.

mod child;
mod machine;
mod process;
mod report;
mod result;
mod rounds;
mod rows;
mod sample;
mod scale;
mod server;
mod subject;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::child::Task;
use crate::result::Result;
use crate::rows::Part;

/// Measures Socket.IO clients: CPU time, rate, memory.
///
/// The exit status says whether all measurements ended. It does not depend on the times.
#[derive(Parser)]
#[command(name = "tidewire-bench", bin_name = "cargo xtask bench native --")]
struct Options {
    /// The number of rounds.
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..))]
    rounds: u32,
    /// Measure a tenth of the events and connections, to try the benchmark.
    #[arg(long)]
    quick: bool,
    /// Measure these clients only, or `scale`.
    #[arg(long, value_delimiter = ',')]
    only: Vec<Part>,
    /// Write all samples to this file.
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    #[command(subcommand)]
    role: Option<Role>,
}

/// The role of a process that this program has started.
#[derive(Subcommand)]
enum Role {
    #[command(hide = true)]
    Server,
    #[command(hide = true)]
    Child(Task),
    #[command(hide = true)]
    ScaleServer(scale::At),
    #[command(hide = true)]
    Crowd(scale::Task),
}

fn main() -> ExitCode {
    let options = Options::parse();
    let outcome = match &options.role {
        None => bench(&options),
        Some(Role::Server) => server::run(),
        Some(Role::Child(task)) => child::run(task),
        Some(Role::ScaleServer(at)) => scale::run_server(at),
        Some(Role::Crowd(task)) => scale::run_crowd(task),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn bench(options: &Options) -> Result<()> {
    let wanted = rows::wanted(&options.only);
    let run = rounds::run(&wanted, options.rounds, options.quick)?;
    report::print(&run);
    match &options.json {
        Some(file) => report::write(&run, file),
        None => Ok(()),
    }
}
