//! The developer's commands, run as `cargo xtask <command>`: what they are, and where each begins.
#![forbid(unsafe_code)]
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a program for a terminal: the summary goes to stdout, what hinders it to stderr"
)]

mod bench;
mod demo;
mod fuzz;
mod imports;
mod mutants;
mod node;
mod npm;
mod packages;
mod prose;
mod sh;
mod sim;
mod steps;
mod test;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// The commands of tidewire's developers.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Xtask {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Checks everything, step by step, as CI does.
    ///
    /// Stops at the first step that fails. The last line is always `steps: N passed, N failed`.
    Test(test::Options),
    /// Shows the native client at work against the testbed.
    ///
    /// Arguments and exit status are those of the example `demo` of the crate `tidewire`; its own
    /// help is at `cargo xtask demo -- --help`. The first build takes minutes.
    Demo(demo::Options),
    /// Measures the clients against their peers.
    Bench(bench::Options),
    /// Builds the npm package as it is published, in `client-wasm/npm/dist`, and the core in wasm and as JavaScript for it.
    ///
    /// Writes the tables that both languages read, too, and says how the package is packed. Needs Node, and rustup's target
    /// `wasm32-unknown-unknown`, which it adds where that is possible; as root on Debian it installs Debian's compiler instead.
    Npm,
    /// Measures what a user of the npm package loads. Fails when something is above its budget.
    Sizes,
    /// Shows which files import which: the levels of each source tree, bottom up.
    ///
    /// A file stands above all files that it imports. `cargo xtask test` fails on a circle of imports.
    Imports(imports::Options),
    /// Runs seeds of the simulation: the machine against a strict server, through every fault.
    ///
    /// `--seeds N` says how many, `--seed FIRST` where they begin. Those of `client-core/sim/seeds.txt` come first. Says what
    /// has happened how often. A broken law ends it with status 1, the simplest run found that breaks it, and its seed.
    Sim(sim::Options),
    /// Lets libFuzzer loose on a part of the core.
    ///
    /// Needs a nightly compiler, and installs cargo-fuzz. What breaks a law is kept as a file whose name it says; put it into
    /// `client-core/fuzz/seeds/<target>`, from where every test run takes it.
    Fuzz(fuzz::Options),
    /// Changes the core in one place at a time, and says which changes no test has noticed.
    ///
    /// Installs cargo-mutants. Takes hours for all of the core, about one for `engine` and `namespace`, which it looks at if no `--file`
    /// is given. Survivors are in `client-core/mutants.txt` with their reasons; one that is not there ends it with status 1.
    Mutants(mutants::Options),
    /// Plays a million clients that come back all at once, and writes `client-core/docs/storms.md` and its pictures anew.
    ///
    /// `--clients N` says how many, `--seed N` from which all chance is drawn, `--docs DIR` where the page is.
    Storm(sim::Options),
}

fn main() -> ExitCode {
    let outcome = match Xtask::parse().command {
        Command::Test(options) => test::run(&options),
        Command::Demo(options) => demo::run(options),
        Command::Bench(options) => bench::run(options),
        Command::Npm => npm::run(),
        Command::Sizes => npm::run_sizes(),
        Command::Imports(options) => imports::run(&options),
        Command::Sim(options) => sim::run(options),
        Command::Fuzz(options) => fuzz::run(&options),
        Command::Mutants(options) => mutants::run(&options),
        Command::Storm(options) => sim::storm(options),
    };
    outcome.unwrap_or_else(|error| {
        eprintln!("error: {error}");
        ExitCode::FAILURE
    })
}
