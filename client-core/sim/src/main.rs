//! Runs seeds of the simulation until a law is broken.
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a program for a terminal"
)]

use std::io::{BufWriter, Write as _, stdout};
use std::process::ExitCode;

use clap::Parser;
use tidewire_sim::{
    Coverage, packet_script_of, plan_of, regression_seeds, run_seed, script_of, shrink,
};

/// The number of seeds between two progress messages.
const PROGRESS: u64 = 500;

/// The number of scripts of packets for each script of a run.
const PACKETS: u64 = 5;

/// Runs one plan of faults after another. Exits with status 1 at the first broken law.
#[derive(Parser)]
#[command(name = "sim", bin_name = "cargo xtask sim --")]
struct Options {
    /// How many seeds to run.
    #[arg(long, default_value_t = 10_000)]
    seeds: u64,
    /// The first seed.
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// Write the runs as lines of JSON instead, one for each input and output, to replay on another build of the machine.
    #[arg(long)]
    script: bool,
}

fn main() -> ExitCode {
    let options = Options::parse();
    if options.script {
        return write_scripts(&options);
    }
    match run_all(&options) {
        Ok(seen) => {
            print!("{}", seen.table());
            for hole in seen.holes() {
                println!("never happened: {hole}");
            }
            ExitCode::SUCCESS
        }
        Err(fault) => {
            println!("{fault}");
            ExitCode::FAILURE
        }
    }
}

/// Writes scripts to stdout. Fails if the reader closes the pipe.
fn write_scripts(options: &Options) -> ExitCode {
    let mut out = BufWriter::new(stdout().lock());
    for n in 0..options.seeds {
        let seed = options.seed.wrapping_add(n);
        let packets = (0..PACKETS).flat_map(|n| packet_script_of(seed.wrapping_mul(PACKETS) + n));
        for line in script_of(seed).into_iter().chain(packets) {
            if writeln!(out, "{line}").is_err() {
                return ExitCode::FAILURE;
            }
        }
    }
    ExitCode::SUCCESS
}

/// Runs the seeds of `seeds.txt`, unless a first seed is given, and then the requested ones.
fn run_all(options: &Options) -> Result<Coverage, String> {
    let mut seen = Coverage::default();
    if options.seed == 0 {
        for regressions in regression_seeds()? {
            run_one(regressions.seed, &mut seen)?;
        }
    }
    for n in 0..options.seeds {
        run_one(options.seed.wrapping_add(n), &mut seen)?;
        show_progress(n + 1, options.seeds);
    }
    Ok(seen)
}

fn run_one(seed: u64, seen: &mut Coverage) -> Result<(), String> {
    let report = run_seed(seed);
    seen.add(&report.seen);
    match report.fault {
        None => Ok(()),
        Some(fault) => Err(explain(seed, &fault)),
    }
}

fn show_progress(done: u64, wanted: u64) {
    if done.is_multiple_of(PROGRESS) || done == wanted {
        let end = if done == wanted { '\n' } else { '\r' };
        eprint!("{done} of {wanted} seeds{end}");
    }
}

/// Returns the simplest run found that breaks the same law, and the command to repeat it.
fn explain(seed: u64, fault: &str) -> String {
    eprintln!("\nseed {seed} broke a law; looking for a simpler plan ...");
    let (plan, rng) = plan_of(seed);
    let (plan, report) = shrink(&plan, &rng);
    let simplest = report.fault.unwrap_or_default();
    [
        format!("seed {seed}: {fault}"),
        report.lines.join("\n"),
        format!("{plan:#?}"),
        format!("broken law: {simplest}"),
        format!("to repeat: cargo xtask sim --seeds 1 --seed {seed}"),
    ]
    .join("\n")
}
