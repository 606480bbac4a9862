//! Assigns the connections of a trace to sessions: on polling each request may use another connection.

use std::collections::BTreeMap;

use serde_json::Value;

use tidewire_core::EngineVersion;

use crate::body::Body;
use crate::trace::Line;
use crate::wire::Wire;

/// Returns the lines with the connection of the first request of their session, and POSTs split into packets.
pub(crate) fn by_session(raw: &[Value], lines: Vec<Line>) -> Vec<Line> {
    let mut sessions = Sessions::default();
    let lines = raw.iter().zip(lines);
    lines
        .flat_map(|(raw, line)| sessions.assign(raw, line))
        .collect()
}

/// Returns the body of a line.
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
    /// The session of the WebSocket of each connection.
    of_socket: BTreeMap<u64, u64>,
    /// The open requests by connection: their session, and whether it is a GET.
    open: BTreeMap<u64, (u64, bool)>,
}

impl Sessions {
    fn assign(&mut self, raw: &Value, mut line: Line) -> Vec<Line> {
        let conn = line.conn;
        if let Some(own) = sid(raw).and_then(|sid| self.of_sid.get(sid)) {
            line.conn = *own;
        }
        let is_polling = raw["transport"] != "websocket";
        match line.kind.as_str() {
            // The preflight request of a browser (CORS).
            "request" if raw["method"] == "OPTIONS" => Vec::new(),
            "request" if is_polling => self.request(conn, raw["method"] == "GET", line),
            "request" => {
                self.of_socket.insert(conn, line.conn);
                vec![line]
            }
            "response" if is_polling => self.response(conn, raw, line),
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

    /// The end of a connection loses its open request; between two requests it means nothing.
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

/// Returns the packets of a POST, as the frames they would be over a WebSocket.
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
