//! `cargo xtask npm`: what the npm package is built of, made from a clean checkout.

mod compiler;

use std::fs;
use std::path::PathBuf;
use std::process::ExitCode;

use crate::node;
use crate::sh::{Error, Sh, root};

pub(crate) const NPM: &str = "client-wasm/npm";

/// The package in throw-away apps.
pub(crate) const APPS: &str = "client-wasm/npm/packaging";

/// How many runs of the simulation the core in wasm lives through.
const RUNS: &str = "1000";

/// Builds the package: what is not TypeScript in `client-wasm/npm/build`, what is published in `client-wasm/npm/dist`.
pub(crate) fn run() -> Result<ExitCode, Error> {
    node::ensure()?;
    node::install(NPM)?;
    write_layout()?;
    build()?;
    distribute()?;
    sizes()?;
    println!("\n{NPM}/dist is the package; `npm pack ./{NPM}/dist` packs it");
    Ok(ExitCode::SUCCESS)
}

/// `cargo xtask sizes`.
pub(crate) fn run_sizes() -> Result<ExitCode, Error> {
    node::ensure()?;
    node::install(NPM)?;
    build()?;
    sizes()?;
    Ok(ExitCode::SUCCESS)
}

/// Compiles the core and makes of it what the package carries.
pub(crate) fn build() -> Result<(), Error> {
    let compiler = compiler::find()?;
    let compiled = compiler.compile("target/wasm")?;
    Sh::new("node")
        .words("scripts/lower.mjs")
        .args([&compiled])
        .args([compiler.version(), commit()])
        .within(NPM)
        .run()
}

pub(crate) fn is_built() -> bool {
    path(NPM).join("build/core.ts").exists()
}

/// Compiles the core a second time, somewhere else: it must be the same bytes.
pub(crate) fn check_same_bytes() -> Result<(), Error> {
    let compiler = compiler::find()?;
    let first = read(&compiler.compile("target/wasm")?)?;
    let second = read(&compiler.compile("target/wasm-again")?)?;
    if first == second {
        return Ok(());
    }
    Err(Error::missing(
        "two builds of the core differ",
        "something of the machine has got into it: a path, a date, an order",
    ))
}

/// Makes the package as it is published, in `client-wasm/npm/dist`.
pub(crate) fn distribute() -> Result<(), Error> {
    Sh::new("node").words("scripts/dist.mjs").within(NPM).run()
}

/// Prints the sizes, of the package made anew; fails when one is above its budget.
pub(crate) fn sizes() -> Result<(), Error> {
    distribute()?;
    Sh::new("node").words("scripts/sizes.mjs").within(NPM).run()
}

/// Writes down runs of the simulation, which the tests let the core in wasm live through again.
pub(crate) fn write_runs() -> Result<(), Error> {
    let file = path(NPM).join("build/runs.jsonl");
    let runs = Sh::cargo()
        .words("run --release -q -p tidewire-sim --bin tidewire-sim --")
        .args(["--script", "--seeds", RUNS])
        .ask()
        .ok_or_else(|| Error::missing("no runs of the simulation", "see `cargo xtask sim`"))?;
    fs::write(&file, runs + "\n").map_err(Error::file(&file))
}

/// The tables that both languages read, in TypeScript.
fn write_layout() -> Result<(), Error> {
    Sh::cargo()
        .words("test --quiet -p tidewire-wasm --test layout")
        .env("TIDEWIRE_WRITE_LAYOUT", "1")
        .run()
}

fn read(file: &PathBuf) -> Result<Vec<u8>, Error> {
    fs::read(file).map_err(Error::file(file))
}

/// The commit that is checked out, with a `+` if files differ from it.
fn commit() -> String {
    let git = |words| Sh::new("git").words(words).ask();
    let commit = git("rev-parse HEAD").unwrap_or_else(|| "unknown".to_owned());
    match git("status --porcelain") {
        Some(changes) if changes.is_empty() => commit,
        _ => commit + "+",
    }
}

/// `within` the repository.
fn path(within: &str) -> PathBuf {
    root().join(within)
}
