//! A whole script.

use std::sync::Arc;

use super::answer::Engine;
use super::config::{config, options};
use super::flow::steps;
use super::translate::translate;
use crate::script::{Log, NO_WEIGHT, Reading, Scenario, Script, Template};
use crate::source::{Faults, Fields, Node, Source};

/// Returns whether a file is a script of artillery.
pub(crate) fn is_artillery(source: &Source) -> bool {
    source.node.get("config").is_some() || source.node.get("scenarios").is_some()
}

/// Reads a script. `target` replaces that of the file.
pub(crate) fn read(source: &Source, target: Option<&str>) -> Result<Script, Faults> {
    let mut reading = Reading::of_artillery();
    let node = translate(&source.node, &mut reading.faults);
    let script = script(&node, source, target, &mut reading);
    match (script, reading.faults.is_empty()) {
        (Some(script), true) => Ok(Script {
            templates: reading.templates.finish(),
            awaited: reading.awaited,
            files: reading.files,
            follows_peers: false,
            ..script
        }),
        _ => Err(source.faults(reading.faults)),
    }
}

fn script(
    node: &Node,
    source: &Source,
    target: Option<&str>,
    reading: &mut Reading,
) -> Option<Script> {
    let mut fields = Fields::new(node, "a script of artillery", &mut reading.faults);
    let config_node = fields.need("config", &mut reading.faults);
    let config = config_node.map(|node| config(node, source, target, reading));
    let mut scenarios = Vec::new();
    if let Some(node) = fields.need("scenarios", &mut reading.faults) {
        let nodes = node.as_list().unwrap_or(&[]);
        if nodes.is_empty() {
            reading.fault(node, "expected a list of scenarios");
        }
        for (number, node) in nodes.iter().enumerate() {
            scenarios.push(Arc::new(scenario(node, number, reading)));
        }
        if !nodes.is_empty() && scenarios.iter().all(|scenario| scenario.weight == 0) {
            reading.fault(node, NO_WEIGHT);
        }
    }
    fields.end(&mut reading.faults);
    let config = config?;
    Some(Script {
        target: config.target?,
        client: config.client,
        phases: config.phases,
        scenarios,
        data: config.data,
        variables: config.variables,
        templates: Arc::default(),
        awaited: None,
        files: Vec::new(),
        follows_peers: false,
        // Artillery waits until all scenarios end.
        grace: None,
        seed: None,
        thresholds: config.thresholds,
        log: Log(|_| {}),
    })
}

fn scenario(node: &Node, number: usize, reading: &mut Reading) -> Scenario {
    let names = reading.names.clone();
    let mut fields = Fields::new(node, "a scenario", &mut reading.faults);
    let name = fields.text("name", &mut reading.faults);
    let weight = fields.weight(&mut reading.faults);
    let engine = match fields.get("engine").map(|node| (node, node.as_text())) {
        None | Some((_, Some("http"))) => Engine::Http,
        Some((_, Some("socketio"))) => Engine::Socketio,
        Some((_, Some("socketio-v3"))) => Engine::SocketioV3,
        Some((node, _)) => {
            let found = node.describe();
            reading.fault(
                node,
                format!("{found}: expected `socketio`, `socketio-v3` or `http`"),
            );
            Engine::Http
        }
    };
    let (_, client) = options(fields.get("socketio"), None, reading);
    let steps = match fields.need("flow", &mut reading.faults) {
        Some(node) => steps(node, engine, reading),
        None => Arc::from([]),
    };
    fields.end(&mut reading.faults);
    reading.names = names;
    Scenario {
        name: name.map_or_else(|| format!("scenario {}", number + 1), str::to_owned),
        weight,
        // The engine of artillery connects first, that of version 3 when it is needed.
        namespace: (engine == Engine::Socketio).then(|| Template::Plain("/".into())),
        client,
        steps,
        goes_on: false,
    }
}
