//! A WebSocket over a stream in memory. Its reading and writing of frames mean what tungstenite's own do.

mod ending;
mod reading;
pub(super) mod streams;
mod writing;

use super::head::Head;

/// The longest message, in bytes.
pub(super) const LIMIT: usize = 100_000;

/// The frames of a client, each as its first byte and its content.
pub(super) fn unmasked(mut bytes: &[u8]) -> Vec<Vec<u8>> {
    let mut frames = Vec::new();
    while let Some(head) = Head::read(bytes) {
        let (key, rest) = bytes[head.size..].split_at(4);
        let (content, rest) = rest.split_at(usize::try_from(head.payload).unwrap());
        let content = content.iter().zip(key.iter().cycle());
        let content = content.map(|(byte, key)| byte ^ key);
        frames.push(std::iter::once(bytes[0]).chain(content).collect());
        bytes = rest;
    }
    assert!(bytes.is_empty(), "a frame that is not whole");
    frames
}

/// A frame of a server.
pub(super) fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
    let mut frame = vec![first];
    match payload.len() {
        short @ 0..=125 => frame.push(short as u8),
        medium @ 126..=65_535 => {
            frame.push(126);
            frame.extend_from_slice(&(medium as u16).to_be_bytes());
        }
        long => {
            frame.push(127);
            frame.extend_from_slice(&(long as u64).to_be_bytes());
        }
    }
    frame.extend_from_slice(payload);
    frame
}
