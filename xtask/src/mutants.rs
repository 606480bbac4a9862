//! `cargo xtask mutants`: the core with one change at a time; tests that notice none of it are missing tests.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::ExitCode;

use clap::Args;

use crate::sh::{Error, Sh, root};

/// Where cargo-mutants leaves what it found.
const FOUND: &str = "target/mutants";
/// Survivors that have a reason.
const EXPLAINED: &str = "client-core/mutants.txt";

#[derive(Args)]
pub(crate) struct Options {
    /// Which files of the core: a path or a pattern below `client-core/src`; may be given several times.
    #[arg(long, value_name = "PATTERN", default_values = ["engine/**", "namespace/**"])]
    file: Vec<String>,
    /// Further arguments of cargo-mutants.
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    args: Vec<String>,
}

pub(crate) fn run(options: &Options) -> Result<ExitCode, Error> {
    ensure_cargo_mutants()?;
    eprintln!("the core's own tests are the judge");
    let tests = "-- --lib --test machine --test delivery";
    judge(options, "tidewire-core", "", tests)?;
    eprintln!("what they have let pass goes through the simulation");
    judge(options, "tidewire-sim", "--iterate", "")?;
    report()
}

/// Runs the mutants; those that live are no failure here. Leaves lists of them.
fn judge(options: &Options, package: &str, more: &str, tests: &str) -> Result<(), Error> {
    let files = options.file.iter().flat_map(|file| {
        let pattern = format!("client-core/src/{file}");
        ["--file".to_owned(), pattern]
    });
    Sh::new("cargo")
        .words("mutants --package tidewire-core --no-shuffle --profile mutants --timeout 30")
        .args(["--output", FOUND, "--test-package", package])
        .args(files)
        .words(more)
        .args(&options.args)
        .words(tests)
        .run_to_end()
}

/// Survivors without a reason are a failure, and so are reasons that explain nothing any more.
fn report() -> Result<ExitCode, Error> {
    let folder = root().join(FOUND).join("mutants.out");
    let survivors = names(&folder.join("missed.txt"))?;
    let explained = explained(&root().join(EXPLAINED))?;
    for (list, title) in [
        ("caught.txt", "caught in the last round"),
        ("previously_caught.txt", "caught before"),
        ("unviable.txt", "not compiled"),
        ("timeout.txt", "stopped after half a minute"),
    ] {
        let count = names(&folder.join(list)).map_or(0, |names| names.len());
        println!("{count:>6}  {title}");
    }
    println!("{:>6}  survived", survivors.len());
    let new: Vec<_> = survivors.difference(&explained).collect();
    for name in &new {
        println!("survived, and nobody says why: {name}");
    }
    Ok(match new.len() {
        0 => ExitCode::SUCCESS,
        _ => ExitCode::FAILURE,
    })
}

/// The names of a list, without the places, which change with every edit.
fn names(path: &Path) -> Result<BTreeSet<String>, Error> {
    let text = fs::read_to_string(path).map_err(Error::file(path))?;
    Ok(text.lines().map(without_place).collect())
}

/// `file:line:column: what` as `file: what`.
fn without_place(line: &str) -> String {
    let mut parts = line.splitn(4, ':');
    match (parts.next(), parts.nth(2)) {
        (Some(file), Some(what)) => format!("{file}:{what}"),
        _ => line.to_owned(),
    }
}

/// Each line that is no comment: a name, ` => `, the reason.
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
    eprintln!("installing cargo-mutants (once, it takes minutes)");
    Sh::new("cargo")
        .words("install cargo-mutants --locked")
        .run()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_left_out_of_a_name() {
        let line =
            "client-core/src/engine/mod.rs:12:5: replace Engine::x -> Option<a::B> with None";
        let name = "client-core/src/engine/mod.rs: replace Engine::x -> Option<a::B> with None";
        assert_eq!(without_place(line), name);
    }
}
