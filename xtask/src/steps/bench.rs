//! The benchmark of `cargo xtask bench`: a workspace of its own, which the other steps do not see.

use super::Outcome;
use crate::bench::{cargo, ensure_packages};
use crate::sh::Error;

pub(super) fn check() -> Result<Outcome, Error> {
    cargo().words("fmt --check").run()?;
    match ensure_packages() {
        // The clients do without OpenSSL, so whoever has none can work on them.
        Err(Error::Missing { .. }) => Ok(Outcome::Skipped(
            "pkg-config and the headers of OpenSSL are not installed",
        )),
        Err(error) => Err(error),
        Ok(()) => {
            cargo().words("clippy --all-targets -- -D warnings").run()?;
            Ok(Outcome::Passed)
        }
    }
}
