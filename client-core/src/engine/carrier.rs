//! The transport of an open session (engine.io's *transport*, with its state): a WebSocket, or HTTP requests.

use super::polling::Polling;
use crate::output::{Action, Link, Outbox, Packet, Transport};
use crate::payload::Payload;
use crate::time::Time;

#[derive(Debug)]
pub(crate) enum Carrier<P> {
    WebSocket(Link),
    Polling(Polling<P>),
}

impl<P: Payload> Carrier<P> {
    /// Sends a packet: at once over a WebSocket, with the next POST otherwise.
    pub(crate) fn send(&mut self, packet: Packet<P>, out: &mut Outbox<P>) {
        match self {
            Carrier::WebSocket(link) => out.action(Action::Send {
                link: *link,
                packet,
            }),
            Carrier::Polling(polling) => polling.enqueue(packet),
        }
    }

    /// Polls, posts or switches over. Returns whether the session has just upgraded to a WebSocket.
    pub(crate) fn advance(&mut self, out: &mut Outbox<P>) -> bool {
        let Carrier::Polling(polling) = self else {
            return false;
        };
        let Some(link) = polling.advance(out) else {
            return false;
        };
        *self = Carrier::WebSocket(link);
        true
    }

    /// Drops every link of a dead session. (A host still closes a WebSocket with a close frame.)
    pub(crate) fn drop_links(&mut self, out: &mut Outbox<P>) {
        match self {
            Carrier::WebSocket(link) => out.action(Action::Drop { link: *link }),
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
            Carrier::WebSocket(_) => None,
        }
    }

    pub(crate) fn transport(&self) -> Transport {
        match self {
            Carrier::WebSocket(_) => Transport::WebSocket,
            Carrier::Polling(_) => Transport::Polling,
        }
    }

    /// Returns how many packets the host has not been given yet.
    pub(crate) fn backlog(&self) -> usize {
        match self {
            Carrier::WebSocket(_) => 0,
            Carrier::Polling(polling) => polling.backlog(),
        }
    }

    pub(crate) fn backlog_bytes(&self) -> usize {
        match self {
            Carrier::WebSocket(_) => 0,
            Carrier::Polling(polling) => polling.backlog_bytes(),
        }
    }

    /// Gives up an upgrade that takes too long. Returns whether there was one.
    pub(crate) fn expire_probe(&mut self, now: Time, out: &mut Outbox<P>) -> bool {
        let overdue = self.next_timeout().is_some_and(|at| at <= now);
        if let (true, Carrier::Polling(polling)) = (overdue, self) {
            polling.probe.fail(out);
        }
        overdue
    }

    /// Returns the deadline of the upgrade.
    pub(crate) fn next_timeout(&self) -> Option<Time> {
        match self {
            Carrier::WebSocket(_) => None,
            Carrier::Polling(polling) => polling.probe.deadline(),
        }
    }

    /// Returns the link over which packets come now.
    pub(crate) fn receiving(&self) -> Option<Link> {
        match self {
            Carrier::WebSocket(link) => Some(*link),
            Carrier::Polling(polling) => polling.get(),
        }
    }

    /// Returns whether `link` is the session's WebSocket.
    pub(crate) fn is_websocket(&self, link: Link) -> bool {
        matches!(self, Carrier::WebSocket(current) if *current == link)
    }
}
