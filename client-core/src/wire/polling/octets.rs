//! Engine.IO 3 as bytes: 0 (text) or 1 (binary), the length's decimal digits as bytes 0-9, 255, the packet.
//!
//! Source: engine.io-parser 2.2, `encodePayloadAsBinary` and `decodePayloadAsBinary`, with what they do to broken bodies. The
//! example in engine.io-protocol, revision 3, is wrong.

use alloc::borrow::Cow;
use alloc::string::String;
use alloc::vec::Vec;

use crate::engine_version::EngineVersion;
use crate::wire::number;
use crate::wire::packet::{BadPacket, Content, frame_of_base64, frame_of_text};

/// The longest length that is read, in characters: engine.io-parser's bound, "char length of Number.MAX_VALUE".
const LENGTH_LIMIT: usize = 310;
const LENGTH_END: u8 = 255;

/// The frames of a body's packets.
#[derive(Clone, Debug)]
pub(super) struct Octets<'a> {
    /// `None` if a length cannot be read: the reference then does not read any packet.
    items: Option<Items<'a>>,
}

impl<'a> Octets<'a> {
    pub(super) fn new(body: &'a [u8]) -> Octets<'a> {
        let mut all = Items(body);
        let is_sound = loop {
            match all.next() {
                None => break true,
                Some(Ok(_)) => {}
                Some(Err(BadPacket)) => break false,
            }
        };
        Octets {
            items: is_sound.then_some(Items(body)),
        }
    }

    /// Returns the next frame. Must not be called again after an error.
    pub(super) fn next(&mut self) -> Option<Result<Content<'a>, BadPacket>> {
        let Some(items) = &mut self.items else {
            return Some(Err(BadPacket));
        };
        Some(match items.next()? {
            Ok(Item::Binary(bytes)) => Ok(Content::Binary(Cow::Borrowed(bytes))),
            Ok(Item::Text(bytes)) => frame_of_bytes(bytes),
            Err(error) => Err(error),
        })
    }
}

/// The bytes after the lengths, not decoded yet.
#[derive(Clone, Debug)]
struct Items<'a>(&'a [u8]);

enum Item<'a> {
    Text(&'a [u8]),
    Binary(&'a [u8]),
}

impl<'a> Items<'a> {
    /// Takes at least one byte with each call, so that the time for a body is bounded by its length.
    fn next(&mut self) -> Option<Result<Item<'a>, BadPacket>> {
        let (marker, rest) = self.0.split_first()?;
        let Some(length) = Length::read(rest) else {
            return Some(Err(BadPacket));
        };
        // The reference skips as many bytes as the length has characters, and then the byte that ended it.
        let rest = skip_bytes(rest, length.chars);
        let (data, rest) = match length.value {
            Some(bytes) => {
                let rest = skip_bytes(rest, 1);
                rest.split_at(bytes.min(rest.len()))
            }
            None => (&[][..], rest),
        };
        self.0 = rest;
        Some(Ok(match marker {
            0 => Item::Text(data),
            _ => Item::Binary(data),
        }))
    }
}

/// A length as the reference reads it: the decimal numbers of all bytes up to 255, concatenated as text.
struct Length {
    /// How many characters that text has.
    chars: usize,
    /// Its value; `None` if the text is empty.
    value: Option<usize>,
}

impl Length {
    fn read(bytes: &[u8]) -> Option<Length> {
        let mut length = Length {
            chars: 0,
            value: None,
        };
        for byte in bytes {
            if *byte == LENGTH_END {
                return Some(length);
            }
            if length.chars > LENGTH_LIMIT {
                return None;
            }
            length.push(*byte);
        }
        None
    }

    fn push(&mut self, byte: u8) {
        let (chars, scale) = match byte {
            0..10 => (1, 10),
            10..100 => (2, 100),
            100.. => (3, 1000),
        };
        self.chars += chars;
        let value = self.value.unwrap_or(0).saturating_mul(scale);
        self.value = Some(value.saturating_add(usize::from(byte)));
    }
}

fn skip_bytes(bytes: &[u8], at: usize) -> &[u8] {
    bytes.get(at..).unwrap_or_default()
}

/// Returns a text packet in UTF-8 as a frame.
fn frame_of_bytes(bytes: &[u8]) -> Result<Content<'_>, BadPacket> {
    if let Some(rest) = bytes.strip_prefix(b"b") {
        return Ok(frame_of_base64(EngineVersion::Eio3, rest));
    }
    match core::str::from_utf8(bytes) {
        Ok(text) => frame_of_text(EngineVersion::Eio3, text),
        Err(_) => {
            let text = without_surrogates(bytes).ok_or(BadPacket)?;
            frame_of_text(EngineVersion::Eio3, &text)?;
            Ok(Content::Text(Cow::Owned(text)))
        }
    }
}

/// Decodes UTF-8 in which surrogates may be encoded: each becomes U+FFFD, the only error that utf8.js forgives.
fn without_surrogates(mut bytes: &[u8]) -> Option<String> {
    let mut text = String::with_capacity(bytes.len());
    while !bytes.is_empty() {
        let valid = match core::str::from_utf8(bytes) {
            Ok(all) => all.len(),
            Err(error) => error.valid_up_to(),
        };
        let (front, rest) = bytes.split_at(valid);
        text.push_str(core::str::from_utf8(front).ok()?);
        bytes = match rest {
            [] => rest,
            [0xed, 0xa0..=0xbf, 0x80..=0xbf, rest @ ..] => {
                text.push(char::REPLACEMENT_CHARACTER);
                rest
            }
            _ => return None,
        };
    }
    Some(text)
}

/// Appends the marker and the length of a packet of `bytes` bytes.
pub(super) fn write(body: &mut Vec<u8>, is_binary: bool, bytes: usize) {
    body.push(u8::from(is_binary));
    let digits = body.len();
    number::write(body, bytes as u64);
    for digit in body.iter_mut().skip(digits) {
        *digit -= b'0';
    }
    body.push(LENGTH_END);
}
