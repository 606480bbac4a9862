//! The step that checks licences and advisories of the dependencies by `deny.toml`, if cargo-deny is installed.

use super::Outcome;
use crate::sh::{Error, Sh};

pub(super) fn check() -> Result<Outcome, Error> {
    if Sh::cargo().words("deny --version").ask().is_none() {
        return Ok(Outcome::Skipped(
            "cargo-deny is not installed (`cargo install --locked cargo-deny`)",
        ));
    }
    Sh::cargo().words("deny check").run()?;
    Ok(Outcome::Passed)
}
