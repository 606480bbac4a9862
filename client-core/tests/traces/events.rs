//! Events as lines of text, from the reports of the recorded client and from the events of the machine.

use serde_json::{Map, Value, json};

use tidewire_core::{Event, Refusal};

use crate::account::Account;
use crate::payload::CountedPayload;
use crate::trace::{Line, Part, Trace, base64};
use crate::wire::{Wire, hex};

/// The detail of the reports: the packet of each event, or only the arguments of its handlers.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Detail {
    Packets,
    Arguments,
}

impl Trace {
    pub(crate) fn detail(&self) -> Detail {
        if self.reports.iter().any(|report| report.event == "<packet>") {
            Detail::Packets
        } else {
            Detail::Arguments
        }
    }

    /// Returns whether the recorded client reported the end of connections.
    pub(crate) fn reports_connections(&self) -> bool {
        let known = ["engine:close", "connect_error"];
        let reported = |event: &str| self.reports.iter().any(|report| report.event == event);
        known.into_iter().any(reported)
    }
}

/// Returns the account of one client of a trace.
pub(crate) fn recorded(trace: &Trace, part: &Part) -> Account {
    let mut account = Account::default();
    for (at, conn) in part.conns.iter().enumerate() {
        let lines: Vec<&Line> = trace
            .lines
            .iter()
            .filter(|line| line.conn == *conn)
            .collect();
        account.frames.extend(sent(at + 1, &lines));
    }
    let detail = trace.detail();
    for report in &trace.reports {
        if !part.labels.contains(&report.label) {
            continue;
        }
        let (event, args) = (report.event.as_str(), &report.args);
        account.events.extend(event_line(event, args, detail));
        let line = connection_event(event, args);
        // Each namespace reports the attempts of the shared connection.
        let again = account.connection.last() == line.as_ref();
        if trace.reports_connections() && !again {
            account.connection.extend(line);
        }
    }
    account
}

/// Returns the frames of a client on one connection, and whether the client ended it.
fn sent(number: usize, lines: &[&Line]) -> Vec<String> {
    let mut sent = Vec::new();
    for line in lines {
        match line.kind.as_str() {
            "close" | "tcp-end" => {
                if line.from_client {
                    sent.push(format!("{number} closes"));
                }
                break;
            }
            // The machine chooses the time of an upgrade itself.
            "text" if line.upgrades && matches!(&*line.text, "2probe" | "5") => {}
            "text" if line.from_client => {
                sent.push(format!("{number} {}", Wire::text(line.text.as_str())));
            }
            "binary" if line.from_client => {
                sent.push(format!("{number} {}", Wire::Binary(line.bytes.clone())));
            }
            _ => {}
        }
    }
    sent
}

fn event_line(event: &str, args: &[Value], detail: Detail) -> Option<String> {
    let first = args.first().cloned().unwrap_or_default();
    Some(match event {
        "connect" => format!("connected {}", first["id"].as_str().unwrap_or("?")),
        "disconnect" => format!("disconnected: {}", first.as_str().unwrap_or("?")),
        // An error of the connection, which has its own report.
        "error" if first["type"] == "TransportError" => return None,
        "error" => format!("error {}", plain(first)),
        "ack-cb" => format!("ack {}", plain(Value::from(args))),
        "<packet>" => {
            let (nsp, id) = (first["nsp"].as_str()?, first["id"].as_u64());
            let prefix = if id.is_some() { "(ack) " } else { "" };
            format!("{nsp} {prefix}{}", plain(first["data"].clone()))
        }
        _ if detail == Detail::Arguments => {
            let name = json!(event.strip_prefix("deliver:")?);
            let data: Value = std::iter::once(&name).chain(args).cloned().collect();
            format!("event {}", plain(data))
        }
        _ => return None,
    })
}

fn connection_event(event: &str, args: &[Value]) -> Option<String> {
    let first = args.first().cloned().unwrap_or_default();
    Some(match event {
        "manager:open" => "opened".into(),
        "engine:close" => format!("closed: {}", first.as_str().unwrap_or("?")),
        "engine:upgrade" => "upgraded".into(),
        "connect_error" => "open failed".into(),
        "reconnect_attempt" => format!("attempt {first}"),
        "reconnect_failed" => "reconnect failed".into(),
        _ => return None,
    })
}

/// Returns the line of an application event.
pub(crate) fn machine_event(
    event: &Event<CountedPayload>,
    name: impl Fn(usize) -> String,
    detail: Detail,
) -> Option<String> {
    Some(match event {
        Event::Connected { id, .. } => format!("connected {id}"),
        Event::Disconnected { reason, .. } => format!("disconnected: {reason}"),
        Event::ServerError { payload, .. }
        | Event::ConnectError {
            refusal: Refusal::Server(payload),
            ..
        } => format!("error {}", content(payload.as_ref(), &[])),
        Event::ConnectError { refusal, .. } => format!("refused: {refusal:?}"),
        Event::Acked {
            payload,
            attachments,
            ..
        } => format!("ack {}", content(payload.as_ref(), attachments)),
        Event::Message(incoming) => {
            let data = content(incoming.payload.as_ref(), &incoming.attachments);
            let prefix = if incoming.reply.is_some() {
                "(ack) "
            } else {
                ""
            };
            match detail {
                Detail::Packets => format!("{} {prefix}{data}", name(incoming.nsp.index())),
                Detail::Arguments => format!("event {data}"),
            }
        }
        _ => return None,
    })
}

/// Returns the line of a connection event.
pub(crate) fn machine_connection_event(event: &Event<CountedPayload>) -> Option<String> {
    Some(match event {
        Event::Opened => "opened".into(),
        Event::Closed(reason) => format!("closed: {reason}"),
        Event::Upgraded => "upgraded".into(),
        Event::OpenFailed(_) => "open failed".into(),
        Event::Reconnecting { attempt, .. } => format!("attempt {attempt}"),
        Event::ReconnectFailed => "reconnect failed".into(),
        Event::Malformed(what) => format!("malformed: {what:?}"),
        _ => return None,
    })
}

/// Returns a payload as JSON, with attachments in place of their placeholders.
fn content(payload: Option<&CountedPayload>, attachments: &[CountedPayload]) -> String {
    let Some(payload) = payload else {
        return "null".into();
    };
    let data = serde_json::from_slice(payload.bytes()).expect("servers send JSON");
    fill(data, attachments).to_string()
}

fn fill(value: Value, attachments: &[CountedPayload]) -> Value {
    if value["_placeholder"] == true {
        let at = value["num"].as_u64().expect("a number") as usize;
        return json!({ "bytes": hex(attachments[at].bytes()) });
    }
    map(value, |value| fill(value, attachments))
}

/// Returns a reported value as JSON, with bytes as hexadecimal digits.
fn plain(value: Value) -> String {
    fn unmark(value: Value) -> Value {
        for mark in ["$buffer", "$arraybuffer"] {
            if let Some(text) = value[mark].as_str() {
                return json!({ "bytes": hex(&base64(text)) });
            }
        }
        map(value, unmark)
    }
    unmark(value).to_string()
}

/// Applies `change` to the values inside a value.
fn map(value: Value, change: impl Fn(Value) -> Value) -> Value {
    match value {
        Value::Array(items) => items.into_iter().map(change).collect(),
        Value::Object(members) => {
            let members = members.into_iter().map(|(key, value)| (key, change(value)));
            Value::Object(members.collect::<Map<_, _>>())
        }
        scalar => scalar,
    }
}
