//! Measures tidewire against other Socket.IO clients, each in a process of its own on a processor of its own.
//!
//! The parent starts, for every row of the table and in every round, a server pinned to one processor and a client
//! pinned to another; both are this program again. The client measures itself (CPU time by `getrusage`, in one thread)
//! and prints a sample, which the parent collects. Rounds are interleaved, so that what else the machine does falls on
//! all rows alike; the table shows medians, and medians of the ratios within each round.
//!
//! The server ([`server`]) is made for this: it writes frames by hand in blocks of 64 KiB and counts what it gets
//! without parsing JSON, so that no client is as fast.
//!
//! Layers, bottom up: machine, sample -> server, subject (one module per client) -> rows -> child -> rounds, scale -> report.

mod child;
mod machine;
mod report;
mod rounds;
mod rows;
mod sample;
mod scale;
mod server;
mod subject;

use std::error::Error;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::child::Task;
use crate::rows::Part;

type Result<T> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

/// Measures Socket.IO clients: CPU time, rate, memory.
///
/// The exit status says whether all could be measured, and nothing of the times.
#[derive(Parser)]
#[command(name = "tidewire-bench", bin_name = "cargo xtask bench native --")]
struct Options {
    /// How often everything is measured.
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..))]
    rounds: u32,
    /// Measure a tenth of the events and connections: to try the benchmark out.
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

/// What the program is when it has started itself.
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
