//! An open full-duplex link: a WebSocket or a WebTransport of the platform.

use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use tidewire_core::{Packet, Target};

#[cfg(feature = "webtransport")]
use super::WebTransportIo;
use super::{Connector, FrameBlock, WebSocketIo};
use crate::error::TransportError;
use crate::received::Received;

/// Its methods are those of the link: see [`WebSocketIo`].
#[cfg_attr(
    all(feature = "webtransport", not(target_family = "wasm")),
    expect(clippy::large_enum_variant, reason = "most links are WebSockets")
)]
pub(crate) enum DuplexIo {
    WebSocket(WebSocketIo),
    #[cfg(feature = "webtransport")]
    WebTransport(Box<WebTransportIo>),
}

/// The value of an expression for either kind of link.
macro_rules! of_either {
    ($self:ident, $io:ident => $value:expr) => {
        match $self {
            DuplexIo::WebSocket($io) => $value,
            #[cfg(feature = "webtransport")]
            DuplexIo::WebTransport($io) => $value,
        }
    };
}

impl Connector {
    /// Opens a full-duplex link. The machine limits the time, and drops the future.
    pub(crate) async fn open(self: Arc<Self>, target: Target) -> Result<DuplexIo, TransportError> {
        #[cfg(feature = "webtransport")]
        if target.transport == tidewire_core::Transport::WebTransport {
            // Boxed, so that opening a WebSocket takes no more memory.
            let io = Box::pin(WebTransportIo::open(&self, &target)).await?;
            return Ok(DuplexIo::WebTransport(Box::new(io)));
        }
        self.open_websocket(&target).await.map(DuplexIo::WebSocket)
    }
}

impl DuplexIo {
    pub(crate) fn is_flooded(&self) -> bool {
        of_either!(self, io => io.is_flooded())
    }

    pub(crate) fn send(&mut self, packet: &Packet<Bytes>) {
        of_either!(self, io => io.send(packet));
    }

    /// Queues frames for a WebSocket. The machine names no other link for them.
    pub(crate) fn send_block(&mut self, block: FrameBlock) {
        match self {
            DuplexIo::WebSocket(io) => io.send_block(block),
            #[cfg(feature = "webtransport")]
            DuplexIo::WebTransport(_) => unreachable!("merged events go to a WebSocket"),
        }
    }

    pub(crate) fn unsent(&self) -> usize {
        of_either!(self, io => io.unsent())
    }

    pub(crate) fn poll_write(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), TransportError>> {
        of_either!(self, io => io.poll_write(cx))
    }

    pub(crate) fn poll_receive(&mut self, cx: &mut Context<'_>) -> Poll<Received> {
        of_either!(self, io => io.poll_receive(cx))
    }

    pub(crate) fn end(&mut self, error: TransportError) -> Received {
        of_either!(self, io => io.end(error))
    }

    pub(crate) async fn close(self, patience: Duration) {
        of_either!(self, io => io.close(patience).await);
    }
}
