//! The WebSocket of a connection, which has one at a time: none, opening, or open.

use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use tidewire_core::{Link, Packet, Target};

use crate::error::TransportError;
use crate::host::{Connector, FrameBlock, WebSocketIo};
use crate::maybe_send::BoxFuture;
use crate::received::Received;

type Opening = BoxFuture<'static, Result<WebSocketIo, TransportError>>;

#[derive(Default)]
pub(crate) enum WebSocketState {
    #[default]
    None,
    Opening(Link, Opening),
    Open(Link, Box<WebSocketIo>),
}

pub(crate) enum WebSocketEvent {
    Opened(Link),
    Received(Link, Received),
    OpenFailed(Link, TransportError),
}

impl WebSocketEvent {
    /// The bytes received.
    pub(crate) fn size(&self) -> usize {
        match self {
            WebSocketEvent::Received(_, Received::Text(text)) => text.len(),
            WebSocketEvent::Received(_, Received::Binary(bytes)) => bytes.len(),
            WebSocketEvent::Received(_, Received::Closed(..) | Received::Broken(_))
            | WebSocketEvent::Opened(_)
            | WebSocketEvent::OpenFailed(..) => 0,
        }
    }
}

impl WebSocketState {
    pub(crate) fn open(&mut self, link: Link, target: Target, connector: Arc<Connector>) {
        *self = WebSocketState::Opening(link, Box::pin(connector.open(target)));
    }

    pub(crate) fn send(&mut self, link: Link, packet: &Packet<Bytes>) {
        match self {
            WebSocketState::Open(own, io) if *own == link => io.send(packet),
            // The machine sends on open links only, and knows of every end.
            _ => {}
        }
    }

    /// Sends frames that the machine need not see.
    pub(crate) fn send_block(&mut self, link: Link, block: FrameBlock) {
        match self {
            WebSocketState::Open(own, io) if *own == link => io.send_block(block),
            _ => {}
        }
    }

    /// Gives the link up. Returns its WebSocket, which is then to be closed, if it was open.
    pub(crate) fn take(&mut self, link: Link) -> Option<Box<WebSocketIo>> {
        match std::mem::take(self) {
            WebSocketState::Open(own, io) if own == link => Some(io),
            // Dropping the future cancels the attempt.
            WebSocketState::Opening(own, _) if own == link => None,
            other => {
                *self = other;
                None
            }
        }
    }

    /// The bytes of frames that are not written yet.
    pub(crate) fn unsent(&self) -> usize {
        match self {
            WebSocketState::Open(_, io) => io.unsent(),
            WebSocketState::None | WebSocketState::Opening(..) => 0,
        }
    }

    /// Whether it does not read before it has written; see [`WebSocketIo::is_flooded`].
    pub(crate) fn is_flooded(&self) -> bool {
        match self {
            WebSocketState::Open(_, io) => io.is_flooded(),
            WebSocketState::None | WebSocketState::Opening(..) => false,
        }
    }

    /// Writes buffered frames. Pending while the peer does not read.
    pub(crate) fn poll_write(&mut self, cx: &mut Context<'_>) -> Poll<Option<WebSocketEvent>> {
        let WebSocketState::Open(link, io) = self else {
            return Poll::Ready(None);
        };
        let link = *link;
        let Err(error) = std::task::ready!(io.poll_write(cx)) else {
            return Poll::Ready(None);
        };
        let end = io.end(error);
        *self = WebSocketState::None;
        Poll::Ready(Some(WebSocketEvent::Received(link, end)))
    }

    /// Polls for the next event: the result of opening, or a frame.
    pub(crate) fn poll_event(&mut self, cx: &mut Context<'_>) -> Poll<WebSocketEvent> {
        match self {
            WebSocketState::None => Poll::Pending,
            WebSocketState::Opening(link, opening) => {
                let link = *link;
                opening.as_mut().poll(cx).map(|opened| match opened {
                    Ok(io) => {
                        *self = WebSocketState::Open(link, Box::new(io));
                        WebSocketEvent::Opened(link)
                    }
                    Err(error) => {
                        *self = WebSocketState::None;
                        WebSocketEvent::OpenFailed(link, error)
                    }
                })
            }
            WebSocketState::Open(link, io) => {
                let link = *link;
                io.poll_receive(cx).map(|received| {
                    if matches!(received, Received::Closed(..) | Received::Broken(_)) {
                        *self = WebSocketState::None;
                    }
                    WebSocketEvent::Received(link, received)
                })
            }
        }
    }
}
