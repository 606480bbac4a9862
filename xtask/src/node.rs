//! Checks Node and npm, and installs npm packages by their lock files. Never installs Node itself.

use std::fs;
use std::path::PathBuf;

use crate::sh::{Error, Sh, root};

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

/// The file that holds the hash of the installed lock. It is inside `node_modules`, so that both are removed together.
const STAMP: &str = "node_modules/.tidewire-lock";

/// Installs the packages of the lock file in `directory`, unless that version of it is installed already.
pub(crate) fn install(directory: &str) -> Result<(), Error> {
    let wanted = lock_hash(directory)?;
    let stamp = path(directory, STAMP);
    if fs::read_to_string(&stamp).is_ok_and(|found| found == wanted) {
        return Ok(());
    }
    npm().words("ci").within(directory).run()?;
    fs::write(&stamp, wanted).map_err(Error::file(&stamp))
}

/// Returns whether packages are installed in `directory`.
pub(crate) fn is_installed(directory: &str) -> bool {
    path(directory, STAMP).exists()
}

fn lock_hash(directory: &str) -> Result<String, Error> {
    let lock = path(directory, "package-lock.json");
    let bytes = fs::read(&lock).map_err(Error::file(&lock))?;
    Ok(format!("{:016x}", fnv1a(&bytes)))
}

fn path(directory: &str, within: &str) -> PathBuf {
    root().join(directory).join(within)
}

/// Returns the FNV-1a hash, 64 bits. It must notice an edit, not an attack, and be the same in every build.
fn fnv1a(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
    })
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

    #[test]
    fn the_hash_is_fnv1a() {
        assert_eq!(fnv1a(b""), 0xcbf2_9ce4_8422_2325);
        assert_eq!(fnv1a(b"a"), 0xaf63_dc4c_8601_ec8c);
        assert_eq!(fnv1a(b"foobar"), 0x8594_4171_f739_67e8);
    }
}
