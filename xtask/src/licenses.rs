//! `cargo xtask licenses`: writes the list of what the published programs and bundles contain, by licence.

use std::collections::BTreeSet;
use std::fs;
use std::process::ExitCode;

use crate::sh::{Error, Sh, root};

const FILE: &str = "docs/licenses.md";

/// The published programs, and the arguments by which `cargo tree` lists the crates in it.
const PROGRAMS: [(&str, &str); 3] = [
    (
        "The npm package",
        "-p tidewire-wasm --target wasm32-unknown-unknown",
    ),
    (
        "The crate tidewire",
        "-p tidewire --all-features --target all",
    ),
    (
        "The program tidewire-load",
        "-p tidewire-load --all-features --target all",
    ),
];

const HEAD: &str = "# Licences

What a program contains that has tidewire in it, by the licences of the parts. `cargo xtask licenses` writes this list from the lock file.
tidewire itself is licensed under MIT or Apache-2.0, as you choose, and so is the part of Rust's standard library in each program.
Programs that compile the crates choose their own versions of them: run `cargo tree -e normal --format \"{p} {l}\"` there.
";

pub(crate) fn run() -> Result<ExitCode, Error> {
    let file = root().join(FILE);
    fs::write(&file, list()?).map_err(Error::file(&file))?;
    println!("{FILE} is written");
    Ok(ExitCode::SUCCESS)
}

/// Checks that the list has what the lock file says.
pub(crate) fn check() -> Result<(), Error> {
    let file = root().join(FILE);
    let written = fs::read_to_string(&file).map_err(Error::file(&file))?;
    if written == list()? {
        return Ok(());
    }
    Err(Error::rule(
        format!("{FILE} is not what the lock file says"),
        "run `cargo xtask licenses`",
    ))
}

fn list() -> Result<String, Error> {
    let mut page = HEAD.to_owned();
    for (title, arguments) in PROGRAMS {
        page += &format!("\n## {title}\n\n");
        page += &section(&parts_of(arguments)?);
    }
    Ok(page)
}

/// A crate in a program.
#[derive(PartialEq, Eq, PartialOrd, Ord, Debug)]
struct Part {
    licence: String,
    name: String,
    version: String,
}

/// Returns the crates that the code of a program comes from, on any system: without those that only compile it.
fn parts_of(arguments: &str) -> Result<BTreeSet<Part>, Error> {
    let tree = Sh::cargo()
        .words("tree --locked --edges normal,no-proc-macro --prefix none --no-dedupe")
        .words(arguments)
        .args(["--format", "{p}|{l}"])
        .ask()
        .ok_or_else(|| Error::missing(
            format!("`cargo tree {arguments}` failed"),
            "run it to see why: it needs the lock file to be current, and the registry of crates for crates of other systems",
        ))?;
    let others = tree.lines().filter(|line| !is_own(line));
    others.map(part).collect()
}

/// Returns whether a line names a crate of this repository, by its path.
fn is_own(line: &str) -> bool {
    line.contains(&format!("({}", root().display()))
}

/// Reads a line such as `bytes v1.12.1|MIT`.
fn part(line: &str) -> Result<Part, Error> {
    let read = || {
        let (package, licence) = line.split_once('|')?;
        let (name, version) = package.split_once(" v")?;
        let is_whole = !licence.is_empty() && !version.contains(' ');
        is_whole.then(|| Part {
            // The old way to write `OR`.
            licence: licence.replace('/', " OR "),
            name: name.to_owned(),
            version: version.to_owned(),
        })
    };
    read().ok_or_else(|| {
        Error::rule(
            format!("this is not a crate with a version and a licence: {line}"),
            "look at its manifest, or mend xtask/src/licenses.rs",
        )
    })
}

/// One line for each licence. The crates of a licence are in the order of their names.
fn section(parts: &BTreeSet<Part>) -> String {
    if parts.is_empty() {
        return "Nothing else. Its build fails if a bundle has a file of another package.\n"
            .to_owned();
    }
    let mut table = "| licence | crates |\n|---|---|\n".to_owned();
    let licences: BTreeSet<&str> = parts.iter().map(|part| part.licence.as_str()).collect();
    for licence in licences {
        let of_it = parts.iter().filter(|part| part.licence == licence);
        let crates: Vec<String> = of_it
            .map(|part| format!("{} {}", part.name, part.version))
            .collect();
        table += &format!("| {licence} | {} |\n", crates.join(", "));
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_a_crate_with_a_version_and_a_licence() {
        let found = part("bytes v1.12.1|MIT/Apache-2.0").unwrap();
        assert_eq!((&*found.name, &*found.version), ("bytes", "1.12.1"));
        assert_eq!(found.licence, "MIT OR Apache-2.0");
        for line in ["bytes v1.12.1|", "bytes|MIT", "", "a v1 (https://x)|MIT"] {
            assert!(part(line).is_err(), "{line}");
        }
    }

    #[test]
    fn the_crates_of_a_licence_are_one_line() {
        let lines = ["b v1|MIT", "a v2|MIT", "a v1|MIT", "c v1|ISC"];
        let parts = lines.map(|line| part(line).unwrap()).into_iter().collect();
        let table = section(&parts);
        assert!(
            table.ends_with("| ISC | c 1 |\n| MIT | a 1, a 2, b 1 |\n"),
            "{table}"
        );
        assert!(section(&BTreeSet::new()).starts_with("Nothing else."));
    }
}
