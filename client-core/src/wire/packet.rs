//! Engine.IO packets, and the text or binary frames that carry them.
//!
//! Source: engine.io-protocol, revisions 3 and 4; engine.io-parser 2.2 and 5.2, `encodePacket` and `decodePacket`.

use alloc::borrow::Cow;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use super::base64;
use super::engine::EngineType;
use crate::engine_version::EngineVersion;

/// The content of a frame or a packet: text or binary (engine.io-protocol, "Packet encoding").
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Content<'a> {
    /// Text.
    Text(Cow<'a, str>),
    /// Bytes.
    Binary(Cow<'a, [u8]>),
}

// Public for vectors and fuzzers only: hosts read frames, not packets.
/// One Engine.IO packet (engine.io-protocol, "Packet types").
#[doc(hidden)]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EnginePacket<'a> {
    /// The packet's type.
    pub kind: EngineType,
    /// Its data; an empty text if it has none.
    pub data: Content<'a>,
}

/// The frame is not an Engine.IO packet: engine.io-parser's "parser error", which ends the connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BadPacket;

impl<'a> EnginePacket<'a> {
    /// Reads a frame, as it comes over a WebSocket or out of [`polling`](super::polling) (`decodePacket`).
    ///
    /// A binary packet of Engine.IO 3 whose type is unknown is an [`EngineType::Noop`]: in the reference it has no type and
    /// no effect.
    ///
    /// # Errors
    /// [`BadPacket`] if a text does not begin with a packet type.
    pub fn decode(
        version: EngineVersion,
        frame: &'a Content<'_>,
    ) -> Result<EnginePacket<'a>, BadPacket> {
        match frame {
            Content::Binary(bytes) => Ok(EnginePacket::from_binary(version, bytes)),
            Content::Text(text) => EnginePacket::from_text(version, text),
        }
    }

    /// Returns the packet's frame (`encodePacket`), borrowed where the frame is just the data.
    ///
    /// Without `supports_binary`, binary becomes text in base64. In Engine.IO 4 binary is always a message.
    pub fn encode(&self, version: EngineVersion, supports_binary: bool) -> Content<'_> {
        match &self.data {
            Content::Text(text) => {
                let mut frame = String::with_capacity(1 + text.len());
                frame.push(char::from(self.kind.digit()));
                frame.push_str(text);
                Content::Text(Cow::Owned(frame))
            }
            Content::Binary(bytes) if !supports_binary => {
                Content::Text(Cow::Owned(in_base64(version, self.kind, bytes)))
            }
            Content::Binary(bytes) if version.types_binary_frames() => {
                Content::Binary(Cow::Owned(typed(self.kind, bytes)))
            }
            Content::Binary(bytes) => Content::Binary(Cow::Borrowed(bytes)),
        }
    }

    fn from_text(version: EngineVersion, text: &'a str) -> Result<EnginePacket<'a>, BadPacket> {
        if let Some(rest) = text.strip_prefix('b') {
            let (kind, bytes) = read_base64(version, rest.as_bytes());
            return Ok(EnginePacket {
                kind,
                data: Content::Binary(Cow::Owned(bytes)),
            });
        }
        let (kind, data) = split_type(text).ok_or(BadPacket)?;
        Ok(EnginePacket {
            kind,
            data: Content::Text(Cow::Borrowed(data)),
        })
    }

    fn from_binary(version: EngineVersion, frame: &'a [u8]) -> EnginePacket<'a> {
        let (kind, data) = match frame.split_first() {
            _ if !version.types_binary_frames() => (EngineType::Message, frame),
            Some((byte, data)) => (EngineType::of_binary(Some(*byte)), data),
            None => (EngineType::of_binary(None), frame),
        };
        EnginePacket {
            kind,
            data: Content::Binary(Cow::Borrowed(data)),
        }
    }
}

/// Returns a text packet as the frame it would be over a WebSocket: base64 becomes binary.
pub(super) fn frame_of_text(version: EngineVersion, text: &str) -> Result<Content<'_>, BadPacket> {
    match text.strip_prefix('b') {
        Some(rest) => Ok(frame_of_base64(version, rest.as_bytes())),
        None => {
            split_type(text).ok_or(BadPacket)?;
            Ok(Content::Text(Cow::Borrowed(text)))
        }
    }
}

/// Returns a base64 packet, without its `b`, as a binary frame.
pub(super) fn frame_of_base64(version: EngineVersion, rest: &[u8]) -> Content<'static> {
    let (kind, bytes) = read_base64(version, rest);
    Content::Binary(Cow::Owned(if version.types_binary_frames() {
        typed(kind, &bytes)
    } else {
        bytes
    }))
}

fn split_type(text: &str) -> Option<(EngineType, &str)> {
    let kind = EngineType::from_digit(*text.as_bytes().first()?)?;
    // A digit is one byte.
    Some((kind, text.get(1..)?))
}

/// Engine.IO 3 writes the packet's type between `b` and the base64; Engine.IO 4 does not.
fn read_base64(version: EngineVersion, rest: &[u8]) -> (EngineType, Vec<u8>) {
    match rest.split_first() {
        Some((digit, base64)) if version.types_binary_frames() => (
            EngineType::of_binary(Some(digit.wrapping_sub(b'0'))),
            base64::decode(base64),
        ),
        None if version.types_binary_frames() => (EngineType::of_binary(None), Vec::new()),
        _ => (EngineType::Message, base64::decode(rest)),
    }
}

fn in_base64(version: EngineVersion, kind: EngineType, bytes: &[u8]) -> String {
    let mut frame = String::with_capacity(2 + base64::encoded_len(bytes.len()));
    frame.push('b');
    if version.types_binary_frames() {
        frame.push(char::from(kind.digit()));
    }
    base64::encode(bytes, |group| frame.extend(group.map(char::from)));
    frame
}

fn typed(kind: EngineType, bytes: &[u8]) -> Vec<u8> {
    [&[kind.byte()], bytes].concat()
}

impl fmt::Display for BadPacket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not an Engine.IO packet")
    }
}

impl core::error::Error for BadPacket {}
