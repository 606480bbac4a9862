//! The steps that build, test and measure the npm package.

use super::Outcome;
use crate::node;
use crate::npm::{self, NPM};
use crate::packages;
use crate::python;
use crate::sh::{Error, Sh};
use crate::site;
use crate::speed;
use crate::web;

pub(super) fn build() -> Result<Outcome, Error> {
    node::ensure()?;
    node::install(NPM)?;
    npm::build()?;
    npm::check_same_bytes()?;
    Ok(Outcome::Passed)
}

pub(super) fn test() -> Result<Outcome, Error> {
    require_built()?;
    npm::write_runs()?;
    run("lint")?;
    run("check")?;
    run("test")?;
    Ok(Outcome::Passed)
}

pub(super) fn servers() -> Result<Outcome, Error> {
    require_built()?;
    // Its fault proxy stands in front of the servers.
    build_testbed()?;
    run("test:servers")?;
    run("parity")?;
    Ok(Outcome::Passed)
}

/// Tests the imitated hosts of mini-programs, and the packed package in each of them.
pub(super) fn mini() -> Result<Outcome, Error> {
    require_built()?;
    node::install(npm::VENDOR)?;
    npm::distribute()?;
    build_testbed()?;
    run("test:mini")?;
    npm::mini("")?;
    Ok(Outcome::Passed)
}

/// Runs the part of the compatibility table that needs no browser.
pub(super) fn matrix() -> Result<Outcome, Error> {
    require_built()?;
    npm::distribute()?;
    crate::matrix::check()?;
    Ok(Outcome::Passed)
}

pub(super) fn apps() -> Result<Outcome, Error> {
    require_built()?;
    packages::ensure(&[packages::CHROMIUM, packages::NGINX])?;
    node::install(npm::APPS)?;
    node::install(npm::VENDOR)?;
    npm::distribute()?;
    build_testbed()?;
    run_app("check.mjs")?;
    run_app("runtimes.mjs")?;
    Ok(Outcome::Passed)
}

pub(super) fn sizes() -> Result<Outcome, Error> {
    require_built()?;
    npm::sizes()?;
    Ok(Outcome::Passed)
}

pub(super) fn speed() -> Result<Outcome, Error> {
    require_built()?;
    npm::distribute()?;
    speed::check()?;
    Ok(Outcome::Passed)
}

/// Runs a script of the package.
fn run(script: &str) -> Result<(), Error> {
    node::npm()
        .args(["run", "--silent", script])
        .within(NPM)
        .run()
}

pub(super) fn browser() -> Result<Outcome, Error> {
    require_built()?;
    packages::ensure(&[packages::CHROMIUM])?;
    node::install(npm::APPS)?;
    // A front of WebTransport.
    python::install()?;
    npm::distribute()?;
    build_testbed()?;
    for program in [
        "scenarios.mjs",
        "compare.mjs",
        "lifecycle.mjs",
        "webtransport.mjs",
    ] {
        run_app(program)?;
    }
    Ok(Outcome::Passed)
}

pub(super) fn site() -> Result<Outcome, Error> {
    require_built()?;
    packages::ensure(&[packages::CHROMIUM, packages::REDIS])?;
    npm::distribute()?;
    node::install(site::SITE)?;
    node::install(node::PEERS)?;
    web::build_simulator()?;
    build_testbed()?;
    for script in ["lint", "check", "test"] {
        node::npm()
            .args(["run", "--silent", script])
            .within(site::SITE)
            .run()?;
    }
    Ok(Outcome::Passed)
}

/// Builds the server that programs start as `target/debug/tidewire-testbed`.
fn build_testbed() -> Result<(), Error> {
    Sh::cargo().words("build -q -p tidewire-testbed").run()
}

/// Runs a program that tests the packed package.
fn run_app(program: &str) -> Result<(), Error> {
    Sh::new("node").words(program).within(npm::APPS).run()
}

fn require_built() -> Result<(), Error> {
    node::ensure()?;
    match node::is_installed(NPM) && npm::is_built() {
        true => Ok(()),
        false => Err(Error::missing(
            "the npm package is not built from the Rust sources as they are now",
            "run `cargo xtask npm`",
        )),
    }
}
