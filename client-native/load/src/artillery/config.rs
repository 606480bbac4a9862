//! `config`: target, phases, variables, payload, options of the clients, thresholds.

mod client;
mod ensure;
mod payload;
mod phases;

use std::sync::Arc;
use std::time::Duration;

pub(super) use self::client::options;
use self::client::{engines, tls};
use self::ensure::{ensure, plugins};
use self::payload::payload;
use self::phases::phases;
use crate::engine::{Phase, Target};
use crate::script::{ClientTemplates, Data, Reading, Variable};
use crate::source::{Fault, Fields, Kind, Node, Source, parse_duration};

/// The content of `config`.
#[derive(Debug)]
pub(super) struct Config {
    pub(super) target: Option<Target>,
    pub(super) client: ClientTemplates,
    pub(super) phases: Vec<Phase>,
    pub(super) variables: Vec<(Arc<str>, Variable)>,
    pub(super) data: Vec<Data>,
    pub(super) thresholds: Vec<String>,
}

/// Reads `config`. `url` replaces its target.
pub(super) fn config(
    node: &Node,
    source: &Source,
    url: Option<&str>,
    reading: &mut Reading,
) -> Config {
    let mut fields = Fields::new(node, "config", &mut reading.faults);
    let target = target(&mut fields, url, reading);
    let data = payload(fields.get("payload"), source, reading);
    let variables = variables(fields.get("variables"), reading);
    let phases = phases(&mut fields, reading);
    let timeout = fields.number("timeout", &mut reading.faults);
    let target = target.map(|target| match timeout {
        Some(seconds) => target.ack_timeout(Duration::from_secs_f64(seconds.min(1e6))),
        None => target,
    });
    let (target, mut client) = options(fields.get("socketio"), target, reading);
    let target = engines(fields.get("engines"), target, &mut client, reading);
    let target = tls(fields.get("tls"), target, reading);
    plugins(fields.get("plugins"), reading);
    let thresholds = ensure(fields.get("ensure"), reading);
    fields.end(&mut reading.faults);
    Config {
        target,
        client,
        phases,
        variables,
        data,
        thresholds,
    }
}

fn target(fields: &mut Fields<'_>, url: Option<&str>, reading: &mut Reading) -> Option<Target> {
    let (url, place) = match (url, fields.get("target")) {
        (Some(url), _) => (url, fields.place()),
        (None, Some(node)) => (node.as_text().unwrap_or_default(), node.place),
        (None, None) => {
            fields.need("target", &mut reading.faults);
            return None;
        }
    };
    match Target::new(url) {
        Ok(target) => Some(target),
        Err(text) => {
            reading.faults.push(Fault::new(place, text));
            None
        }
    }
}

/// A list stands for one of its elements, drawn for each user.
fn variables(node: Option<&Node>, reading: &mut Reading) -> Vec<(Arc<str>, Variable)> {
    let Some(node) = node else { return Vec::new() };
    let Some(entries) = node.as_table() else {
        reading.fault(
            node,
            format!("{}: expected a table of variables", node.describe()),
        );
        return Vec::new();
    };
    let mut variables = Vec::new();
    for (key, node) in entries {
        let variable = match node.as_list() {
            Some(nodes) => Some(Variable::OneOf(nodes.iter().map(Node::to_json).collect())),
            None => reading.argument(node).map(Variable::Value),
        };
        variables.extend(variable.map(|variable| (key.name.as_str().into(), variable)));
        reading.names.add(&key.name);
    }
    variables
}

/// A pause: seconds, or a text with a unit.
pub(super) fn is_time(node: &Node) -> bool {
    match &node.kind {
        Kind::Number(_) => true,
        Kind::Text(text) => parse_duration(text).is_ok(),
        Kind::Null | Kind::Bool(_) | Kind::List(_) | Kind::Table(_) => false,
    }
}
