//! `cargo xtask web`: the crate `tidewire` in Chromium.

mod bindgen;
mod pages;

use std::process::ExitCode;

use clap::Args;

use crate::sh::{Error, Sh};
use crate::{node, npm, packages, python};

/// The scenarios, and a folder for each example.
const PAGES: &str = "target/web/check";

/// Optimized scenarios and examples, for measurements.
const MEASURED: &str = "target/web/measured";

/// The simulation for the site.
const SIMULATOR: &str = "target/web/simulator";

/// The part that runs the examples.
const EXAMPLES: &str = "examples";

/// The scenarios to run.
#[derive(Args)]
pub(crate) struct Scenarios {
    /// Runs only those whose line has this part, such as `socketio4 polling`, `leaks` or `examples`.
    #[arg(default_value = "")]
    name: String,
}

pub(crate) fn run(scenarios: &Scenarios) -> Result<ExitCode, Error> {
    check(&scenarios.name)?;
    Ok(ExitCode::SUCCESS)
}

/// Builds the scenarios and examples, and runs those whose line has `part` against all servers.
pub(crate) fn check(part: &str) -> Result<(), Error> {
    ensure()?;
    // A front of WebTransport.
    python::install()?;
    Sh::cargo().words("build -q -p tidewire-testbed").run()?;
    let pages = pages::Builder::new(PAGES)?;
    if EXAMPLES.contains(part) {
        // With the features of the other steps, so that nothing is compiled again.
        Sh::cargo()
            .words("build -q --workspace --all-features --example chat")
            .run()?;
        pages.scenarios_and_examples()?;
    } else {
        pages.scenarios()?;
    }
    Sh::new("node")
        .words("client-wasm/web/check/run.mjs")
        .args([PAGES, part])
        .run()
}

/// Builds the npm package and, optimized, the scenarios and examples; measures them.
pub(crate) fn speed(rounds: u16) -> Result<ExitCode, Error> {
    ensure()?;
    npm::build()?;
    npm::distribute()?;
    pages::Builder::new(MEASURED)?.measured()?;
    Sh::new("node")
        .words("client-wasm/web/check/speed.mjs")
        .args([MEASURED, "--rounds", &rounds.to_string()])
        .hand_over()
}

/// Installs the browser and the packages of npm.
fn ensure() -> Result<(), Error> {
    node::ensure()?;
    packages::ensure(&[packages::CHROMIUM])?;
    for folder in [npm::NPM, npm::APPS, node::PEERS] {
        node::install(folder)?;
    }
    Ok(())
}

/// Builds the simulation for the page of the site: `simulator.js` and its wasm in `target/web/simulator`.
pub(crate) fn build_simulator() -> Result<(), Error> {
    pages::Builder::new(SIMULATOR)?.simulator()
}

/// Compiles the scenarios, and the conversation of the compatibility table.
pub(crate) fn build() -> Result<(), Error> {
    pages::Builder::new(PAGES)?.scenarios()
}
