//! Polling: several packets in the body of one HTTP message, in a form of each generation's own.
//!
//! Source: engine.io-protocol, revisions 3 and 4, "Payload"; engine.io-parser 2.2 and 5.2, `encodePayload` and
//! `decodePayload`. The older generation has two forms, `lengths` and `octets`.

mod lengths;
mod octets;
mod writer;

use core::str::Split;

use lengths::Lengths;
use octets::Octets;
pub use writer::{Writer, encode};

use super::packet::{BadPacket, Content, frame_of_text};
use crate::engine_version::EngineVersion;

/// What stands between two packets in Engine.IO 4: the record separator (engine.io-protocol, revision 4, "Payload").
const SEPARATOR: char = '\u{1e}';

/// The form of a body (engine.io-protocol, "Payload").
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BodyFormat {
    /// Engine.IO 4: packets between separators, binary in base64.
    Separated,
    /// Engine.IO 3, text: each packet behind its length in UTF-16 units, binary in base64.
    Lengths,
    /// Engine.IO 3, binary: each packet behind its length in bytes.
    Octets,
}

impl BodyFormat {
    /// The form of a body to send: Engine.IO 3 alone has one for binary, for peers that support it, and uses it when any
    /// packet is binary.
    pub const fn new(
        engine_version: EngineVersion,
        any_binary: bool,
        supports_binary: bool,
    ) -> BodyFormat {
        match engine_version {
            EngineVersion::Eio4 => BodyFormat::Separated,
            EngineVersion::Eio3 if any_binary && supports_binary => BodyFormat::Octets,
            EngineVersion::Eio3 => BodyFormat::Lengths,
        }
    }

    /// The `Content-Type` of such a body, as engine.io-client sends it.
    pub const fn content_type(self) -> &'static str {
        match self {
            BodyFormat::Separated | BodyFormat::Lengths => "text/plain;charset=UTF-8",
            BodyFormat::Octets => "application/octet-stream",
        }
    }
}

/// The generation whose form a handshake's body has: where [`Target::body_version`](crate::Target::body_version) is `None`, a 2.x server
/// may answer in its own form what was asked with `EIO=4` (measured: `94:0{…}2:40` from socket.io 2.5.1).
///
/// To be asked before the body is read: in the form of Engine.IO 4 the above would begin with a bad packet, and `2:40`
/// with a ping. A body of bytes is one of Engine.IO 3 alone.
pub fn engine_version_of(body: &str) -> EngineVersion {
    let is_length = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    match body.split_once(':') {
        Some((length, rest)) if is_length(length) && rest.starts_with("0{") => EngineVersion::Eio3,
        _ => EngineVersion::Eio4,
    }
}

/// The packets of a text body, each as the frame it would be over a WebSocket (`decodePayload`).
///
/// Texts are borrowed from `body`. The first bad packet is the last item: what follows it is not read.
pub fn decode_text(engine_version: EngineVersion, body: &str) -> Frames<'_> {
    Frames(match engine_version {
        EngineVersion::Eio3 => Body::Lengths(Lengths::new(body)),
        EngineVersion::Eio4 => Body::Separated(body.split(SEPARATOR)),
    })
}

/// The packets of a body that came as `application/octet-stream`, which Engine.IO 3 alone has (`decodePayloadAsBinary`).
///
/// As [`decode_text`]; binary is borrowed too. A body whose lengths cannot be read has no packet but the bad one.
pub fn decode_octets(body: &[u8]) -> Frames<'_> {
    Frames(Body::Octets(Octets::new(body)))
}

/// The packets of a polling body. See [`decode_text`] and [`decode_octets`].
#[derive(Clone, Debug)]
pub struct Frames<'a>(Body<'a>);

#[derive(Clone, Debug)]
enum Body<'a> {
    Separated(Split<'a, char>),
    Lengths(Lengths<'a>),
    Octets(Octets<'a>),
    /// A bad packet has come.
    Spoilt,
}

impl<'a> Iterator for Frames<'a> {
    type Item = Result<Content<'a>, BadPacket>;

    fn next(&mut self) -> Option<Self::Item> {
        let frame = match &mut self.0 {
            Body::Separated(texts) => frame_of_text(EngineVersion::Eio4, texts.next()?),
            Body::Lengths(body) => body
                .next()?
                .and_then(|text| frame_of_text(EngineVersion::Eio3, text)),
            Body::Octets(body) => body.next()?,
            Body::Spoilt => return None,
        };
        if frame.is_err() {
            self.0 = Body::Spoilt;
        }
        Some(frame)
    }
}
