//! `cargo xtask web`: the crate `tidewire` in Chromium.

use std::fs;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;

use crate::sh::{Error, Sh, root};
use crate::{node, npm, packages, wasm_compiler};

/// The scenarios, as a library of wasm.
const CHECK: &str = "tidewire-web-check";

/// The files that pages load.
const PAGES: &str = "target/web/check";

/// The scenarios to run.
#[derive(Args)]
pub(crate) struct Scenarios {
    /// Runs only those whose line has this part, such as `socketio4 polling` or `leaks`.
    #[arg(default_value = "")]
    name: String,
}

pub(crate) fn run(scenarios: &Scenarios) -> Result<ExitCode, Error> {
    check(&scenarios.name)?;
    Ok(ExitCode::SUCCESS)
}

/// Builds the scenarios, and runs those whose line has `part` against all servers.
pub(crate) fn check(part: &str) -> Result<(), Error> {
    node::ensure()?;
    packages::ensure(&[packages::CHROMIUM])?;
    for folder in [npm::NPM, npm::APPS, node::PEERS] {
        node::install(folder)?;
    }
    Sh::cargo().words("build -q -p tidewire-testbed").run()?;
    let built = wasm_compiler::find()?.build(CHECK, "target/web")?;
    Sh::new(bindgen()?)
        .words("--target web --no-typescript --out-name check --out-dir")
        .args([PAGES])
        .args([built.join("tidewire_web_check.wasm")])
        .run()?;
    Sh::new("node")
        .words("client-wasm/web/check/run.mjs")
        .args([PAGES, part])
        .run()
}

/// Returns the program wasm-bindgen in the version of the crate. Installs it below `target` if it is missing.
fn bindgen() -> Result<PathBuf, Error> {
    let version = locked_version("wasm-bindgen")?;
    let wanted = format!("wasm-bindgen {version}");
    let own = root().join("target/tools/bin/wasm-bindgen");
    for program in [PathBuf::from("wasm-bindgen"), own.clone()] {
        if Sh::new(&program).words("--version").ask().as_deref() == Some(&wanted) {
            return Ok(program);
        }
    }
    println!("installing wasm-bindgen-cli {version} in target/tools (takes minutes)");
    Sh::cargo()
        .words("install --quiet wasm-bindgen-cli --root target/tools --version")
        .args([&version])
        .run()?;
    Ok(own)
}

/// Returns the version of a crate in `Cargo.lock`.
fn locked_version(name: &str) -> Result<String, Error> {
    let file = root().join("Cargo.lock");
    let lock = fs::read_to_string(&file).map_err(Error::file(&file))?;
    version_in(&lock, name).ok_or_else(|| {
        Error::rule(
            format!("Cargo.lock has no crate {name}"),
            "run `cargo check`",
        )
    })
}

fn version_in(lock: &str, name: &str) -> Option<String> {
    let start = format!("name = \"{name}\"\nversion = \"");
    let (_, rest) = lock.split_once(&start)?;
    Some(rest.split_once('"')?.0.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_is_that_of_the_crate_with_the_whole_name() {
        let lock = "name = \"a-b\"\nversion = \"1\"\n\nname = \"a\"\nversion = \"2\"\n";
        assert_eq!(version_in(lock, "a").as_deref(), Some("2"));
        assert_eq!(version_in(lock, "c"), None);
    }
}
