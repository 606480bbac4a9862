//! The writer of polling bodies.
//!
//! Source: engine.io-parser 2.2 and 5.2, `encodePayload`.

use alloc::vec::Vec;

use super::format::{BodyFormat, SEPARATOR};
use super::{lengths, octets};
use crate::wire::base64;
use crate::wire::engine::EngineType;
use crate::wire::packet::{Content, EnginePacket};

/// Builds a body. Takes packets in the pieces that the machine gives them in (`encodePayload`).
#[derive(Clone, Debug)]
pub struct Writer {
    format: BodyFormat,
    body: Vec<u8>,
    is_empty: bool,
}

impl Writer {
    /// Creates a writer without packets.
    pub const fn new(format: BodyFormat) -> Writer {
        Writer {
            format,
            body: Vec::new(),
            is_empty: true,
        }
    }

    /// Appends a text packet, in UTF-8: `head`, which begins with the packet's type, then `rest`.
    pub fn text(&mut self, head: &[u8], rest: &[u8]) {
        match self.format {
            BodyFormat::Separated => self.separate(),
            BodyFormat::Lengths => {
                let units = lengths::utf16_len(head) + lengths::utf16_len(rest);
                lengths::write(&mut self.body, units);
            }
            BodyFormat::Octets => octets::write(&mut self.body, false, head.len() + rest.len()),
        }
        self.body.extend_from_slice(head);
        self.body.extend_from_slice(rest);
        self.is_empty = false;
    }

    /// Appends a binary packet. In Engine.IO 4 binary is always a message, and `kind` is not written.
    pub fn binary(&mut self, kind: EngineType, data: &[u8]) {
        match self.format {
            BodyFormat::Separated => {
                self.separate();
                self.body.push(b'b');
            }
            BodyFormat::Lengths => {
                lengths::write(&mut self.body, 2 + base64::encoded_len(data.len()));
                self.body.extend_from_slice(&[b'b', kind.digit()]);
            }
            BodyFormat::Octets => {
                octets::write(&mut self.body, true, 1 + data.len());
                self.body.push(kind.byte());
            }
        }
        if self.format == BodyFormat::Octets {
            self.body.extend_from_slice(data);
        } else {
            base64::encode(data, |group| self.body.extend_from_slice(&group));
        }
        self.is_empty = false;
    }

    /// Returns the body: UTF-8 unless its format is [`BodyFormat::Octets`].
    pub fn finish(mut self) -> Vec<u8> {
        if self.is_empty && self.format == BodyFormat::Lengths {
            lengths::write(&mut self.body, 0);
        }
        self.body
    }

    fn separate(&mut self) {
        if !self.is_empty {
            self.body.push(SEPARATOR as u8);
        }
    }
}

// Public for vectors and fuzzers only: hosts write the machine's packets with `Writer`.
/// Returns the body of `packets` in `format`, for which see [`BodyFormat::new`] (`encodePayload`).
#[doc(hidden)]
pub fn encode(format: BodyFormat, packets: &[EnginePacket<'_>]) -> Vec<u8> {
    let mut writer = Writer::new(format);
    for packet in packets {
        match &packet.data {
            Content::Text(text) => writer.text(&[packet.kind.digit()], text.as_bytes()),
            Content::Binary(bytes) => writer.binary(packet.kind, bytes),
        }
    }
    writer.finish()
}
