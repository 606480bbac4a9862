//! Events that a step waits for, or whose arrival it measures.

use std::time::Duration;

use super::expectation::{begins, expectation};
use crate::script::{Argument, Expectation, Reading, Template, Wait};
use crate::source::{Fields, Node};

/// The default time in which a tagged event should arrive.
pub(super) const WITHIN: Duration = Duration::from_secs(10);

/// `deliver = 10`, or `deliver = { to = 10, within = "5s" }`.
pub(super) fn deliver(node: &Node, reading: &mut Reading) -> Option<(Argument, Duration)> {
    const WHAT: &str = "a number of receivers";
    if node.as_table().is_none() {
        return Some((reading.whole_number(node, WHAT)?, WITHIN));
    }
    let mut fields = Fields::new(node, "a delivery", &mut reading.faults);
    let to = fields.need("to", &mut reading.faults);
    let to = to.and_then(|node| reading.whole_number(node, WHAT));
    let within = fields.span("within", &mut reading.faults);
    fields.end(&mut reading.faults);
    Some((to?, within.unwrap_or(WITHIN)))
}

pub(super) fn wait(value: &Node, fields: &mut Fields<'_>, reading: &mut Reading) -> Option<Wait> {
    let event = reading.event(value);
    if let Some(event) = &event {
        reading.awaits(event);
    }
    wait_for(event, fields, reading)
}

/// Reads the fields of a wait for an event.
pub(super) fn wait_for(
    event: Option<Template>,
    fields: &mut Fields<'_>,
    reading: &mut Reading,
) -> Option<Wait> {
    let timeout = fields.span("timeout", &mut reading.faults);
    let mut wanted = Expectation::default();
    if let Some(node) = fields.get("match") {
        match node.as_text() {
            // A text is an expression, and a list the first arguments.
            Some(_) => {
                let outer = reading.names.clone();
                reading.names.add("event");
                wanted.check = reading.expression(node);
                reading.names = outer;
            }
            None => wanted.comparisons.extend(begins(node, reading)),
        }
    }
    let expectation = expectation(fields, "event", reading);
    Some(Wait {
        event: event?,
        timeout,
        wanted,
        expectation,
    })
}
