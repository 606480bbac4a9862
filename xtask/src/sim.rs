//! `cargo xtask sim` and `storm`: the simulations, with their own arguments and exit status.

use std::process::ExitCode;

use clap::Args;

use crate::sh::{Error, Sh};

#[derive(Args)]
pub(crate) struct Options {
    /// Arguments of the simulation.
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    args: Vec<String>,
}

/// Seeds of one client's life.
pub(crate) fn run(options: Options) -> Result<ExitCode, Error> {
    eprintln!("building the simulation");
    play("tidewire-sim", options)
}

/// Storms of a crowd.
pub(crate) fn storm(options: Options) -> Result<ExitCode, Error> {
    eprintln!("building the storms, then playing them: minutes and some GiB for a million clients");
    play("storm", options)
}

fn play(program: &str, options: Options) -> Result<ExitCode, Error> {
    Sh::cargo()
        .words("run --release -q -p tidewire-sim --bin")
        .args([program, "--"])
        .args(options.args)
        .hand_over()
}
