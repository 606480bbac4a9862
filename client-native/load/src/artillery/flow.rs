//! `flow`: the steps of a scenario.

use std::sync::Arc;

use super::answer::{Engine, answer, captures, expect, matches};
use super::config::is_time;
use crate::engine::Spread;
use crate::script::{
    Ack, Action, Argument, Emit, Expectation, Http, HttpBody, Loop, Reading, Step, Steps, Template,
    Think, Wait,
};
use crate::source::{Fields, Kind, Node, time};

/// The fields that say what a step does. `connect` is that of `socketio-v3`.
const ACTIONS: [&str; 10] = [
    "emit", "think", "loop", "log", "connect", "get", "post", "put", "patch", "delete",
];

/// Reads a list of steps.
pub(super) fn steps(node: &Node, engine: Engine, reading: &mut Reading) -> Steps {
    let Some(nodes) = node.as_list() else {
        reading.fault(
            node,
            format!("{}: expected a list of steps", node.describe()),
        );
        return Arc::from([]);
    };
    nodes
        .iter()
        .filter_map(|node| step(node, engine, reading))
        .collect()
}

fn step(node: &Node, engine: Engine, reading: &mut Reading) -> Option<Step> {
    let mut fields = Fields::new(node, "a step", &mut reading.faults);
    node.as_table()?;
    // A name is a comment here: actions are named by their events and requests.
    fields.text("name", &mut reading.faults);
    let (kind, value) = fields.one_of(&ACTIONS, &mut reading.faults)?;
    let mut namespace = namespace(fields.get("namespace"), reading);
    if engine == Engine::Http && ["emit", "connect"].contains(&kind) {
        reading.fault(
            value,
            format!("`{kind}` in a scenario without `engine: socketio`"),
        );
    }
    let action = match kind {
        "emit" => {
            let event = event(value, reading);
            namespace = namespace.or(event.namespace.clone());
            emit(event, &mut fields, engine, reading).map(|it| Action::Emit(Box::new(it)))
        }
        "think" => think(value, reading).map(Action::Think),
        "loop" => repeat(value, &mut fields, engine, reading).map(|it| Action::Loop(Box::new(it))),
        "log" => reading.template(value).map(Action::Log),
        "connect" => connect(value, reading),
        method => http(method, value, reading).map(|it| Action::Http(Box::new(it))),
    };
    fields.end(&mut reading.faults);
    Some(Step {
        action: action?,
        namespace,
        condition: None,
    })
}

fn namespace(node: Option<&Node>, reading: &mut Reading) -> Option<Template> {
    match node {
        Some(node) if node.as_text() == Some("") => None,
        Some(node) => reading.template(node),
        None => None,
    }
}

/// An event to emit. In artillery 1, which is the one for 2.x servers, its answers and its namespace are fields of it.
#[derive(Default)]
struct EmitEvent<'a> {
    name: Option<Template>,
    args: Option<Vec<Argument>>,
    namespace: Option<Template>,
    acknowledge: Option<&'a Node>,
    response: Option<&'a Node>,
}

/// `emit: { channel, data }`, or `emit: [event, argument, ..]`.
fn event<'a>(value: &'a Node, reading: &mut Reading) -> EmitEvent<'a> {
    if let Some([name, args @ ..]) = value.as_list() {
        let args: Vec<_> = args.iter().map(|node| reading.argument(node)).collect();
        return EmitEvent {
            name: reading.event(name),
            args: args.into_iter().collect(),
            ..EmitEvent::default()
        };
    }
    let mut fields = Fields::new(value, "emit", &mut reading.faults);
    let name = fields.need("channel", &mut reading.faults);
    let name = name.and_then(|node| reading.event(node));
    let data = match fields.get("data") {
        Some(node) => reading.argument(node),
        // `undefined` is sent as `null`.
        None => Some(Argument::null()),
    };
    let event = EmitEvent {
        name,
        args: data.map(|data| vec![data]),
        namespace: namespace(fields.get("namespace"), reading),
        acknowledge: fields.get("acknowledge"),
        response: fields.get("response"),
    };
    fields.end(&mut reading.faults);
    event
}

fn emit(
    event: EmitEvent<'_>,
    fields: &mut Fields<'_>,
    engine: Engine,
    reading: &mut Reading,
) -> Option<Emit> {
    let ack = fields.get("acknowledge").or(event.acknowledge);
    let ack = ack.and_then(|node| match &node.kind {
        Kind::Bool(wanted) => wanted.then(Ack::default),
        _ => {
            let mut fields = Fields::new(node, "acknowledge", &mut reading.faults);
            let expectation = answer(&mut fields, engine, reading);
            fields.end(&mut reading.faults);
            Some(Ack {
                expectation,
                ..Ack::default()
            })
        }
    });
    let response = fields
        .get("response")
        .or(event.response)
        .and_then(|node| response(node, engine, reading));
    Some(Emit {
        event: event.name?,
        args: event.args?,
        ack,
        response,
        deliver: None,
    })
}

fn response(node: &Node, engine: Engine, reading: &mut Reading) -> Option<Wait> {
    let mut fields = Fields::new(node, "response", &mut reading.faults);
    let event = fields.one_of(&["channel", "on"], &mut reading.faults);
    let event = event.and_then(|(_, node)| reading.template(node));
    if let Some(event) = &event {
        reading.awaits(event);
    }
    let mut expectation = answer(&mut fields, engine, reading);
    fields.end(&mut reading.faults);
    let mut wanted = Expectation::default();
    // The engine of artillery passes over events with other data, that of version 3 fails.
    if engine == Engine::Socketio {
        let is_data = |it: &crate::script::Comparison| !it.has_path();
        (wanted.comparisons, expectation.comparisons) =
            expectation.comparisons.into_iter().partition(is_data);
    }
    Some(Wait {
        event: event?,
        timeout: None,
        wanted,
        expectation,
    })
}

fn think(value: &Node, reading: &mut Reading) -> Option<Think> {
    if is_time(value) {
        let time = time(value, &mut reading.faults)?;
        return Some(Think::Fixed(Spread::Constant(time)));
    }
    match value.as_text() {
        Some(text) if text.contains("{{") => reading.argument(value).map(Think::Template),
        _ => {
            time(value, &mut reading.faults);
            None
        }
    }
}

fn repeat(
    value: &Node,
    fields: &mut Fields<'_>,
    engine: Engine,
    reading: &mut Reading,
) -> Option<Loop> {
    let (first, times) = match fields.get("count") {
        None => (0, None),
        Some(node) => rounds(node, reading)?,
    };
    let over = fields.get("over").and_then(|node| match node.as_text() {
        // The name of a variable.
        Some(_) => reading.expression(node).map(Argument::Expression),
        None => reading.argument(node),
    });
    let round = fields.text("loopValue", &mut reading.faults);
    let element = fields.text("loopElement", &mut reading.faults);
    let names = (
        round.map_or("loop_count", |name| name.trim_start_matches('$')),
        element.map_or("loop_element", |name| name.trim_start_matches('$')),
    );
    reading.names.add(names.0);
    reading.names.add(names.1);
    reading.needs_steps(value);
    let steps = steps(value, engine, reading);
    Some(Loop {
        times,
        lasting: None,
        over,
        condition: None,
        every: None,
        names: (names.0.into(), names.1.into()),
        first,
        steps,
    })
}

/// A number, a template, or a range `1-15`, whose end is not a round. Negative: without end.
fn rounds(node: &Node, reading: &mut Reading) -> Option<(u64, Option<Argument>)> {
    let fixed = |number: u64| Argument::fixed(number.into());
    match &node.kind {
        Kind::Number(number) if number.is_u64() => Some((0, Some(fixed(number.as_u64()?)))),
        Kind::Number(number) if number.is_i64() => Some((0, None)),
        Kind::Text(text) if text.contains("{{") => Some((0, Some(reading.argument(node)?))),
        Kind::Text(text) => {
            let (from, to) = text.split_once('-').unwrap_or(("0", text));
            match (from.trim().parse::<u64>(), to.trim().parse::<u64>()) {
                (Ok(from), Ok(to)) => Some((from, Some(fixed(to.saturating_sub(from))))),
                _ => {
                    reading.fault(
                        node,
                        format!("`{text}`: expected a number or a range such as 1-15"),
                    );
                    None
                }
            }
        }
        _ => {
            reading.fault(
                node,
                format!(
                    "{}: expected a number or a range such as 1-15",
                    node.describe()
                ),
            );
            None
        }
    }
}

/// `connect: {}` connects the namespace again, without options.
fn connect(value: &Node, reading: &mut Reading) -> Option<Action> {
    match &value.kind {
        Kind::Bool(true) | Kind::Null => Some(Action::Reconnect),
        Kind::Table(entries) if entries.is_empty() => Some(Action::Reconnect),
        _ => {
            reading.fault(
                value,
                "options of `connect` are not understood: expected {}",
            );
            None
        }
    }
}

fn http(method: &str, value: &Node, reading: &mut Reading) -> Option<Http> {
    let mut fields = Fields::new(value, "a request", &mut reading.faults);
    fields.text("name", &mut reading.faults);
    let url = fields.need("url", &mut reading.faults);
    let url = url.and_then(|node| reading.template(node));
    let query = reading.pairs(fields.get("qs"));
    let headers = reading.pairs(fields.get("headers"));
    let json = fields.get("json").and_then(|node| reading.argument(node));
    let body = fields.get("body").and_then(|node| reading.template(node));
    let form = fields.get("form").map(|node| reading.pairs(Some(node)));
    let mut expectation = Expectation::default();
    expect(fields.get("expect"), &mut expectation, reading);
    matches(fields.get("match"), &mut expectation, reading);
    captures(fields.get("capture"), &mut expectation, reading);
    fields.end(&mut reading.faults);
    let url: Template = url?;
    let body = json
        .map(HttpBody::Json)
        .or(body.map(HttpBody::Text))
        .or(form.map(HttpBody::Form));
    Some(Http {
        method: method.to_owned(),
        url,
        query,
        headers,
        body,
        timeout: None,
        expectation,
        // To artillery, every response is a success unless something is expected of it.
        fails_on_status: false,
    })
}
