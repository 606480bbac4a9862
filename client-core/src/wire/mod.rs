//! The wire formats, without state: Engine.IO packets, polling bodies, Socket.IO headers.
//!
//! The machine itself reads and writes only the heads of packets. The rest is for hosts: [`polling`] splits a body into the
//! frames that [`Client::handle_response`](crate::Client::handle_response) takes, and writes a body from the machine's packets.

pub mod base64;
pub mod engine;
pub mod handshake;
pub mod head;
pub(crate) mod json;
pub(crate) mod number;
pub mod packet;
pub mod polling;
pub mod received;
// Public for vectors and fuzzers only: no host has a WebTransport yet.
#[doc(hidden)]
pub mod stream;

/// Returns the part of `head` that is whole UTF-8: the cut at [`HEAD_LIMIT`](crate::HEAD_LIMIT) may fall into a character.
pub(crate) fn utf8_front(head: &[u8]) -> &str {
    // `from_utf8` is much faster, because it skips runs of ASCII, but three times as large in wasm.
    #[cfg(target_arch = "wasm32")]
    return head.utf8_chunks().next().map_or("", |chunk| chunk.valid());
    #[cfg(not(target_arch = "wasm32"))]
    match core::str::from_utf8(head) {
        Ok(text) => text,
        Err(error) => core::str::from_utf8(&head[..error.valid_up_to()]).unwrap_or_default(),
    }
}

/// Returns `bytes` as text, if all of them are UTF-8.
pub(crate) fn utf8(bytes: &[u8]) -> Option<&str> {
    Some(utf8_front(bytes)).filter(|text| text.len() == bytes.len())
}
