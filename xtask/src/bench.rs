//! `cargo xtask bench`: the measurements, in crates of their own so that the peers they pull in stay
//! out of the workspace.

use std::env;
use std::process::ExitCode;

use clap::{Args, Subcommand};

use crate::packages;
use crate::sh::{Error, Sh, root};

const NATIVE: &str = "client-native/bench";

#[derive(Args)]
pub(crate) struct Options {
    #[command(subcommand)]
    subject: Subject,
}

#[derive(Subcommand)]
enum Subject {
    /// The Rust client against other Rust clients.
    ///
    /// Arguments and exit status are those of the benchmark; its own help is at `cargo xtask bench
    /// native -- --help`. The first build takes minutes. Needs the headers of OpenSSL and
    /// pkg-config, and installs them where it may (as root on Debian).
    Native(Native),
}

#[derive(Args)]
struct Native {
    /// Arguments of the benchmark.
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    args: Vec<String>,
}

pub(crate) fn run(options: Options) -> Result<ExitCode, Error> {
    match options.subject {
        Subject::Native(native) => run_native(native),
    }
}

fn run_native(native: Native) -> Result<ExitCode, Error> {
    if !root().join(NATIVE).join("Cargo.toml").exists() {
        let remedy = format!("this revision has no crate in {NATIVE} yet");
        return Err(Error::missing("the benchmark", remedy));
    }
    ensure_packages()?;
    eprintln!("building the benchmark (the first time, this takes minutes)");
    cargo()
        .words("run --release -q -p tidewire-bench --")
        .args(native.args)
        .hand_over()
}

/// Sees to it that the benchmark can be built: rust_socketio links OpenSSL.
pub(crate) fn ensure_packages() -> Result<(), Error> {
    packages::ensure(&[packages::PKG_CONFIG, packages::OPENSSL])
}

/// Cargo in the benchmark, which is a workspace of its own, but leaves nothing outside of `target`.
pub(crate) fn cargo() -> Sh {
    let cargo = Sh::cargo().within(NATIVE);
    match env::var_os("CARGO_TARGET_DIR") {
        Some(_) => cargo,
        None => cargo.env("CARGO_TARGET_DIR", root().join("target/bench")),
    }
}
