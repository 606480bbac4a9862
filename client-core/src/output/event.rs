//! What the application may want to know.

use alloc::sync::Arc;
use alloc::vec::Vec;
use core::fmt;

use super::ids::{AckId, Nsp, Reply};
use crate::error::{OpenError, Reason};
use crate::time::Millis;
use crate::wire::head::Malformed;

/// What the application may want to know.
#[derive(Debug)]
pub enum Event<P> {
    /// Engine.IO's handshake is done. Namespaces follow.
    Opened,
    /// The session has upgraded from polling to a WebSocket.
    Upgraded,
    /// The upgrade to a WebSocket has failed; the session stays on polling.
    UpgradeFailed,
    /// An attempt to open the connection failed. If another follows, `Reconnecting` says when.
    OpenFailed(OpenError),
    /// The connection ended. Namespaces have heard before.
    Closed(Reason),
    /// The server sent what is no Socket.IO packet; `Closed(ParseError)` follows.
    Malformed(Malformed),
    /// Attempt `attempt` (1 for the first) to come back will be made in `delay`.
    Reconnecting {
        /// Counted from 1.
        attempt: u32,
        /// How long until then.
        delay: Millis,
    },
    /// No attempt to come back is left: namespaces stay disconnected, each until its own next `connect`.
    ReconnectFailed,
    /// The machine wants the auth payload of a namespace: answer with [`Client::authorize`](crate::Client::authorize).
    AuthRequired(Nsp),
    /// The server has connected the namespace.
    Connected {
        /// The namespace.
        nsp: Nsp,
        /// The id the server knows this client by, in this namespace.
        id: Arc<str>,
        /// Whether the server has restored the session from before: same id, same rooms, and what was missed follows.
        recovered: bool,
    },
    /// The namespace is refused. It does not try again until the next `connect`.
    ConnectError {
        /// The namespace.
        nsp: Nsp,
        /// Why.
        refusal: Refusal<P>,
    },
    /// A connected namespace has been disconnected.
    Disconnected {
        /// The namespace.
        nsp: Nsp,
        /// Why.
        reason: Reason,
        /// Whether attempts to reconnect follow.
        reconnects: bool,
    },
    /// A 2.x server reports a failure (of a middleware, of a controller) on a namespace that stays connected.
    ServerError {
        /// The namespace.
        nsp: Nsp,
        /// The error's JSON: a string, or any value.
        payload: Option<P>,
    },
    /// An event from the server.
    Message(Incoming<P>),
    /// An emit without an ack was dropped because the offline buffer is full.
    EmitDropped {
        /// The namespace.
        nsp: Nsp,
        /// The JSON array `["name", arguments...]`.
        payload: P,
    },
    /// The server's answer to an emit.
    Acked {
        /// The namespace.
        nsp: Nsp,
        /// Which emit.
        ack: AckId,
        /// The JSON array of the arguments; `None` is no argument.
        payload: Option<P>,
        /// The attachments that the payload's placeholders name.
        attachments: Vec<P>,
    },
    /// No answer will come. Each awaited ack gets exactly one of `Acked` and this.
    AckLost {
        /// The namespace.
        nsp: Nsp,
        /// Which emit.
        ack: AckId,
        /// Why.
        why: AckError,
    },
}

/// An event from the server.
#[derive(Debug)]
pub struct Incoming<P> {
    /// The namespace.
    pub nsp: Nsp,
    /// The JSON array `["name", arguments...]`; `None` if the server sent none.
    pub payload: Option<P>,
    /// The attachments that the payload's placeholders name.
    pub attachments: Vec<P>,
    /// The answer that the server awaits.
    pub reply: Option<Reply>,
}

/// Why a namespace is not to be had.
#[derive(Debug)]
pub enum Refusal<P> {
    /// The server said so. The JSON is a string or `{"message", "data"}`; `None` if the server gave no reason.
    Server(Option<P>),
    /// The server did not answer within [`Config::connect_timeout`](crate::Config).
    Timeout,
    /// The server's answer is of another generation than the one asked for.
    WrongVersion,
}

/// Why an ack does not come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AckError {
    /// The ack did not come in time. If the event was not sent yet, it is not sent any more.
    Timeout,
    /// The namespace was disconnected after the event was sent. The event may have arrived.
    Disconnected,
    /// The event was dropped before it was sent: it was volatile, was evicted from the full offline buffer, or the buffer was
    /// cleared.
    Dropped,
}

impl fmt::Display for AckError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            AckError::Timeout => "the ack did not come within the time given to the emit",
            AckError::Disconnected => {
                "the namespace was disconnected before the ack: the event may have arrived"
            }
            AckError::Dropped => {
                "the event was dropped before it was sent: it was volatile, evicted from the full offline buffer, or the buffer was cleared"
            }
        })
    }
}

impl core::error::Error for AckError {}
