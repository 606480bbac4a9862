//! The step that checks the benchmarks: that of the clients is a workspace of its own.

use super::Outcome;
use crate::bench::{cargo, check_load, ensure_packages};
use crate::sh::Error;

pub(super) fn check() -> Result<Outcome, Error> {
    if cfg!(target_os = "linux") {
        check_load()?;
    }
    cargo().words("fmt --check").run()?;
    match ensure_packages() {
        // Only the benchmark needs OpenSSL: the step must not hinder work on the clients.
        Err(Error::Missing { .. }) => Ok(Outcome::Skipped(
            "pkg-config and the OpenSSL headers are not installed",
        )),
        Err(error) => Err(error),
        Ok(()) => {
            cargo().words("clippy --all-targets -- -D warnings").run()?;
            cargo().words("test -q --lib").run()?;
            Ok(Outcome::Passed)
        }
    }
}
