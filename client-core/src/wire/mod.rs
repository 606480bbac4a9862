//! The forms of the wire, without any state: Engine.IO packets and what carries several of them, Socket.IO headers.
//!
//! The machine reads and writes heads alone. The rest is for its hosts: [`polling`] bodies and [`stream`]s are taken apart
//! into the frames that [`Client::handle_packet`](crate::Client::handle_packet) wants, and put together of what the machine
//! sends.

pub mod base64;
pub mod engine;
pub(crate) mod handshake;
pub mod head;
pub(crate) mod json;
pub(crate) mod number;
pub mod packet;
pub mod polling;
// Public for vectors and fuzzers only: no host has a WebTransport yet.
#[doc(hidden)]
pub mod stream;

/// The part of `head` that is whole UTF-8: the cut at [`HEAD_LIMIT`](crate::HEAD_LIMIT) may fall into a character.
pub(crate) fn utf8_front(head: &[u8]) -> &str {
    // The other is the faster by far, for it knows long runs of ASCII; in wasm it is three times as large.
    #[cfg(target_arch = "wasm32")]
    return head.utf8_chunks().next().map_or("", |chunk| chunk.valid());
    #[cfg(not(target_arch = "wasm32"))]
    match core::str::from_utf8(head) {
        Ok(text) => text,
        Err(error) => core::str::from_utf8(&head[..error.valid_up_to()]).unwrap_or_default(),
    }
}

/// `bytes`, if all of them are UTF-8.
pub(crate) fn utf8(bytes: &[u8]) -> Option<&str> {
    Some(utf8_front(bytes)).filter(|text| text.len() == bytes.len())
}
