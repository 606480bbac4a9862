//! The formats of polling bodies.

use crate::engine_version::EngineVersion;

/// The byte between two packets in Engine.IO 4: the record separator (engine.io-protocol, revision 4, "Payload").
pub(super) const SEPARATOR: char = '\u{1e}';

/// The format of a body (engine.io-protocol, "Payload").
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BodyFormat {
    /// Engine.IO 4: packets between separators, binary in base64.
    Separated,
    /// Engine.IO 3, text: each packet after its length in UTF-16 units, binary in base64.
    Lengths,
    /// Engine.IO 3, binary: each packet after its length in bytes.
    Octets,
}

impl BodyFormat {
    /// Returns the format of a body to send.
    ///
    /// Only Engine.IO 3 has a binary format. It is used if any packet is binary and the peer supports it.
    pub const fn new(
        version: EngineVersion,
        any_binary: bool,
        supports_binary: bool,
    ) -> BodyFormat {
        match version {
            EngineVersion::Eio4 => BodyFormat::Separated,
            EngineVersion::Eio3 if any_binary && supports_binary => BodyFormat::Octets,
            EngineVersion::Eio3 => BodyFormat::Lengths,
        }
    }

    /// Returns the `Content-Type` of such a body, as engine.io-client sends it.
    pub const fn content_type(self) -> &'static str {
        match self {
            BodyFormat::Separated | BodyFormat::Lengths => "text/plain;charset=UTF-8",
            BodyFormat::Octets => "application/octet-stream",
        }
    }
}
