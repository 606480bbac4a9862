//! The options of the clients: `socketio`, `engines` and `tls`.

use tidewire::Transport;

use crate::engine::{Target, transport};
use crate::script::{ClientTemplates, Reading, Template};
use crate::source::{Fields, Kind, Node};

/// Options of socket.io-client: in `config.socketio`, in `config.engines.socketio-v3`, and in `socketio` of a scenario.
pub(in crate::artillery) fn options(
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
        match transport(node.as_text().unwrap_or_default()) {
            Ok(transport) => transports.push(transport),
            Err(text) => reading.fault(node, format!("{}: {text}", node.describe())),
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

/// Reads `engines`, whose options count beside those of `socketio`.
pub(super) fn engines(
    node: Option<&Node>,
    target: Option<Target>,
    client: &mut ClientTemplates,
    reading: &mut Reading,
) -> Option<Target> {
    let Some(node) = node else { return target };
    let mut fields = Fields::new(node, "engines", &mut reading.faults);
    let own = fields.get("socketio-v3");
    fields.end(&mut reading.faults);
    let (target, more) = options(own.filter(|node| node.is_filled()), target, reading);
    client.query.extend(more.query);
    client.headers.extend(more.headers);
    client.auth = more.auth.or(client.auth.take());
    target
}

/// Reads `tls`.
pub(super) fn tls(
    node: Option<&Node>,
    target: Option<Target>,
    reading: &mut Reading,
) -> Option<Target> {
    let Some(node) = node else { return target };
    let mut fields = Fields::new(node, "tls", &mut reading.faults);
    let rejects = fields
        .flag("rejectUnauthorized", &mut reading.faults)
        .unwrap_or(true);
    fields.end(&mut reading.faults);
    target.and_then(|target| target.certificates(None, !rejects).ok())
}
