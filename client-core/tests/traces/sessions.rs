//! Which of a trace's connections belong to one session: on polling each request may come over another one.

use std::collections::BTreeMap;

use serde_json::Value;

use tidewire_core::EngineVersion;

use crate::body::Body;
use crate::trace::Line;
use crate::wire::Wire;

/// The lines with the connection of the session's first request in the place of their own, and POSTs taken apart.
pub(crate) fn by_session(raw: &[Value], lines: Vec<Line>) -> Vec<Line> {
    let mut sessions = Sessions::default();
    let lines = raw.iter().zip(lines);
    lines
        .flat_map(|(raw, line)| sessions.assign(raw, line))
        .collect()
}

/// The body that a line has.
pub(crate) fn body_of(line: &Line) -> Body {
    if line.bytes.is_empty() {
        Body::Text(line.text.clone())
    } else {
        Body::Octets(line.bytes.clone())
    }
}

#[derive(Default)]
struct Sessions {
    /// The session of each sid.
    of_sid: BTreeMap<String, u64>,
    /// The session of each connection's WebSocket.
    of_socket: BTreeMap<u64, u64>,
    /// Requests that have not been answered: by connection, the session and whether it is a GET.
    open: BTreeMap<u64, (u64, bool)>,
}

impl Sessions {
    fn assign(&mut self, raw: &Value, mut line: Line) -> Vec<Line> {
        let conn = line.conn;
        if let Some(own) = sid(raw).and_then(|sid| self.of_sid.get(sid)) {
            line.conn = *own;
        }
        let polled = raw["transport"] != "websocket";
        match line.kind.as_str() {
            // A browser asks whether it may ask.
            "request" if raw["method"] == "OPTIONS" => Vec::new(),
            "request" if polled => self.request(conn, raw["method"] == "GET", line),
            "request" => {
                self.of_socket.insert(conn, line.conn);
                vec![line]
            }
            "response" if polled => self.response(conn, raw, line),
            "refused" | "tcp-end" if !self.of_socket.contains_key(&conn) => self.end(conn, line),
            _ => {
                line.conn = self.of_socket.get(&conn).copied().unwrap_or(line.conn);
                line.upgrades |= line.conn != conn;
                vec![line]
            }
        }
    }

    fn request(&mut self, conn: u64, is_get: bool, mut line: Line) -> Vec<Line> {
        self.open.insert(conn, (line.conn, is_get));
        line.kind = if is_get { "get" } else { "post" }.into();
        let packets = if is_get { Vec::new() } else { packets(&line) };
        std::iter::once(line).chain(packets).collect()
    }

    fn response(&mut self, conn: u64, raw: &Value, mut line: Line) -> Vec<Line> {
        let Some((session, is_get)) = self.open.remove(&conn) else {
            return Vec::new();
        };
        let first = raw["packets"][0].as_str().unwrap_or_default();
        if let Some(open) = first.strip_prefix('0')
            && let Ok(handshake) = serde_json::from_str::<Value>(open)
        {
            let sid = handshake["sid"].as_str().expect("a handshake has a sid");
            self.of_sid.insert(sid.into(), session);
        }
        let kind = match (line.status, is_get) {
            (200, true) => "body",
            (200, false) => "posted",
            _ => "lost",
        };
        (line.conn, line.kind) = (session, kind.into());
        vec![line]
    }

    /// The end of a connection loses the request that has not been answered; between two requests it says nothing.
    fn end(&mut self, conn: u64, mut line: Line) -> Vec<Line> {
        let Some((session, _)) = self.open.remove(&conn) else {
            return Vec::new();
        };
        (line.conn, line.kind) = (session, "lost".into());
        vec![line]
    }
}

fn sid(raw: &Value) -> Option<&str> {
    let url = raw["url"].as_str().or(raw["for"].as_str())?;
    url.split_once("sid=")?.1.split(['&', ' ']).next()
}

/// The packets of a POST, as the frames they would be.
fn packets(line: &Line) -> Vec<Line> {
    let wires = body_of(line).wires(EngineVersion::Eio3);
    let packet = |wire| {
        let (kind, text, bytes) = match wire {
            Wire::Text(text) => ("text", text, Vec::new()),
            Wire::Binary(bytes) => ("binary", String::new(), bytes),
        };
        Line {
            kind: kind.into(),
            text,
            bytes,
            ..line.clone()
        }
    };
    wires.into_iter().flatten().map(packet).collect()
}
