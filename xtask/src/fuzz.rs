//! `cargo xtask fuzz`: runs one of the core's fuzz targets under libFuzzer.

use std::process::ExitCode;

use clap::Args;
use clap::builder::PossibleValuesParser;

use crate::sh::{Error, Sh, root};

/// The crate in which cargo-fuzz finds the targets.
const HARNESS: &str = "client-core/fuzz/libfuzzer";
/// The inputs that each run begins with, in a folder per target.
const SEEDS: &str = "client-core/fuzz/seeds";
const TARGETS: [&str; 5] = ["heads", "bodies", "handshakes", "machine", "simulation"];

#[derive(Args)]
pub(crate) struct Options {
    /// The fuzz target.
    #[arg(value_parser = PossibleValuesParser::new(TARGETS))]
    target: String,
    /// Run time in seconds.
    #[arg(long, default_value_t = 60)]
    seconds: u32,
}

pub(crate) fn run(options: &Options) -> Result<ExitCode, Error> {
    ensure_nightly()?;
    ensure_cargo_fuzz()?;
    // New inputs stay in `target`. An input that is worth keeping is copied to the seeds by hand.
    let corpus = root().join("target/fuzz/corpus").join(&options.target);
    std::fs::create_dir_all(&corpus).map_err(Error::file(&corpus))?;
    Sh::new("cargo")
        .words("+nightly fuzz run --fuzz-dir")
        .args([HARNESS, "--target-dir", "target/fuzz/build"])
        .args([options.target.as_str()])
        .args([corpus, root().join(SEEDS).join(&options.target)])
        .args([
            "--".to_owned(),
            format!("-max_total_time={}", options.seconds),
        ])
        .args(["-max_len=2048", "-timeout=20", "-print_final_stats=1"])
        .hand_over()
}

fn ensure_nightly() -> Result<(), Error> {
    match Sh::new("cargo").words("+nightly --version").ask() {
        Some(_) => Ok(()),
        None => Err(Error::missing(
            "libFuzzer needs a nightly compiler",
            "rustup toolchain install nightly",
        )),
    }
}

fn ensure_cargo_fuzz() -> Result<(), Error> {
    if Sh::new("cargo").words("fuzz --version").ask().is_some() {
        return Ok(());
    }
    eprintln!("installing cargo-fuzz (once; this takes minutes)");
    Sh::new("cargo").words("install cargo-fuzz --locked").run()
}
