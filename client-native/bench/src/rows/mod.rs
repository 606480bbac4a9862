//! The rows of the table: clients, measurements and aims.

mod table;
mod wanted;

use serde::Serialize;

pub(crate) use table::ROWS;
pub(crate) use wanted::{Part, Wanted, wanted};

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
    /// Events from the server: a number and a short text.
    Receive,
    /// Events from the server: a number and a long text.
    ReceiveLarge,
    /// Events from the server: a number and words, which compress well.
    ReceiveWords,
    /// Events from the server with an attachment.
    ReceiveBinary,
    /// Events to the server: a short text.
    Send,
    /// Events to the server: words, which compress well.
    SendWords,
    /// Events to the server with an attachment.
    SendBinary,
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
    /// The name in the script for Node, in the file of samples, and for `--rows`.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Measurement::Receive => "receive",
            Measurement::ReceiveLarge => "receive-large",
            Measurement::ReceiveWords => "receive-words",
            Measurement::ReceiveBinary => "receive-binary",
            Measurement::Send => "send",
            Measurement::SendWords => "send-words",
            Measurement::SendBinary => "send-binary",
            Measurement::Acks => "acks",
            Measurement::Connect => "connect",
            Measurement::ConnectAtOnce => "connect-at-once",
            Measurement::Idle => "idle",
        }
    }

    /// Whether its texts are words, which compress.
    pub(crate) fn has_words(self) -> bool {
        matches!(self, Measurement::ReceiveWords | Measurement::SendWords)
    }

    /// The number of events or connections, without `--quick`.
    pub(crate) fn count(self) -> u64 {
        match self {
            Measurement::Receive | Measurement::Send => 200_000,
            Measurement::ReceiveLarge
            | Measurement::ReceiveWords
            | Measurement::SendWords
            | Measurement::Acks => 10_000,
            Measurement::ReceiveBinary | Measurement::SendBinary => 2_000,
            Measurement::Connect => 500,
            Measurement::ConnectAtOnce => 2_000,
            Measurement::Idle => 1_000,
        }
    }

    /// The size of an event's text or attachment, in bytes.
    pub(crate) fn size(self) -> usize {
        match self {
            Measurement::ReceiveLarge => 16 << 10,
            // A list of users, or a document: larger than the threshold of compression.
            Measurement::ReceiveWords | Measurement::SendWords => 4 << 10,
            Measurement::ReceiveBinary | Measurement::SendBinary => 64 << 10,
            _ => 32,
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
    /// Several tasks emit, on one thread.
    Tasks,
    /// Several tasks emit, on a runtime of two threads.
    TasksOfThreads,
    /// The connection is encrypted.
    Tls,
    /// The connection is polling.
    Polling,
    /// The connection is polling, and encrypted.
    PollingTls,
    /// The connection is a WebTransport.
    WebTransport,
    /// The connection compresses, and messages refer to those before.
    Deflate,
    /// The connection compresses each message alone.
    DeflateAlone,
}

/// The aim, which is printed as met or not.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Aim {
    /// At most this cost, as a multiple of the raw client's.
    CostRatio(f64),
    /// At most this cost, as a multiple of the raw client's with serde_json.
    JsonRatio(f64),
    /// At least this rate, as a multiple of the raw client's.
    RateRatio(f64),
    /// At most this CPU time, in microseconds.
    CpuTime(f64),
    /// At most this memory, in KiB.
    Memory(f64),
    /// At most this number of allocations.
    Allocations(f64),
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Row {
    pub(crate) measurement: Measurement,
    pub(crate) client: Client,
    pub(crate) how: How,
    pub(crate) label: &'static str,
    pub(crate) aims: &'static [Aim],
}

impl Row {
    /// The name, by which `--rows` finds it too.
    pub(crate) fn name(&self) -> String {
        format!("{}: {}", self.measurement.name(), self.label)
    }

    /// Whether the instructions of one more event or connection say something: they do not about memory.
    pub(crate) fn has_instructions(&self) -> bool {
        self.client != Client::Node && self.measurement != Measurement::Idle
    }
}
