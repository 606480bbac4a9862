//! The events of the machine, for the application.

use alloc::sync::Arc;
use alloc::vec::Vec;
use core::fmt;

use super::ids::{AckId, Link, Nsp, Reply};
use crate::error::{OpenError, Reason};
use crate::time::Millis;
use crate::wire::head::Malformed;

/// An event for the application.
#[derive(Debug)]
pub enum Event<P> {
    /// Engine.IO's handshake is done. The namespaces connect next.
    Opened,
    /// The session has upgraded from polling to [`Client::transport`](crate::Client::transport).
    Upgraded,
    /// A link that was opened to take the session over from polling has failed. Another one may still do so.
    UpgradeFailed {
        /// The link.
        link: Link,
    },
    /// An attempt to open the connection failed. If another one follows, so does `Reconnecting`.
    OpenFailed(OpenError),
    /// The connection ended, after a `Disconnected` for each connected namespace.
    Closed(Reason),
    /// The server sent a malformed Socket.IO packet. `Closed(ParseError)` follows.
    Malformed(Malformed),
    /// The next attempt to reconnect begins in `delay`.
    Reconnecting {
        /// The number of the attempt, from 1.
        attempt: u32,
        /// The time until the attempt.
        delay: Millis,
    },
    /// No attempt to reconnect is left. Each namespace stays disconnected until its next `connect`.
    ReconnectFailed,
    /// The machine needs the auth payload of a namespace. Answer with [`Client::authorize`](crate::Client::authorize).
    AuthRequired(Nsp),
    /// The server has connected the namespace.
    Connected {
        /// The namespace.
        nsp: Nsp,
        /// The server's id of this client in this namespace.
        id: Arc<str>,
        /// Whether the server has restored the lost session: the id and the rooms are the same, and missed events follow.
        recovered: bool,
    },
    /// The namespace could not be connected. It does not try again until the next `connect`.
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
        /// The reason, in Socket.IO's words.
        reason: Reason,
        /// Whether attempts to reconnect follow.
        reconnects: bool,
    },
    /// A 2.x server reports an error (from a middleware or a controller). The namespace stays connected.
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
    /// The server's ack of an emit.
    Acked {
        /// The namespace.
        nsp: Nsp,
        /// The id of the ack.
        ack: AckId,
        /// The JSON array of the arguments; `None` without arguments.
        payload: Option<P>,
        /// The attachments that the payload's placeholders refer to.
        attachments: Vec<P>,
    },
    /// The ack will not come. Each awaited ack ends with exactly one `Acked` or `AckLost`.
    AckLost {
        /// The namespace.
        nsp: Nsp,
        /// The id of the ack.
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
    /// The attachments that the payload's placeholders refer to.
    pub attachments: Vec<P>,
    /// The token for the ack, if the server awaits one.
    pub reply: Option<Reply>,
}

/// Why a namespace could not be connected.
#[derive(Debug)]
pub enum Refusal<P> {
    /// The server refused it. The JSON is a string or `{"message", "data"}`; `None` if the server gave no reason.
    Server(Option<P>),
    /// The server did not answer CONNECT within [`Config::connect_timeout`](crate::Config::connect_timeout).
    Timeout,
    /// The server's CONNECT has no id, so that it speaks another Engine.IO version than assumed or configured.
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
                "the event was dropped before it was sent: it was volatile, evicted from the full \
                 offline buffer, or the buffer was cleared"
            }
        })
    }
}

impl core::error::Error for AckError {}
