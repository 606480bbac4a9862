//! A session over HTTP requests: one long-polling GET, one POST at a time, and perhaps an upgrade to another transport.
//!
//! Source: engine.io-client 6.6, `transports/polling.ts` and `socket.ts` (`_getWritablePackets`).

use alloc::vec::Vec;

use super::upgrade::{Offers, Upgrade};
use crate::output::{Action, Link, Outbox, Packet, Target, Transport};
use crate::payload::Payload;
use crate::queue::Queue;
use crate::time::{Millis, Time};
use crate::wire::engine::EngineType;
use crate::wire::handshake::Handshake;
use crate::wire::received::Received;

#[derive(Debug)]
pub(crate) struct Polling<P> {
    pub(crate) target: Target,
    upgrade: Upgrade,
    get: Option<Link>,
    post: Option<Link>,
    /// Packets that have not been posted yet.
    waiting: Queue<Packet<P>>,
    /// Whether a pong is among them.
    pong_waits: bool,
    /// The largest body the server accepts, in bytes.
    max_payload: Option<u32>,
}

/// The kind of a request that has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Request {
    Get,
    Post,
}

impl<P: Payload> Polling<P> {
    pub(crate) fn new(target: Target, handshake: &Handshake) -> Self {
        Polling {
            target,
            upgrade: Upgrade::default(),
            get: None,
            post: None,
            waiting: Queue::new(),
            pong_waits: false,
            max_payload: handshake.max_payload,
        }
    }

    /// Starts to upgrade to one of the transports that the server offers.
    pub(crate) fn start_upgrade(
        &mut self,
        offers: Offers,
        now: Time,
        limit: Option<Millis>,
        out: &mut Outbox<P>,
    ) {
        self.upgrade.start(offers, &self.target, now, limit, out);
    }

    /// Returns whether `link` is one of the upgrade's.
    pub(crate) fn probes(&self, link: Link) -> bool {
        self.upgrade.has(link)
    }

    /// A packet arrived over a link of the upgrade. Returns whether the probe has failed.
    pub(crate) fn probe_answered(
        &mut self,
        link: Link,
        packet: &Received<'_, P>,
        out: &mut Outbox<P>,
    ) -> bool {
        self.upgrade.handle_answer(link, packet, &self.target, out)
    }

    /// A link of the upgrade has ended.
    pub(crate) fn probe_lost(&mut self, link: Link, out: &mut Outbox<P>) {
        self.upgrade.lost(link, &self.target, out);
    }

    /// Lets time pass. Returns one of the upgrade's links that took too long.
    pub(crate) fn expire_upgrade(&mut self, now: Time, out: &mut Outbox<P>) -> Option<Link> {
        self.upgrade.expire(now, &self.target, out)
    }

    pub(crate) fn next_timeout(&self) -> Option<Time> {
        self.upgrade.next_timeout()
    }

    /// Adds a packet to the next POST. One pong answers all pings until then.
    pub(crate) fn enqueue(&mut self, packet: Packet<P>) {
        let is_pong = matches!(packet, Packet::Engine(EngineType::Pong));
        if !is_pong || !core::mem::replace(&mut self.pong_waits, true) {
            self.waiting.push(packet);
        }
    }

    /// Returns the GET that is in flight.
    pub(crate) fn get(&self) -> Option<Link> {
        self.get
    }

    /// Returns how many packets wait for a POST.
    pub(crate) fn backlog(&self) -> usize {
        self.waiting.len()
    }

    /// Returns an upper bound of the size of those packets in a body.
    pub(crate) fn backlog_bytes(&self) -> usize {
        let packets = (0..self.waiting.len()).filter_map(|at| self.waiting.get(at));
        packets
            .map(Packet::polling_size)
            .fold(0, usize::saturating_add)
    }

    /// Gives back the memory of an empty queue.
    pub(crate) fn shrink(&mut self) {
        self.waiting.shrink();
    }

    /// Notes that a request has ended; returns which, or `None` if `link` is not a request of this session.
    pub(crate) fn ended(&mut self, link: Link) -> Option<Request> {
        if self.get.take_if(|get| *get == link).is_some() {
            return Some(Request::Get);
        }
        self.post
            .take_if(|post| *post == link)
            .map(|_| Request::Post)
    }

    /// Polls again, posts waiting packets, or switches over. Returns the link to which the session has switched.
    pub(crate) fn advance(&mut self, out: &mut Outbox<P>) -> Option<(Link, Transport)> {
        if let Some((link, transport)) = self.upgrade.answered() {
            return self.cross(link, out).then_some((link, transport));
        }
        if self.get.is_none() {
            let link = out.next_link();
            self.get = Some(link);
            out.action(Action::Get {
                link,
                target: self.target.clone(),
            });
        }
        self.post_waiting(out);
        None
    }

    /// Starts to close: posts the waiting packets and a close packet, after the POST that is in flight.
    pub(crate) fn close(&mut self, out: &mut Outbox<P>) {
        self.upgrade.fail(out);
        self.waiting.push(Packet::Engine(EngineType::Close));
        self.continue_closing(out);
    }

    /// Goes on closing after a request has ended. Returns whether the session is closed.
    pub(crate) fn continue_closing(&mut self, out: &mut Outbox<P>) -> bool {
        self.post_waiting(out);
        self.post.is_none()
    }

    /// Drops all requests and the upgrade.
    pub(crate) fn drop_links(&mut self, out: &mut Outbox<P>) {
        self.upgrade.fail(out);
        for link in [self.get.take(), self.post.take()].into_iter().flatten() {
            out.action(Action::Drop { link });
        }
    }

    /// Switches over once no request is in flight. The server answers the GET with a noop, and waiting packets go over the
    /// new link.
    fn cross(&mut self, link: Link, out: &mut Outbox<P>) -> bool {
        if self.get.is_some() || self.post.is_some() {
            return false;
        }
        self.upgrade = Upgrade::default();
        out.action(Action::Send {
            link,
            packet: Packet::Engine(EngineType::Upgrade),
        });
        while let Some(packet) = self.waiting.pop() {
            out.action(Action::Send { link, packet });
        }
        true
    }

    /// Posts waiting packets, unless a POST is in flight.
    fn post_waiting(&mut self, out: &mut Outbox<P>) {
        if self.post.is_some() || self.waiting.len() == 0 {
            return;
        }
        let packets = self.take_batch();
        let link = out.next_link();
        self.post = Some(link);
        out.action(Action::Post {
            link,
            target: self.target.clone(),
            packets,
        });
    }

    /// Takes as many packets as the server accepts in one body. A packet that alone is too large goes anyway, as the
    /// reference sends it; the server then decides.
    fn take_batch(&mut self) -> Vec<Packet<P>> {
        self.pong_waits = false;
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
