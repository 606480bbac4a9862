//! `cargo xtask mutants`: changes the core in one place at a time. A change that no test notices shows a missing test.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::ExitCode;

use clap::Args;

use crate::sh::{Error, Sh, root};

/// The folder of cargo-mutants' results.
const RESULTS: &str = "target/mutants";
/// The file of known survivors, each with its reason.
const EXPLAINED: &str = "client-core/mutants.txt";

#[derive(Args)]
pub(crate) struct Options {
    /// Files to change: a path or a pattern below `client-core/src`; may be repeated.
    #[arg(long, value_name = "PATTERN", default_values = ["engine/**", "namespace/**"])]
    file: Vec<String>,
    /// Further arguments of cargo-mutants.
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    args: Vec<String>,
}

pub(crate) fn run(options: &Options) -> Result<ExitCode, Error> {
    ensure_cargo_mutants()?;
    eprintln!("running the core's tests on each change");
    let tests = "-- --lib --test machine --test delivery";
    run_mutants(options, "tidewire-core", "", tests)?;
    eprintln!("running the simulation on the changes that survived");
    run_mutants(options, "tidewire-sim", "--iterate", "")?;
    report()
}

/// Runs the tests of `package` on each change, and writes lists of the results. Survivors are not a failure here.
fn run_mutants(options: &Options, package: &str, more: &str, tests: &str) -> Result<(), Error> {
    let files = options.file.iter().flat_map(|file| {
        let pattern = format!("client-core/src/{file}");
        ["--file".to_owned(), pattern]
    });
    Sh::new("cargo")
        .words("mutants --package tidewire-core --no-shuffle --profile mutants --timeout 30")
        .args(["--output", RESULTS, "--test-package", package])
        .args(files)
        .words(more)
        .args(&options.args)
        .words(tests)
        .run_to_end()
}

/// Prints the results. Returns a failure if a survivor has no reason.
fn report() -> Result<ExitCode, Error> {
    let folder = root().join(RESULTS).join("mutants.out");
    let survivors = names(&folder.join("missed.txt"))?;
    let explained = explained(&root().join(EXPLAINED))?;
    for (list, title) in [
        ("caught.txt", "caught in the last round"),
        ("previously_caught.txt", "caught before"),
        ("unviable.txt", "not compiled"),
        ("timeout.txt", "stopped after 30 s"),
    ] {
        let count = names(&folder.join(list)).map_or(0, |names| names.len());
        println!("{count:>6}  {title}");
    }
    println!("{:>6}  survived", survivors.len());
    let new: Vec<_> = survivors.difference(&explained).collect();
    for name in &new {
        println!("survived without a reason in {EXPLAINED}: {name}");
    }
    Ok(match new.len() {
        0 => ExitCode::SUCCESS,
        _ => ExitCode::FAILURE,
    })
}

/// Reads the names of a list, without their line and column, which change with every edit.
fn names(path: &Path) -> Result<BTreeSet<String>, Error> {
    let text = fs::read_to_string(path).map_err(Error::file(path))?;
    Ok(text.lines().map(without_place).collect())
}

/// Turns `file:line:column: change` into `file: change`.
fn without_place(line: &str) -> String {
    let mut parts = line.splitn(4, ':');
    match (parts.next(), parts.nth(2)) {
        (Some(file), Some(change)) => format!("{file}:{change}"),
        _ => line.to_owned(),
    }
}

/// Reads the names of known survivors: each line is a name, ` => ` and the reason, or a comment.
fn explained(path: &Path) -> Result<BTreeSet<String>, Error> {
    let text = fs::read_to_string(path).map_err(Error::file(path))?;
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    let split = lines.filter_map(|line| line.split_once(" => "));
    Ok(split.map(|(name, _)| name.to_owned()).collect())
}

fn ensure_cargo_mutants() -> Result<(), Error> {
    if Sh::new("cargo").words("mutants --version").ask().is_some() {
        return Ok(());
    }
    eprintln!("installing cargo-mutants (once; this takes minutes)");
    Sh::new("cargo")
        .words("install cargo-mutants --locked")
        .run()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_has_no_line_and_column() {
        let line =
            "client-core/src/engine/mod.rs:12:5: replace Engine::x -> Option<a::B> with None";
        let name = "client-core/src/engine/mod.rs: replace Engine::x -> Option<a::B> with None";
        assert_eq!(without_place(line), name);
    }
}
