//! Expectations about acks, events and responses, and captures.

use crate::script::{Capture, Captured, Comparison, Expectation, Reading};
use crate::source::{Fields, Kind, Node};

/// The statuses of HTTP (RFC 9110).
const STATUSES: std::ops::RangeInclusive<u64> = 100..=599;

/// Reads `expect`, `check` and `capture`. `name` is the variable that holds the values: `ack`, `event` or `response`.
pub(super) fn expectation(
    fields: &mut Fields<'_>,
    name: &'static str,
    reading: &mut Reading,
) -> Expectation {
    let mut expectation = Expectation::default();
    if let Some(node) = fields.get("expect") {
        match name {
            "response" => status(node, &mut expectation, reading),
            _ => expectation.comparisons.extend(begins(node, reading)),
        }
    }
    let outer = reading.names.clone();
    reading.names.add(name);
    expectation.check = fields
        .get("check")
        .and_then(|node| reading.expression(node));
    expectation.captures = captures(fields.get("capture"), reading);
    reading.names = outer;
    for capture in &expectation.captures {
        reading.names.add(&*capture.name);
    }
    expectation
}

/// The first arguments: a list, or a single one.
pub(super) fn begins(node: &Node, reading: &mut Reading) -> Option<Comparison> {
    let expected = match &node.kind {
        Kind::List(nodes) => nodes.iter().map(|node| reading.json(node)).collect(),
        _ => reading.json(node).map(|argument| vec![argument]),
    };
    expected.map(Comparison::Begins)
}

/// The status of a response: a number, or a list of numbers.
fn status(node: &Node, expectation: &mut Expectation, reading: &mut Reading) {
    let one = std::slice::from_ref(node);
    let nodes = node.as_list().unwrap_or(one);
    let number = |node: &Node| match &node.kind {
        Kind::Number(number) => number.as_u64().filter(|it| STATUSES.contains(it)),
        _ => None,
    };
    let statuses: Option<Vec<u64>> = nodes.iter().map(number).collect();
    match statuses {
        Some(statuses) => expectation.comparisons.push(Comparison::Status(statuses)),
        None => {
            let found = node.describe();
            reading.fault(
                node,
                format!("{found}: expected an HTTP status from 100 to 599, or a list of them"),
            );
        }
    }
}

fn captures(node: Option<&Node>, reading: &mut Reading) -> Vec<Capture> {
    let Some(node) = node else { return Vec::new() };
    let Some(entries) = node.as_table() else {
        let found = node.describe();
        let text =
            "expected a table of names and expressions, such as { token = \"ack[0].token\" }";
        reading.fault(node, format!("{found}: {text}"));
        return Vec::new();
    };
    let mut captures = Vec::new();
    for (key, node) in entries {
        if let Some(expression) = reading.expression(node) {
            captures.push(Capture {
                name: key.name.as_str().into(),
                from: Captured::Expression(expression),
            });
        }
    }
    captures
}
