//! Node and npm: there, and young enough. They are never installed from here.

use crate::sh::{Error, Sh};

const OLDEST: u32 = 20;
const REMEDY: &str = "the peers are Node programs; install Node 20 or later, with npm";

/// Sees to it that Node and npm can run the peers.
pub(crate) fn ensure() -> Result<(), Error> {
    let Some(version) = Sh::new("node").words("--version").ask() else {
        return Err(Error::missing("`node` is not installed", REMEDY));
    };
    if major(&version).is_none_or(|major| major < OLDEST) {
        return Err(Error::missing(
            format!("`node` is {version}, too old"),
            REMEDY,
        ));
    }
    match npm().words("--version").ask() {
        Some(_) => Ok(()),
        None => Err(Error::missing("`npm` is not installed", REMEDY)),
    }
}

/// npm; on Windows it is a script.
pub(crate) fn npm() -> Sh {
    Sh::new(if cfg!(windows) { "npm.cmd" } else { "npm" })
}

fn major(version: &str) -> Option<u32> {
    version.strip_prefix('v')?.split('.').next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_major_is_the_first_number() {
        assert_eq!(major("v20.20.2"), Some(20));
        assert_eq!(major("v9.0.0-nightly"), Some(9));
        assert_eq!(major("20"), None);
        assert_eq!(major(""), None);
    }
}
