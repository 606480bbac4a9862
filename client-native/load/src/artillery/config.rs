//! `config`: target, phases, variables, payload, options of the clients, thresholds.

use std::sync::Arc;
use std::time::Duration;

use tidewire::Transport;

use crate::engine::{Phase, Target};
use crate::report::Threshold;
use crate::script::{ClientTemplates, Data, Pick, Reading, Template, Variable};
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

fn phases(fields: &mut Fields<'_>, reading: &mut Reading) -> Vec<Phase> {
    let Some(node) = fields.need("phases", &mut reading.faults) else {
        return Vec::new();
    };
    let nodes = node.as_list().unwrap_or(&[]);
    if nodes.is_empty() {
        reading.fault(node, "expected a list of phases");
    }
    nodes
        .iter()
        .filter_map(|node| phase(node, reading))
        .collect()
}

fn phase(node: &Node, reading: &mut Reading) -> Option<Phase> {
    let faults = &mut reading.faults;
    let mut fields = Fields::new(node, "a phase", faults);
    let name = fields.text("name", faults);
    let most = fields.count("maxVusers", faults);
    let duration = fields.time("duration", faults);
    let phase = match fields
        .one_of(&["arrivalRate", "arrivalCount", "pause"], faults)?
        .0
    {
        "arrivalRate" => {
            let from = fields.number("arrivalRate", faults)?;
            let to = fields.number("rampTo", faults).unwrap_or(from);
            Phase::ramp(from, to, duration.unwrap_or_default())
        }
        "arrivalCount" => {
            let users = fields.count("arrivalCount", faults)?;
            Phase::count(users, duration.unwrap_or_default())
        }
        _ => Phase::pause(fields.time("pause", faults)?),
    };
    if duration.is_none() && fields.get("pause").is_none() {
        fields.need("duration", faults);
    }
    fields.end(faults);
    let phase = phase.named(name.unwrap_or_default());
    Some(match most {
        Some(most) => phase.max_users(most),
        None => phase,
    })
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

fn payload(node: Option<&Node>, source: &Source, reading: &mut Reading) -> Vec<Data> {
    let mut all = Vec::new();
    let Some(node) = node else { return all };
    let one = std::slice::from_ref(node);
    for node in node.as_list().unwrap_or(one) {
        let faults = &mut reading.faults;
        let mut fields = Fields::new(node, "a payload", faults);
        let path = fields.need("path", faults).and_then(Node::as_text);
        let columns = fields.need("fields", faults);
        let skips_head = fields.flag("skipHeader", faults).unwrap_or(false);
        // Numbers are numbers here as there.
        fields.flag("cast", faults);
        let delimiter = fields.text("delimiter", faults).unwrap_or(",");
        let pick = match fields.get("order").map(|node| (node, node.as_text())) {
            None | Some((_, Some("random"))) => Pick::AtRandom,
            Some((_, Some("sequence"))) => Pick::InOrder,
            Some((node, _)) => {
                reading.fault(node, "expected `random` or `sequence`");
                Pick::AtRandom
            }
        };
        fields.end(&mut reading.faults);
        let names: Option<Vec<String>> = columns.and_then(|node| {
            let nodes = node.as_list()?;
            nodes
                .iter()
                .map(|node| node.as_text().map(str::to_owned))
                .collect()
        });
        let ([delimiter], Some(path), Some(names)) = (delimiter.as_bytes(), path, names) else {
            reading.fault(
                node,
                "a payload needs `path`, a list of texts in `fields`, and a delimiter of one byte",
            );
            continue;
        };
        let file = source.beside(path);
        match Data::read(&file, None, pick, Some(names), skips_head, *delimiter) {
            Ok(data) => {
                data.variables()
                    .iter()
                    .for_each(|name| reading.names.add(&**name));
                all.push(data);
            }
            Err(text) => reading.fault(node, text),
        }
    }
    all
}

/// Options of socket.io-client: in `config.socketio`, in `config.engines.socketio-v3`, and in `socketio` of a scenario.
pub(super) fn options(
    node: Option<&Node>,
    mut target: Option<Target>,
    reading: &mut Reading,
) -> (Option<Target>, ClientTemplates) {
    let mut client = ClientTemplates::default();
    let Some(node) = node else {
        return (target, client);
    };
    let mut fields = Fields::new(node, "socketio", &mut reading.faults);
    client.query = query(fields.get("query"), reading);
    client.headers = reading.pairs(fields.get("extraHeaders"));
    client.auth = fields.get("auth").and_then(|node| reading.argument(node));
    if let Some(path) = fields.text("path", &mut reading.faults) {
        target = target.map(|target| target.path(path));
    }
    if let Some(reconnects) = fields.flag("reconnection", &mut reading.faults) {
        target = target.map(|target| target.reconnects(reconnects));
    }
    // These have no effect on one connection for each user.
    for name in ["forceNew", "multiplex", "autoConnect"] {
        fields.flag(name, &mut reading.faults);
    }
    let upgrade = fields.flag("upgrade", &mut reading.faults).unwrap_or(true);
    let transports = match fields.get("transports") {
        // The default of socket.io-client.
        None => vec![Transport::Polling, Transport::WebSocket],
        Some(node) => transports(node, reading),
    };
    fields.end(&mut reading.faults);
    let target = target.map(|target| target.transports(transports).upgrade(upgrade));
    (target, client)
}

fn transports(node: &Node, reading: &mut Reading) -> Vec<Transport> {
    let one = std::slice::from_ref(node);
    let mut transports = Vec::new();
    for node in node.as_list().unwrap_or(one) {
        match node.as_text() {
            Some("websocket") => transports.push(Transport::WebSocket),
            Some("polling") => transports.push(Transport::Polling),
            _ => reading.fault(
                node,
                format!("{}: expected `websocket` or `polling`", node.describe()),
            ),
        }
    }
    transports
}

/// A table, or a text `a=b&c=d`.
fn query(node: Option<&Node>, reading: &mut Reading) -> Vec<(String, Template)> {
    let Some(text) = node.and_then(Node::as_text) else {
        return reading.pairs(node);
    };
    let mut query = Vec::new();
    for part in text.split('&').filter(|part| !part.is_empty()) {
        let (name, value) = part.split_once('=').unwrap_or((part, ""));
        let node = Node {
            place: node.map_or_else(Default::default, |node| node.place),
            kind: Kind::Text(value.to_owned()),
        };
        query.extend(
            reading
                .template(&node)
                .map(|value| (name.to_owned(), value)),
        );
    }
    query
}

fn engines(
    node: Option<&Node>,
    target: Option<Target>,
    client: &mut ClientTemplates,
    reading: &mut Reading,
) -> Option<Target> {
    let Some(node) = node else { return target };
    let mut fields = Fields::new(node, "engines", &mut reading.faults);
    let own = fields.get("socketio-v3");
    fields.end(&mut reading.faults);
    let (target, more) = options(own.filter(|node| is_filled(node)), target, reading);
    client.query.extend(more.query);
    client.headers.extend(more.headers);
    client.auth = more.auth.or(client.auth.take());
    target
}

/// `{}` and nothing turn a plugin or an engine on, without options.
fn is_filled(node: &Node) -> bool {
    match &node.kind {
        Kind::Null => false,
        Kind::Table(entries) => !entries.is_empty(),
        Kind::Bool(_) | Kind::Number(_) | Kind::Text(_) | Kind::List(_) => true,
    }
}

fn tls(node: Option<&Node>, target: Option<Target>, reading: &mut Reading) -> Option<Target> {
    let Some(node) = node else { return target };
    let mut fields = Fields::new(node, "tls", &mut reading.faults);
    let rejects = fields
        .flag("rejectUnauthorized", &mut reading.faults)
        .unwrap_or(true);
    fields.end(&mut reading.faults);
    target.and_then(|target| target.certificates(None, !rejects).ok())
}

/// The plugins that are built in here.
fn plugins(node: Option<&Node>, reading: &mut Reading) {
    let Some(node) = node else { return };
    let mut fields = Fields::new(node, "plugins", &mut reading.faults);
    for name in ["expect", "ensure", "metrics-by-endpoint"] {
        if let Some(node) = fields.get(name).filter(|node| is_filled(node)) {
            reading.fault(
                node,
                format!("options of the plugin `{name}` are not understood"),
            );
        }
    }
    fields.end(&mut reading.faults);
}

/// `maxErrorRate: 1`, and thresholds of `vusers.failed` and `http.response_time`.
fn ensure(node: Option<&Node>, reading: &mut Reading) -> Vec<String> {
    let mut thresholds = Vec::new();
    let Some(node) = node else { return thresholds };
    let mut fields = Fields::new(node, "ensure", &mut reading.faults);
    if let Some(rate) = fields.number("maxErrorRate", &mut reading.faults) {
        thresholds.push(format!("errors <= {rate}%"));
    }
    for node in fields.list("thresholds", &mut reading.faults) {
        for (key, value) in node.as_table().unwrap_or(&[]) {
            let limit = match &value.kind {
                Kind::Number(number) => number.to_string(),
                _ => String::new(),
            };
            let statistic = key.name.strip_prefix("http.response_time.");
            let text = match (statistic, &key.name[..]) {
                (Some(statistic), _) => format!("http.{statistic} < {limit}ms"),
                (None, "vusers.failed") => format!("users_failed < {limit}"),
                (None, name) => {
                    let text = format!(
                        "the threshold `{name}` is not understood: known are vusers.failed and http.response_time.*"
                    );
                    reading.faults.push(Fault::new(key.place, text));
                    continue;
                }
            };
            match Threshold::parse(&text) {
                Ok(_) => thresholds.push(text),
                Err(text) => reading.faults.push(Fault::new(key.place, text)),
            }
        }
    }
    fields.end(&mut reading.faults);
    thresholds
}

/// A pause: seconds, or a text with a unit.
pub(super) fn is_time(node: &Node) -> bool {
    match &node.kind {
        Kind::Number(_) => true,
        Kind::Text(text) => parse_duration(text).is_ok(),
        Kind::Null | Kind::Bool(_) | Kind::List(_) | Kind::Table(_) => false,
    }
}
