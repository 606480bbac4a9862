//! Errors by whose fault they are, and the reasons of disconnection in Socket.IO's own words.

use core::fmt;

/// A command that was not carried out, by a fault of the caller. Nothing has changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Misuse {
    /// The namespace's buffer of events that are not sent or (with retries) not acked yet is full.
    ///
    /// Wait, emit less, or raise [`Config::offline_packets`](crate::Config::offline_packets) or
    /// [`Config::offline_bytes`](crate::Config::offline_bytes).
    BufferFull,
    /// The namespace awaits too many acks. Give them timeouts, or raise [`Config::max_acks`](crate::Config::max_acks).
    TooManyAcks,
    /// The event has more attachments than [`Config::max_attachments`](crate::Config::max_attachments). Send several events.
    TooManyAttachments,
    /// The connection that brought the event is gone, so the event can no longer be answered.
    StaleReply,
}

impl fmt::Display for Misuse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Misuse::BufferFull => {
                "the namespace's buffer of unsent and unacked events is full: wait, emit less, or raise \
                 Config::offline_packets or Config::offline_bytes"
            }
            Misuse::TooManyAcks => {
                "the namespace awaits too many acks: give them timeouts, or raise Config::max_acks"
            }
            Misuse::TooManyAttachments => {
                "the packet has too many binary attachments: send several events, or raise \
                 Config::max_attachments"
            }
            Misuse::StaleReply => {
                "the event can no longer be answered: the connection that brought it is gone"
            }
        })
    }
}

impl core::error::Error for Misuse {}

/// Why a namespace or the whole connection ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Reason {
    /// The server disconnected the namespace. The client does not reconnect it by itself.
    ServerDisconnect,
    /// The application called `disconnect`.
    ClientDisconnect,
    /// The heartbeat failed: no packet came within `pingInterval + pingTimeout`.
    PingTimeout,
    /// The peer closed the connection, or the network is gone.
    TransportClose,
    /// The connection broke, or the peer broke Engine.IO's rules.
    TransportError,
    /// The peer sent a malformed Socket.IO packet.
    ParseError,
    /// The application closed the whole connection.
    ForcedClose,
}

impl Reason {
    /// Returns the reason in Socket.IO's own words.
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
    /// The host could not connect, or the connection ended before the handshake. The host knows the cause.
    Transport,
    /// The handshake did not come within [`Config::open_timeout`](crate::Config::open_timeout).
    Timeout,
    /// The response was not an Engine.IO handshake. Check that the URL and path are those of a Socket.IO server.
    Handshake,
}

impl fmt::Display for OpenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            OpenError::Transport => {
                "cannot connect to the server, or the connection ended before the Engine.IO handshake"
            }
            OpenError::Timeout => {
                "no Engine.IO handshake arrived in time: check that the server is up, and that the path and a proxy are \
                 right"
            }
            OpenError::Handshake => {
                "the response is not an Engine.IO handshake: check that the URL and path are those of a \
                 Socket.IO server"
            }
        })
    }
}

impl core::error::Error for OpenError {}
