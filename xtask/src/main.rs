//! The commands of tidewire's developers: `cargo xtask <command>`.
#![forbid(unsafe_code)]
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a program for a terminal: results go to stdout, errors to stderr"
)]

mod bench;
mod cluster;
mod demo;
mod fuzz;
mod imports;
mod licenses;
mod limit;
mod lock;
mod matrix;
mod mutants;
mod node;
mod npm;
mod packages;
mod prose;
mod python;
mod sh;
mod sim;
mod site;
mod speed;
mod steps;
mod test;
mod tools;
mod wasm_compiler;
mod web;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// The commands of tidewire's developers.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Xtask {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Runs all checks step by step, as CI does.
    ///
    /// Stops at the first step that fails. The last line is always `steps: N passed, N failed`.
    Test(test::Options),
    /// Shows the native client at work against the testbed.
    ///
    /// Runs the example `demo` of the crate `tidewire`, passes it all further arguments, and returns
    /// its exit status; `cargo xtask demo -- --help` shows them. The first build takes minutes.
    Demo(demo::Options),
    /// Runs 1,000 clients against clusters of the testbed, egg and socket.io behind nginx, and ends parts of the clusters.
    ///
    /// Restarts each node, restarts Redis, and kills a node. Checks that everyone is back in its room, with the right list of
    /// members, and that no acked message is lost or arrives twice. Passes all further arguments to the program and returns its
    /// exit status; `cargo xtask cluster -- --help` shows them. As root on Debian, installs Redis and nginx.
    Cluster(cluster::Options),
    /// Measures the clients against other clients.
    Bench(bench::Options),
    /// Builds the npm package in `client-wasm/npm/dist`.
    ///
    /// Compiles the core to wasm and translates it to JavaScript, and writes the tables that Rust and TypeScript share. Needs
    /// Node, and rustup's target `wasm32-unknown-unknown`: adds it if rustup can, else installs Debian's compiler (as root on
    /// Debian).
    Npm,
    /// Measures how many bytes a user of the npm package loads. Fails if an entry is above its budget.
    Sizes(npm::Sizes),
    /// Runs the packed npm package in imitated hosts of mini-programs, and prints the table.
    ///
    /// The rows are platforms and servers, the columns transports; a cell counts the scenarios that passed. Builds the package
    /// and the testbed, and installs the packages of the Node servers.
    Mini(npm::Platforms),
    /// Runs the crate `tidewire` in Chromium, against socket.io 2 and 4 and the testbed.
    ///
    /// The scenarios are those of the native tests, in pages and in a worker; then errors that a browser hides, and memory after a
    /// thousand connections. Installs Chromium and a compiler (as root on Debian), npm packages by their lock files, and
    /// wasm-bindgen-cli in `target/tools`.
    Web(web::Scenarios),
    /// Runs a conversation of every client with every server over every transport, and writes `docs/compatibility.md`.
    ///
    /// Builds the clients, and installs the packages of the servers, Redis and Chromium (as root on Debian). Takes about five minutes
    /// after the builds. Exits with status 1 if a conversation failed, or if a server can do something that the table says it cannot.
    /// With an option, runs a part and prints the page.
    Matrix(matrix::Part),
    /// Measures the clients beside the ones they replace.
    Speed(speed::Options),
    /// Builds the site in `target/site`: the playground and the documentation.
    ///
    /// Any static host can serve the folder; `--serve` serves it here, with a testbed behind it. Builds the npm package if it is not
    /// built.
    Site(site::Options),
    /// Shows which files import which: the levels of each source tree, bottom up.
    ///
    /// A file stands above all files that it imports. `cargo xtask test` fails on a circle of imports.
    Imports(imports::Options),
    /// Writes `docs/licenses.md`: what the published programs and bundles contain, by licence.
    Licenses,
    /// Runs the simulation: the core against a strict server, with random faults.
    ///
    /// `--seeds N` sets the number of seeds, `--seed FIRST` the first one. The seeds of `client-core/sim/seeds.txt` run before
    /// them. Prints how often each kind of event happened. If a rule is broken, prints the seed and the simplest run that
    /// breaks the rule, and exits with status 1.
    Sim(sim::Options),
    /// Runs libFuzzer on a part of the core.
    ///
    /// Needs a nightly compiler, and installs cargo-fuzz. Writes an input that breaks a rule to a file and prints its name. Copy
    /// the file to `client-core/fuzz/seeds/<target>`: every test run checks the inputs there.
    Fuzz(fuzz::Options),
    /// Changes the core in one place at a time, and lists the changes that no test notices.
    ///
    /// Installs cargo-mutants. Without `--file`, changes `engine` and `namespace`, which takes about an hour; all of the core takes
    /// hours. Known survivors are in `client-core/mutants.txt` with their reasons. Exits with status 1 if there is another one.
    Mutants(mutants::Options),
    /// Simulates a million clients that reconnect at the same time.
    ///
    /// Writes `client-core/docs/storms.md` and its pictures. `--clients N` sets the number of clients, `--seed N` the seed of all
    /// randomness, `--docs DIR` the folder of the page.
    Storm(sim::Options),
}

fn main() -> ExitCode {
    let outcome = match Xtask::parse().command {
        Command::Test(options) => test::run(&options),
        Command::Demo(options) => demo::run(options),
        Command::Cluster(options) => cluster::run(options),
        Command::Bench(options) => bench::run(options),
        Command::Npm => npm::run(),
        Command::Sizes(options) => npm::run_sizes(&options),
        Command::Mini(platforms) => npm::run_mini(&platforms),
        Command::Web(scenarios) => web::run(&scenarios),
        Command::Matrix(part) => matrix::run(&part),
        Command::Speed(options) => speed::run(&options),
        Command::Site(options) => site::run(&options),
        Command::Imports(options) => imports::run(&options),
        Command::Licenses => licenses::run(),
        Command::Sim(options) => sim::run(options),
        Command::Fuzz(options) => fuzz::run(&options),
        Command::Mutants(options) => mutants::run(&options),
        Command::Storm(options) => sim::storm(options),
    };
    outcome.unwrap_or_else(|error| {
        eprintln!("error: {error}");
        ExitCode::FAILURE
    })
}
