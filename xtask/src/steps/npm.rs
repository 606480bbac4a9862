//! The npm package: built of the core, tested, measured.

use super::Outcome;
use crate::node;
use crate::npm::{self, NPM};
use crate::sh::Error;

pub(super) fn build() -> Result<Outcome, Error> {
    node::ensure()?;
    node::install(NPM)?;
    npm::build()?;
    npm::check_same_bytes()?;
    Ok(Outcome::Passed)
}

pub(super) fn test() -> Result<Outcome, Error> {
    built()?;
    npm::write_runs()?;
    node::npm().words("run --silent check").within(NPM).run()?;
    node::npm().words("test --silent").within(NPM).run()?;
    Ok(Outcome::Passed)
}

pub(super) fn sizes() -> Result<Outcome, Error> {
    built()?;
    npm::sizes()?;
    Ok(Outcome::Passed)
}

fn built() -> Result<(), Error> {
    node::ensure()?;
    match node::is_installed(NPM) && npm::is_built() {
        true => Ok(()),
        false => Err(Error::missing(
            "the npm package is not built",
            "run `cargo xtask npm`",
        )),
    }
}
