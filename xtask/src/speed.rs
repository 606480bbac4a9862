//! `cargo xtask speed`: measures the clients beside the ones they replace, and prints tables.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Subcommand, ValueEnum};

use crate::node::{self, PEERS};
use crate::npm::{self, NPM};
use crate::packages;
use crate::sh::{Error, Sh};
use crate::web;

#[derive(Args)]
pub(crate) struct Options {
    #[command(subcommand)]
    subject: Subject,
}

#[derive(Subcommand)]
enum Subject {
    /// Measures the npm package beside socket.io-client 4.8.4.
    ///
    /// Builds the package, then measures both clients in turn and prints medians. No figure fails the command. Takes about
    /// two minutes for each round on a free machine.
    Npm(Npm),
    /// Measures the crate `tidewire` beside the npm package in one page of Chromium, and the sizes of its examples.
    ///
    /// Builds both, optimized, and prints tables for a README: bytes after wasm-opt and gzip, and events per second as medians.
    /// No figure fails the command. Takes about a minute for each round, after ten minutes of compiling.
    Web(Web),
}

#[derive(Args)]
struct Web {
    /// How often each client is measured.
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u16).range(1..))]
    rounds: u16,
}

#[derive(Args)]
struct Npm {
    /// Measures only this group; may be repeated, or a list with commas.
    #[arg(long, value_enum, value_name = "GROUP", value_delimiter = ',')]
    only: Vec<Group>,
    /// How often each client is measured.
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u16).range(1..))]
    rounds: u16,
    /// Writes the values of all rounds to this file.
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Prints the tables for a README.
    #[arg(long)]
    markdown: bool,
}

#[derive(Clone, Copy, PartialEq, ValueEnum)]
pub(crate) enum Group {
    /// The cost of an event in the library alone, with a fake WebSocket in Node.
    Library,
    /// The cost of an event with a server, in Node.
    Node,
    /// The cost of an event with a server, in Chromium.
    Chromium,
    /// The time until the connection, in Node and in a page.
    Start,
    /// The memory after 100,000 events, in Node.
    Memory,
}

pub(crate) fn run(options: &Options) -> Result<ExitCode, Error> {
    match &options.subject {
        Subject::Npm(npm) => run_npm(npm),
        Subject::Web(web) => web::speed(web.rounds),
    }
}

fn run_npm(options: &Npm) -> Result<ExitCode, Error> {
    let groups = match options.only.as_slice() {
        [] => Group::value_variants(),
        only => only,
    };
    node::ensure()?;
    node::install(NPM)?;
    ensure_tools(groups)?;
    npm::build()?;
    npm::distribute()?;
    program(groups)
        .args(["--rounds".to_owned(), options.rounds.to_string()])
        .args(options.markdown.then_some("--markdown"))
        .args(npm::json_option(options.json.as_ref())?)
        .hand_over()
}

/// Measures a hundredth of the events once, so that the measurement works if it is needed. No figure fails the check.
pub(crate) fn check() -> Result<(), Error> {
    let groups = Group::value_variants();
    ensure_tools(groups)?;
    program(groups).words("--rounds 1 --part 0.01").run()
}

/// Installs the server, and the browser if a group needs it.
fn ensure_tools(groups: &[Group]) -> Result<(), Error> {
    if groups.iter().any(|group| *group != Group::Library) {
        node::install(PEERS)?;
    }
    if groups.contains(&Group::Chromium) || groups.contains(&Group::Start) {
        packages::ensure(&[packages::CHROMIUM])?;
        node::install(npm::APPS)?;
    }
    Ok(())
}

fn program(groups: &[Group]) -> Sh {
    let names: Vec<String> = groups
        .iter()
        .filter_map(|group| Some(group.to_possible_value()?.get_name().to_owned()))
        .collect();
    Sh::new("node")
        .words("speed/run.mjs --only")
        .args([names.join(",")])
        .within(NPM)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_program_measures_the_groups_by_their_names() {
        let call = program(&[Group::Library, Group::Start]).to_string();
        assert_eq!(call, "node speed/run.mjs --only library,start");
    }
}
