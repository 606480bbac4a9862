//! What differs between the two generations of the protocol: a table of facts, asked by name.
//!
//! `Eio3` is Engine.IO 3 with Socket.IO protocol 4 (socket.io 2.x, egg-socket.io); `Eio4` is Engine.IO 4 with Socket.IO
//! protocol 5 (socket.io 3 and 4).

/// A generation of the protocol, named by its Engine.IO version.
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

impl EngineVersion {
    /// The number in the `EIO` query parameter.
    pub const fn number(self) -> u8 {
        match self {
            EngineVersion::Eio3 => 3,
            EngineVersion::Eio4 => 4,
        }
    }

    /// Who pings: the client in Engine.IO 3, the server in Engine.IO 4.
    pub(crate) const fn pinger(self) -> Pinger {
        match self {
            EngineVersion::Eio3 => Pinger::Client,
            EngineVersion::Eio4 => Pinger::Server,
        }
    }

    /// A 2.x server connects every client to `/` by itself, before any other namespace.
    pub(crate) const fn auto_connects_root(self) -> bool {
        matches!(self, EngineVersion::Eio3)
    }

    /// A binary WebSocket frame begins with the packet type as a byte (Engine.IO 3 alone).
    pub const fn types_binary_frames(self) -> bool {
        matches!(self, EngineVersion::Eio3)
    }

    /// CONNECT carries the auth payload and its answer the session id; in 2.x it carries the namespace's query instead.
    pub(crate) const fn connects_with_payload(self) -> bool {
        matches!(self, EngineVersion::Eio4)
    }

    /// A 4.x server answers CONNECT with CONNECT or CONNECT_ERROR, whatever else it sends; one of 2.x that throws a client out
    /// in a middleware sends DISCONNECT instead.
    pub(crate) const fn always_answers_connect(self) -> bool {
        matches!(self, EngineVersion::Eio4)
    }

    /// ERROR also reports failures of single packets, and leaves a connected namespace connected (socket.io 2.x).
    pub(crate) const fn errors_while_connected(self) -> bool {
        matches!(self, EngineVersion::Eio3)
    }

    /// socket.io-parser 3.x turns a packet of unknown type into an error that reaches nobody; 4.x closes the connection.
    pub(crate) const fn ignores_unknown_packets(self) -> bool {
        matches!(self, EngineVersion::Eio3)
    }

    /// socket.io-parser 4.x refuses events named like its own (`connect`, `disconnect`, ...).
    pub(crate) const fn reserves_names(self) -> bool {
        matches!(self, EngineVersion::Eio4)
    }

    /// What may begin the JSON of a CONNECT: an object in protocol 5; any object, array or null before.
    pub(crate) const fn connect_payload_starts(self) -> &'static [u8] {
        match self {
            EngineVersion::Eio3 => b"{[n",
            EngineVersion::Eio4 => b"{",
        }
    }

    /// What may begin the JSON of a CONNECT_ERROR: a string or an object in protocol 5; also array or null before.
    pub(crate) const fn error_payload_starts(self) -> &'static [u8] {
        match self {
            EngineVersion::Eio3 => b"\"{[n",
            EngineVersion::Eio4 => b"\"{",
        }
    }
}
