//! `cargo xtask cluster`: clients against clusters of real servers whose parts end.
//!
//! The program is a crate of its own (`server-testbed/cluster`), so that xtask does not depend on the client.

use std::process::ExitCode;

use clap::Args;

use crate::node::PEERS;
use crate::sh::{Error, Sh, root, target};
use crate::{node, packages};

#[derive(Args)]
pub(crate) struct Options {
    /// Goes through everything once in bounded time. Exits with status 1 if a client was not back, or a message was lost or came twice.
    #[arg(long)]
    once: bool,
    /// Further arguments of the program.
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    args: Vec<String>,
}

pub(crate) fn run(options: Options) -> Result<ExitCode, Error> {
    eprintln!("building the clients and the testbed (the first time, this takes minutes)");
    prepare(Profile::Release)?;
    program(Profile::Release)
        .args(options.once.then_some("--once"))
        .args(options.args)
        .hand_over()
}

/// Runs few clients, and all clusters at the same time.
pub(crate) fn check() -> Result<(), Error> {
    prepare(Profile::Debug)?;
    program(Profile::Debug)
        .words("--once --parallel --clients 36 --pace 400 --calm 400 --heartbeat 5000")
        .run()
}

/// The tests have built most of the debug profile. With 1,000 clients, the release profile leaves the processors to the servers.
#[derive(Clone, Copy)]
enum Profile {
    Debug,
    Release,
}

fn prepare(profile: Profile) -> Result<(), Error> {
    node::ensure()?;
    packages::ensure(&[packages::REDIS, packages::NGINX])?;
    node::install(PEERS)?;
    let option = match profile {
        Profile::Debug => None,
        Profile::Release => Some("--release"),
    };
    Sh::cargo()
        .words("build -q -p tidewire-testbed -p tidewire-cluster")
        .args(option)
        .run()
}

fn program(profile: Profile) -> Sh {
    let built = target().join(match profile {
        Profile::Debug => "debug",
        Profile::Release => "release",
    });
    Sh::new(built.join("tidewire-cluster"))
        .words("--testbed")
        .args([built.join("tidewire-testbed")])
        .words("--peers")
        .args([root().join(PEERS)])
}
