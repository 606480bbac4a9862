//! Errors, by what failed and what the user can do. All are `Clone`: one failure may concern many callers.
//!
//! `Display` does not include the source. [`error_text`] joins an error and its sources, as `anyhow`'s `{:#}` does.

mod browser;
mod causes;
mod excerpt;
#[cfg(not(target_family = "wasm"))]
mod no_response;
mod transport;

use std::error::Error;
use std::fmt;
use std::time::Duration;

use serde::de::DeserializeOwned;
use thiserror::Error;
use tidewire_core::Misuse;
use tidewire_core::wire::head::Malformed;

use crate::args::{self, DecodeError, EncodeError};

pub use browser::BrowserError;
use excerpt::Excerpt;
#[cfg(all(feature = "webtransport", not(target_family = "wasm")))]
pub(crate) use excerpt::shown;
#[cfg(not(target_family = "wasm"))]
pub(crate) use no_response::{Asked, NoResponse};
pub use transport::TransportError;

/// A setting of the builder is wrong. Nothing was tried.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum BuildError {
    /// The URL is not that of a server: `http://host:port/namespace`, or `https`, `ws`, `wss`.
    #[error("invalid URL: {0}")]
    Url(String),
    /// HTTP does not allow a header's or cookie's name or value.
    #[error("invalid header: {0}")]
    Header(String),
    /// A certificate cannot be read, or the system has none.
    #[error("invalid TLS settings: {0}")]
    Tls(String),
    /// The proxy's URL is invalid, or its scheme is not `http`, `socks5` or `socks5h`.
    #[error("invalid proxy URL: {0}")]
    Proxy(String),
    /// The auth payload cannot be written as JSON.
    #[error("the auth payload cannot be encoded")]
    Auth(#[source] EncodeError),
    /// A transport needs a cargo feature that is off.
    #[error(
        "the polling transport needs the feature `polling` of the crate tidewire, which is off"
    )]
    NoPolling,
    /// WebTransport needs a cargo feature that is off.
    #[error(
        "the WebTransport transport needs the feature `webtransport` of the crate tidewire, which is off"
    )]
    NoWebTransport,
    /// The list of transports is empty.
    #[error(
        "no transport is left: give Builder::transports at least one, Transport::WebSocket for example"
    )]
    NoTransports,
    /// There is no tokio runtime: call this from async code, or within `Runtime::enter`.
    #[error("no tokio runtime: call this from async code, or within Runtime::enter")]
    NoRuntime,
}

/// A namespace could not be connected.
#[derive(Clone, Debug, Error)]
#[non_exhaustive]
pub enum ConnectError {
    /// A setting is wrong.
    #[error(transparent)]
    Build(#[from] BuildError),
    /// The server refused the namespace, with its message. Change what it objects to, then connect again.
    #[error("the server refused the namespace {}: {}", .0.namespace(), .0)]
    Refused(Refused),
    /// The server cannot be reached, or is not a Socket.IO server.
    #[error("cannot connect to {url}")]
    Unreachable {
        /// The URL of the server's endpoint, without query.
        url: String,
        /// The reason.
        source: TransportError,
    },
    /// The connection is open, and the server did not answer the CONNECT of the namespace in time.
    #[error(
        "no answer to the CONNECT of {namespace} within {timeout:?}: see Builder::connect_timeout"
    )]
    Timeout {
        /// The namespace.
        namespace: String,
        /// The time limit.
        timeout: Duration,
    },
    /// The server speaks another Engine.IO version than `Builder::engine_version` says.
    #[error("the server speaks another Engine.IO version: remove Builder::engine_version")]
    WrongVersion,
    /// The async function that gives the auth payload failed, or took longer than `Builder::connect_timeout`.
    #[error("the auth function failed: {0}")]
    Auth(String),
    /// `disconnect` or `close` was called while connecting, or the runtime ended.
    #[error("disconnect or close was called while connecting, or the runtime ended")]
    Closed,
}

/// The server's message when it refuses a namespace, or reports an error on one.
///
/// `Display` shows the first 200 bytes of the [`message`](Refused::message).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    namespace: String,
    json: bytes::Bytes,
}

impl Refused {
    pub(crate) fn new(namespace: String, json: Option<bytes::Bytes>) -> Self {
        Refused {
            namespace,
            json: json.unwrap_or_default(),
        }
    }

    /// The namespace.
    pub fn namespace(&self) -> &str {
        &self.namespace
    }

    /// The text of the error: all of it (socket.io 2.x), or its `message`.
    pub fn message(&self) -> String {
        #[derive(serde::Deserialize)]
        #[serde(untagged)]
        enum Content {
            Text(String),
            Object { message: String },
        }
        match serde_json::from_slice(&self.json) {
            Ok(Content::Text(message) | Content::Object { message }) => message,
            Err(_) => String::from_utf8_lossy(&self.json).into_owned(),
        }
    }

    /// Decodes the `data` of the error (socket.io 3 and later), or all of it (2.x).
    ///
    /// # Errors
    /// If it is missing, or has another type.
    pub fn data<T: DeserializeOwned>(&self) -> Result<T, DecodeError> {
        #[derive(serde::Deserialize)]
        struct Content {
            data: Box<serde_json::value::RawValue>,
        }
        let all = &self.json[..];
        match serde_json::from_slice::<Content>(all) {
            Ok(content) => args::decode_value(content.data.get().as_bytes()),
            Err(_) => args::decode_value(all),
        }
    }

    /// The JSON from the server; empty if it gave none.
    pub fn json(&self) -> &[u8] {
        &self.json
    }
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.message() {
            message if message.is_empty() => f.write_str("it gave no reason"),
            message => Excerpt(&message).fmt(f),
        }
    }
}

impl Error for Refused {}

/// An event was not sent.
#[derive(Clone, Debug, PartialEq, Error)]
#[non_exhaustive]
pub enum EmitError {
    /// The arguments cannot be written as JSON with attachments.
    #[error("the arguments cannot be encoded")]
    Encode(#[from] EncodeError),
    /// The protocol reserves this name (`connect`, `disconnect`, ...).
    #[error("the event name `{0}` is reserved: choose another")]
    ReservedName(String),
    /// A limit is reached, or the connection of the event to ack is gone.
    #[error("{}", refusal_text(.0))]
    Refused(Misuse),
    /// The queue to the connection is full (only from `try_emit`).
    #[error("the queue to the connection is full: await `emit`, which waits for room")]
    QueueFull,
    /// `close` was called, and the namespace was not connected again since; or the client has ended, because its runtime has.
    #[error(
        "the client is closed: connect the namespace again (or the client has ended with its runtime)"
    )]
    Closed,
}

impl From<Misuse> for EmitError {
    fn from(error: Misuse) -> Self {
        EmitError::Refused(error)
    }
}

/// The core's error with the names that the limits have here.
fn refusal_text(misuse: &Misuse) -> &'static str {
    match misuse {
        Misuse::BufferFull => {
            "the offline buffer is full: emit less while disconnected, or raise Builder::offline_events and offline_bytes"
        }
        Misuse::TooManyAcks => {
            "too many acks are awaited: set timeouts, or raise Builder::max_acks"
        }
        Misuse::TooManyAttachments => {
            "too many attachments: send several events, or raise Builder::max_attachments"
        }
        Misuse::StaleReply => "the connection of the event is gone, and its ack cannot be sent",
    }
}

fn late_text(connected: bool) -> &'static str {
    match connected {
        true => " (AckRequest::timeout, Builder::ack_timeout)",
        false => {
            ": the namespace is not connected; Socket::ended says why if it has ended, and Socket::connect connects it again"
        }
    }
}

/// An ack did not arrive.
#[derive(Clone, Debug, PartialEq, Error)]
#[non_exhaustive]
pub enum AckError {
    /// The event was not sent at all.
    #[error(transparent)]
    Emit(#[from] EmitError),
    /// No ack arrived in time. If the event was still buffered, it is not sent any more.
    #[error("no ack for `{event}` within {timeout:?}{}", late_text(*.connected))]
    Timeout {
        /// The event's name.
        event: String,
        /// The time limit: of all, or of each try if there are retries.
        timeout: Duration,
        /// Whether the namespace was connected then. If not, the event was probably not sent.
        connected: bool,
    },
    /// The namespace was disconnected after the event was sent. Whether it arrived is unknown.
    #[error("disconnected before the ack for `{event}`: the event may have arrived")]
    Disconnected {
        /// The event's name.
        event: String,
    },
    /// Unread events fill the inbox to four times its limit, and the ack is behind them. Whether the event arrived is unknown.
    #[error(
        "no ack for `{event}`: the connection stopped reading, because events are not taken as fast as they arrive (let handlers and streams take them, or raise Builder::inbox_bytes)"
    )]
    InboxFull {
        /// The event's name.
        event: String,
    },
    /// The event was not sent: it was volatile and the namespace not connected, or it was evicted from the offline buffer, or
    /// the buffer was cleared.
    #[error(
        "`{event}` was dropped before it was sent: volatile while disconnected, or evicted or cleared from the offline buffer"
    )]
    Dropped {
        /// The event's name.
        event: String,
    },
    /// The ack has another type than the caller wants.
    #[error("the ack for `{event}` does not match the requested type")]
    Decode {
        /// The event's name.
        event: String,
        /// The part that does not match.
        source: DecodeError,
    },
}

/// An error that no call returns: given to `Socket::on_error`.
#[derive(Clone, Debug, Error)]
#[non_exhaustive]
pub enum SocketError {
    /// The arguments of an event have another type than its handler wants. The handler did not run.
    #[error("the arguments of `{}` do not match its handler", Excerpt(event))]
    Decode {
        /// The event's name.
        event: String,
        /// The part that does not match.
        source: DecodeError,
    },
    /// A handler panicked. The other handlers go on.
    #[error("a handler of `{}` panicked", Excerpt(event))]
    HandlerPanicked {
        /// The event's name.
        event: String,
    },
    /// A handler returned an error, or its ack could not be sent.
    #[error("a handler of `{}` failed: {error}", Excerpt(event))]
    HandlerFailed {
        /// The event's name.
        event: String,
        /// The text of the error.
        error: String,
    },
    /// A socket.io 2.x server reports an error of a middleware or controller. The namespace stays connected.
    #[error("the server reports an error on {}: {}", .0.namespace(), .0)]
    Server(Refused),
    /// The server sent a malformed packet. The connection closes, and the client reconnects.
    #[error("the server sent a malformed packet: {}", .0.as_str())]
    Malformed(Malformed),
    /// An event was evicted from the offline buffer; see [`Builder::offline_policy`](crate::Builder::offline_policy).
    #[error("`{event}` was not sent: the full offline buffer evicted it")]
    Dropped {
        /// The event's name.
        event: String,
    },
    /// An event that `emit` had accepted could not be buffered after the connection was lost.
    #[error("an event was not sent: {}", refusal_text(.0))]
    NotSent(Misuse),
}

/// Why a namespace is disconnected for good; see [`Socket::ended`](crate::Socket::ended).
#[derive(Clone, Debug, Error)]
#[non_exhaustive]
pub enum Ended {
    /// The server disconnected the namespace.
    #[error("the server disconnected the namespace")]
    Kicked,
    /// The server refused the namespace, or the auth function failed.
    #[error("the namespace was not connected")]
    Refused(#[source] ConnectError),
    /// The connection was lost or could not be opened, and no attempt is left.
    #[error("the client has given up")]
    GaveUp(#[source] ConnectError),
    /// `disconnect` or `close` was called, or the runtime ended.
    #[error("disconnect or close was called, or the runtime ended")]
    Closed,
}

/// The text of an error and of its sources, in one line.
///
/// The `Display` of an error does not include its source, so this is the text for a user or a log.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// let error = tidewire::connect("http://127.0.0.1:1").await.unwrap_err();
/// assert_eq!(error.to_string(), "cannot connect to http://127.0.0.1:1/socket.io/");
/// assert!(tidewire::error_text(&error).contains("/socket.io/: Connection refused"));
/// # }
/// ```
pub fn error_text(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        text.push_str(": ");
        text.push_str(&error.to_string());
        source = error.source();
    }
    text
}

#[cfg(test)]
mod tests;
