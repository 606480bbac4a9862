//! `cargo xtask bench`: runs the benchmarks.
//!
//! Each is a workspace of its own, so that the clients it compares with stay out of this one.

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
    /// Measures the Rust client against raw WebSocket frames, rust_socketio and socket.io-client.
    ///
    /// CPU time, instructions (if valgrind is installed), allocations, rate and memory, of events
    /// received and sent, acks, connections, and idle connections; then the aims. The table says
    /// what its columns are. Passes all arguments to the benchmark and returns its exit status;
    /// `cargo xtask bench native -- --help` shows them. For a look at one thing:
    /// `cargo xtask bench native --rows "receive: tidewire" --rounds 3`. The first build takes
    /// minutes. Needs pkg-config and the OpenSSL headers; as root on Debian, installs them.
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
        let remedy = format!("check out a revision that has {NATIVE}");
        return Err(Error::missing("this revision has no benchmark", remedy));
    }
    ensure_packages()?;
    eprintln!("building the benchmark (the first time, this takes minutes)");
    // It runs the program beside it, which counts allocations.
    cargo().words("build --release -q --bins").run()?;
    cargo()
        .words("run --release -q -p tidewire-bench --")
        .args(native.args)
        .hand_over()
}

/// Installs the packages that the benchmark needs: rust_socketio links OpenSSL.
pub(crate) fn ensure_packages() -> Result<(), Error> {
    packages::ensure(&[packages::PKG_CONFIG, packages::OPENSSL])
}

/// Returns cargo for the benchmark's workspace. Its build output is in `target/bench`.
pub(crate) fn cargo() -> Sh {
    let cargo = Sh::cargo().within(NATIVE);
    match env::var_os("CARGO_TARGET_DIR") {
        Some(_) => cargo,
        None => cargo.env("CARGO_TARGET_DIR", root().join("target/bench")),
    }
}
