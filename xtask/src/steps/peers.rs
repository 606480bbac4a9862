//! The Node servers of `server-testbed/peers`: their packages, and their own check.

use std::fs;
use std::path::PathBuf;

use super::Outcome;
use crate::node;
use crate::sh::{Error, root};

const PEERS: &str = "server-testbed/peers";
/// Inside of what it vouches for, so that the two go together.
const STAMP: &str = "node_modules/.tidewire-lock";

/// Installs what the lock says, unless that is what was installed last.
pub(super) fn install() -> Result<Outcome, Error> {
    node::ensure()?;
    let wanted = lock_hash()?;
    let stamp = path(STAMP);
    if fs::read_to_string(&stamp).is_ok_and(|found| found == wanted) {
        return Ok(Outcome::Passed);
    }
    node::npm().words("ci").within(PEERS).run()?;
    fs::write(&stamp, wanted).map_err(Error::file(&stamp))?;
    Ok(Outcome::Passed)
}

/// Runs the official clients against every peer.
pub(super) fn check() -> Result<Outcome, Error> {
    node::ensure()?;
    if !path(STAMP).exists() {
        return Err(Error::missing(
            "the peers are not installed",
            "run `cargo xtask test --only peers`",
        ));
    }
    node::npm()
        .words("run --silent check")
        .within(PEERS)
        .run()?;
    Ok(Outcome::Passed)
}

fn lock_hash() -> Result<String, Error> {
    let lock = path("package-lock.json");
    let bytes = fs::read(&lock).map_err(Error::file(&lock))?;
    Ok(format!("{:016x}", fnv1a(&bytes)))
}

fn path(within: &str) -> PathBuf {
    root().join(PEERS).join(within)
}

/// FNV-1a, 64 bits: it has to notice an edit, not an attack, and to be the same in every build.
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
