//! A recorded session: its frames, and the reports of its client.

use std::fs;
use std::path::PathBuf;

use serde_json::Value;

use crate::sessions::by_session;

/// A recorded frame, request or response.
#[derive(Clone)]
pub(crate) struct Line {
    /// Milliseconds since the recording began.
    pub(crate) at: u64,
    pub(crate) from_client: bool,
    pub(crate) kind: String,
    /// The TCP connection; that of the first request if a session uses several.
    pub(crate) conn: u64,
    /// Whether it is on the WebSocket of an upgrade.
    pub(crate) upgrades: bool,
    pub(crate) text: String,
    pub(crate) bytes: Vec<u8>,
    /// The status of an HTTP response.
    pub(crate) status: u64,
}

/// A report of the client.
pub(crate) struct Report {
    pub(crate) at: u64,
    pub(crate) label: String,
    pub(crate) event: String,
    pub(crate) args: Vec<Value>,
}

/// The share of one client in a session: its connections and the labels of its reports.
pub(crate) struct Part {
    pub(crate) conns: Vec<u64>,
    pub(crate) labels: Vec<String>,
}

pub(crate) struct Trace {
    pub(crate) name: String,
    pub(crate) lines: Vec<Line>,
    pub(crate) reports: Vec<Report>,
}

fn data() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/traces/data")
}

/// Returns the names of all traces, sorted.
pub(crate) fn names() -> Vec<String> {
    let files = fs::read_dir(data()).expect("the data is there");
    let mut names: Vec<String> = files
        .filter_map(|file| file.ok()?.file_name().into_string().ok())
        .filter_map(|name| Some(name.strip_suffix(".events.jsonl")?.to_string()))
        .collect();
    names.sort();
    names
}

impl Trace {
    pub(crate) fn load(name: &str) -> Trace {
        // REST calls of the recorded application are not Socket.IO traffic.
        let mut wire = read(&format!("{name}.jsonl"));
        wire.retain(|line| line["transport"] != "http");
        let lines = by_session(&wire, wire.iter().map(line).collect());
        let reports = read(&format!("{name}.events.jsonl"));
        let mut trace = Trace {
            name: name.to_string(),
            lines,
            reports: reports.iter().map(report).collect(),
        };
        trace.note_cuts();
        trace
    }

    /// Only the report shows that the recording relay cut a connection.
    fn note_cuts(&mut self) {
        let cuts = |report: &&Report| report.event == "relay cuts the TCP connection";
        for cut in self.reports.iter().filter(cuts) {
            let before = self
                .lines
                .iter()
                .take_while(|line| line.at <= cut.at)
                .count();
            let end = Line {
                at: cut.at,
                from_client: false,
                kind: "tcp-end".into(),
                conn: self.lines[before - 1].conn,
                upgrades: false,
                text: String::new(),
                bytes: Vec::new(),
                status: 0,
            };
            self.lines.insert(before, end);
        }
    }

    /// Returns whether the client began with polling, and whether it then tried a WebSocket.
    pub(crate) fn begins_with_polling(&self, part: &Part) -> (bool, bool) {
        let mine = |line: &&Line| part.conns.contains(&line.conn);
        let mut mine = self.lines.iter().filter(mine);
        let upgrades = mine.clone().any(|line| line.upgrades);
        (mine.next().is_some_and(|line| line.kind == "get"), upgrades)
    }

    /// Returns the clients of the session: two if their labels are `a` and `b`, with a connection each; otherwise one.
    pub(crate) fn parts(&self) -> Vec<Part> {
        let mut conns: Vec<u64> = self.lines.iter().map(|line| line.conn).collect();
        conns.sort_unstable();
        conns.dedup();
        let of_clients = |label: &&String| !matches!(label.as_str(), "-" | "rest");
        let mut labels: Vec<String> = self
            .reports
            .iter()
            .map(|report| &report.label)
            .filter(of_clients)
            .cloned()
            .collect();
        labels.sort();
        labels.dedup();
        if labels != ["a", "b"] {
            return vec![Part { conns, labels }];
        }
        assert_eq!(conns.len(), 2, "{}: one connection each", self.name);
        let parts = conns.iter().zip(labels);
        parts
            .map(|(conn, label)| Part {
                conns: vec![*conn],
                labels: vec![label],
            })
            .collect()
    }
}

fn read(file: &str) -> Vec<Value> {
    let text = fs::read_to_string(data().join(file)).expect("a trace is two files");
    let lines = text.lines().map(serde_json::from_str);
    let mut lines: Vec<Value> = lines.collect::<Result<_, _>>().expect("lines of JSON");
    lines.sort_by_key(millis);
    lines
}

fn millis(line: &Value) -> u64 {
    // The fractions order lines that are written out of order; the machine counts whole milliseconds.
    (line["t_ms"].as_f64().unwrap_or_default() * 100.0) as u64
}

fn line(line: &Value) -> Line {
    let word = |key: &str| line[key].as_str().unwrap_or_default().to_string();
    Line {
        at: millis(line) / 100,
        from_client: line["dir"] == "c>s",
        kind: word("kind"),
        conn: line["conn"].as_u64().unwrap_or_default(),
        upgrades: line["transport"] == "websocket" && (word("url") + &word("for")).contains("sid="),
        text: word("data"),
        bytes: base64(&word("base64")),
        status: line["status"].as_u64().unwrap_or_default(),
    }
}

fn report(line: &Value) -> Report {
    let word = |key: &str| line[key].as_str().unwrap_or_default().to_string();
    Report {
        at: millis(line) / 100,
        label: word("client"),
        event: word("event"),
        args: line["args"].as_array().cloned().unwrap_or_default(),
    }
}

/// Decodes base64 with padding, as in the recordings.
pub(crate) fn base64(text: &str) -> Vec<u8> {
    const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let sextets = text
        .bytes()
        .filter_map(|byte| LETTERS.iter().position(|own| *own == byte));
    let mut bytes = Vec::new();
    let (mut bits, mut count) = (0usize, 0);
    for sextet in sextets {
        (bits, count) = (bits << 6 | sextet, count + 6);
        if count >= 8 {
            count -= 8;
            bytes.push((bits >> count & 0xff) as u8);
        }
    }
    bytes
}
