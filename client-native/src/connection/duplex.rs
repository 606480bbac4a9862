//! A full-duplex link of a connection, as a WebSocket: none, opening, or open.

use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use tidewire_core::{Link, Packet, Target};

use crate::error::TransportError;
use crate::host::{Connector, DuplexIo, FrameBlock};
use crate::maybe_send::BoxFuture;
use crate::received::Received;

type Opening = BoxFuture<'static, Result<DuplexIo, TransportError>>;

#[derive(Default)]
pub(super) enum Duplex {
    #[default]
    None,
    Opening(Link, Opening),
    Open(Link, Box<DuplexIo>),
}

pub(super) enum DuplexEvent {
    Opened(Link),
    Received(Link, Received),
    OpenFailed(Link, TransportError),
}

impl DuplexEvent {
    /// The bytes received.
    pub(super) fn size(&self) -> usize {
        match self {
            DuplexEvent::Received(_, Received::Text(text)) => text.len(),
            DuplexEvent::Received(_, Received::Binary(bytes)) => bytes.len(),
            DuplexEvent::Received(_, Received::Closed(..) | Received::Broken(_))
            | DuplexEvent::Opened(_)
            | DuplexEvent::OpenFailed(..) => 0,
        }
    }
}

impl Duplex {
    pub(super) fn is_none(&self) -> bool {
        matches!(self, Duplex::None)
    }

    /// Whether it is this link.
    pub(super) fn is(&self, link: Link) -> bool {
        match self {
            Duplex::None => false,
            Duplex::Opening(own, _) | Duplex::Open(own, _) => *own == link,
        }
    }

    pub(super) fn open(&mut self, link: Link, target: Target, connector: Arc<Connector>) {
        *self = Duplex::Opening(link, Box::pin(connector.open(target)));
    }

    pub(super) fn send(&mut self, link: Link, packet: &Packet<Bytes>) {
        match self {
            Duplex::Open(own, io) if *own == link => io.send(packet),
            // The machine sends on open links only, and knows of every end.
            _ => {}
        }
    }

    /// Sends frames that the machine need not see.
    pub(super) fn send_block(&mut self, link: Link, block: FrameBlock) {
        match self {
            Duplex::Open(own, io) if *own == link => io.send_block(block),
            _ => {}
        }
    }

    /// Gives the link up. Returns it, to be closed, if it was open.
    pub(super) fn take(&mut self, link: Link) -> Option<Box<DuplexIo>> {
        match std::mem::take(self) {
            Duplex::Open(own, io) if own == link => Some(io),
            // Dropping the future cancels the attempt.
            Duplex::Opening(own, _) if own == link => None,
            other => {
                *self = other;
                None
            }
        }
    }

    /// The bytes of frames that are not written yet.
    pub(super) fn unsent(&self) -> usize {
        match self {
            Duplex::Open(_, io) => io.unsent(),
            Duplex::None | Duplex::Opening(..) => 0,
        }
    }

    /// Whether it does not read before it has written; see [`DuplexIo::is_flooded`].
    pub(super) fn is_flooded(&self) -> bool {
        match self {
            Duplex::Open(_, io) => io.is_flooded(),
            Duplex::None | Duplex::Opening(..) => false,
        }
    }

    /// Writes buffered frames. Pending while the peer does not read.
    pub(super) fn poll_write(&mut self, cx: &mut Context<'_>) -> Poll<Option<DuplexEvent>> {
        let Duplex::Open(link, io) = self else {
            return Poll::Ready(None);
        };
        let link = *link;
        let Err(error) = std::task::ready!(io.poll_write(cx)) else {
            return Poll::Ready(None);
        };
        let end = io.end(error);
        *self = Duplex::None;
        Poll::Ready(Some(DuplexEvent::Received(link, end)))
    }

    /// Polls for the next event: the result of opening, or a frame.
    pub(super) fn poll_event(&mut self, cx: &mut Context<'_>) -> Poll<DuplexEvent> {
        match self {
            Duplex::None => Poll::Pending,
            Duplex::Opening(link, opening) => {
                let link = *link;
                opening.as_mut().poll(cx).map(|opened| match opened {
                    Ok(io) => {
                        *self = Duplex::Open(link, Box::new(io));
                        DuplexEvent::Opened(link)
                    }
                    Err(error) => {
                        *self = Duplex::None;
                        DuplexEvent::OpenFailed(link, error)
                    }
                })
            }
            Duplex::Open(link, io) => {
                let link = *link;
                io.poll_receive(cx).map(|received| {
                    if matches!(received, Received::Closed(..) | Received::Broken(_)) {
                        *self = Duplex::None;
                    }
                    DuplexEvent::Received(link, received)
                })
            }
        }
    }
}
