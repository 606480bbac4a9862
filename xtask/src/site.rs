//! `cargo xtask site`: builds the site, and serves it.

use std::process::ExitCode;

use clap::Args;

use crate::node;
use crate::npm::{self, NPM};
use crate::sh::{Error, Sh, root};
use crate::web;

/// The sources of the site.
pub(crate) const SITE: &str = "www";

/// The folder of the built site.
const BUILT: &str = "target/site";

#[derive(Args)]
pub(crate) struct Options {
    /// Serves the site, with a testbed behind it, until Ctrl-C.
    #[arg(long)]
    serve: bool,
    /// The port of `--serve`.
    #[arg(long, default_value_t = 8080, value_parser = clap::value_parser!(u16).range(1..))]
    port: u16,
}

pub(crate) fn run(options: &Options) -> Result<ExitCode, Error> {
    node::ensure()?;
    node::install(NPM)?;
    if !npm::is_built() {
        npm::build()?;
    }
    npm::distribute()?;
    build()?;
    println!("the site is in {BUILT}; any static host can serve this folder");
    match options.serve {
        true => serve(options.port),
        false => Ok(ExitCode::SUCCESS),
    }
}

/// Builds the site from the built npm package.
pub(crate) fn build() -> Result<(), Error> {
    node::install(SITE)?;
    web::build_simulator()?;
    Sh::new("node").words("www/scripts/build.mjs").run()
}

fn serve(port: u16) -> Result<ExitCode, Error> {
    Sh::cargo().words("build -q -p tidewire-testbed").run()?;
    Sh::new("node")
        .words("www/scripts/serve.mjs")
        .args([root().join(BUILT), testbed()])
        .args([port.to_string()])
        .hand_over()
}

/// Returns the program of the testbed.
fn testbed() -> std::path::PathBuf {
    let target =
        std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), Into::into);
    target.join("debug").join("tidewire-testbed")
}
