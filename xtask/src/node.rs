//! Checks Node and npm, and installs npm packages by their lock files. Never installs Node itself.

use crate::lock::Lock;
use crate::sh::{Error, Sh};

/// The servers of the tests.
pub(crate) const PEERS: &str = "server-testbed/peers";

const MIN_MAJOR: u32 = 20;
const REMEDY: &str = "the peers and the npm package need it; install Node 20 or later, with npm";

/// Checks that Node and npm are installed, and that Node is new enough.
pub(crate) fn ensure() -> Result<(), Error> {
    let Some(version) = Sh::new("node").words("--version").ask() else {
        return Err(Error::missing("`node` is not installed", REMEDY));
    };
    if major(&version).is_none_or(|major| major < MIN_MAJOR) {
        return Err(Error::missing(
            format!("`node` {version} is too old"),
            REMEDY,
        ));
    }
    match npm().words("--version").ask() {
        Some(_) => Ok(()),
        None => Err(Error::missing("`npm` is not installed", REMEDY)),
    }
}

/// Returns npm. On Windows it is a script.
pub(crate) fn npm() -> Sh {
    Sh::new(if cfg!(windows) { "npm.cmd" } else { "npm" })
}

/// Installs the packages of the lock file in `directory`, unless that version of it is installed already.
pub(crate) fn install(directory: &str) -> Result<(), Error> {
    lock(directory).install(|| npm().words("ci").within(directory).run())
}

/// Returns whether packages are installed in `directory`.
pub(crate) fn is_installed(directory: &str) -> bool {
    lock(directory).is_installed()
}

fn lock(directory: &str) -> Lock {
    Lock {
        file: format!("{directory}/package-lock.json"),
        stamp: format!("{directory}/node_modules/.tidewire-lock"),
    }
}

fn major(version: &str) -> Option<u32> {
    version.strip_prefix('v')?.split('.').next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_major_version_is_the_first_number() {
        assert_eq!(major("v20.20.2"), Some(20));
        assert_eq!(major("v9.0.0-nightly"), Some(9));
        assert_eq!(major("20"), None);
        assert_eq!(major(""), None);
    }
}
