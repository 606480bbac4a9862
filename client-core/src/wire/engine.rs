//! Engine.IO packet types: the one digit (or byte) in front of every packet.
//!
//! Source: engine.io-protocol, revisions 3 and 4; engine.io-parser 2.2 and 5.2.

/// The type of an Engine.IO packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum EngineType {
    /// `0`: the handshake.
    Open,
    /// `1`: the transport is closing.
    Close,
    /// `2`: a ping of the heartbeat, or an upgrade's probe.
    Ping,
    /// `3`: the answer to a ping.
    Pong,
    /// `4`: a Socket.IO packet.
    Message,
    /// `5`: the upgrade to another transport is done.
    Upgrade,
    /// `6`: an empty packet, to end a pending poll.
    Noop,
}

impl EngineType {
    const ALL: [EngineType; 7] = [
        EngineType::Open,
        EngineType::Close,
        EngineType::Ping,
        EngineType::Pong,
        EngineType::Message,
        EngineType::Upgrade,
        EngineType::Noop,
    ];

    /// Returns the type of a text packet that begins with `digit`.
    pub fn from_digit(digit: u8) -> Option<EngineType> {
        EngineType::from_byte(digit.wrapping_sub(b'0'))
    }

    /// Returns the type of a binary packet that begins with `byte` (Engine.IO 3).
    pub fn from_byte(byte: u8) -> Option<EngineType> {
        EngineType::ALL.get(usize::from(byte)).copied()
    }

    /// Returns the type of a binary packet of Engine.IO 3, and [`EngineType::Noop`] for an unknown one.
    ///
    /// engine.io-parser 2.2 gives a packet of unknown type no type, so that it has no effect.
    pub(crate) fn of_binary(byte: Option<u8>) -> EngineType {
        byte.and_then(EngineType::from_byte)
            .unwrap_or(EngineType::Noop)
    }

    /// Returns the digit that begins a text packet of this type.
    pub const fn digit(self) -> u8 {
        b'0' + self.byte()
    }

    /// Returns the number of this type: the first byte of a binary packet in Engine.IO 3.
    pub const fn byte(self) -> u8 {
        self as u8
    }
}
