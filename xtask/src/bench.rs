//! `cargo xtask bench`: runs the benchmarks.
//!
//! That of the clients is a workspace of its own, and that of load a folder of npm packages, so that the programs they compare with
//! stay out of this workspace.

use std::env;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Subcommand, ValueEnum};

use crate::node::{self, PEERS};
use crate::packages;
use crate::sh::{Error, Sh, root};

const NATIVE: &str = "client-native/bench";
const LOAD: &str = "client-native/load/bench";

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
    /// Measures the load generator beside artillery.
    ///
    /// With the same script and server: users held, actions for each CPU second, memory of each user. Then accuracy, with a
    /// server that stalls, and 5,000 users of each version against the testbed: if one of their events is lost, the exit status is
    /// 1; no other figure fails the command. At last the memory of an idle user. Takes about a quarter of an hour on a free
    /// machine, and needs Linux. Installs artillery by its lock file: 600 MB.
    Load(Load),
}

#[derive(Args)]
struct Load {
    /// Measures only this part; may be repeated, or a list with commas.
    #[arg(long, value_enum, value_name = "PART", value_delimiter = ',')]
    only: Vec<Part>,
    /// Few users for a short time: shows that the measurement works, and says nothing about speed.
    #[arg(long)]
    quick: bool,
    /// Measures tidewire-load alone.
    #[arg(long)]
    without_artillery: bool,
    /// Writes everything measured to this file.
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
}

#[derive(Clone, Copy, PartialEq, ValueEnum)]
enum Part {
    /// Users held and their cost, beside artillery.
    Versus,
    /// Percentiles with a server that stalls.
    Accuracy,
    /// 5,000 users of each version against the testbed.
    Trickle,
    /// The memory of a user that does nothing.
    Idle,
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
        Subject::Load(load) => run_load(load),
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

fn run_load(options: Load) -> Result<ExitCode, Error> {
    prepare_load(!options.without_artillery)?;
    eprintln!("building tidewire-load and the testbed (the first time, this takes minutes)");
    Sh::cargo()
        .words("build --release -q -p tidewire-load -p tidewire-testbed --bins")
        .run()?;
    let program = load_program("release", &options.only)
        .args(options.quick.then_some("--quick"))
        .args(options.without_artillery.then_some("--without-artillery"));
    match options.json {
        None => program.hand_over(),
        Some(file) => {
            // The program runs in another folder.
            let file = std::path::absolute(&file).map_err(Error::file(&file))?;
            program.words("--json").args([file]).hand_over()
        }
    }
}

/// Measures a few users once, without artillery, so that the measurement works if it is needed. Fails if an event is lost.
pub(crate) fn check_load() -> Result<(), Error> {
    prepare_load(false)?;
    Sh::cargo()
        .words("build -q -p tidewire-load -p tidewire-testbed --bins")
        .run()?;
    load_program("debug", &[])
        .words("--quick --without-artillery")
        .run()
}

fn prepare_load(with_artillery: bool) -> Result<(), Error> {
    node::ensure()?;
    node::install(PEERS)?;
    match with_artillery {
        true => node::install(LOAD),
        false => Ok(()),
    }
}

/// Returns the measurement, with the programs of a profile.
fn load_program(profile: &str, parts: &[Part]) -> Sh {
    let target =
        env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from);
    let built = |name: &str| target.join(profile).join(name);
    let names: Vec<String> = parts
        .iter()
        .filter_map(|part| Some(part.to_possible_value()?.get_name().to_owned()))
        .collect();
    Sh::new("node")
        .words("run.mjs --program")
        .args([built("tidewire-load")])
        .words("--testbed")
        .args([built("tidewire-testbed")])
        .args((!names.is_empty()).then(|| format!("--only={}", names.join(","))))
        .within(LOAD)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_measurement_gets_its_programs_and_parts() {
        let call = load_program("release", &[Part::Accuracy, Part::Trickle]).to_string();
        assert!(call.starts_with("node run.mjs --program "), "{call}");
        assert!(call.contains("release/tidewire-testbed"), "{call}");
        assert!(call.ends_with("--only=accuracy,trickle"), "{call}");
    }
}
