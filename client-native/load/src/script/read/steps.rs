//! Steps.

use std::sync::Arc;
use std::time::Duration;

use super::expectation::{begins, expectation};
use crate::engine::Spread;
use crate::script::Reading;
use crate::script::{
    Ack, Action, Argument, Emit, Expectation, Http, HttpBody, Loop, Step, Steps, Think, Wait,
};
use crate::source::{Fields, Kind, Node, parse_duration};

/// The fields that say what a step does.
const ACTIONS: [&str; 16] = [
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
];

/// The default time in which a tagged event should arrive.
const WITHIN: Duration = Duration::from_secs(10);

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
        "http" => Action::Http(Box::new(http(value, fields, reading)?)),
        "loop" => Action::Loop(Box::new(repeat(value, reading)?)),
        "steps" => Action::Group(steps(value, reading)),
        "choose" => Action::Choose(choose(value, reading)),
        "set" => Action::Set(set(value, reading)),
        "log" => Action::Log(reading.template(value)?),
        "connect" => Action::Connect,
        "disconnect" => Action::Disconnect,
        "return" => Action::Return,
        "drop" => Action::Drop,
        "exchange" => Action::Emit(Box::new(exchange(value, reading)?)),
        "presence" => Action::Wait(presence(value, reading)?),
        _ => Action::Stay,
    })
}

fn emit(value: &Node, fields: &mut Fields<'_>, reading: &mut Reading) -> Option<Emit> {
    let event = reading.template(value);
    let deliver = fields
        .get("deliver")
        .and_then(|node| deliver(node, reading));
    let outer = reading.names.clone();
    if deliver.is_some() {
        reading.names.add("tag");
    }
    let args = match fields.get("args") {
        None => Vec::new(),
        Some(node) => arguments(node, reading),
    };
    reading.names = outer;
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

/// `deliver = 10`, or `deliver = { to = 10, within = "5s" }`.
fn deliver(node: &Node, reading: &mut Reading) -> Option<(Argument, Duration)> {
    if node.as_table().is_none() {
        return Some((reading.argument(node)?, WITHIN));
    }
    let mut fields = Fields::new(node, "a delivery", &mut reading.faults);
    let to = fields.need("to", &mut reading.faults);
    let to = to.and_then(|node| reading.argument(node));
    let within = fields.time("within", &mut reading.faults);
    fields.end(&mut reading.faults);
    Some((to?, within.unwrap_or(WITHIN)))
}

/// `ack = true`, or a table.
fn ack(node: &Node, reading: &mut Reading) -> Option<Ack> {
    match &node.kind {
        Kind::Bool(true) => return Some(Ack::default()),
        Kind::Bool(false) => return None,
        Kind::Null | Kind::Number(_) | Kind::Text(_) | Kind::List(_) | Kind::Table(_) => {}
    }
    let mut fields = Fields::new(node, "an ack", &mut reading.faults);
    let timeout = fields.time("timeout", &mut reading.faults);
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

fn wait(value: &Node, fields: &mut Fields<'_>, reading: &mut Reading) -> Option<Wait> {
    let event = reading.template(value);
    if let Some(event) = &event {
        reading.awaits(event);
    }
    let timeout = fields.time("timeout", &mut reading.faults);
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
        return reading.argument(value).map(Think::Template);
    }
    let time = crate::source::time(value, &mut reading.faults)?;
    Some(Think::Fixed(match (is_exponential, deviation) {
        (true, _) => Spread::Exponential(time),
        (false, Some(deviation)) => Spread::Normal(time, deviation),
        (false, None) => Spread::Constant(time),
    }))
}

fn http(value: &Node, fields: &mut Fields<'_>, reading: &mut Reading) -> Option<Http> {
    let text = value.as_text().unwrap_or_default();
    let Some((method, url)) = text.split_once(' ') else {
        reading.fault(value, "expected a method and a URL, such as \"GET /login\"");
        return None;
    };
    let url_node = Node {
        place: value.place,
        kind: Kind::Text(url.trim().to_owned()),
    };
    let url = reading.template(&url_node);
    let query = reading.pairs(fields.get("query"));
    let headers = reading.pairs(fields.get("headers"));
    let body = body(fields, reading);
    let timeout = fields.time("timeout", &mut reading.faults);
    let expectation = expectation(fields, "response", reading);
    Some(Http {
        method: method.to_owned(),
        url: url?,
        query,
        headers,
        body,
        timeout,
        // A status that is expected is not an error.
        fails_on_status: expectation.comparisons.is_empty(),
        expectation,
    })
}

fn body(fields: &mut Fields<'_>, reading: &mut Reading) -> Option<HttpBody> {
    if let Some(node) = fields.get("json") {
        return reading.argument(node).map(HttpBody::Json);
    }
    if let Some(node) = fields.get("body") {
        return reading.template(node).map(HttpBody::Text);
    }
    let form = fields.get("form")?;
    Some(HttpBody::Form(reading.pairs(Some(form))))
}

fn repeat(node: &Node, reading: &mut Reading) -> Option<Loop> {
    let mut fields = Fields::new(node, "a loop", &mut reading.faults);
    let times = fields.get("times").and_then(|node| reading.argument(node));
    let over = fields.get("over").and_then(|node| reading.argument(node));
    let lasting = fields.time("for", &mut reading.faults);
    let every = fields.time("every", &mut reading.faults);
    if every == Some(Duration::ZERO) {
        reading.fault(node, "`every` is 0: expected a time between two rounds");
    }
    let outer = reading.names.clone();
    reading.names.add("round");
    reading.names.add("item");
    let condition = fields
        .get("while")
        .and_then(|node| reading.expression(node));
    let steps = match fields.need("step", &mut reading.faults) {
        Some(node) => steps(node, reading),
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

fn choose(node: &Node, reading: &mut Reading) -> Vec<(u32, Steps)> {
    let Some(nodes) = node.as_list().filter(|nodes| !nodes.is_empty()) else {
        reading.fault(node, "expected a list of { weight, step }");
        return Vec::new();
    };
    let mut choices = Vec::new();
    for node in nodes {
        let mut fields = Fields::new(node, "a choice", &mut reading.faults);
        let weight = fields.count("weight", &mut reading.faults).unwrap_or(1);
        let steps = fields.need("step", &mut reading.faults);
        let steps = steps.map(|node| self::steps(node, reading));
        fields.end(&mut reading.faults);
        let weight = u32::try_from(weight).unwrap_or(u32::MAX);
        choices.extend(steps.map(|steps| (weight, steps)));
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
        if let Some(argument) = reading.argument(node) {
            values.push((key.name.as_str().into(), argument));
        }
        reading.names.add(&key.name);
    }
    values
}

/// `exchange = { to = "{{ peer }}", payload = .. }`: a message to another client, of egg-socket.io's peer-to-peer example.
fn exchange(node: &Node, reading: &mut Reading) -> Option<Emit> {
    let mut fields = Fields::new(node, "an exchange", &mut reading.faults);
    let to = fields.need("to", &mut reading.faults);
    let to = to.and_then(|node| reading.argument(node));
    let deliver = fields
        .get("deliver")
        .and_then(|node| deliver(node, reading));
    let outer = reading.names.clone();
    if deliver.is_some() {
        reading.names.add("tag");
    }
    let payload = fields.need("payload", &mut reading.faults);
    let payload = payload.and_then(|node| reading.argument(node));
    reading.names = outer;
    fields.end(&mut reading.faults);
    let message = vec![("target".to_owned(), to?), ("payload".to_owned(), payload?)];
    Some(Emit {
        event: crate::script::Template::Plain("exchange".into()),
        args: vec![Argument::Object(message)],
        ack: None,
        response: None,
        deliver,
    })
}

/// `presence = 3`: waits until the room has three members.
fn presence(node: &Node, reading: &mut Reading) -> Option<Wait> {
    let members = match &node.kind {
        Kind::Number(number) => number.as_u64(),
        _ => None,
    };
    let Some(members) = members else {
        reading.fault(
            node,
            format!("{}: expected a number of members", node.describe()),
        );
        return None;
    };
    let mut names = crate::script::Names::default();
    names.add("event");
    let text = format!("event[0].clients|length >= {members}");
    let check = reading.templates.expression(&text, node.place, &names);
    let event = crate::script::Template::Plain("online".into());
    reading.awaits(&event);
    Some(Wait {
        event,
        timeout: None,
        wanted: Expectation {
            check: check.ok(),
            ..Expectation::default()
        },
        expectation: Expectation::default(),
    })
}
