//! Polling bodies: several packets in one HTTP message, in the format of each Engine.IO version.
//!
//! Source: engine.io-protocol, revisions 3 and 4, "Payload"; engine.io-parser 2.2 and 5.2, `encodePayload` and
//! `decodePayload`. Engine.IO 3 has two formats, `lengths` and `octets`.

mod format;
mod lengths;
mod octets;
mod writer;

use core::str::Split;

pub use format::BodyFormat;
use format::SEPARATOR;
use lengths::Lengths;
use octets::Octets;
pub use writer::{Writer, encode};

use super::packet::{BadPacket, Content, frame_of_text};
use crate::engine_version::EngineVersion;

/// Returns the version whose format the body with the handshake has.
///
/// Call it before reading the body if [`Target::body_version`](crate::Target::body_version) is `None`: a 2.x server may answer
/// a request with `EIO=4` in the format of Engine.IO 3 (measured: `94:0{…}2:40` from socket.io 2.5.1). Read as Engine.IO 4,
/// that body would begin with a bad packet, and `2:40` with a ping. A body of bytes is always one of Engine.IO 3.
pub fn engine_version_of(body: &str) -> EngineVersion {
    let is_length = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    match body.split_once(':') {
        Some((length, rest)) if is_length(length) && rest.starts_with("0{") => EngineVersion::Eio3,
        _ => EngineVersion::Eio4,
    }
}

/// Returns the packets of a text body, each as the frame it would be over a WebSocket (`decodePayload`).
///
/// Texts are borrowed from `body`. The first bad packet is the last item; the rest of the body is not read.
pub fn decode_text(version: EngineVersion, body: &str) -> Frames<'_> {
    Frames(match version {
        EngineVersion::Eio3 => Body::Lengths(Lengths::new(body)),
        EngineVersion::Eio4 => Body::Separated(body.split(SEPARATOR)),
    })
}

/// Returns the packets of an `application/octet-stream` body, which only Engine.IO 3 has (`decodePayloadAsBinary`).
///
/// Like [`decode_text`]; binary is borrowed, too. If a length cannot be read, the only item is a bad packet.
pub fn decode_octets(body: &[u8]) -> Frames<'_> {
    Frames(Body::Octets(Octets::new(body)))
}

/// An iterator over the packets of a polling body. See [`decode_text`] and [`decode_octets`].
#[derive(Clone, Debug)]
pub struct Frames<'a>(Body<'a>);

#[derive(Clone, Debug)]
enum Body<'a> {
    Separated(Split<'a, char>),
    Lengths(Lengths<'a>),
    Octets(Octets<'a>),
    /// A bad packet has ended the iteration.
    Ended,
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
            Body::Ended => return None,
        };
        if frame.is_err() {
            self.0 = Body::Ended;
        }
        Some(frame)
    }
}
