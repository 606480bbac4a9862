//! `cargo xtask npm` and `cargo xtask sizes`: build and measure the npm package.

use std::fs;
use std::path::{self, PathBuf};
use std::process::ExitCode;

use clap::Args;

use crate::node;
use crate::sh::{Error, Sh, root};
use crate::wasm_compiler;

pub(crate) const NPM: &str = "client-wasm/npm";

/// The tests of the packed package in throw-away apps.
pub(crate) const APPS: &str = "client-wasm/npm/packaging";

/// The builder and the typings of mini-programs, by their vendors.
pub(crate) const VENDOR: &str = "client-wasm/npm/test/mini/vendor";

/// The number of simulation runs that the tests replay in wasm.
const RUNS: &str = "1000";

/// Builds the package: generated sources in `client-wasm/npm/build`, the published files in `client-wasm/npm/dist`.
pub(crate) fn run() -> Result<ExitCode, Error> {
    node::ensure()?;
    node::install(NPM)?;
    write_layout()?;
    build()?;
    distribute()?;
    sizes()?;
    println!("\nthe package is in {NPM}/dist; `npm pack ./{NPM}/dist` packs it");
    Ok(ExitCode::SUCCESS)
}

/// The options of `cargo xtask sizes`.
#[derive(Args)]
pub(crate) struct Sizes {
    /// Also writes the sizes that a page loads to this file.
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
}

/// Builds the package and prints its sizes.
pub(crate) fn run_sizes(options: &Sizes) -> Result<ExitCode, Error> {
    node::ensure()?;
    node::install(NPM)?;
    build()?;
    distribute()?;
    measure(options.json.as_ref())?;
    Ok(ExitCode::SUCCESS)
}

/// The platforms of `cargo xtask mini`.
#[derive(Args)]
pub(crate) struct Platforms {
    /// Runs only the platforms whose name has this part, such as `wechat`.
    #[arg(default_value = "")]
    name: String,
}

/// Builds the package, runs it in the imitated hosts of mini-programs, and prints the table.
pub(crate) fn run_mini(platforms: &Platforms) -> Result<ExitCode, Error> {
    node::ensure()?;
    node::install(NPM)?;
    node::install(node::PEERS)?;
    node::install(VENDOR)?;
    if !is_built() {
        build()?;
    }
    distribute()?;
    mini(&platforms.name)?;
    Ok(ExitCode::SUCCESS)
}

/// Runs the package in the imitated hosts of mini-programs whose name has `part`, against all servers.
pub(crate) fn mini(part: &str) -> Result<(), Error> {
    Sh::cargo().words("build -q -p tidewire-testbed").run()?;
    Sh::new("node")
        .words("test/mini/run.mjs")
        .args([part])
        .within(NPM)
        .run()
}

/// Compiles the core, and generates the sources that hold it in `client-wasm/npm/build`.
pub(crate) fn build() -> Result<(), Error> {
    let compiler = wasm_compiler::find()?;
    let compiled = compiler.compile("target/wasm")?;
    Sh::new("node")
        .words("scripts/lower.mjs")
        .args([&compiled])
        .args([compiler.version(), commit()])
        .within(NPM)
        .run()
}

/// Returns whether `client-wasm/npm/build` has the core of the sources as they are now.
pub(crate) fn is_built() -> bool {
    let check = Sh::new("node").words("scripts/built.mjs").within(NPM);
    check.ask().is_some()
}

/// Compiles the core a second time in another folder, and checks that the bytes are the same.
pub(crate) fn check_same_bytes() -> Result<(), Error> {
    let compiler = wasm_compiler::find()?;
    let first = read(&compiler.compile("target/wasm")?)?;
    let second = read(&compiler.compile("target/wasm-again")?)?;
    if first == second {
        return Ok(());
    }
    Err(Error::rule(
        "two builds of the core differ in their bytes",
        "look for a path, a date or an unstable order in the output",
    ))
}

/// Writes the published files to `client-wasm/npm/dist`.
pub(crate) fn distribute() -> Result<(), Error> {
    Sh::new("node").words("scripts/dist.mjs").within(NPM).run()
}

/// Writes the published files and prints their sizes. Fails if one is above its budget.
pub(crate) fn sizes() -> Result<(), Error> {
    distribute()?;
    measure(None)
}

fn measure(json: Option<&PathBuf>) -> Result<(), Error> {
    Sh::new("node")
        .words("scripts/sizes.mjs")
        .args(json_option(json)?)
        .within(NPM)
        .run()
}

/// Returns the option for the results, with an absolute path: the program runs in another folder.
pub(crate) fn json_option(file: Option<&PathBuf>) -> Result<Vec<PathBuf>, Error> {
    let Some(file) = file else {
        return Ok(Vec::new());
    };
    let file = path::absolute(file).map_err(Error::file(file))?;
    Ok(vec![PathBuf::from("--json"), file])
}

/// Writes runs of the simulation to a file. The npm tests replay them with the core in wasm.
pub(crate) fn write_runs() -> Result<(), Error> {
    let file = in_root(NPM).join("build/runs.jsonl");
    let runs = Sh::cargo()
        .words("run --release -q -p tidewire-sim --bin tidewire-sim --")
        .args(["--script", "--seeds", RUNS])
        .ask()
        .ok_or_else(|| {
            Error::missing("the simulation failed", "run `cargo xtask sim` to see why")
        })?;
    fs::write(&file, runs + "\n").map_err(Error::file(&file))
}

/// Writes the tables that Rust and TypeScript share to a TypeScript file.
fn write_layout() -> Result<(), Error> {
    Sh::cargo()
        .words("test --quiet -p tidewire-wasm --test layout")
        .env("TIDEWIRE_WRITE_LAYOUT", "1")
        .run()
}

fn read(file: &PathBuf) -> Result<Vec<u8>, Error> {
    fs::read(file).map_err(Error::file(file))
}

/// Returns the commit that is checked out, with a `+` if files differ from it.
fn commit() -> String {
    let git = |words| Sh::new("git").words(words).ask();
    let commit = git("rev-parse HEAD").unwrap_or_else(|| "unknown".to_owned());
    match git("status --porcelain") {
        Some(changes) if changes.is_empty() => commit,
        _ => commit + "+",
    }
}

/// Returns a path below the repository's root.
fn in_root(within: &str) -> PathBuf {
    root().join(within)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_have_an_absolute_path() {
        let given = json_option(Some(&PathBuf::from("speed.json"))).unwrap();
        assert_eq!(given[0], PathBuf::from("--json"));
        assert!(given[1].is_absolute() && given[1].ends_with("speed.json"));
        assert!(json_option(None).unwrap().is_empty());
    }
}
