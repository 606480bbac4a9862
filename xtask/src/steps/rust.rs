//! The steps that need nothing but cargo.

use super::Outcome;
use crate::sh::{Error, Sh};

pub(super) fn format() -> Result<Outcome, Error> {
    cargo("fmt --all --check")?;
    // A workspace of its own.
    cargo("fmt --check --manifest-path client-wasm/web/examples/Cargo.toml --all")
}

pub(super) fn clippy() -> Result<Outcome, Error> {
    cargo("clippy --workspace --all-targets --all-features -- -D warnings")
}

/// Builds the documentation as users see it, then with all private items: each run checks links that the other does not.
pub(super) fn doc() -> Result<Outcome, Error> {
    // A public item must not link to a private one: its readers have no page for that.
    doc_with("", "-D warnings")?;
    // Here the private items have pages, and a link to a missing item is an error in their docs, too.
    doc_with(
        "--document-private-items",
        "-D warnings -A rustdoc::private_intra_doc_links",
    )?;
    Ok(Outcome::Passed)
}

fn doc_with(options: &str, flags: &str) -> Result<(), Error> {
    Sh::cargo()
        .words("doc --workspace --no-deps --all-features")
        .words(options)
        .env("RUSTDOCFLAGS", flags)
        .run()
}

pub(super) fn test() -> Result<Outcome, Error> {
    // One run shows every failure.
    cargo("test --workspace --all-features --no-fail-fast")
}

pub(super) fn features() -> Result<Outcome, Error> {
    cargo("build -p tidewire-core --no-default-features")?;
    cargo("clippy -p tidewire --lib --no-default-features -- -D warnings")?;
    cargo("test -p tidewire --lib --no-default-features")
}

pub(super) fn examples() -> Result<Outcome, Error> {
    cargo("build --workspace --all-features --examples")
}

fn cargo(words: &str) -> Result<Outcome, Error> {
    Sh::cargo().words(words).run()?;
    Ok(Outcome::Passed)
}
