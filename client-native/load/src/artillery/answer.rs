//! `acknowledge`, `response`, `capture`, `match` and `expect`.

use super::translate::path;
use crate::script::{Argument, Capture, Captured, Comparison, Expectation, Reading};
use crate::source::{Fields, Kind, Node};

/// The engine of a scenario.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Engine {
    /// `socketio`, which comes with artillery.
    Socketio,
    /// `artillery-engine-socketio-v3`.
    SocketioV3,
    /// HTTP requests only.
    Http,
}

/// Reads `data`, `match` and `capture` of an ack or an event.
pub(super) fn answer(
    fields: &mut Fields<'_>,
    engine: Engine,
    reading: &mut Reading,
) -> Expectation {
    let mut expectation = Expectation {
        // The engine of version 3 takes a single argument out of its list.
        takes_single: engine == Engine::SocketioV3,
        ..Expectation::default()
    };
    for name in ["data", "args"] {
        if let Some(node) = fields.get(name)
            && let Some(argument) = reading.argument(node)
        {
            expectation.comparisons.push(data(node, argument, engine));
        }
    }
    matches(fields.get("match"), &mut expectation, reading);
    captures(fields.get("capture"), &mut expectation, reading);
    expectation
}

fn data(node: &Node, argument: Argument, engine: Engine) -> Comparison {
    match (&node.kind, engine) {
        (Kind::List(_), _) => Comparison::Equal(argument),
        (_, Engine::SocketioV3) => Comparison::First(argument),
        (_, Engine::Socketio | Engine::Http) => Comparison::Last(argument),
    }
}

/// `match: { json: PATH, value: VALUE }`, or a list of them.
pub(super) fn matches(node: Option<&Node>, expectation: &mut Expectation, reading: &mut Reading) {
    for node in each(node) {
        let mut fields = Fields::new(node, "match", &mut reading.faults);
        let json = json_path(&mut fields, reading);
        let value = fields.need("value", &mut reading.faults);
        let value = value.and_then(|node| reading.argument(node));
        fields.end(&mut reading.faults);
        if let (Some(json), Some(value)) = (json, value) {
            expectation.comparisons.push(Comparison::At(json, value));
        }
    }
}

/// `capture: { json: PATH, as: NAME }`, or a list of them. `header` is for HTTP.
pub(super) fn captures(node: Option<&Node>, expectation: &mut Expectation, reading: &mut Reading) {
    for node in each(node) {
        let mut fields = Fields::new(node, "capture", &mut reading.faults);
        let name = fields.need("as", &mut reading.faults);
        let name = name.and_then(Node::as_text);
        let header = fields.text("header", &mut reading.faults);
        let from = match header {
            Some(header) => Some(Captured::Header(header.to_owned())),
            None => json_path(&mut fields, reading).map(Captured::Path),
        };
        fields.end(&mut reading.faults);
        if let (Some(name), Some(from)) = (name, from) {
            reading.names.add(name);
            expectation.captures.push(Capture {
                name: name.into(),
                from,
            });
        }
    }
}

/// The path in `json`. Artillery's default is the first argument.
fn json_path(fields: &mut Fields<'_>, reading: &mut Reading) -> Option<serde_json_path::JsonPath> {
    let (text, place) = match fields.get("json") {
        None => ("$.0", fields.place()),
        Some(node) => match node.as_text() {
            Some(text) => (text, node.place),
            None => {
                reading.fault(node, format!("{}: expected a JSONPath", node.describe()));
                return None;
            }
        },
    };
    match path(text, place) {
        Ok(path) => Some(path),
        Err(fault) => {
            reading.faults.push(fault);
            None
        }
    }
}

/// `expect` of an HTTP request: `statusCode`, `contentType`, `hasProperty`.
pub(super) fn expect(node: Option<&Node>, expectation: &mut Expectation, reading: &mut Reading) {
    for node in each(node) {
        let mut fields = Fields::new(node, "expect", &mut reading.faults);
        if let Some(node) = fields.get("statusCode") {
            let one = std::slice::from_ref(node);
            let nodes = node.as_list().unwrap_or(one);
            let statuses: Vec<u64> = nodes.iter().filter_map(status).collect();
            match statuses.len() == nodes.len() {
                true => expectation.comparisons.push(Comparison::Status(statuses)),
                false => reading.fault(node, "expected an HTTP status, or a list of them"),
            }
        }
        if let Some(node) = fields.get("contentType")
            && let Some(kind) = reading.template(node)
        {
            expectation.comparisons.push(Comparison::ContentType(kind));
        }
        if let Some(node) = fields.get("hasProperty") {
            match path(
                &format!("$.{}", node.as_text().unwrap_or_default()),
                node.place,
            ) {
                Ok(path) => expectation.comparisons.push(Comparison::Has(path)),
                Err(fault) => reading.faults.push(fault),
            }
        }
        fields.end(&mut reading.faults);
    }
}

fn status(node: &Node) -> Option<u64> {
    match &node.kind {
        Kind::Number(number) => number.as_u64(),
        Kind::Text(text) => text.parse().ok(),
        Kind::Null | Kind::Bool(_) | Kind::List(_) | Kind::Table(_) => None,
    }
}

/// A value, or each of a list.
fn each(node: Option<&Node>) -> impl Iterator<Item = &Node> {
    let (one, list) = match node.map(|node| (node, node.as_list())) {
        None => (None, None),
        Some((_, Some(list))) => (None, Some(list)),
        Some((node, None)) => (Some(node), None),
    };
    one.into_iter().chain(list.into_iter().flatten())
}
