//! The differences between the two Engine.IO versions, each as a method with a name.
//!
//! `Eio3` is Engine.IO 3 with Socket.IO protocol 4 (socket.io 2.x, egg-socket.io); `Eio4` is Engine.IO 4 with Socket.IO
//! protocol 5 (socket.io 3.x and 4.x).

use core::fmt;

/// The Engine.IO version that a server speaks. It determines the Socket.IO protocol, too.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum EngineVersion {
    /// Engine.IO 3, Socket.IO protocol 4: socket.io 2.x servers.
    Eio3,
    /// Engine.IO 4, Socket.IO protocol 5: socket.io 3.x and 4.x servers.
    Eio4,
}

/// Which side sends the pings of the heartbeat.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Pinger {
    Client,
    Server,
}

impl fmt::Display for EngineVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            EngineVersion::Eio3 => "Engine.IO 3 (socket.io 2.x)",
            EngineVersion::Eio4 => "Engine.IO 4 (socket.io 3.x or 4.x)",
        })
    }
}

impl EngineVersion {
    /// Returns the number in the `EIO` query parameter.
    pub const fn number(self) -> u8 {
        match self {
            EngineVersion::Eio3 => 3,
            EngineVersion::Eio4 => 4,
        }
    }

    /// Returns the other version.
    pub(crate) const fn other(self) -> EngineVersion {
        match self {
            EngineVersion::Eio3 => EngineVersion::Eio4,
            EngineVersion::Eio4 => EngineVersion::Eio3,
        }
    }

    /// Returns which side pings: the client in Engine.IO 3, the server in Engine.IO 4.
    pub(crate) const fn pinger(self) -> Pinger {
        match self {
            EngineVersion::Eio3 => Pinger::Client,
            EngineVersion::Eio4 => Pinger::Server,
        }
    }

    /// Returns whether the server connects every client to `/` by itself, before any other namespace (2.x).
    pub(crate) const fn auto_connects_root(self) -> bool {
        matches!(self, EngineVersion::Eio3)
    }

    /// Returns whether a binary WebSocket frame begins with the packet type as a byte (Engine.IO 3).
    pub const fn types_binary_frames(self) -> bool {
        matches!(self, EngineVersion::Eio3)
    }

    /// Returns whether CONNECT carries the auth payload, and its reply the session id. In 2.x it carries the namespace's query
    /// instead.
    pub(crate) const fn connects_with_payload(self) -> bool {
        matches!(self, EngineVersion::Eio4)
    }

    /// Returns whether the server answers every CONNECT with CONNECT or CONNECT_ERROR. A 2.x server that disconnects a client in
    /// a middleware sends DISCONNECT instead.
    pub(crate) const fn always_answers_connect(self) -> bool {
        matches!(self, EngineVersion::Eio4)
    }

    /// Returns whether ERROR may also report the failure of a packet, and leaves the namespace connected (2.x).
    pub(crate) const fn errors_while_connected(self) -> bool {
        matches!(self, EngineVersion::Eio3)
    }

    /// Returns whether a packet of unknown type is ignored: socket.io-parser 3.x makes it an error without a handler, 4.x closes
    /// the connection.
    pub(crate) const fn ignores_unknown_packets(self) -> bool {
        matches!(self, EngineVersion::Eio3)
    }

    /// Returns whether the parser refuses events with the client's own names (`connect`, `disconnect`, ...; socket.io-parser
    /// 4.x).
    pub(crate) const fn reserves_names(self) -> bool {
        matches!(self, EngineVersion::Eio4)
    }

    /// Returns the bytes that may begin the JSON of a CONNECT: an object in protocol 5; an object, array or null before.
    pub(crate) const fn connect_payload_starts(self) -> &'static [u8] {
        match self {
            EngineVersion::Eio3 => b"{[n",
            EngineVersion::Eio4 => b"{",
        }
    }

    /// Returns the bytes that may begin the JSON of a CONNECT_ERROR: a string or an object in protocol 5; before, also an array
    /// or null.
    pub(crate) const fn error_payload_starts(self) -> &'static [u8] {
        match self {
            EngineVersion::Eio3 => b"\"{[n",
            EngineVersion::Eio4 => b"\"{",
        }
    }
}
