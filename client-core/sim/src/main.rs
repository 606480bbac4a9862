//! Runs seeds until the number wanted is reached or a law is broken.
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a program for a terminal"
)]

use std::process::ExitCode;

use clap::Parser;
use tidewire_sim::{Coverage, plan_of, run_seed, shrink};

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
}

fn main() -> ExitCode {
    let options = Options::parse();
    let mut seen = Coverage::default();
    for n in 0..options.seeds {
        let seed = options.seed.wrapping_add(n);
        let report = run_seed(seed);
        if let Some(fault) = report.fault {
            eprintln!();
            return fail(seed, &fault);
        }
        seen.add(&report.seen);
        if n % 100 == 99 {
            eprint!("\r{} of {} seeds", n + 1, options.seeds);
        }
    }
    eprintln!();
    print!("{}", seen.table());
    for hole in seen.holes() {
        println!("never happened: {hole}");
    }
    ExitCode::SUCCESS
}

fn fail(seed: u64, fault: &str) -> ExitCode {
    println!("seed {seed} broke a law\n  {fault}\nmaking it simpler ...");
    let (plan, chance) = plan_of(seed);
    let (plan, report) = shrink(&plan, &chance);
    for line in &report.lines {
        println!("{line}");
    }
    println!("{plan:#?}");
    println!("broken: {}", report.fault.unwrap_or_default());
    println!("again: cargo xtask sim --seed {seed} --seeds 1");
    ExitCode::FAILURE
}
