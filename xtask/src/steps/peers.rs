//! The steps that install and check the servers of `server-testbed/peers`.

use super::Outcome;
use crate::node::PEERS;
use crate::sh::{Error, Sh, target};
use crate::{node, packages, python};

/// Installs the packages of the lock file.
pub(super) fn install() -> Result<Outcome, Error> {
    node::ensure()?;
    node::install(PEERS)?;
    Ok(Outcome::Passed)
}

/// Installs the Python packages.
pub(super) fn install_python() -> Result<Outcome, Error> {
    python::install()?;
    Ok(Outcome::Passed)
}

/// Runs the official clients against every peer and the testbed.
pub(super) fn check() -> Result<Outcome, Error> {
    node::ensure()?;
    if !node::is_installed(PEERS) {
        return Err(Error::missing(
            "the peers are not installed",
            "run `cargo xtask test --only peers`",
        ));
    }
    node::npm()
        .words("run --silent check")
        .within(PEERS)
        .run()?;
    packages::ensure(&[packages::REDIS])?;
    Sh::cargo().words("build -q -p tidewire-testbed").run()?;
    Sh::new("node")
        .words("check-testbed.js")
        .args([target().join("debug/tidewire-testbed")])
        .within(PEERS)
        .run()?;
    Ok(Outcome::Passed)
}
