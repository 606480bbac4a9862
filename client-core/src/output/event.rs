//! What the application may want to know.

use alloc::sync::Arc;
use alloc::vec::Vec;

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
        /// Why. All but the first two of [`Reason`] are followed by attempts to come back, if those are on.
        reason: Reason,
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
    /// The time given has passed. If the event was still waiting to be sent, it is no longer.
    Timeout,
    /// The namespace was disconnected after the event was sent: whether it arrived is not known.
    Disconnected,
    /// The event was not sent: it was volatile and could not go at once, or it gave way in a full offline buffer.
    Dropped,
}
