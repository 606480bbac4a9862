//! A session carried by HTTP requests: one GET that waits, one POST at a time, and perhaps an upgrade to a WebSocket.
//!
//! Source: engine.io-client 6.6, `transports/polling.ts` and `socket.ts` (`_getWritablePackets`).

use alloc::vec::Vec;

use super::links::Links;
use super::probe::Probe;
use crate::output::{Action, Link, Outbox, Packet, Target, Transport};
use crate::payload::Payload;
use crate::queue::Queue;
use crate::time::Time;
use crate::wire::engine::EngineType;
use crate::wire::handshake::Handshake;

#[derive(Debug)]
pub(crate) struct Polling<P> {
    pub(crate) target: Target,
    pub(crate) probe: Probe,
    get: Option<Link>,
    post: Option<Link>,
    /// Packets that have not been posted yet.
    waiting: Queue<Packet<P>>,
    /// The largest body the server takes, in bytes.
    max_payload: Option<u32>,
}

/// Which request has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Request {
    Get,
    Post,
}

impl<P: Payload> Polling<P> {
    pub(crate) fn new(target: Target, handshake: &Handshake) -> Self {
        Polling {
            target,
            probe: Probe::None,
            get: None,
            post: None,
            waiting: Queue::new(),
            max_payload: handshake.max_payload,
        }
    }

    /// Starts to upgrade to a WebSocket.
    pub(crate) fn upgrade(
        &mut self,
        deadline: Option<Time>,
        links: &mut Links,
        out: &mut Outbox<P>,
    ) {
        self.probe = Probe::start(links.next(), self.target.over_websocket(), deadline, out);
    }

    pub(crate) fn send(&mut self, packet: Packet<P>) {
        self.waiting.push(packet);
    }

    /// How many packets wait for a POST.
    pub(crate) fn backlog(&self) -> usize {
        self.waiting.len()
    }

    /// Whether `link` is one of this session's requests; it has ended.
    pub(crate) fn ended(&mut self, link: Link) -> Option<Request> {
        if self.get.take_if(|own| *own == link).is_some() {
            return Some(Request::Get);
        }
        self.post.take_if(|own| *own == link).map(|_| Request::Post)
    }

    /// The one step of polling: polls again, posts what waits, or crosses over. Gives the WebSocket it has crossed to.
    pub(crate) fn advance(&mut self, links: &mut Links, out: &mut Outbox<P>) -> Option<Link> {
        if let Probe::Crossing { link, .. } = self.probe {
            return self.cross(link, out);
        }
        if self.get.is_none() {
            let link = links.next();
            self.get = Some(link);
            out.action(Action::Get {
                link,
                target: self.target.clone(),
            });
        }
        self.post_waiting(links, out);
        None
    }

    /// Says goodbye: what waits and a close packet are posted, after the POST that is on its way.
    pub(crate) fn close(&mut self, links: &mut Links, out: &mut Outbox<P>) {
        self.probe.fail(out);
        self.waiting.push(Packet::Engine(EngineType::Close));
        self.continue_closing(links, out);
    }

    /// Goes on with a goodbye after a request has ended. Returns whether it is over.
    pub(crate) fn continue_closing(&mut self, links: &mut Links, out: &mut Outbox<P>) -> bool {
        self.post_waiting(links, out);
        self.post.is_none()
    }

    /// Gives all requests up.
    pub(crate) fn drop_links(&mut self, out: &mut Outbox<P>) {
        self.probe.fail(out);
        for link in [self.get.take(), self.post.take()].into_iter().flatten() {
            out.action(Action::Drop { link });
        }
    }

    /// Goes over to the WebSocket once no request is on its way: the server frees the GET, and what waits goes over it.
    fn cross(&mut self, link: Link, out: &mut Outbox<P>) -> Option<Link> {
        if self.get.is_some() || self.post.is_some() {
            return None;
        }
        self.probe = Probe::None;
        out.action(Action::Send {
            link,
            packet: Packet::Engine(EngineType::Upgrade),
        });
        while let Some(packet) = self.waiting.pop() {
            out.action(Action::Send { link, packet });
        }
        Some(link)
    }

    /// Posts what waits, unless a POST is on its way.
    fn post_waiting(&mut self, links: &mut Links, out: &mut Outbox<P>) {
        if self.post.is_some() || self.waiting.len() == 0 {
            return;
        }
        let packets = self.take_batch();
        let link = links.next();
        self.post = Some(link);
        out.action(Action::Post {
            link,
            target: self.target.clone(),
            packets,
        });
    }

    /// As many packets as the server takes in one body. One that alone is too large goes all the same, as the reference
    /// sends it: the server says what it thinks of it.
    fn take_batch(&mut self) -> Vec<Packet<P>> {
        let limit = self.max_payload.map_or(usize::MAX, |bytes| bytes as usize);
        let (mut packets, mut size) = (Vec::new(), 0usize);
        while let Some(packet) = self.waiting.get(0) {
            size = size.saturating_add(packet.polling_size());
            if size > limit && !packets.is_empty() {
                break;
            }
            packets.extend(self.waiting.pop());
        }
        packets
    }
}

impl Target {
    /// The same session over a WebSocket.
    pub(crate) fn over_websocket(&self) -> Target {
        Target {
            transport: Transport::WebSocket,
            ..self.clone()
        }
    }
}
