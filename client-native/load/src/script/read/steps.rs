//! Steps.

use std::sync::Arc;

use super::expectation::expectation;
use super::waits::{deliver, wait};
use super::{http, peers};
use crate::engine::Spread;
use crate::script::{
    Ack, Action, Argument, Emit, Loop, Reading, Step, Steps, Think, whole_expression,
};
use crate::source::{Fields, Kind, Node, parse_duration};

/// The fields that say what a step does.
const ACTIONS: [&str; 17] = [
    "emit",
    "wait",
    "think",
    "http",
    "loop",
    "steps",
    "choose",
    "set",
    "log",
    "connect",
    "disconnect",
    "return",
    "drop",
    "stay",
    "exchange",
    "presence",
    "receive",
];

/// Reads a list of steps.
pub(super) fn steps(node: &Node, reading: &mut Reading) -> Steps {
    let Some(nodes) = node.as_list() else {
        reading.fault(
            node,
            format!("{}: expected a list of steps", node.describe()),
        );
        return Arc::from([]);
    };
    nodes
        .iter()
        .filter_map(|node| step(node, reading))
        .collect()
}

fn step(node: &Node, reading: &mut Reading) -> Option<Step> {
    let mut fields = Fields::new(node, "a step", &mut reading.faults);
    node.as_table()?;
    let condition = fields.get("if").and_then(|node| reading.expression(node));
    let (kind, value) = fields.one_of(&ACTIONS, &mut reading.faults)?;
    let namespace = match (kind, value.as_text()) {
        // `connect = "/chat"` names the namespace.
        ("connect" | "disconnect" | "return" | "drop", Some(_)) => reading.template(value),
        _ => fields
            .get("namespace")
            .and_then(|node| reading.template(node)),
    };
    let action = action(kind, value, &mut fields, reading);
    fields.end(&mut reading.faults);
    Some(Step {
        action: action?,
        namespace,
        condition,
    })
}

fn action(
    kind: &str,
    value: &Node,
    fields: &mut Fields<'_>,
    reading: &mut Reading,
) -> Option<Action> {
    Some(match kind {
        "emit" => Action::Emit(Box::new(emit(value, fields, reading)?)),
        "wait" => Action::Wait(wait(value, fields, reading)?),
        "think" => Action::Think(think(value, fields, reading)?),
        "http" => Action::Http(Box::new(http::request(value, fields, reading)?)),
        "loop" => Action::Loop(Box::new(repeat(value, reading)?)),
        "steps" => Action::Group(steps(value, reading)),
        "choose" => Action::Choose(choose(value, reading)),
        "set" => Action::Set(set(value, reading)),
        "log" => Action::Log(reading.template(value)?),
        "connect" => Action::Connect,
        "disconnect" => Action::Disconnect,
        "return" => Action::Return,
        "drop" => Action::Drop,
        "exchange" => Action::Exchange(Box::new(peers::exchange(value, reading)?)),
        "presence" => Action::Presence(peers::presence(value, fields, reading)?),
        "receive" => Action::Receive(peers::receive(value, fields, reading)?),
        _ => Action::Stay,
    })
}

fn emit(value: &Node, fields: &mut Fields<'_>, reading: &mut Reading) -> Option<Emit> {
    let event = reading.event(value);
    let delivered = fields.get("deliver");
    let deliver = delivered.and_then(|node| deliver(node, reading));
    let given = fields.get("args");
    let args = |reading: &mut Reading| given.map(|node| arguments(node, reading));
    let args = match delivered {
        Some(node) => reading.tagged(node, args),
        None => args(reading),
    };
    let args = args.unwrap_or_default();
    let ack = fields.get("ack").and_then(|node| ack(node, reading));
    let response = fields.get("response").and_then(|node| {
        let mut fields = Fields::new(node, "a response", &mut reading.faults);
        let event = fields.need("event", &mut reading.faults)?;
        let wait = wait(event, &mut fields, reading);
        fields.end(&mut reading.faults);
        wait
    });
    Some(Emit {
        event: event?,
        args,
        ack,
        response,
        deliver,
    })
}

/// The arguments: a list, or a single one.
fn arguments(node: &Node, reading: &mut Reading) -> Vec<Argument> {
    match &node.kind {
        Kind::List(nodes) => {
            let arguments = nodes.iter().map(|node| reading.argument(node));
            arguments
                .collect::<Vec<_>>()
                .into_iter()
                .flatten()
                .collect()
        }
        _ => reading.argument(node).into_iter().collect(),
    }
}

/// `ack = true`, or a table.
fn ack(node: &Node, reading: &mut Reading) -> Option<Ack> {
    match &node.kind {
        Kind::Bool(true) => return Some(Ack::default()),
        Kind::Bool(false) => return None,
        Kind::Null | Kind::Number(_) | Kind::Text(_) | Kind::List(_) | Kind::Table(_) => {}
    }
    let mut fields = Fields::new(node, "an ack", &mut reading.faults);
    let timeout = fields.span("timeout", &mut reading.faults);
    let is_later = fields.get("wait").is_some_and(|node| match node.kind {
        Kind::Bool(waits) => !waits,
        _ => {
            reading.fault(node, format!("{}: expected true or false", node.describe()));
            false
        }
    });
    let expectation = expectation(&mut fields, "ack", reading);
    let has_expectation = !expectation.comparisons.is_empty()
        || expectation.check.is_some()
        || !expectation.captures.is_empty();
    if is_later && has_expectation {
        reading.fault(
            node,
            "an ack with `wait = false` is only measured: it cannot have `expect`, `check` or `capture`",
        );
    }
    fields.end(&mut reading.faults);
    Some(Ack {
        timeout,
        is_later,
        expectation,
    })
}

fn think(value: &Node, fields: &mut Fields<'_>, reading: &mut Reading) -> Option<Think> {
    let deviation = fields.time("deviation", &mut reading.faults);
    let is_exponential = match fields.get("spread") {
        None => false,
        Some(node) => match node.as_text() {
            Some("exponential") => true,
            Some("normal") => {
                if deviation.is_none() {
                    reading.fault(node, "a normal spread needs `deviation`");
                }
                false
            }
            _ => {
                let found = node.describe();
                reading.fault(node, format!("{found}: expected `exponential` or `normal`"));
                false
            }
        },
    };
    if let Some([least, most]) = value.as_list() {
        let faults = &mut reading.faults;
        let least = crate::source::time(least, faults)?;
        let most = crate::source::time(most, faults)?;
        if least > most {
            reading.fault(value, "expected the shorter time first");
        }
        return Some(Think::Fixed(Spread::Uniform(least, most)));
    }
    if value
        .as_text()
        .is_some_and(|text| parse_duration(text).is_err() && text.contains("{{"))
    {
        return reading.json(value).map(Think::Template);
    }
    let time = crate::source::time(value, &mut reading.faults)?;
    Some(Think::Fixed(match (is_exponential, deviation) {
        (true, _) => Spread::Exponential(time),
        (false, Some(deviation)) => Spread::Normal(time, deviation),
        (false, None) => Spread::Constant(time),
    }))
}

fn repeat(node: &Node, reading: &mut Reading) -> Option<Loop> {
    let mut fields = Fields::new(node, "a loop", &mut reading.faults);
    let times = fields
        .get("times")
        .and_then(|node| reading.whole_number(node, "a number of rounds"));
    let over = fields.get("over").and_then(|node| over(node, reading));
    let lasting = fields.span("for", &mut reading.faults);
    let every = fields.span("every", &mut reading.faults);
    let outer = reading.names.clone();
    reading.names.add("round");
    reading.names.add("item");
    let condition = fields
        .get("while")
        .and_then(|node| reading.expression(node));
    let steps = match fields.need("step", &mut reading.faults) {
        Some(node) => {
            reading.needs_steps(node);
            steps(node, reading)
        }
        None => Arc::from([]),
    };
    // Captures of a loop are known after it, the number of its round is not.
    for name in ["round", "item"] {
        if !outer.has(name) {
            reading.names.remove(name);
        }
    }
    fields.end(&mut reading.faults);
    Some(Loop {
        times,
        lasting,
        over,
        condition,
        every,
        names: ("round".into(), "item".into()),
        first: 0,
        steps,
    })
}

/// A list, or a template of one.
fn over(node: &Node, reading: &mut Reading) -> Option<Argument> {
    let is_list = match &node.kind {
        Kind::List(_) => true,
        Kind::Text(text) => whole_expression(text).is_some(),
        Kind::Null | Kind::Bool(_) | Kind::Number(_) | Kind::Table(_) => false,
    };
    if !is_list {
        let found = node.describe();
        reading.fault(
            node,
            format!("{found}: expected a list, or an expression such as \"{{{{ names }}}}\""),
        );
        return None;
    }
    reading.json(node)
}

fn choose(node: &Node, reading: &mut Reading) -> Vec<(u32, Steps)> {
    let Some(nodes) = node.as_list().filter(|nodes| !nodes.is_empty()) else {
        reading.fault(node, "expected a list of { weight, step }");
        return Vec::new();
    };
    let mut choices = Vec::new();
    for node in nodes {
        let mut fields = Fields::new(node, "a choice", &mut reading.faults);
        let weight = fields.weight(&mut reading.faults);
        let steps = fields.need("step", &mut reading.faults);
        let steps = steps.map(|node| self::steps(node, reading));
        fields.end(&mut reading.faults);
        choices.extend(steps.map(|steps| (weight, steps)));
    }
    if !choices.is_empty() && choices.iter().all(|(weight, _)| *weight == 0) {
        reading.fault(node, "all choices have the weight 0: none would run");
    }
    choices
}

fn set(node: &Node, reading: &mut Reading) -> Vec<(Arc<str>, Argument)> {
    let Some(entries) = node.as_table() else {
        reading.fault(
            node,
            format!("{}: expected a table of variables", node.describe()),
        );
        return Vec::new();
    };
    let mut values = Vec::new();
    for (key, node) in entries {
        if let Some(argument) = reading.json(node) {
            values.push((key.name.as_str().into(), argument));
        }
        reading.names.add(&key.name);
    }
    values
}
