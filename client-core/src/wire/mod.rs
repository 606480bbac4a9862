//! The forms of the wire, without any state: Engine.IO packets and polling payloads, Socket.IO headers.

pub mod engine;
pub(crate) mod handshake;
pub mod head;
pub(crate) mod json;
pub(crate) mod number;

/// The part of `head` that is whole UTF-8: the cut at [`HEAD_LIMIT`](crate::HEAD_LIMIT) may fall into a character.
pub(crate) fn utf8_front(head: &[u8]) -> &str {
    match core::str::from_utf8(head) {
        Ok(text) => text,
        Err(error) => core::str::from_utf8(&head[..error.valid_up_to()]).unwrap_or_default(),
    }
}
