//! The options of the clients: those of all users, and templates that each user renders.

use tidewire::{EngineVersion, Transport};

use crate::engine::{Target, certificate_hash, transport};
use crate::script::{ClientTemplates, Reading};
use crate::source::{Fields, Kind, Node, Source, read_certificates};

/// Reads `[client]`.
pub(super) fn client(
    fields: &mut Fields<'_>,
    source: &Source,
    target: Option<Target>,
    reading: &mut Reading,
) -> (Option<Target>, ClientTemplates) {
    let Some(node) = fields.get("client") else {
        return (target, ClientTemplates::default());
    };
    let mut fields = Fields::new(node, "the client", &mut reading.faults);
    let templates = templates(&mut fields, reading);
    let faults = &mut reading.faults;
    let path = fields.text("path", faults);
    let proxy = fields.text("proxy", faults);
    let connect_timeout = fields.span("connect_timeout", faults);
    let timeout = fields.span("timeout", faults);
    let reconnect = fields.flag("reconnect", faults);
    let upgrade = fields.flag("upgrade", faults);
    let transports = transports(&mut fields, reading);
    let engine = engine(&mut fields, reading);
    let tls = fields.get("tls");
    fields.end(&mut reading.faults);
    let target = target.map(|mut target| {
        if let Some(path) = path {
            target = target.path(path);
        }
        if let Some(proxy) = proxy {
            target = target.proxy(proxy);
        }
        if let Some(timeout) = connect_timeout {
            target = target.connect_timeout(timeout);
        }
        if let Some(timeout) = timeout {
            target = target.ack_timeout(timeout);
        }
        if let Some(reconnect) = reconnect {
            target = target.reconnects(reconnect);
        }
        if let Some(upgrade) = upgrade {
            target = target.upgrade(upgrade);
        }
        if let Some(transports) = transports {
            target = target.transports(transports);
        }
        if let Some(version) = engine {
            target = target.engine_version(version);
        }
        target
    });
    (certificates(tls, source, target, reading), templates)
}

/// Reads `query`, `headers` and `auth`.
pub(super) fn templates(fields: &mut Fields<'_>, reading: &mut Reading) -> ClientTemplates {
    let query = reading.pairs(fields.get("query"));
    let headers = reading.pairs(fields.get("headers"));
    let auth = fields.get("auth").and_then(|node| {
        if node.as_table().is_none() {
            reading.fault(node, format!("{}: expected a table", node.describe()));
            return None;
        }
        reading.json(node)
    });
    ClientTemplates {
        query,
        headers,
        auth,
    }
}

fn transports(fields: &mut Fields<'_>, reading: &mut Reading) -> Option<Vec<Transport>> {
    let node = fields.get("transports")?;
    let mut transports = Vec::new();
    for node in node.as_list().unwrap_or(&[]) {
        match transport(node.as_text().unwrap_or_default()) {
            Ok(transport) => transports.push(transport),
            Err(text) => reading.fault(node, format!("{}: {text}", node.describe())),
        }
    }
    if transports.is_empty() {
        reading.fault(
            node,
            "expected a list of transports, such as [\"websocket\"]",
        );
        return None;
    }
    Some(transports)
}

fn engine(fields: &mut Fields<'_>, reading: &mut Reading) -> Option<EngineVersion> {
    let node = fields.get("engine")?;
    let number = match &node.kind {
        Kind::Number(number) => number.as_u64(),
        _ => None,
    };
    match (number, node.as_text()) {
        (Some(3), _) => Some(EngineVersion::Eio3),
        (Some(4), _) => Some(EngineVersion::Eio4),
        (_, Some("auto")) => None,
        _ => {
            let text = "expected 3 (socket.io 2.x), 4 (socket.io 3.x and 4.x) or \"auto\"";
            reading.fault(node, format!("{}: {text}", node.describe()));
            None
        }
    }
}

fn certificates(
    node: Option<&Node>,
    source: &Source,
    target: Option<Target>,
    reading: &mut Reading,
) -> Option<Target> {
    let (Some(node), Some(target)) = (node, target.clone()) else {
        return target;
    };
    let mut fields = Fields::new(node, "tls", &mut reading.faults);
    let file = fields.text("ca", &mut reading.faults);
    let insecure = fields
        .flag("insecure", &mut reading.faults)
        .unwrap_or(false);
    let hashes = certificate_hashes(&mut fields, reading);
    fields.end(&mut reading.faults);
    let target = target.server_certificate_hashes(hashes);
    let path = file.map(|file| source.beside(file));
    reading.files.extend(path.clone());
    let pem = match path.as_deref().map(read_certificates).transpose() {
        Ok(pem) => pem,
        Err(text) => {
            reading.fault(node, text);
            return None;
        }
    };
    match target.certificates(pem.as_deref(), insecure) {
        Ok(target) => Some(target),
        Err(text) => {
            reading.fault(node, text);
            None
        }
    }
}

fn certificate_hashes(fields: &mut Fields<'_>, reading: &mut Reading) -> Vec<[u8; 32]> {
    let mut hashes = Vec::new();
    for node in fields.list("server_certificate_hashes", &mut reading.faults) {
        match certificate_hash(node.as_text().unwrap_or_default()) {
            Ok(hash) => hashes.push(hash),
            Err(text) => reading.fault(node, text),
        }
    }
    hashes
}
