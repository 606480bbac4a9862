//! Measures tidewire against other Socket.IO clients, each in a process of its own on a processor of its own.
//!
//! For every row of the table and in every round, the parent starts a server pinned to one processor and a client pinned to
//! another; both are this program again. The client measures itself (CPU time by `getrusage`, in one thread) and prints a
//! sample, which the parent collects. Rounds are interleaved, so that other load on the machine affects all rows alike. The
//! table shows medians, and medians of the ratios within each round.
//!
//! Then every row is counted once ([`counts`]): allocations by `tidewire-bench-counting`, which is the same program with another
//! allocator, and instructions by callgrind. Both do not vary with the load of the machine. Each is the difference between two
//! runs of different length, so that start and end of the process drop out.
//!
//! The server ([`server`]) is made for this: it writes frames by hand in blocks of 64 KiB and counts received events without
//! parsing JSON, so it is faster than any client.
//!
//! Layers, bottom up: result -> allocations, callgrind, machine, process, rows, slope, tls -> sample -> server, subject (one module
//! per client) -> child, launch, scale -> counts -> rounds -> report.

mod allocations;
mod callgrind;
mod child;
mod counts;
mod launch;
mod machine;
mod process;
mod report;
mod result;
mod rounds;
mod rows;
mod sample;
mod scale;
mod server;
mod slope;
mod subject;
mod tls;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};

use crate::child::Task;
use crate::result::Result;
use crate::rounds::{Effort, When};
use crate::rows::Part;
use crate::tls::Identity;

/// Measures Socket.IO clients: CPU time, instructions, allocations, rate, memory.
///
/// The table has a section for each measurement, and says above it what the columns are and which way is better. Ratios are to
/// the section's first row, which is a WebSocket without a client (`x raw`), and to the row that reads or writes the same type
/// by serde_json (`x serde`). Below it are the aims. The exit status says whether all measurements ended. It does not depend
/// on what was measured.
#[derive(Parser)]
#[command(name = "tidewire-bench", bin_name = "cargo xtask bench native --")]
struct Options {
    /// The number of rounds.
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..))]
    rounds: u32,
    /// Measure a tenth of the events and connections, to try the benchmark.
    #[arg(long)]
    quick: bool,
    /// Whether to count instructions by valgrind's callgrind, which takes most of the time.
    #[arg(long, value_enum, default_value_t = When::Auto)]
    instructions: When,
    /// Measure these clients only, or `scale`. The raw rows are always measured, for the ratios.
    #[arg(long, value_delimiter = ',')]
    only: Vec<Part>,
    /// Measure the rows only whose name has one of these texts: `receive`, `send: tidewire`. The list of aims shows names.
    #[arg(long, value_delimiter = ',', value_name = "TEXT")]
    rows: Vec<String>,
    /// Write all samples, counts and aims to this file.
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    #[command(subcommand)]
    role: Option<Role>,
}

/// The role of a process that this program has started.
#[derive(Subcommand)]
enum Role {
    #[command(hide = true)]
    Server(Secrets),
    #[command(hide = true)]
    Child(Task),
    #[command(hide = true)]
    ScaleServer(scale::At),
    #[command(hide = true)]
    Crowd(scale::Task),
}

/// The certificate of a server that uses TLS, and its key.
#[derive(Args)]
struct Secrets {
    #[arg(long, requires = "key")]
    certificate: Option<String>,
    #[arg(long, requires = "certificate")]
    key: Option<String>,
}

impl Secrets {
    fn identity(&self) -> Option<Identity> {
        let (certificate, key) = self.certificate.clone().zip(self.key.clone())?;
        Some(Identity { certificate, key })
    }
}

/// Runs the program.
pub fn main() -> ExitCode {
    let options = Options::parse();
    let outcome = match &options.role {
        None => bench(&options),
        Some(Role::Server(secrets)) => server::run(secrets.identity().as_ref()),
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
    let wanted = rows::wanted(&options.only, &options.rows);
    if wanted.rows.is_empty() && !wanted.scale {
        return Err("no row has such a name".into());
    }
    let effort = Effort {
        rounds: options.rounds,
        is_quick: options.quick,
        instructions: options.instructions,
    };
    let run = rounds::run(&wanted, &effort)?;
    report::print(&run);
    match &options.json {
        Some(file) => report::write(&run, file),
        None => Ok(()),
    }
}
