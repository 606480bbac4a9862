//! What has happened in a run: a fault that never does is a hole in the simulation.

use std::fmt::Write as _;

macro_rules! seen {
    ($($name:ident = $text:literal,)*) => {
        /// Something that can happen.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[expect(missing_docs, reason = "each has its text beside it")]
        pub enum Seen { $($name,)* }

        const ALL: &[(Seen, &str)] = &[$((Seen::$name, $text),)*];
    };
}

seen! {
    OpenedV3Polling = "sessions opened: 2.x, polling",
    OpenedV3WebSocket = "sessions opened: 2.x, WebSocket",
    OpenedV4Polling = "sessions opened: 4.x, polling",
    OpenedV4WebSocket = "sessions opened: 4.x, WebSocket",
    OpenFailed = "attempts that failed",
    Upgraded = "upgrades done",
    UpgradeFailed = "upgrades that failed",
    ProbeAnsweredWrongly = "probes answered wrongly or never",
    Reconnecting = "reconnections planned",
    ReconnectFailed = "reconnections given up",
    Connected = "namespaces connected",
    Recovered = "sessions restored",
    MissedEventReplayed = "missed events replayed",
    Refused = "namespaces refused",
    ConnectIgnored = "CONNECTs never answered",
    ConnectTimeout = "CONNECTs given up by the client",
    Kicked = "clients thrown out",
    ErrorWhileConnected = "failures told to connected namespaces",
    EarlyEvent = "events before CONNECT",
    ServerRestarted = "server restarts",
    ServerSilent = "servers fallen silent",
    SessionForgotten = "sessions forgotten",
    ClientFoundDead = "clients found dead by the server",
    PingTimeout = "servers found dead by the client",
    Nonsense = "packets that break the rules",
    ParseError = "parse errors",
    TransportError = "transport errors",
    LinksCut = "links cut",
    HalfOpen = "links cut behind the client's back",
    Stalled = "links stalled",
    ConnectionRefused = "connections refused",
    ConnectionHung = "connections that hang",
    RequestLost = "requests lost",
    AnswerLost = "answers lost after the server has acted",
    LateNews = "news of dropped links",
    GoodbyePosted = "goodbyes by POST",
    PostNearLimit = "POSTs near the server's limit",
    Backlog = "packets that waited for a POST",
    Received = "events received",
    ReceivedBinary = "events received with attachments",
    Asked = "questions received",
    Replied = "questions answered",
    StaleReply = "answers that came too late for their connection",
    Delivered = "emits delivered",
    DeliveredBinary = "emits delivered with attachments",
    Acked = "emits answered",
    AckTimeout = "acks timed out",
    AckLost = "acks lost with their connection",
    AckDropped = "acks of emits that were not sent",
    AnsweredTwice = "emits answered twice",
    QuestionIgnored = "emits never answered",
    Cancelled = "acks cancelled",
    VolatileDropped = "volatile emits that were dropped",
    Retried = "emits that arrived again",
    RetriesSpent = "emits given up after their last try",
    OfflineRefused = "emits refused by a full buffer",
    OfflineDropped = "emits that gave way in a full buffer",
    OfflineCleared = "buffers cleared",
    TooManyAcks = "emits refused for want of acks",
    LargeEmit = "large emits",
    Left = "namespaces left",
    Closed = "connections closed by the application",
    AuthLate = "auth payloads that came late or never",
    Slept = "hours slept",
    HintOnline = "hints: online",
    HintOffline = "hints: offline",
    HintForeground = "hints: foreground",
    HintBackground = "hints: background",
    HintCongested = "hints: congested",
    HintWritable = "hints: writable",
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
    /// It has happened once more.
    pub fn note(&mut self, seen: Seen) {
        self.0[seen as usize] += 1;
    }

    /// Adds what has happened elsewhere.
    pub fn add(&mut self, other: &Coverage) {
        for (own, more) in self.0.iter_mut().zip(other.0) {
            *own += more;
        }
    }

    /// What has never happened.
    pub fn holes(&self) -> Vec<&'static str> {
        let never = ALL.iter().filter(|(seen, _)| self.0[*seen as usize] == 0);
        never.map(|(_, text)| *text).collect()
    }

    /// All of it, a line each.
    pub fn table(&self) -> String {
        let mut table = String::new();
        for (seen, text) in ALL {
            // Writing into memory cannot fail.
            let _ = writeln!(table, "{:>10}  {text}", self.0[*seen as usize]);
        }
        table
    }
}
