//! Engine.IO 3 as text: `<length>:<packet>`, one after the other, lengths in UTF-16 units as JavaScript counts.
//!
//! Source: engine.io-protocol, revision 3; engine.io-parser 2.2, `encodePayload` and `decodePayload`.

use alloc::vec::Vec;

use crate::wire::number;
use crate::wire::packet::BadPacket;

/// The texts of a body's packets.
#[derive(Clone, Debug)]
pub(super) struct Lengths<'a> {
    /// The rest of the body; `None` if the body was empty, which is an error.
    rest: Option<&'a str>,
}

impl<'a> Lengths<'a> {
    pub(super) fn new(body: &'a str) -> Lengths<'a> {
        Lengths {
            rest: Some(body).filter(|body| !body.is_empty()),
        }
    }

    /// Returns the next text. Skips empty texts, as the reference does. Must not be called again after an error.
    pub(super) fn next(&mut self) -> Option<Result<&'a str, BadPacket>> {
        loop {
            let Some(rest) = self.rest else {
                return Some(Err(BadPacket));
            };
            if rest.is_empty() {
                return None;
            }
            let Some((text, rest)) = split(rest) else {
                return Some(Err(BadPacket));
            };
            self.rest = Some(rest);
            if !text.is_empty() {
                return Some(Ok(text));
            }
        }
    }
}

/// Splits the first packet's text off.
///
/// A length that ends in the middle of a surrogate pair is an error: Rust's texts cannot hold half a pair, and the other half
/// is not a length.
fn split(body: &str) -> Option<(&str, &str)> {
    let (length, rest) = body.split_once(':')?;
    if length.is_empty() {
        return None;
    }
    split_units(rest, usize::try_from(number::parse(length)?).ok()?)
}

fn split_units(text: &str, units: usize) -> Option<(&str, &str)> {
    // A character takes no more UTF-16 units than bytes.
    let front = text.as_bytes().get(..units)?;
    if front.is_ascii() {
        return text.split_at_checked(units);
    }
    let mut left = units;
    for (at, character) in text.char_indices() {
        if left == 0 {
            return Some(text.split_at(at));
        }
        left = left.checked_sub(character.len_utf16())?;
    }
    (left == 0).then_some((text, ""))
}

/// Appends a length, in UTF-16 units.
pub(super) fn write(body: &mut Vec<u8>, units: usize) {
    number::write(body, units as u64);
    body.push(b':');
}

/// Returns the length in UTF-16 units of a text in UTF-8.
pub(super) fn utf16_len(utf8: &[u8]) -> usize {
    utf8.iter()
        .map(|byte| usize::from(byte & 0xc0 != 0x80) + usize::from(*byte >= 0xf0))
        .sum()
}
