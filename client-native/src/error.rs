//! Errors, by what went wrong and what the user can do. All are `Clone`: one failure may concern many callers.

use std::fmt;
use std::sync::Arc;

use serde::de::DeserializeOwned;
use tidewire_core::{Lost, Misuse, OpenError, Reason};

use crate::args::{self, DecodeError, EncodeError};

/// Why a client could not be set up: the settings are at fault, and nothing was tried.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum BuildError {
    /// The address is no URL, or not one of a server: `http://host:port/namespace` (or `https`, `ws`, `wss`) is.
    Url(String),
    /// A header's name or value holds characters that HTTP does not allow.
    Header(String),
    /// A certificate could not be read, or the system has none.
    Tls(String),
    /// The proxy's URL is none, or of a kind that is not spoken: `http://`, `socks5://` and `socks5h://` are.
    Proxy(String),
    /// The auth value cannot be written as JSON.
    Auth(EncodeError),
    /// There is no tokio runtime here: call this from async code, or within `Runtime::enter`.
    NoRuntime,
}

impl fmt::Display for BuildError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            BuildError::Url(why) => write!(f, "the address is not that of a Socket.IO server: {why}"),
            BuildError::Header(why) => write!(f, "the header cannot be sent: {why}"),
            BuildError::Tls(why) => write!(f, "the TLS settings do not work: {why}"),
            BuildError::Proxy(why) => write!(f, "the URL is not that of a proxy: {why}"),
            BuildError::Auth(why) => write!(f, "the auth value cannot be sent: {why}"),
            BuildError::NoRuntime => f.write_str(
                "there is no tokio runtime here: call this from async code, or within Runtime::enter",
            ),
        }
    }
}

impl std::error::Error for BuildError {}

/// Why a namespace is not connected.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum ConnectError {
    /// The settings are at fault.
    Build(BuildError),
    /// The server refused the namespace; its reason is inside. Change what it objects to, then connect again.
    Refused(Refused),
    /// The server cannot be reached, or what answered is no Socket.IO server.
    Unreachable(TransportError),
    /// The server opened the connection, and did not answer for the namespace in time.
    Timeout,
    /// The server speaks the other generation of the protocol: leave the generation to be found out.
    WrongVersion,
    /// The async function that gives the auth payload failed, or took longer than `Builder::connect_timeout`.
    Auth(String),
    /// Somebody disconnected the namespace, or the client was closed, in the meantime.
    Closed,
}

impl fmt::Display for ConnectError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ConnectError::Build(why) => why.fmt(f),
            ConnectError::Refused(refused) => refused.fmt(f),
            ConnectError::Unreachable(why) => why.fmt(f),
            ConnectError::Timeout => f.write_str("timeout: the server did not answer"),
            ConnectError::WrongVersion => f.write_str(
                "the server speaks another generation of Socket.IO: leave the version to be detected",
            ),
            ConnectError::Auth(why) => write!(f, "the auth function failed: {why}"),
            ConnectError::Closed => f.write_str("the namespace was disconnected in the meantime"),
        }
    }
}

impl std::error::Error for ConnectError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            ConnectError::Build(why) => Some(why),
            ConnectError::Refused(why) => Some(why),
            ConnectError::Unreachable(why) => Some(why),
            _ => None,
        }
    }
}

impl From<BuildError> for ConnectError {
    fn from(error: BuildError) -> Self {
        ConnectError::Build(error)
    }
}

/// The server's words when it refuses a namespace, or reports an error on one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    json: bytes::Bytes,
}

impl Refused {
    pub(crate) fn new(json: Option<bytes::Bytes>) -> Self {
        Refused {
            json: json.unwrap_or_default(),
        }
    }

    /// What the server said: the text itself (2.x), or its `message`.
    pub fn message(&self) -> String {
        #[derive(serde::Deserialize)]
        #[serde(untagged)]
        enum Said {
            Text(String),
            Object { message: String },
        }
        match serde_json::from_slice(&self.json) {
            Ok(Said::Text(message) | Said::Object { message }) => message,
            Err(_) => String::from_utf8_lossy(&self.json).into_owned(),
        }
    }

    /// What else the server said: the `data` of the error (socket.io 3 and later), or the whole of it (2.x).
    ///
    /// # Errors
    /// When it is not there, or not of this type.
    pub fn data<T: DeserializeOwned>(&self) -> Result<T, DecodeError> {
        #[derive(serde::Deserialize)]
        struct Said {
            data: Box<serde_json::value::RawValue>,
        }
        let whole = &self.json[..];
        match serde_json::from_slice::<Said>(whole) {
            Ok(said) => args::decode_value(said.data.get().as_bytes()),
            Err(_) => args::decode_value(whole),
        }
    }

    /// The JSON as it came; empty if the server said nothing.
    pub fn json(&self) -> &[u8] {
        &self.json
    }
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.message() {
            message if message.is_empty() => f.write_str("the server refused without a reason"),
            message => f.write_str(&message),
        }
    }
}

impl std::error::Error for Refused {}

/// Why a connection could not be opened, or broke.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum TransportError {
    /// The network: no such host, connection refused, reset, ...
    Io(Arc<std::io::Error>),
    /// TLS: the server's certificate is not trusted, or the like. See `Builder::root_certificate_pem`.
    Tls(String),
    /// The proxy of `Builder::proxy` cannot be reached, or does not let the client through; the text says what helps.
    Proxy(String),
    /// The server, or something before it, answered with this status (and the beginning of a body).
    Status(u16, String),
    /// What came is larger than this many bytes. See `Builder::max_packet_bytes`.
    TooLarge(usize),
    /// What came is no WebSocket, or breaks its rules.
    WebSocket(String),
    /// What came is no HTTP, or breaks its rules.
    Http(String),
    /// An HTTP request was not answered in the time of `Builder::request_timeout`.
    RequestTimeout,
    /// What came is no Engine.IO handshake, or none came in time.
    Handshake(OpenError),
    /// The connection was opened, and ended before the namespace was connected.
    Closed(Reason),
}

impl fmt::Display for TransportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            TransportError::Io(why) => write!(f, "the server cannot be reached: {why}"),
            TransportError::Tls(why) => write!(f, "TLS: {why}"),
            TransportError::Proxy(why) => write!(f, "the proxy {why}"),
            TransportError::Status(status, body) => {
                write!(f, "the server answered with HTTP status {status}: {body}")
            }
            TransportError::TooLarge(limit) => {
                write!(
                    f,
                    "what came is larger than {limit} bytes: see max_packet_bytes"
                )
            }
            TransportError::WebSocket(why) => write!(f, "WebSocket: {why}"),
            TransportError::Http(why) => write!(f, "HTTP: {why}"),
            TransportError::RequestTimeout => {
                f.write_str("the server did not answer a request within the request timeout")
            }
            TransportError::Handshake(why) => why.fmt(f),
            TransportError::Closed(reason) => write!(
                f,
                "the connection ended before the server had let the namespace in: {reason}"
            ),
        }
    }
}

impl std::error::Error for TransportError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            TransportError::Io(why) => Some(&**why),
            TransportError::Handshake(why) => Some(why),
            _ => None,
        }
    }
}

impl TransportError {
    /// What it means to the machine.
    pub(crate) fn lost(&self) -> Lost {
        match self {
            TransportError::TooLarge(_) => Lost::TooLarge,
            _ => Lost::Failed,
        }
    }
}

impl From<std::io::Error> for TransportError {
    fn from(error: std::io::Error) -> Self {
        TransportError::Io(Arc::new(error))
    }
}

/// Why an event was not sent.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum EmitError {
    /// The arguments cannot be written as JSON with attachments.
    Encode(EncodeError),
    /// The name is one of the client's own (`connect`, `disconnect`, ...): choose another.
    ReservedName(String),
    /// The machine refused, for the reason inside.
    Refused(Misuse),
    /// The queue to the connection is full (from `try_emit` alone): `emit` waits for room.
    QueueFull,
    /// The client is closed.
    Closed,
}

impl fmt::Display for EmitError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            EmitError::Encode(why) => why.fmt(f),
            EmitError::ReservedName(name) => {
                write!(f, "\"{name}\" is a reserved event name: choose another")
            }
            EmitError::Refused(why) => why.fmt(f),
            EmitError::QueueFull => f.write_str(
                "the queue to the connection is full: await `emit`, which waits for room",
            ),
            EmitError::Closed => f.write_str("the client is closed"),
        }
    }
}

impl std::error::Error for EmitError {}

impl From<EncodeError> for EmitError {
    fn from(error: EncodeError) -> Self {
        EmitError::Encode(error)
    }
}

impl From<Misuse> for EmitError {
    fn from(error: Misuse) -> Self {
        EmitError::Refused(error)
    }
}

/// Why an awaited ack did not come.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum AckError {
    /// The event was not sent at all.
    Emit(EmitError),
    /// No answer came in the time given. An event that was still waiting for the connection is not sent any more.
    Timeout,
    /// The connection ended after the event was sent: whether it arrived is not known.
    Disconnected,
    /// The event was volatile and there was no connection: it was not sent.
    Dropped,
    /// The answer is not of the type that was asked for.
    Decode(DecodeError),
}

impl fmt::Display for AckError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            AckError::Emit(why) => why.fmt(f),
            AckError::Timeout => f.write_str("operation has timed out"),
            AckError::Disconnected => f.write_str("socket has been disconnected"),
            AckError::Dropped => {
                f.write_str("the volatile event was dropped: there is no connection")
            }
            AckError::Decode(why) => write!(f, "the answer is not of the type asked for: {why}"),
        }
    }
}

impl std::error::Error for AckError {}

impl From<EmitError> for AckError {
    fn from(error: EmitError) -> Self {
        AckError::Emit(error)
    }
}

/// What went wrong outside of any call: given to `Socket::on_error`.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum SocketError {
    /// An event's arguments are not of the type its handler asks for; the handler did not run.
    Decode {
        /// The event's name.
        event: String,
        /// What does not fit.
        error: DecodeError,
    },
    /// A handler panicked. The others go on.
    HandlerPanicked {
        /// The event's name.
        event: String,
    },
    /// The server reports a failure of a middleware or controller (socket.io 2.x); the namespace stays connected.
    Server(Refused),
    /// An event gave way in the full offline buffer, as [`Builder::offline_policy`](crate::Builder::offline_policy) says.
    Dropped {
        /// The event's name.
        event: String,
    },
    /// An event that `emit` had taken could not be kept after the connection was lost.
    NotSent(Misuse),
}

impl fmt::Display for SocketError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            SocketError::Decode { event, error } => {
                write!(
                    f,
                    "the arguments of \"{event}\" do not fit its handler: {error}"
                )
            }
            SocketError::HandlerPanicked { event } => {
                write!(f, "a handler of \"{event}\" panicked")
            }
            SocketError::Server(refused) => write!(f, "the server reports: {refused}"),
            SocketError::Dropped { event } => {
                write!(
                    f,
                    "\"{event}\" was not sent: it gave way in the full offline buffer"
                )
            }
            SocketError::NotSent(why) => write!(f, "an event was not sent: {why}"),
        }
    }
}

impl std::error::Error for SocketError {}
