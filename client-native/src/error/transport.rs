//! The error of a connection.

use std::sync::Arc;

use thiserror::Error;
use tidewire_core::wire::head::Malformed;
use tidewire_core::{Lost, OpenError, Reason};

use super::browser::BrowserError;
use super::causes::{ServerError, close_meaning, io_advice, status_advice};
use super::excerpt::{Excerpt, excerpt};

/// A connection could not be opened, or broke.
#[derive(Clone, Debug, Error)]
#[non_exhaustive]
pub enum TransportError {
    /// The network failed: no such host, connection refused, reset, ...
    #[error("{}", io_text(.0))]
    Io(Arc<std::io::Error>),
    /// TLS failed: the server's certificate is not trusted, for example. See `Builder::root_certificate_pem`.
    #[error("TLS failed: {0}")]
    Tls(String),
    /// The proxy of `Builder::proxy` cannot be reached or refuses. The text says what to do.
    #[error("the proxy {0}")]
    Proxy(String),
    /// The server, or a proxy before it, responded with this HTTP status, and the first bytes of this body.
    #[error("{}", status_text(*.0, .1))]
    Status(u16, String),
    /// The server, or a proxy before it, responded with this status of a redirect, to this address. The client does not follow
    /// it.
    #[error("HTTP status {0}, a redirect to {1}: if that is the server, use its address")]
    Redirect(u16, String),
    /// A frame or body from the server is larger than this many bytes.
    #[error("a packet is larger than {0} bytes: see Builder::max_packet_bytes")]
    TooLarge(usize),
    /// The server accepted the WebSocket and breaks its protocol.
    #[error("the WebSocket failed: {0}")]
    WebSocket(String),
    /// The WebTransport could not be opened, or failed: QUIC, HTTP/3, or the stream.
    #[error("the WebTransport failed: {0}")]
    WebTransport(String),
    /// A request, that of a WebSocket among them, got no HTTP response. The text says what to do.
    #[error("the HTTP request failed: {0}")]
    Http(String),
    /// The server did not respond to an HTTP request within `Builder::request_timeout`.
    #[error("no response to an HTTP request within Builder::request_timeout")]
    RequestTimeout,
    /// The browser did not open a WebSocket or WebTransport, or send a request, for this reason, as far as it tells.
    #[error(transparent)]
    Browser(BrowserError),
    /// The response is not an Engine.IO handshake, or it did not arrive in time.
    #[error(transparent)]
    Handshake(OpenError),
    /// The server closed the WebSocket, with this code and the first bytes of this text. The code is 1005 if the server gave none,
    /// and 1006 if the connection ended without a close frame (RFC 6455, 7.4.1).
    #[error("{}", close_text(*.0, .1))]
    WebSocketClosed(u16, String),
    /// The server closed the WebTransport, with this code and the first bytes of this text. The code is 0 if the server gave none.
    #[error("{}", session_text(*.0, .1))]
    WebTransportClosed(u64, String),
    /// The server speaks another Engine.IO version than `Builder::engine_version` says.
    #[error("the server speaks another Engine.IO version: remove Builder::engine_version")]
    WrongVersion,
    /// The connection was open, and closed.
    #[error("the connection closed ({0})")]
    Closed(Reason),
    /// The server sent a packet or body that is not one of Engine.IO, and the client closed the connection.
    #[error("the server sent a packet that is not one of Engine.IO: does a proxy change the data?")]
    BadPacket,
    /// The server sent a malformed packet, and the client closed the connection.
    #[error("the server sent a malformed packet: {}", .0.as_str())]
    Malformed(Malformed),
}

impl TransportError {
    /// A response with another status than the request needs. Keeps the first 200 bytes of its body for the user.
    pub(crate) fn refusal(status: u16, location: Option<&[u8]>, body: &[u8]) -> TransportError {
        match location {
            Some(location) if (300..400).contains(&status) => {
                TransportError::Redirect(status, excerpt(location))
            }
            _ => TransportError::Status(status, excerpt(body)),
        }
    }

    /// The end of a WebSocket.
    pub(crate) fn closed(code: u16, text: &str) -> TransportError {
        TransportError::WebSocketClosed(code, excerpt(text.as_bytes()))
    }

    /// The end of a WebTransport.
    #[cfg(feature = "webtransport")]
    pub(crate) fn session_closed(code: u64, text: &[u8]) -> TransportError {
        TransportError::WebTransportClosed(code, excerpt(text))
    }

    /// The end of a WebTransport by an error of HTTP/3 that the server has found.
    #[cfg(all(feature = "webtransport", not(target_family = "wasm")))]
    pub(crate) fn http3_closed(error: &str, text: &[u8]) -> TransportError {
        let text = excerpt(text);
        let separator = if text.is_empty() { "" } else { ": " };
        let text = Excerpt(&text);
        TransportError::WebTransport(format!(
            "the server closed HTTP/3 with an error ({error}){separator}{text}"
        ))
    }

    /// The end of the stream of a WebTransport whose session goes on.
    #[cfg(feature = "webtransport")]
    pub(crate) fn given_up(why: impl std::fmt::Display) -> TransportError {
        TransportError::WebTransport(format!("the server has given the stream up ({why})"))
    }

    /// The error of a WebSocket as the machine knows it, before any handshake: a browser does not tell whether the server has
    /// refused the Engine.IO version.
    pub(crate) fn lost_in_first_opening(&self) -> Lost {
        match self {
            TransportError::Browser(BrowserError::Unreachable) => Lost::Refused,
            other => other.lost(),
        }
    }

    /// The error as the machine knows it.
    pub(crate) fn lost(&self) -> Lost {
        match self {
            TransportError::TooLarge(_) => Lost::TooLarge,
            TransportError::Status(400, body) if may_be_version(body) => Lost::Refused,
            TransportError::Io(_)
            | TransportError::Tls(_)
            | TransportError::Proxy(_)
            | TransportError::Status(..)
            | TransportError::Redirect(..)
            | TransportError::WebSocket(_)
            | TransportError::WebTransport(_)
            | TransportError::Http(_)
            | TransportError::RequestTimeout
            | TransportError::Browser(_)
            | TransportError::Handshake(_)
            | TransportError::WrongVersion
            | TransportError::WebSocketClosed(..)
            | TransportError::WebTransportClosed(..)
            | TransportError::Closed(_)
            | TransportError::BadPacket
            | TransportError::Malformed(_) => Lost::Failed,
        }
    }
}

impl From<std::io::Error> for TransportError {
    fn from(error: std::io::Error) -> Self {
        TransportError::Io(Arc::new(error))
    }
}

/// Returns whether a server may have refused the Engine.IO version.
fn may_be_version(body: &str) -> bool {
    ServerError::of(body).is_none_or(|error| error == ServerError::UnsupportedVersion)
}

fn io_text(error: &std::io::Error) -> String {
    match io_advice(error) {
        Some(advice) => format!("{error}: {advice}"),
        None => error.to_string(),
    }
}

fn status_text(status: u16, body: &str) -> String {
    let advice = status_advice(status, body);
    let advice = advice.map_or_else(String::new, |advice| format!(" ({advice})"));
    match body.trim() {
        "" => format!("HTTP status {status}{advice}"),
        body => format!("HTTP status {status}{advice}: {}", Excerpt(body)),
    }
}

fn close_text(code: u16, text: &str) -> String {
    match code {
        1005 => "the server closed the WebSocket without a code".to_owned(),
        1006 => "the connection ended without a close frame".to_owned(),
        code => {
            let meaning = close_meaning(code);
            let separator = if text.is_empty() { "" } else { ": " };
            let text = Excerpt(text);
            format!("the server closed the WebSocket with code {code} ({meaning}){separator}{text}")
        }
    }
}

fn session_text(code: u64, text: &str) -> String {
    let separator = if text.is_empty() { "" } else { ": " };
    let text = Excerpt(text);
    match code {
        0 => format!("the server closed the WebTransport{separator}{text}"),
        code => format!("the server closed the WebTransport with code {code}{separator}{text}"),
    }
}
