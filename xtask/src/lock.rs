//! Remembers which version of a lock file is installed, in a stamp file beside what was installed.

use std::fs;

use crate::sh::{Error, root};

/// A lock file and its stamp, as paths in the repository. The stamp lies inside what is installed, so that both are removed
/// together.
pub(crate) struct Lock {
    pub(crate) file: String,
    pub(crate) stamp: String,
}

impl Lock {
    /// Calls `install`, unless this version of the lock file is installed already.
    pub(crate) fn install(&self, install: impl FnOnce() -> Result<(), Error>) -> Result<(), Error> {
        let file = root().join(&self.file);
        let bytes = fs::read(&file).map_err(Error::file(&file))?;
        let wanted = format!("{:016x}", fnv1a(&bytes));
        let stamp = root().join(&self.stamp);
        if fs::read_to_string(&stamp).is_ok_and(|found| found == wanted) {
            return Ok(());
        }
        install()?;
        fs::write(&stamp, wanted).map_err(Error::file(&stamp))
    }

    /// Returns whether some version is installed.
    pub(crate) fn is_installed(&self) -> bool {
        root().join(&self.stamp).exists()
    }
}

/// Returns the FNV-1a hash, 64 bits. It must notice an edit, not an attack, and be the same in every build.
fn fnv1a(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_is_fnv1a() {
        assert_eq!(fnv1a(b""), 0xcbf2_9ce4_8422_2325);
        assert_eq!(fnv1a(b"a"), 0xaf63_dc4c_8601_ec8c);
        assert_eq!(fnv1a(b"foobar"), 0x8594_4171_f739_67e8);
    }
}
