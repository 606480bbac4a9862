//! WebTransport: packets in a stream of bytes, each after a header of 1, 3 or 9 bytes.
//!
//! Source: engine.io-protocol, revision 4, "WebTransport"; engine.io-parser 5.2, `createPacketEncoderStream` and
//! `createPacketDecoderStream`.

use alloc::borrow::Cow;
use alloc::string::String;
use alloc::vec::Vec;

use super::packet::{BadPacket, Content};

/// The header's first bit: the frame is binary.
const BINARY: u8 = 0x80;
/// In the place of a length: two bytes of length follow.
const LENGTH_16: u8 = 126;
/// In the place of a length: eight bytes of length follow.
const LENGTH_64: u8 = 127;
/// The greatest length: JavaScript's `Number.MAX_SAFE_INTEGER`.
const LENGTH_MAX: u64 = (1 << 53) - 1;

/// Appends the header of a frame of `len` bytes, which the caller appends after it.
///
/// The frame is the same as on a WebSocket in Engine.IO 4: the bytes of a binary message, or the type's digit and the text.
pub fn write_header(len: usize, is_binary: bool, out: &mut Vec<u8>) {
    let flag = if is_binary { BINARY } else { 0 };
    if let (true, Ok(len)) = (len < usize::from(LENGTH_16), u8::try_from(len)) {
        out.push(flag | len);
    } else if let Ok(len) = u16::try_from(len) {
        out.push(flag | LENGTH_16);
        out.extend_from_slice(&len.to_be_bytes());
    } else {
        out.push(flag | LENGTH_64);
        out.extend_from_slice(&(len as u64).to_be_bytes());
    }
}

/// Returns the first frame in `received`, and its length in bytes with the header; `None` until the frame is complete.
///
/// Invalid UTF-8 in a text becomes U+FFFD, and a byte order mark is left out (WHATWG, `TextDecoder`).
///
/// # Errors
/// [`BadPacket`] if the header announces an empty text or more than `max` bytes. The header alone decides, so that a caller never needs
/// to keep more than `max` + 9 bytes.
pub fn decode(received: &[u8], max: u64) -> Result<Option<(Content<'_>, usize)>, BadPacket> {
    let Some((is_binary, length, start)) = read_header(received, max)? else {
        return Ok(None);
    };
    // A frame that does not fit into memory is never complete.
    let end = usize::try_from(length).map_or(usize::MAX, |length| start.saturating_add(length));
    let Some(bytes) = received.get(start..end) else {
        return Ok(None);
    };
    let frame = if is_binary {
        Content::Binary(Cow::Borrowed(bytes))
    } else {
        let text = bytes.strip_prefix("\u{feff}".as_bytes()).unwrap_or(bytes);
        Content::Text(String::from_utf8_lossy(text))
    };
    Ok(Some((frame, end)))
}

/// Returns whether the frame is binary, its length and that of the header, once the header is complete.
fn read_header(received: &[u8], max: u64) -> Result<Option<(bool, u64, usize)>, BadPacket> {
    let Some((first, rest)) = received.split_first() else {
        return Ok(None);
    };
    let short = first & !BINARY;
    // Like the reference, this also checks the markers of long lengths (126, 127) against the limit.
    check(u64::from(short), max)?;
    let long = match short {
        LENGTH_16 => rest
            .first_chunk()
            .map(|b| (u64::from(u16::from_be_bytes(*b)), 3)),
        LENGTH_64 => rest.first_chunk().map(|b| (u64::from_be_bytes(*b), 9)),
        short => Some((u64::from(short), 1)),
    };
    let Some((length, start)) = long else {
        return Ok(None);
    };
    // engine.io-parser writes an empty attachment as an empty frame, and does not read it itself.
    if length == 0 && first & BINARY == 0 {
        return Err(BadPacket);
    }
    check(length, max)?;
    Ok(Some((first & BINARY != 0, length, start)))
}

fn check(length: u64, max: u64) -> Result<(), BadPacket> {
    if length > max.min(LENGTH_MAX) {
        return Err(BadPacket);
    }
    Ok(())
}
