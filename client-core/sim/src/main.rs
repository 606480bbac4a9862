//! Runs seeds until the number wanted is reached or a law is broken.
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a program for a terminal"
)]

use std::io::{BufWriter, Write as _, stdout};
use std::process::ExitCode;

use clap::Parser;
use tidewire_sim::{Coverage, kept_seeds, plan_of, run_seed, script_of, shrink};

/// How many seeds there are between two words about them.
const PROGRESS: u64 = 500;

/// Lives through one plan of faults after the other; ends with status 1 at the first law that is broken.
#[derive(Parser)]
#[command(name = "sim", bin_name = "cargo xtask sim --")]
struct Options {
    /// How many seeds to run.
    #[arg(long, default_value_t = 10_000)]
    seeds: u64,
    /// The first of them.
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// Write the runs down instead, a line of JSON for each thing done and said, for another build of the machine.
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

/// To stdout; whoever reads may stop.
fn write_scripts(options: &Options) -> ExitCode {
    let mut out = BufWriter::new(stdout().lock());
    for n in 0..options.seeds {
        for line in script_of(options.seed.wrapping_add(n)) {
            if writeln!(out, "{line}").is_err() {
                return ExitCode::FAILURE;
            }
        }
    }
    ExitCode::SUCCESS
}

/// Runs the kept seeds, if no other first one is wanted, and then those that are.
fn run_all(options: &Options) -> Result<Coverage, String> {
    let mut seen = Coverage::default();
    if options.seed == 0 {
        for kept in kept_seeds()? {
            run_one(kept.seed, &mut seen)?;
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

/// The simplest run found that breaks the same law, and how to see it again.
fn explain(seed: u64, fault: &str) -> String {
    eprintln!("\nseed {seed} broke a law; making it simpler ...");
    let (plan, chance) = plan_of(seed);
    let (plan, report) = shrink(&plan, &chance);
    let simplest = report.fault.unwrap_or_default();
    [
        format!("seed {seed}: {fault}"),
        report.lines.join("\n"),
        format!("{plan:#?}"),
        format!("broken: {simplest}"),
        format!("again: cargo xtask sim --seeds 1 --seed {seed}"),
    ]
    .join("\n")
}
