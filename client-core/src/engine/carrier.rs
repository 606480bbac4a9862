//! What carries the packets of an open session: a WebSocket, or HTTP requests.

use super::links::Links;
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
            Carrier::Polling(polling) => polling.send(packet),
        }
    }

    /// Does what there is to do between inputs. Returns whether the session has just upgraded to a WebSocket.
    pub(crate) fn advance(&mut self, links: &mut Links, out: &mut Outbox<P>) -> bool {
        let Carrier::Polling(polling) = self else {
            return false;
        };
        let Some(link) = polling.advance(links, out) else {
            return false;
        };
        *self = Carrier::WebSocket(link);
        true
    }

    /// Gives everything up: the session is dead. (A host closes a WebSocket politely all the same.)
    pub(crate) fn drop_links(&mut self, out: &mut Outbox<P>) {
        match self {
            Carrier::WebSocket(link) => out.action(Action::Drop { link: *link }),
            Carrier::Polling(polling) => polling.drop_links(out),
        }
    }

    /// The session if it is on polling.
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

    /// How many packets wait to be taken by the host.
    pub(crate) fn backlog(&self) -> usize {
        match self {
            Carrier::WebSocket(_) => 0,
            Carrier::Polling(polling) => polling.backlog(),
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

    /// When an upgrade must have come to an end.
    pub(crate) fn next_timeout(&self) -> Option<Time> {
        match self {
            Carrier::WebSocket(_) => None,
            Carrier::Polling(polling) => polling.probe.deadline(),
        }
    }

    /// Whether `link` is the WebSocket the session is on.
    pub(crate) fn is_websocket(&self, link: Link) -> bool {
        matches!(self, Carrier::WebSocket(own) if *own == link)
    }
}
