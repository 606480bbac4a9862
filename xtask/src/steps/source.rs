//! The steps that read the sources themselves.

use super::Outcome;
use crate::imports;
use crate::sh::Error;

pub(super) fn imports() -> Result<Outcome, Error> {
    imports::check()?;
    Ok(Outcome::Passed)
}
