//! The transport of an open session (engine.io's *transport*, with its state): a full-duplex link, or HTTP requests.

use super::polling::Polling;
use crate::output::{Action, Link, Outbox, Packet, Transport};
use crate::payload::Payload;
use crate::time::Time;

#[derive(Debug)]
pub(crate) enum Carrier<P> {
    /// A WebSocket or a WebTransport.
    Duplex {
        link: Link,
        transport: Transport,
    },
    Polling(Polling<P>),
}

impl<P: Payload> Carrier<P> {
    /// Sends a packet: at once over a full-duplex link, with the next POST otherwise.
    pub(crate) fn send(&mut self, packet: Packet<P>, out: &mut Outbox<P>) {
        match self {
            Carrier::Duplex { link, .. } => out.action(Action::Send {
                link: *link,
                packet,
            }),
            Carrier::Polling(polling) => polling.enqueue(packet),
        }
    }

    /// Polls, posts or switches over. Returns the transport to which the session has just upgraded.
    pub(crate) fn advance(&mut self, out: &mut Outbox<P>) -> Option<Transport> {
        let (link, transport) = self.polling()?.advance(out)?;
        *self = Carrier::Duplex { link, transport };
        Some(transport)
    }

    /// Drops every link of a dead session. (A host still closes a WebSocket with a close frame.)
    pub(crate) fn drop_links(&mut self, out: &mut Outbox<P>) {
        match self {
            Carrier::Duplex { link, .. } => out.action(Action::Drop { link: *link }),
            Carrier::Polling(polling) => polling.drop_links(out),
        }
    }

    /// Gives back the memory of an empty queue.
    pub(crate) fn shrink(&mut self) {
        if let Carrier::Polling(polling) = self {
            polling.shrink();
        }
    }

    pub(crate) fn polling(&mut self) -> Option<&mut Polling<P>> {
        match self {
            Carrier::Polling(polling) => Some(polling),
            Carrier::Duplex { .. } => None,
        }
    }

    pub(crate) fn transport(&self) -> Transport {
        match self {
            Carrier::Duplex { transport, .. } => *transport,
            Carrier::Polling(_) => Transport::Polling,
        }
    }

    /// Returns how many packets the host has not been given yet.
    pub(crate) fn backlog(&self) -> usize {
        match self {
            Carrier::Duplex { .. } => 0,
            Carrier::Polling(polling) => polling.backlog(),
        }
    }

    pub(crate) fn backlog_bytes(&self) -> usize {
        match self {
            Carrier::Duplex { .. } => 0,
            Carrier::Polling(polling) => polling.backlog_bytes(),
        }
    }

    /// Returns when the upgrade goes on or fails.
    pub(crate) fn next_timeout(&self) -> Option<Time> {
        match self {
            Carrier::Duplex { .. } => None,
            Carrier::Polling(polling) => polling.next_timeout(),
        }
    }

    /// Returns the link over which packets come now.
    pub(crate) fn receiving(&self) -> Option<Link> {
        match self {
            Carrier::Duplex { link, .. } => Some(*link),
            Carrier::Polling(polling) => polling.get(),
        }
    }

    /// Returns whether `link` is the session's full-duplex link.
    pub(crate) fn is_duplex(&self, link: Link) -> bool {
        matches!(self, Carrier::Duplex { link: current, .. } if *current == link)
    }
}
