//! Counts how often each thing happens in a run; a fault that never happens is a hole in the simulation.

use std::fmt::Write as _;

macro_rules! seen {
    ($($name:ident = $text:literal,)*) => {
        /// A thing that can happen.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[expect(missing_docs, reason = "each has its text beside it")]
        pub enum Seen { $($name,)* }

        const ALL: &[(Seen, &str)] = &[$((Seen::$name, $text),)*];
    };
}

seen! {
    OpenedEio3Polling = "sessions opened: 2.x, polling",
    OpenedEio3WebSocket = "sessions opened: 2.x, WebSocket",
    OpenedEio4Polling = "sessions opened: 4.x, polling",
    OpenedEio4WebSocket = "sessions opened: 4.x, WebSocket",
    VersionRefused = "handshakes refused for their version",
    OpenFailed = "failed attempts to open",
    OpenedWebTransport = "sessions opened: 4.x, WebTransport",
    Upgraded = "upgrades that succeeded",
    UpgradeRefused = "upgrades refused beside another one",
    UpgradedToWebTransport = "upgrades to a WebTransport",
    UpgradeFailed = "upgrades that failed",
    ProbeAnsweredWrongly = "probes answered wrongly or not at all",
    Reconnecting = "reconnection attempts planned",
    ReconnectFailed = "reconnections without attempts left",
    Connected = "namespaces connected",
    Recovered = "sessions recovered",
    MissedEventReplayed = "missed events replayed",
    Refused = "namespaces refused",
    ConnectIgnored = "CONNECTs without an answer",
    ConnectTimeout = "CONNECTs timed out at the client",
    Kicked = "clients disconnected by the server",
    ErrorWhileConnected = "errors sent to connected namespaces",
    EarlyEvent = "events before CONNECT",
    ServerRestarted = "server restarts",
    ServerSilent = "silent servers",
    SessionForgotten = "sessions lost by the server",
    ClientFoundDead = "ping timeouts at the server",
    PingTimeout = "ping timeouts at the client",
    MalformedPacket = "malformed packets",
    ParseError = "parse errors",
    TransportError = "transport errors",
    LinksCut = "links cut",
    HalfOpen = "links half open",
    Stalled = "links stalled",
    ConnectionRefused = "connections refused",
    ConnectionHung = "connections that hang",
    RequestLost = "requests lost",
    ResponseLost = "responses lost",
    LateLinkEvent = "events of dropped links",
    ClosePosted = "closes by POST",
    PostNearLimit = "POSTs near the server limit",
    Backlog = "times that packets waited for a POST",
    Received = "events received",
    ReceivedBinary = "events received with attachments",
    ReceivedWithAck = "events with an ack received",
    Replied = "replies accepted",
    StaleReply = "replies refused as stale",
    Delivered = "emits delivered",
    DeliveredBinary = "emits delivered with attachments",
    Acked = "acks received",
    AckTimeout = "acks timed out",
    AckLost = "acks lost with the connection",
    AckDropped = "acks of dropped emits",
    AckSentTwice = "acks sent twice",
    AckNeverSent = "emits without an ack from the server",
    Cancelled = "acks cancelled",
    VolatileDropped = "volatile emits dropped",
    Retried = "retried emits that arrived again",
    RetriesSpent = "emits whose retries are spent",
    OfflineRefused = "emits refused by a full offline buffer",
    OfflineDropped = "emits dropped from a full offline buffer",
    OfflineCleared = "offline buffers cleared",
    TooManyAcks = "emits refused by the limit of acks",
    LargeEmit = "large emits",
    Left = "namespaces disconnected by the application",
    Closed = "connections closed by the application",
    AuthLate = "auth payloads given late or not at all",
    Slept = "times the device slept",
    HintOnline = "hints: online",
    HintOffline = "hints: offline",
    HintForeground = "hints: foreground",
    HintBackground = "hints: background",
    HintCongested = "hints: congested",
    HintWritable = "hints: writable",
}

impl Seen {
    /// Returns its description.
    pub fn text(self) -> &'static str {
        ALL[self as usize].1
    }
}

/// How often each thing has happened.
#[derive(Clone, Debug)]
pub struct Coverage([u64; ALL.len()]);

impl Default for Coverage {
    fn default() -> Self {
        Coverage([0; ALL.len()])
    }
}

impl Coverage {
    /// Counts one occurrence.
    pub fn note(&mut self, seen: Seen) {
        self.0[seen as usize] += 1;
    }

    /// Returns how often a thing has happened.
    pub fn count(&self, seen: Seen) -> u64 {
        self.0[seen as usize]
    }

    /// Adds the counts of another run.
    pub fn add(&mut self, other: &Coverage) {
        for (own, more) in self.0.iter_mut().zip(other.0) {
            *own += more;
        }
    }

    /// Returns the things that have not happened.
    pub fn holes(&self) -> Vec<&'static str> {
        let never = ALL.iter().filter(|(seen, _)| self.0[*seen as usize] == 0);
        never.map(|(_, text)| *text).collect()
    }

    /// Returns all counts, a line each.
    pub fn table(&self) -> String {
        let mut table = String::new();
        for (seen, text) in ALL {
            // Writing into memory cannot fail.
            let _ = writeln!(table, "{:>10}  {text}", self.0[*seen as usize]);
        }
        table
    }
}
