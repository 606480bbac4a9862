//! Errors by whose fault they are, and the reasons of disconnection in Socket.IO's own words.

use core::fmt;

use crate::wire::head::Malformed;

/// A command that could not be carried out: the caller's fault. Nothing has changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Misuse {
    /// The namespace's buffer of emits while not connected is full. Emit less, raise
    /// [`Config::offline_packets`](crate::Config), or wait for the connection.
    BufferFull,
    /// Too many acks are awaited. Wait for some, give them timeouts, or raise [`Config::max_acks`](crate::Config).
    TooManyAcks,
    /// More attachments than [`Config::max_attachments`](crate::Config): send them in several events.
    TooManyAttachments,
    /// The connection that asked for this answer is gone, and the answer with it.
    StaleReply,
}

impl fmt::Display for Misuse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Misuse::BufferFull => {
                "the offline buffer is full: emit less while disconnected, or raise its limit"
            }
            Misuse::TooManyAcks => {
                "too many acks are awaited: give them timeouts, or raise their limit"
            }
            Misuse::TooManyAttachments => {
                "too many binary attachments in one packet: send several events, or raise the limit"
            }
            Misuse::StaleReply => "the connection that asked for this answer is gone",
        })
    }
}

impl core::error::Error for Misuse {}

/// Why a namespace or the whole connection ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Reason {
    /// The server disconnected the namespace. It is not reconnected by itself.
    ServerDisconnect,
    /// The application called `disconnect`.
    ClientDisconnect,
    /// The heartbeat failed: nothing came within `pingInterval + pingTimeout`.
    PingTimeout,
    /// The connection ended.
    TransportClose,
    /// The connection broke, or the peer broke Engine.IO's rules.
    TransportError,
    /// The peer sent what is no Socket.IO packet.
    ParseError,
    /// The application closed the whole connection.
    ForcedClose,
}

impl Reason {
    /// The reason in Socket.IO's own words.
    pub const fn as_str(self) -> &'static str {
        match self {
            Reason::ServerDisconnect => "io server disconnect",
            Reason::ClientDisconnect => "io client disconnect",
            Reason::PingTimeout => "ping timeout",
            Reason::TransportClose => "transport close",
            Reason::TransportError => "transport error",
            Reason::ParseError => "parse error",
            Reason::ForcedClose => "forced close",
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Why an attempt to open the connection failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OpenError {
    /// The host could not connect, or the connection ended before the handshake (the host knows more).
    Transport,
    /// No handshake came within [`Config::open_timeout`](crate::Config).
    Timeout,
    /// What came was no Engine.IO handshake: is this a Socket.IO server, and the path right?
    Handshake,
}

impl fmt::Display for OpenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            OpenError::Transport => "the server cannot be reached",
            OpenError::Timeout => "timeout: the server accepted the connection but sent no handshake",
            OpenError::Handshake => {
                "the answer is no Engine.IO handshake: check that the address and path are those of a Socket.IO server"
            }
        })
    }
}

impl core::error::Error for OpenError {}

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Malformed::UnknownType => "unknown packet type",
            Malformed::BadAttachmentCount => "illegal attachments",
            Malformed::TooManyAttachments => "too many attachments",
            Malformed::BadPayload => "invalid payload",
            Malformed::HeaderTooLong => "the packet's header is too long",
            Malformed::TextForBinary => "got plaintext data when reconstructing a packet",
            Malformed::UnexpectedBinary => "got binary data when not reconstructing a packet",
            Malformed::PacketTooLarge => "the packet is larger than its limit",
            Malformed::TooManyEarlyEvents => "too many events before CONNECT",
        })
    }
}

impl core::error::Error for Malformed {}
