//! The rows of the table: clients, measurements and aims.

use clap::ValueEnum;
use serde::Serialize;

/// A library under test.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Client {
    /// tokio-tungstenite with hand-made frames and a read buffer of 4 KiB: the lower bound of a client's cost.
    Raw,
    Tidewire,
    RustSocketio,
    /// The official client, socket.io-client, in Node.
    Node,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Measurement {
    /// Events from the server: a number and a text of 32 bytes.
    Receive,
    /// Events to the server: a text of 32 bytes.
    Send,
    /// Events with an ack, each sent after the ack of the one before.
    Acks,
    /// Connections, each opened after the namespace of the one before is connected.
    Connect,
    /// Connections, 32 opening at any time.
    ConnectAtOnce,
    /// Memory of idle connections.
    Idle,
}

impl Measurement {
    /// The name in the script for Node.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Measurement::Receive => "receive",
            Measurement::Send => "send",
            Measurement::Acks => "acks",
            Measurement::Connect => "connect",
            Measurement::ConnectAtOnce => "connect-at-once",
            Measurement::Idle => "idle",
        }
    }

    /// The number of events or connections, without `--quick`.
    pub(crate) fn count(self) -> u64 {
        match self {
            Measurement::Receive | Measurement::Send => 200_000,
            Measurement::Acks => 10_000,
            Measurement::Connect => 500,
            Measurement::ConnectAtOnce => 2_000,
            Measurement::Idle => 1_000,
        }
    }
}

/// How a client is used, where there is more than one way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum How {
    Plainly,
    /// The raw client parses, or writes, the JSON by serde_json.
    WithJson,
    /// The raw client flushes after every event.
    Flushing,
    /// Events are counted, their arguments left alone.
    Unread,
    /// A handler with typed arguments.
    Handler,
}

/// The aim, which is printed as met or not.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Aim {
    /// At most this cost, as a multiple of the raw client's.
    CostRatio(f64),
    /// At least this rate, as a multiple of the raw client's.
    RateRatio(f64),
    /// At most this cost.
    Cost(f64),
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Row {
    pub(crate) measurement: Measurement,
    pub(crate) client: Client,
    pub(crate) how: How,
    pub(crate) label: &'static str,
    pub(crate) aim: Option<Aim>,
}

/// The values of `--only`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Part {
    Raw,
    Tidewire,
    RustSocketio,
    Node,
    /// 19,000 connections of one process: tidewire's alone.
    Scale,
}

/// The rows to measure.
pub(crate) struct Wanted {
    pub(crate) rows: Vec<usize>,
    pub(crate) scale: bool,
}

/// Everything, or some parts. The raw rows are always among the rows, for the ratios.
pub(crate) fn wanted(only: &[Part]) -> Wanted {
    let clients: Vec<Client> = only.iter().filter_map(|part| part.client()).collect();
    let is_wanted = |client| {
        only.is_empty() || clients.contains(&client) || client == Client::Raw && !clients.is_empty()
    };
    let places = 0..ROWS.len();
    Wanted {
        rows: places.filter(|&at| is_wanted(ROWS[at].client)).collect(),
        scale: only.is_empty() || only.contains(&Part::Scale),
    }
}

impl Part {
    fn client(self) -> Option<Client> {
        match self {
            Part::Raw => Some(Client::Raw),
            Part::Tidewire => Some(Client::Tidewire),
            Part::RustSocketio => Some(Client::RustSocketio),
            Part::Node => Some(Client::Node),
            Part::Scale => None,
        }
    }
}

/// The rows. Ratios are to the first row of each measurement.
pub(crate) const ROWS: &[Row] = {
    use Client::{Node, Raw, RustSocketio, Tidewire};
    use How::{Flushing, Handler, Plainly, Unread, WithJson};
    use Measurement::{Acks, Connect, ConnectAtOnce, Idle, Receive, Send};
    const TWICE: Option<Aim> = Some(Aim::CostRatio(2.0));
    const RATE: Option<Aim> = Some(Aim::RateRatio(0.8));
    const KIB_8: Option<Aim> = Some(Aim::Cost(8.0));
    &[
        row(Receive, Raw, Plainly, "raw", None),
        row(Receive, Raw, WithJson, "raw, serde_json to a tuple", None),
        row(
            Receive,
            Tidewire,
            Unread,
            "tidewire, stream, args unread",
            TWICE,
        ),
        row(
            Receive,
            Tidewire,
            Plainly,
            "tidewire, stream, typed args",
            TWICE,
        ),
        row(Receive, Tidewire, Handler, "tidewire, typed handler", TWICE),
        row(Receive, RustSocketio, Plainly, "rust_socketio", None),
        row(Receive, Node, Plainly, "socket.io-client, Node", None),
        row(Send, Raw, Plainly, "raw, batched", None),
        row(Send, Raw, WithJson, "raw, batched, by serde_json", None),
        row(Send, Raw, Flushing, "raw, each flushed", None),
        row(Send, Tidewire, Plainly, "tidewire", TWICE),
        row(Send, RustSocketio, Plainly, "rust_socketio", None),
        row(Send, Node, Plainly, "socket.io-client, Node", None),
        row(Acks, Raw, Plainly, "raw", None),
        row(Acks, Tidewire, Plainly, "tidewire", None),
        row(Acks, RustSocketio, Plainly, "rust_socketio", None),
        row(Acks, Node, Plainly, "socket.io-client, Node", None),
        row(Connect, Raw, Plainly, "raw", None),
        row(Connect, Tidewire, Plainly, "tidewire", RATE),
        row(Connect, RustSocketio, Plainly, "rust_socketio", None),
        row(Connect, Node, Plainly, "socket.io-client, Node", None),
        row(ConnectAtOnce, Raw, Plainly, "raw", None),
        row(ConnectAtOnce, Tidewire, Plainly, "tidewire", RATE),
        row(ConnectAtOnce, RustSocketio, Plainly, "rust_socketio", None),
        row(ConnectAtOnce, Node, Plainly, "socket.io-client, Node", None),
        row(Idle, Raw, Plainly, "raw, a task each", None),
        row(Idle, Tidewire, Plainly, "tidewire", KIB_8),
        row(Idle, Tidewire, Handler, "tidewire, with a handler", KIB_8),
        row(Idle, RustSocketio, Plainly, "rust_socketio", None),
        row(Idle, Node, Plainly, "socket.io-client, Node", None),
    ]
};

const fn row(
    measurement: Measurement,
    client: Client,
    how: How,
    label: &'static str,
    aim: Option<Aim>,
) -> Row {
    Row {
        measurement,
        client,
        how,
        label,
        aim,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_brings_the_raw_rows_if_it_has_rows_at_all() {
        let scale = wanted(&[Part::Scale]);
        assert_eq!((scale.rows.len(), scale.scale), (0, true));
        let node = wanted(&[Part::Node]);
        assert!(!node.scale);
        assert!(node.rows.iter().any(|&at| ROWS[at].client == Client::Raw));
        let all = wanted(&[]);
        assert_eq!((all.rows.len(), all.scale), (ROWS.len(), true));
    }
}
