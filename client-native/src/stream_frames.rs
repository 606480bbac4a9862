//! Frames of Engine.IO in a stream of bytes, as a WebTransport has them.
//!
//! Source: engine.io-protocol 4, "WebTransport"; engine.io-parser 5.2 (`createPacketEncoderStream`, `createPacketDecoderStream`).

use bytes::{Bytes, BytesMut};
use tidewire_core::wire::packet::Content;
use tidewire_core::wire::stream;
use tidewire_core::{Packet, Target};

use crate::error::TransportError;
use crate::received::Received;

/// A frame above this size leaves none of its memory behind.
const LONG: usize = 16 << 10;

/// Cuts frames out of the bytes that were read.
#[derive(Debug)]
pub(crate) struct StreamReader {
    /// The bytes that are not taken yet.
    input: BytesMut,
    /// The bytes of the longest message.
    limit: usize,
}

impl StreamReader {
    pub(crate) fn new(limit: usize) -> StreamReader {
        StreamReader {
            input: BytesMut::new(),
            limit,
        }
    }

    /// Adds bytes that were read.
    pub(crate) fn push(&mut self, bytes: &[u8]) {
        self.input.extend_from_slice(bytes);
    }

    /// The next frame of the bytes that were read; `None` if more must be read.
    pub(crate) fn next(&mut self) -> Result<Option<Received>, TransportError> {
        let decoded = stream::decode(&self.input, self.limit as u64);
        let Some((content, end)) = decoded.map_err(|_| self.refusal())? else {
            return Ok(None);
        };
        let (is_text, size) = match &content {
            // Its bytes were not UTF-8. The text takes their place.
            Content::Text(std::borrow::Cow::Owned(text)) => {
                let text = Bytes::copy_from_slice(text.as_bytes());
                self.take(end);
                return Ok(Some(Received::Text(text.into())));
            }
            Content::Text(text) => (true, text.len()),
            Content::Binary(bytes) => (false, bytes.len()),
        };
        let frame = self.take(end);
        // Without its head, and without a byte order mark.
        let content = frame.slice(end - size..);
        Ok(Some(if is_text {
            Received::Text(content.into())
        } else {
            Received::Binary(content)
        }))
    }

    /// Removes the first bytes. Keeps no memory if they are all, and none of a long frame.
    fn take(&mut self, size: usize) -> Bytes {
        if size == self.input.len() {
            return std::mem::take(&mut self.input).freeze();
        }
        let frame = self.input.split_to(size).freeze();
        if size > LONG {
            // The frames behind it would keep its memory. They came with its end, so they are short.
            self.input = BytesMut::from(&self.input[..]);
        }
        frame
    }

    /// The error of a head that is refused: of an empty text, or of a frame that is too long.
    fn refusal(&self) -> TransportError {
        match stream::decode(&self.input, u64::MAX) {
            Ok(_) => TransportError::TooLarge(self.limit),
            Err(_) => TransportError::BadPacket,
        }
    }
}

/// Returns the first frame of a stream: the packet that asks for a session of Engine.IO or names one.
pub(crate) fn open_frame(target: &Target) -> Vec<u8> {
    let packet = target.stream_open_packet();
    let mut frame = Vec::new();
    stream::write_header(packet.len(), false, &mut frame);
    frame.extend_from_slice(&packet);
    frame
}

/// Buffers for the heads of a packet and of its frame.
#[derive(Debug, Default)]
pub(crate) struct Heads {
    packet: Vec<u8>,
    frame: Vec<u8>,
}

impl Heads {
    /// Returns the frame of a packet, in parts.
    pub(crate) fn frame<'a>(&'a mut self, packet: &'a Packet<Bytes>) -> [&'a [u8]; 3] {
        self.packet.clear();
        packet.write_head(&mut self.packet);
        let payload = packet.payload().map_or(&[][..], |payload| payload);
        let (is_binary, parts) = if self.packet.is_empty() && payload.is_empty() {
            // engine.io-parser does not read an empty frame, but base64 in a text.
            (false, [&b"b"[..], &[]])
        } else {
            (packet.is_binary(), [&self.packet[..], payload])
        };
        self.frame.clear();
        let size = parts[0].len() + parts[1].len();
        stream::write_header(size, is_binary, &mut self.frame);
        [&self.frame, parts[0], parts[1]]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMIT: usize = 1_000;

    /// Reads pieces of a stream. Returns the frames and the error, as texts.
    fn read<'a>(pieces: impl IntoIterator<Item = &'a [u8]>) -> Vec<String> {
        let mut reader = StreamReader::new(LIMIT);
        let mut out = Vec::new();
        for piece in pieces {
            reader.push(piece);
            loop {
                match reader.next() {
                    Ok(Some(Received::Text(text))) => out.push(text.as_str().to_owned()),
                    Ok(Some(Received::Binary(bytes))) => out.push(format!("{bytes:?}")),
                    Ok(Some(other)) => panic!("{other:?}"),
                    Ok(None) => break,
                    Err(error) => {
                        out.push(format!("{error:?}"));
                        return out;
                    }
                }
            }
        }
        assert_eq!(reader.input.capacity(), 0, "it keeps no memory");
        out
    }

    #[test]
    fn frames_may_come_in_any_pieces() {
        let mut bytes = b"\x03abc\x82\x00\x01\x80\x04\xff4ok\x06\xef\xbb\xbf4bo".to_vec();
        stream::write_header(900, false, &mut bytes);
        bytes.extend_from_slice(&[b'x'; 900]);
        let all = read([&bytes[..]]);
        let expected = ["abc", "b\"\\0\\x01\"", "b\"\"", "\u{fffd}4ok", "4bo"];
        assert_eq!(all[..5], expected);
        assert_eq!(all[5], "x".repeat(900));
        for size in 1..20 {
            assert_eq!(read(bytes.chunks(size)), all, "pieces of {size}");
        }
    }

    #[test]
    fn a_head_decides_about_a_frame_that_is_refused() {
        let too_large = format!("{:?}", TransportError::TooLarge(LIMIT));
        for (head, refusal) in [
            (&b"\x00"[..], "BadPacket"),
            (b"\x7e\x00\x00", "BadPacket"),
            (b"\x7f\x00\x00\x00\x00\x00\x00\x00\x00", "BadPacket"),
            (b"\x7e\x03\xe9", &too_large),
            (b"\xfe\xff\xff", &too_large),
            (b"\xff\x00\x00\x00\x01\x00\x00\x00\x00", &too_large),
            (b"\x7f\xff\xff\xff\xff\xff\xff\xff\xff", "BadPacket"),
        ] {
            let out = read([&b"\x01a"[..], head]);
            assert_eq!(out, ["a", refusal], "{head:?}");
        }
    }
}
