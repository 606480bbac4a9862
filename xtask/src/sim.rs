//! `cargo xtask sim`: the simulation, with its own arguments and exit status.

use std::process::ExitCode;

use clap::Args;

use crate::sh::{Error, Sh};

#[derive(Args)]
pub(crate) struct Options {
    /// Arguments of the simulation: `--seeds N`, `--seed FIRST`.
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    args: Vec<String>,
}

pub(crate) fn run(options: Options) -> Result<ExitCode, Error> {
    eprintln!("building the simulation");
    Sh::cargo()
        .words("run --release -q -p tidewire-sim --bin tidewire-sim --")
        .args(options.args)
        .hand_over()
}
