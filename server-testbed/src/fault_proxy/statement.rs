//! The statements of a script.

use std::time::Duration;

use super::lexer::Place;

/// Bytes of the text of a rule: so much of each message is compared.
pub(super) const LONGEST_TEXT: usize = 1000;

/// Statements in their order.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Script {
    /// With their places.
    pub(super) statements: Vec<(Place, Statement)>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Statement {
    /// At once, or after a time.
    Global { after: Duration, fault: Global },
    /// Each time that something happens.
    Rule(Rule),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Rule {
    pub(super) trigger: Trigger,
    /// The first and the last occurrence, from 1.
    pub(super) first: u64,
    pub(super) last: u64,
    /// Only messages that begin with this, or requests whose target contains it.
    pub(super) text: Option<String>,
    pub(super) fault: Fault,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Trigger {
    Connection,
    Get,
    Post,
    Request,
    WebSocket,
    Up,
    Down,
}

/// A fault of all connections.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Global {
    Latency { fixed: Duration, jitter: Duration },
    Bandwidth(u64),
    Split(usize),
    Stall(Direction),
    HalfOpen,
    Refuse,
    StopPongs,
    Cut,
    Forget,
    Heal,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Direction {
    /// From the client to the server.
    Up,
    /// From the server to the client.
    Down,
}

/// A fault of one connection, request or message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Fault {
    /// Resets the connection; a request does not reach the server.
    Reset,
    /// The server answers the request, and the client gets a reset and no answer.
    ResetAfterAnswer,
    /// The client gets the first bytes of the answer, then a reset.
    CutAnswer(usize),
    /// No answer, and no end.
    Hang,
    Status(u16, Page),
    Redirect(String),
    Drop,
    Duplicate,
    Corrupt,
    /// The message comes after the next one.
    Reorder,
    /// This text comes after the message.
    Inject(String),
}

/// The body of an answer of the proxy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Page {
    Html,
    Json,
}
