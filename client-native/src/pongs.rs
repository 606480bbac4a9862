//! The limit of pongs that wait to be written, on a link of any kind.
//!
//! A server that pings waits for the pong, so only one that floods and does not read reaches it.

use bytes::Bytes;
use tidewire_core::Packet;
use tidewire_core::wire::engine::EngineType;

/// Pongs of WebSocket and of Engine.IO since a link has written everything.
#[derive(Debug, Default)]
pub(crate) struct WaitingPongs(usize);

impl WaitingPongs {
    /// The most that may wait while the link goes on reading.
    pub(crate) const MAX: usize = 1_024;

    /// A ping of WebSocket has come, and its pong waits.
    #[cfg(not(target_family = "wasm"))]
    pub(crate) fn add(&mut self) {
        self.0 += 1;
    }

    /// The link has queued a packet.
    pub(crate) fn note(&mut self, packet: &Packet<Bytes>) {
        self.0 += usize::from(matches!(packet, Packet::Engine(EngineType::Pong)));
    }

    /// The link has written everything.
    pub(crate) fn clear(&mut self) {
        self.0 = 0;
    }

    pub(crate) fn are_too_many(&self) -> bool {
        self.0 > WaitingPongs::MAX
    }
}
