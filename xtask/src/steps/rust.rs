//! The steps that cargo alone can do.

use super::Outcome;
use crate::sh::{Error, Sh};

pub(super) fn format() -> Result<Outcome, Error> {
    cargo("fmt --all --check")
}

pub(super) fn clippy() -> Result<Outcome, Error> {
    cargo("clippy --workspace --all-targets --all-features -- -D warnings")
}

pub(super) fn doc() -> Result<Outcome, Error> {
    Sh::cargo()
        .words("doc --workspace --no-deps --all-features")
        .env("RUSTDOCFLAGS", "-D warnings")
        .run()?;
    Ok(Outcome::Passed)
}

pub(super) fn test() -> Result<Outcome, Error> {
    cargo("test --workspace --all-features")
}

pub(super) fn no_std() -> Result<Outcome, Error> {
    cargo("build -p tidewire-core --no-default-features")
}

pub(super) fn examples() -> Result<Outcome, Error> {
    cargo("build --workspace --all-features --examples")
}

fn cargo(words: &str) -> Result<Outcome, Error> {
    Sh::cargo().words(words).run()?;
    Ok(Outcome::Passed)
}
