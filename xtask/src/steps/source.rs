//! The steps that read the sources themselves.

use super::Outcome;
use crate::sh::Error;
use crate::{imports, prose};

pub(super) fn imports() -> Result<Outcome, Error> {
    imports::check()?;
    Ok(Outcome::Passed)
}

pub(super) fn prose() -> Result<Outcome, Error> {
    match prose::check()? {
        true => Ok(Outcome::Passed),
        false => Ok(Outcome::Skipped(
            "this folder is not a git repository, and git lists the files to check",
        )),
    }
}
