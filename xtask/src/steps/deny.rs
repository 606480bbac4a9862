//! The step that checks licences, sources and advisories of the dependencies by `deny.toml`.

use std::time::Duration;

use super::Outcome;
use crate::sh::{Error, Sh};
use crate::tools::Tool;

/// Not optimized: it compiles in half the time, and checks in 4 s.
const CARGO_DENY: Tool<'_> = Tool {
    package: "cargo-deny",
    program: "cargo-deny",
    version: "0.20.2",
    options: "--locked --debug",
};

/// The database of advisories, a repository that cargo-deny clones.
const ADVISORIES: &str = "https://github.com/RustSec/advisory-db";

pub(super) fn check() -> Result<Outcome, Error> {
    if CARGO_DENY.find().is_none() && !CARGO_DENY.is_available() {
        return Ok(Outcome::Skipped(
            "cargo-deny is not installed, and the registry of crates is out of reach",
        ));
    }
    let program = CARGO_DENY.ensure()?;
    let deny = |what| {
        Sh::new(&program)
            .args(["--log-level", "error", "check"])
            .words(what)
    };
    deny("bans licenses sources").run()?;
    match is_reachable(ADVISORIES) {
        Ok(true) => {}
        Ok(false) => {
            return Ok(Outcome::PassedWithout(
                "advisories were not checked, because their database on github.com is out of reach",
            ));
        }
        Err(_) => {
            return Ok(Outcome::PassedWithout(
                "advisories were not checked, because git is not installed",
            ));
        }
    }
    deny("advisories").run()?;
    Ok(Outcome::Passed)
}

/// Returns whether git can read a repository. Gives up after 20 s, and never asks for a password.
///
/// # Errors
/// git cannot be started.
fn is_reachable(repository: &str) -> Result<bool, Error> {
    Sh::new("git")
        .args(["ls-remote", "--quiet", repository, "HEAD"])
        .env("GIT_TERMINAL_PROMPT", "0")
        .succeeds_within(Duration::from_secs(20))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_repository_that_is_not_there_is_not_reachable() {
        assert!(!is_reachable("file:///tidewire/no/such/repository").unwrap());
    }
}
