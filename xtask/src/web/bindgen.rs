//! The program wasm-bindgen, in the version of the crate.

use std::fs;
use std::path::PathBuf;

use crate::sh::{Error, root};
use crate::tools::Tool;

/// Returns the program. Installs it below `target` if it is missing.
pub(super) fn program() -> Result<PathBuf, Error> {
    let version = locked_version("Cargo.lock")?;
    Tool {
        package: "wasm-bindgen-cli",
        program: "wasm-bindgen",
        version: &version,
        options: "",
    }
    .ensure()
}

/// Checks that another lock file has the same version, which the program must have.
pub(super) fn check_version(lock: &str) -> Result<(), Error> {
    let (own, other) = (locked_version("Cargo.lock")?, locked_version(lock)?);
    if own == other {
        return Ok(());
    }
    Err(Error::rule(
        format!("{lock} has wasm-bindgen {other}, and Cargo.lock {own}"),
        format!("run `cargo update -p wasm-bindgen --precise {own}` beside it"),
    ))
}

/// Returns the version of wasm-bindgen in a lock file.
fn locked_version(lock: &str) -> Result<String, Error> {
    let file = root().join(lock);
    let text = fs::read_to_string(&file).map_err(Error::file(&file))?;
    version_in(&text, "wasm-bindgen").ok_or_else(|| {
        Error::rule(
            format!("{lock} has no crate wasm-bindgen"),
            "run `cargo check` beside it",
        )
    })
}

fn version_in(lock: &str, name: &str) -> Option<String> {
    let start = format!("name = \"{name}\"\nversion = \"");
    let (_, rest) = lock.split_once(&start)?;
    Some(rest.split_once('"')?.0.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_is_that_of_the_crate_with_the_whole_name() {
        let lock = "name = \"a-b\"\nversion = \"1\"\n\nname = \"a\"\nversion = \"2\"\n";
        assert_eq!(version_in(lock, "a").as_deref(), Some("2"));
        assert_eq!(version_in(lock, "c"), None);
    }
}
