//! Base64, which carries binary where only text is possible.
//!
//! Source: RFC 4648, section 4; read as leniently as Node's `Buffer.from(text, "base64")`, which the official parsers use.

use alloc::vec::Vec;

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// Returns how many characters [`encode`] makes from `bytes` bytes.
pub const fn encoded_len(bytes: usize) -> usize {
    bytes.div_ceil(3) * 4
}

/// Encodes `bytes` with padding (RFC 4648, section 4). Calls `put` with four ASCII characters at a time.
pub fn encode(bytes: &[u8], mut put: impl FnMut([u8; 4])) {
    let mut triples = bytes.chunks_exact(3);
    for triple in &mut triples {
        put(group(triple[0], triple[1], triple[2]));
    }
    match *triples.remainder() {
        [a] => {
            let [first, second, ..] = group(a, 0, 0);
            put([first, second, b'=', b'=']);
        }
        [a, b] => {
            let [first, second, third, _] = group(a, b, 0);
            put([first, second, third, b'=']);
        }
        _ => {}
    }
}

fn group(a: u8, b: u8, c: u8) -> [u8; 4] {
    let bits = u32::from_be_bytes([0, a, b, c]);
    [18, 12, 6, 0].map(|shift| ALPHABET[(bits >> shift) as usize & 63])
}

/// Decodes `text`, and never fails.
///
/// As in Node, invalid characters are skipped, `-` and `_` belong to the URL-safe alphabet, padding may be missing, and the
/// first `=` ends the text.
pub fn decode(text: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(text.len() / 4 * 3 + 2);
    let (mut bits, mut count) = (0u32, 0);
    for value in text.iter().take_while(|c| **c != b'=').filter_map(value) {
        bits = bits << 6 | u32::from(value);
        count += 6;
        if count >= 8 {
            count -= 8;
            bytes.push((bits >> count) as u8);
        }
    }
    bytes
}

fn value(character: &u8) -> Option<u8> {
    Some(match *character {
        c @ b'A'..=b'Z' => c - b'A',
        c @ b'a'..=b'z' => c - b'a' + 26,
        c @ b'0'..=b'9' => c - b'0' + 52,
        b'+' | b'-' => 62,
        b'/' | b'_' => 63,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decodes_as_node_does() {
        let cases: [(&str, &[u8]); 12] = [
            ("AQIDBA==", &[1, 2, 3, 4]),
            ("AQIDBA", &[1, 2, 3, 4]),
            ("A", &[]),
            ("AR==", &[1]),
            ("AQIDB", &[1, 2, 3]),
            ("AQ==AQID", &[1]),
            ("AQ= =AQID", &[1]),
            ("A=QID", &[]),
            (" AQI\nDBA== ", &[1, 2, 3, 4]),
            ("AQ!!I\0Dé", &[1, 2, 3]),
            ("__--", &[255, 255, 190]),
            ("!!!!", &[]),
        ];
        for (text, bytes) in cases {
            assert_eq!(decode(text.as_bytes()), bytes, "{text}");
        }
    }
}
