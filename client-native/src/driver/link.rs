//! The one link a WebSocket client has at a time: none, being opened, or open.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use tidewire_core::{Link, Packet, Target};

use crate::error::TransportError;
use crate::transport::wire::{Received, Wire};
use crate::transport::{Opener, WebSocket};

type Opening = Pin<Box<dyn Future<Output = Result<WebSocket, TransportError>> + Send>>;

#[derive(Default)]
pub(crate) enum LinkState {
    #[default]
    None,
    Opening(Link, Opening),
    Open(Link, Box<Wire>),
}

/// What has happened on the link.
pub(crate) enum LinkNews {
    Opened(Link),
    Received(Link, Received),
    OpenFailed(Link, TransportError),
}

impl LinkNews {
    /// How many bytes have come.
    pub(crate) fn size(&self) -> usize {
        match self {
            LinkNews::Received(_, Received::Text(bytes) | Received::Binary(bytes)) => bytes.len(),
            _ => 0,
        }
    }
}

impl LinkState {
    pub(crate) fn open(&mut self, link: Link, target: Target, opener: Arc<Opener>) {
        *self = LinkState::Opening(link, Box::pin(opener.open(target)));
    }

    pub(crate) fn send(&mut self, link: Link, packet: &Packet<Bytes>) {
        match self {
            LinkState::Open(own, wire) if *own == link => wire.send(packet),
            // The machine sends on open links alone, and has been told of every end.
            _ => {}
        }
    }

    /// Takes the link away to be closed, if it is open.
    pub(crate) fn take(&mut self, link: Link) -> Option<Box<Wire>> {
        match std::mem::take(self) {
            LinkState::Open(own, wire) if own == link => Some(wire),
            // Dropping the future gives an attempt up.
            LinkState::Opening(own, _) if own == link => None,
            other => {
                *self = other;
                None
            }
        }
    }

    /// Writes what is waiting. Pending while the peer does not read.
    pub(crate) fn poll_write(&mut self, cx: &mut Context<'_>) -> Poll<Option<LinkNews>> {
        let LinkState::Open(link, wire) = self else {
            return Poll::Ready(None);
        };
        let link = *link;
        wire.poll_write(cx).map(|written| {
            written.err().map(|error| {
                *self = LinkState::None;
                LinkNews::Received(link, Received::Broken(error))
            })
        })
    }

    /// What comes next: the opened transport, or a frame.
    pub(crate) fn poll_news(&mut self, cx: &mut Context<'_>) -> Poll<LinkNews> {
        match self {
            LinkState::None => Poll::Pending,
            LinkState::Opening(link, opening) => {
                let link = *link;
                opening.as_mut().poll(cx).map(|opened| match opened {
                    Ok(socket) => {
                        *self = LinkState::Open(link, Box::new(Wire::new(socket)));
                        LinkNews::Opened(link)
                    }
                    Err(error) => {
                        *self = LinkState::None;
                        LinkNews::OpenFailed(link, error)
                    }
                })
            }
            LinkState::Open(link, wire) => {
                let link = *link;
                wire.poll_receive(cx).map(|received| {
                    if matches!(received, Received::Closed | Received::Broken(_)) {
                        *self = LinkState::None;
                    }
                    LinkNews::Received(link, received)
                })
            }
        }
    }
}
