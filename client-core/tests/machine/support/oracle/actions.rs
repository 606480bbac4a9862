//! The laws of actions: links, requests, the upgrade, and the packets sent.

use tidewire_core::wire::engine::EngineType;
use tidewire_core::{Action, EngineVersion, Link, Nsp, Packet, Target, Transport};

use super::{Connection, Expected, Oracle, Requests, Upgrade};
use crate::support::payload::CountedPayload;
use crate::support::wire::{Sio, Wire};

impl Oracle {
    /// Checks an action. `engine_version` is that of the server, if it keeps the protocol.
    pub(crate) fn action(
        &mut self,
        action: &Action<CountedPayload>,
        engine_version: Option<EngineVersion>,
    ) {
        match action {
            Action::Open { link, target } if target.sid.is_some() => self.upgrades(*link, target),
            Action::Open { link, .. } => self.opens(*link),
            Action::Get { link, target } if target.sid.is_none() => self.opens(*link),
            Action::Get { link, target } => self.gets(*link, target),
            Action::Post {
                link,
                target,
                packets,
            } => self.posts(*link, target, packets, engine_version),
            Action::Send { link, packet } => self.sends(*link, packet, engine_version),
            Action::Drop { link } => {
                self.nothing_expected();
                assert!(self.link_ends(*link), "drops {link:?}, which is not live");
            }
        }
    }

    /// The host has reported the end of a link.
    pub(crate) fn link_lost(&mut self, link: Link) {
        self.link_ends(link);
    }

    /// The host has reported the response to a request.
    pub(crate) fn link_answered(&mut self, link: Link) {
        let opening = matches!(&self.connection, Connection::Opening(own) if *own == link);
        self.link_ends(link);
        if opening {
            self.connection = Connection::Answered;
        }
    }

    /// The host has reported an open link.
    pub(crate) fn link_opened(&mut self, link: Link) {
        if let Some(upgrade) = self.upgrade_of(link) {
            upgrade.opened = true;
        }
    }

    /// The right answer to the probe has arrived, if this is the link of an upgrade.
    pub(crate) fn probe_answered(&mut self, link: Link) {
        if let Some(upgrade) = self.upgrade_of(link) {
            upgrade.answered = true;
        }
    }

    pub(super) fn is_upgrading(&self) -> bool {
        self.upgrades.iter().any(|upgrade| upgrade.answered)
    }

    fn upgrade_of(&mut self, link: Link) -> Option<&mut Upgrade> {
        let mut upgrades = self.upgrades.iter_mut();
        upgrades.find(|upgrade| upgrade.link == link)
    }

    fn new_link(&mut self, link: Link) {
        self.nothing_expected();
        assert!(link.id() > self.last_link, "a link used twice");
        self.last_link = link.id();
    }

    fn opens(&mut self, link: Link) {
        let closed = matches!(self.connection, Connection::Closed | Connection::Answered);
        assert!(closed && self.upgrades.is_empty(), "two links at a time");
        self.new_link(link);
        self.connection = Connection::Opening(link);
    }

    fn upgrades(&mut self, link: Link, target: &Target) {
        self.new_link(link);
        assert_ne!(target.transport, Transport::Polling);
        let polling = matches!(
            self.connection,
            Connection::Answered | Connection::Polling(_)
        );
        let mut transports = self.upgrades.iter().map(|upgrade| upgrade.transport);
        assert!(
            polling && transports.all(|other| other != target.transport),
            "an upgrade without a polling session"
        );
        assert!(!self.is_upgrading(), "an upgrade beside one that succeeds");
        self.upgrades.push(Upgrade {
            link,
            transport: target.transport,
            opened: false,
            answered: false,
        });
    }

    fn gets(&mut self, link: Link, target: &Target) {
        self.new_link(link);
        assert!(!self.is_upgrading(), "a GET while upgrading");
        let Connection::Polling(requests) = &mut self.connection else {
            unreachable!("a GET without a polling session");
        };
        assert!(requests.is_for(target), "a GET of another session");
        requests.sid.clone_from(&target.sid);
        assert!(requests.get.replace(link).is_none(), "two GETs at once");
    }

    fn posts(
        &mut self,
        link: Link,
        target: &Target,
        packets: &[Packet<CountedPayload>],
        engine_version: Option<EngineVersion>,
    ) {
        self.new_link(link);
        assert!(!packets.is_empty(), "an empty POST");
        if matches!(packets, [Packet::Engine(EngineType::Close)]) && !self.has_session(target) {
            // A session whose handshake was of the wrong version is closed at once.
            self.closing.push(Requests::default());
        }
        let requests = self.requests_for(target);
        requests.sid.clone_from(&target.sid);
        assert!(requests.post.replace(link).is_none(), "two POSTs at once");
        let missing = std::mem::take(&mut requests.missing);
        let queued = std::mem::take(&mut requests.queued);
        if missing > 0 {
            self.expected = Expected::Attachments(missing);
        }
        let overlaps = self.is_upgrading() && !self.is_closing(link);
        assert!(!overlaps, "a POST while upgrading");
        // The queue of the open session is put aside while another session closes.
        let current = self
            .is_closing(link)
            .then(|| std::mem::replace(&mut self.queued, queued));
        for packet in packets {
            self.packet_sent(packet, engine_version);
        }
        let queued = current.map(|current| std::mem::replace(&mut self.queued, current));
        let queued = queued.unwrap_or_default();
        let missing = match std::mem::take(&mut self.expected) {
            Expected::Attachments(missing) => missing,
            expected => {
                self.expected = expected;
                0
            }
        };
        let current = match &mut self.connection {
            Connection::Polling(requests) => Some(requests),
            _ => None,
        };
        let mut all = current.into_iter().chain(&mut self.closing);
        let requests = all.find(|own| own.post == Some(link)).expect("a session");
        (requests.missing, requests.queued) = (missing, queued);
    }

    fn has_session(&mut self, target: &Target) -> bool {
        let current = match &mut self.connection {
            Connection::Polling(requests) => Some(requests),
            _ => None,
        };
        let mut all = current.into_iter().chain(&mut self.closing);
        all.any(|own| own.is_for(target))
    }

    /// Returns the session of a target. A session without a request so far may be it.
    fn requests_for(&mut self, target: &Target) -> &mut Requests {
        let current = match &mut self.connection {
            Connection::Polling(requests) => Some(requests),
            _ => None,
        };
        let all = current.into_iter().chain(&mut self.closing);
        let mut fitting: Vec<&mut Requests> = all.filter(|own| own.is_for(target)).collect();
        // A session with a known sid comes first.
        fitting.sort_by_key(|own| own.sid.is_none());
        fitting.into_iter().next().expect("a polling session")
    }

    fn is_closing(&self, link: Link) -> bool {
        self.closing.iter().any(|own| own.post == Some(link))
    }

    fn sends(
        &mut self,
        link: Link,
        packet: &Packet<CountedPayload>,
        engine_version: Option<EngineVersion>,
    ) {
        match (packet, self.upgrade_of(link)) {
            (Packet::Probe, Some(upgrade)) => {
                assert!(upgrade.opened && !upgrade.answered, "a probe out of turn");
            }
            (Packet::Engine(EngineType::Upgrade), Some(_)) => self.finishes_upgrade(link),
            (Packet::Probe | Packet::Engine(EngineType::Upgrade), None) => {
                unreachable!("an upgrade packet without an upgrade")
            }
            _ => {
                let open = matches!(&self.connection, Connection::Open(own) if *own == link);
                assert!(open, "sends over a link that is not open");
                self.packet_sent(packet, engine_version);
            }
        }
    }

    /// The session moves to the link; no request or other upgrade may be pending.
    fn finishes_upgrade(&mut self, link: Link) {
        self.nothing_expected();
        assert!(
            self.is_upgrading(),
            "upgrades before the answer to the probe"
        );
        self.upgrades.retain(|upgrade| upgrade.link != link);
        assert!(self.upgrades.is_empty(), "two upgrades succeed");
        let Connection::Polling(requests) =
            std::mem::replace(&mut self.connection, Connection::Open(link))
        else {
            unreachable!("upgrades without a polling session");
        };
        assert!(!requests.is_live(), "upgrades while a request is pending");
        if requests.missing > 0 {
            self.expected = Expected::Attachments(requests.missing);
        }
    }

    /// Ends a link. Returns whether it was live.
    fn link_ends(&mut self, link: Link) -> bool {
        if self.upgrade_of(link).is_some() {
            self.upgrades.retain(|upgrade| upgrade.link != link);
            return true;
        }
        if matches!(&self.connection, Connection::Opening(own) | Connection::Open(own) if *own == link)
        {
            self.connection = Connection::Closed;
            return true;
        }
        let current = match &mut self.connection {
            Connection::Polling(requests) => Some(requests),
            _ => None,
        };
        let mut all = current.into_iter().chain(&mut self.closing);
        all.any(|requests| {
            let get = requests.get.take_if(|own| *own == link);
            get.or_else(|| requests.post.take_if(|own| *own == link))
                .is_some()
        })
    }

    /// A packet is sent, over any transport.
    fn packet_sent(
        &mut self,
        packet: &Packet<CountedPayload>,
        engine_version: Option<EngineVersion>,
    ) {
        match packet {
            Packet::Attachment { prefix, .. } => {
                let Expected::Attachments(missing) = self.expected else {
                    unreachable!("an attachment without a header");
                };
                if let Some(engine_version) = engine_version {
                    let typed = engine_version == EngineVersion::Eio3;
                    assert_eq!(*prefix, typed.then_some(4), "the type byte of attachments");
                }
                self.expected = match missing {
                    1 => Expected::Anything,
                    _ => Expected::Attachments(missing - 1),
                };
            }
            Packet::Engine(_) | Packet::Probe => self.nothing_expected(),
            Packet::Message(message) => {
                let flushes = self.sends_message(packet);
                self.expected = match (message.attachments, flushes) {
                    (0, None) => Expected::Anything,
                    (0, Some(nsp)) => Expected::Connected(nsp),
                    (n, _) => Expected::Attachments(n),
                };
            }
        }
    }

    /// Removes an emit from its queue. Returns the namespace if `Connected` must follow.
    fn sends_message(&mut self, packet: &Packet<CountedPayload>) -> Option<Nsp> {
        assert!(!matches!(
            self.expected,
            Expected::Attachments(_) | Expected::LostAcks(_)
        ));
        let Wire::Text(text) = Wire::of(packet) else {
            unreachable!("a header is text");
        };
        let sio = Sio::parse(&text[1..]);
        if !matches!(sio.kind, 2 | 5) {
            self.nothing_expected();
            return None;
        }
        let nsp = *self.names.iter().find(|(_, name)| **name == sio.nsp)?.0;
        if let Some((own, emit)) = self.queued.pop_front() {
            let expected = (own, emit.ack, emit.text);
            assert_eq!(expected, (nsp, sio.id, sio.data), "order of emits");
            return None;
        }
        let space = self.namespace(nsp);
        let emit = space
            .unsent
            .pop_front()
            .expect("the application emitted this");
        assert_eq!((emit.ack, emit.text), (sio.id, sio.data), "order of emits");
        space.in_flight.extend(emit.ack);
        (!space.connected).then_some(nsp)
    }
}

impl Requests {
    pub(super) fn is_live(&self) -> bool {
        self.get.is_some() || self.post.is_some()
    }

    /// Returns whether the target is of this session. The first target sets the sid.
    fn is_for(&self, target: &Target) -> bool {
        assert_eq!(target.transport, Transport::Polling);
        assert!(
            target.body_version.is_some(),
            "the body version of the session is known"
        );
        self.sid.is_none() || self.sid == target.sid
    }
}
