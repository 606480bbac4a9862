//! `cargo xtask sim` and `cargo xtask storm`: run the simulations.

use std::process::ExitCode;

use clap::Args;

use crate::sh::{Error, Sh};

#[derive(Args)]
pub(crate) struct Options {
    /// Arguments of the simulation.
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    args: Vec<String>,
}

/// Simulates one client per seed.
pub(crate) fn run(options: Options) -> Result<ExitCode, Error> {
    eprintln!("building the simulation");
    run_program("tidewire-sim", options)
}

/// Simulates many clients that reconnect at the same time.
pub(crate) fn storm(options: Options) -> Result<ExitCode, Error> {
    eprintln!("building and running the storms: a million clients take minutes and some GiB");
    run_program("storm", options)
}

fn run_program(program: &str, options: Options) -> Result<ExitCode, Error> {
    Sh::cargo()
        .words("run --release -q -p tidewire-sim --bin")
        .args([program, "--"])
        .args(options.args)
        .hand_over()
}
