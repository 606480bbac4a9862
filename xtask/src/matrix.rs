//! `cargo xtask matrix`: the compatibility table of servers, clients and transports.

use std::process::ExitCode;

use clap::Args;

use crate::sh::{Error, Sh};
use crate::{node, npm, packages, python, web};

/// The part of the table to run.
#[derive(Args)]
pub(crate) struct Part {
    /// Runs only these servers, with commas.
    #[arg(long, value_name = "SERVERS")]
    servers: Option<String>,
    /// Runs only these clients, with commas: native, node, chromium, mini, web.
    #[arg(long, value_name = "CLIENTS")]
    clients: Option<String>,
    /// Runs only cells whose name has this part, such as `egg3 node polling`.
    #[arg(long, value_name = "PART")]
    only: Option<String>,
}

impl Part {
    fn has_client(&self, name: &str) -> bool {
        let all = self.clients.is_none();
        all || self
            .clients
            .iter()
            .any(|list| list.split(',').any(|it| it == name))
    }

    fn arguments(&self) -> Vec<String> {
        let options = [
            ("--servers", &self.servers),
            ("--clients", &self.clients),
            ("--only", &self.only),
        ];
        let given = options.into_iter().filter_map(|(name, value)| {
            let value = value.as_ref()?;
            Some(format!("{name}={value}"))
        });
        given.collect()
    }
}

pub(crate) fn run(part: &Part) -> Result<ExitCode, Error> {
    node::ensure()?;
    node::install(npm::NPM)?;
    node::install(node::PEERS)?;
    python::install()?;
    if !npm::is_built() {
        npm::build()?;
    }
    npm::distribute()?;
    converse(part)?;
    Ok(ExitCode::SUCCESS)
}

/// Runs the clients that need no browser.
pub(crate) fn check() -> Result<(), Error> {
    converse(&Part {
        servers: None,
        clients: Some("native,node".to_owned()),
        only: None,
    })
}

/// Prepares the clients of the part, and runs it. The npm package is built.
fn converse(part: &Part) -> Result<(), Error> {
    packages::ensure(&[packages::REDIS])?;
    node::install(npm::APPS)?;
    if part.has_client("chromium") || part.has_client("web") {
        packages::ensure(&[packages::CHROMIUM])?;
    }
    if part.has_client("mini") {
        node::install(npm::VENDOR)?;
    }
    if part.has_client("web") {
        web::build()?;
    }
    Sh::cargo()
        .words("build -q -p tidewire-testbed -p tidewire-matrix")
        .run()?;
    Sh::new("node")
        .words("test/matrix/run.mjs")
        .args(part.arguments())
        .within(npm::NPM)
        .run()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_names_its_clients() {
        let part = Part {
            servers: None,
            clients: Some("native,web".to_owned()),
            only: Some("egg3 native".to_owned()),
        };
        assert!(part.has_client("web") && !part.has_client("node"));
        let arguments = part.arguments();
        assert_eq!(arguments, ["--clients=native,web", "--only=egg3 native"]);
    }
}
