//! `cargo xtask demo`: runs the native client's example `demo`.

use std::process::ExitCode;

use clap::Args;

use crate::sh::{Error, Sh};

#[derive(Args)]
pub(crate) struct Options {
    /// Shows everything once and ends, instead of waiting for Ctrl-C.
    #[arg(long)]
    once: bool,
    /// Further arguments of the example.
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    args: Vec<String>,
}

pub(crate) fn run(options: Options) -> Result<ExitCode, Error> {
    eprintln!("building the demo (the first time, this takes minutes)");
    Sh::cargo()
        .words("run --release -q -p tidewire --example demo --")
        .args(options.once.then_some("--once"))
        .args(options.args)
        .hand_over()
}
