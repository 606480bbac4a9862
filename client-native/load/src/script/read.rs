//! Reads a scenario file of our own form: TOML, YAML or JSON.

mod client;
mod expectation;
mod http;
mod peers;
mod phases;
mod steps;
mod waits;

use std::sync::Arc;
use std::time::Duration;

use super::data::{Data, Pick};
use super::model::{Log, NO_WEIGHT, Scenario, Script, Variable};
use super::reading::Reading;
use super::template::Template;
use crate::engine::Target;
use crate::source::{Fault, Faults, Fields, Node, Source};

/// Reads a script. `target` replaces that of the file.
pub(crate) fn read(source: &Source, target: Option<&str>) -> Result<Script, Faults> {
    let mut reading = Reading::new();
    let script = script(source, target, &mut reading);
    match (script, reading.faults.is_empty()) {
        (Some(parts), true) => Ok(Script {
            templates: reading.templates.finish(),
            awaited: reading.awaited,
            files: reading.files,
            follows_peers: reading.follows_peers,
            ..parts
        }),
        _ => Err(source.faults(reading.faults)),
    }
}

fn script(source: &Source, target: Option<&str>, reading: &mut Reading) -> Option<Script> {
    let mut fields = Fields::new(&source.node, "a scenario file", &mut reading.faults);
    let data = data(&mut fields, source, reading);
    let variables = variables(&mut fields, reading);
    let url = match target {
        Some(target) => {
            fields.get("target");
            Some((target.to_owned(), fields.place()))
        }
        None => fields.need("target", &mut reading.faults).and_then(|node| {
            let url = node.as_text();
            if url.is_none() {
                reading.fault(node, "expected a URL, such as \"http://localhost:3000\"");
            }
            Some((url?.to_owned(), node.place))
        }),
    };
    let target = url.and_then(|(url, place)| match Target::new(&url) {
        Ok(target) => Some(target),
        Err(text) => {
            reading.faults.push(Fault::new(place, text));
            None
        }
    });
    let (target, client) = client::client(&mut fields, source, target, reading);
    let phases = phases::phases(&mut fields, reading);
    let scenarios = scenarios(&mut fields, target.as_ref(), reading);
    let grace = fields.time("grace", &mut reading.faults);
    let seed = fields.count("seed", &mut reading.faults);
    let thresholds = thresholds(&mut fields, reading);
    fields.end(&mut reading.faults);
    Some(Script {
        target: target?,
        client,
        phases,
        scenarios,
        data,
        variables,
        templates: Arc::default(),
        awaited: None,
        files: Vec::new(),
        follows_peers: false,
        grace: Some(grace.unwrap_or(Duration::from_secs(30))),
        seed,
        thresholds,
        log: Log(|_| {}),
    })
}

fn thresholds(fields: &mut Fields<'_>, reading: &mut Reading) -> Vec<String> {
    let mut thresholds = Vec::new();
    for node in fields.list("thresholds", &mut reading.faults) {
        match node.as_text() {
            Some(text) => match crate::report::Threshold::parse(text) {
                Ok(_) => thresholds.push(text.to_owned()),
                Err(text) => reading.fault(node, text),
            },
            None => reading.fault(node, "expected a threshold, such as \"ack.p99 < 200ms\""),
        }
    }
    thresholds
}

fn data(fields: &mut Fields<'_>, source: &Source, reading: &mut Reading) -> Vec<Data> {
    let mut all = Vec::new();
    for node in fields.list("data", &mut reading.faults) {
        let mut fields = Fields::new(node, "data", &mut reading.faults);
        let file = fields.need("file", &mut reading.faults);
        let name = fields.text("as", &mut reading.faults);
        let pick = match fields.get("pick") {
            None => Pick::InOrder,
            Some(node) => match node.as_text() {
                Some("in order") => Pick::InOrder,
                Some("at random") => Pick::AtRandom,
                Some("once") => Pick::Once,
                _ => {
                    let found = node.describe();
                    let text = format!("{found}: expected `in order`, `at random` or `once`");
                    reading.fault(node, text);
                    Pick::InOrder
                }
            },
        };
        fields.end(&mut reading.faults);
        let Some((node, file)) = file.and_then(|node| Some((node, node.as_text()?))) else {
            continue;
        };
        let path = source.beside(file);
        reading.files.push(path.clone());
        match Data::read(&path, name, pick, None, false, b',') {
            Ok(data) => {
                for name in data.variables() {
                    reading.names.add(&*name);
                }
                all.push(data);
            }
            Err(text) => reading.fault(node, text),
        }
    }
    all
}

fn variables(fields: &mut Fields<'_>, reading: &mut Reading) -> Vec<(Arc<str>, Variable)> {
    let Some(node) = fields.get("variables") else {
        return Vec::new();
    };
    let Some(entries) = node.as_table() else {
        reading.fault(node, "expected a table of variables");
        return Vec::new();
    };
    let mut variables = Vec::new();
    for (key, node) in entries {
        if let Some(argument) = reading.json(node) {
            variables.push((key.name.as_str().into(), Variable::Value(argument)));
        }
        reading.names.add(&key.name);
    }
    variables
}

fn scenarios(
    fields: &mut Fields<'_>,
    target: Option<&Target>,
    reading: &mut Reading,
) -> Vec<Arc<Scenario>> {
    let Some(node) = fields.need("scenario", &mut reading.faults) else {
        return Vec::new();
    };
    let Some(nodes) = node.as_list() else {
        reading.fault(node, "expected a list: [[scenario]] in TOML");
        return Vec::new();
    };
    if nodes.is_empty() {
        reading.fault(node, "expected at least one scenario");
    }
    let mut scenarios = Vec::new();
    for (number, node) in nodes.iter().enumerate() {
        scenarios.push(Arc::new(scenario(node, number, target, reading)));
    }
    if !nodes.is_empty() && scenarios.iter().all(|scenario| scenario.weight == 0) {
        reading.fault(node, NO_WEIGHT);
    }
    scenarios
}

fn scenario(
    node: &Node,
    number: usize,
    target: Option<&Target>,
    reading: &mut Reading,
) -> Scenario {
    // Captures of one scenario are not known in another.
    let names = reading.names.clone();
    let mut fields = Fields::new(node, "a scenario", &mut reading.faults);
    let name = fields.text("name", &mut reading.faults);
    let weight = fields.weight(&mut reading.faults);
    let client = client::templates(&mut fields, reading);
    let connects = fields.flag("connect", &mut reading.faults).unwrap_or(true);
    let namespace = match fields.get("namespace") {
        Some(node) => reading.template(node),
        None => target.map(|target| Template::Plain(target.namespace().into())),
    };
    let goes_on = match fields.get("on_error") {
        None => false,
        Some(node) => match node.as_text() {
            Some("stop") => false,
            Some("go on") => true,
            _ => {
                reading.fault(
                    node,
                    format!("{}: expected `stop` or `go on`", node.describe()),
                );
                false
            }
        },
    };
    let steps = match fields.need("step", &mut reading.faults) {
        Some(node) => steps::steps(node, reading),
        None => Arc::from([]),
    };
    fields.end(&mut reading.faults);
    reading.names = names;
    Scenario {
        name: name.map_or_else(|| format!("scenario {}", number + 1), str::to_owned),
        weight,
        namespace: namespace.filter(|_| connects),
        client,
        steps,
        goes_on,
    }
}
