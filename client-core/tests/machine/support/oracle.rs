//! Laws that every sequence of outputs must keep, whatever the test is about.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use tidewire_core::wire::engine::EngineType;
use tidewire_core::{
    AckError, Action, EngineVersion, Event, Link, Nsp, Packet, Reason, Target, Transport,
};

use super::payload::Load;
use super::wire::{Sio, Wire};

/// An emit that has not been sent yet.
#[derive(Clone)]
struct Unsent {
    ack: Option<u64>,
    text: String,
    payloads: usize,
}

#[derive(Default)]
struct Space {
    wanted: bool,
    connected: bool,
    unsent: VecDeque<Unsent>,
    in_flight: BTreeSet<u64>,
}

#[derive(Default)]
enum Way {
    #[default]
    Closed,
    Opening(Link),
    /// The GET for the handshake has been answered.
    Answered,
    Open(Link),
    Polling(Requests),
}

/// A session on polling.
#[derive(Default)]
struct Requests {
    sid: Option<Arc<str>>,
    get: Option<Link>,
    post: Option<Link>,
    /// Attachments of a header that has been posted.
    missing: u32,
    /// What waited for a POST when the session was left.
    handed: VecDeque<(Nsp, Unsent)>,
}

/// A WebSocket that a session wants to upgrade to.
struct Upgrade {
    link: Link,
    opened: bool,
    answered: bool,
}

/// What must come next.
#[derive(Default)]
enum Due {
    #[default]
    Anything,
    /// This many attachments, before anything else.
    Attachments(u32),
    /// The flush of a namespace's buffer ends with the news that it is connected.
    Connected(Nsp),
    /// The acks of a namespace just disconnected are lost at once.
    LostAcks(Nsp),
}

#[derive(Default)]
pub(crate) struct Oracle {
    way: Way,
    upgrade: Option<Upgrade>,
    /// Sessions on polling that say goodbye.
    leaving: Vec<Requests>,
    /// Emits of connected namespaces that wait for a POST, in the order in which they must go.
    handed: VecDeque<(Nsp, Unsent)>,
    last_link: u32,
    due: Due,
    spaces: BTreeMap<Nsp, Space>,
    names: BTreeMap<Nsp, String>,
}

impl Oracle {
    // ---- what the application does ----

    pub(crate) fn named(&mut self, nsp: Nsp, name: &str) {
        self.names.insert(nsp, name.into());
    }

    pub(crate) fn name(&self, nsp: Nsp) -> String {
        self.names[&nsp].clone()
    }

    pub(crate) fn connects(&mut self, nsp: Nsp) {
        self.space(nsp).wanted = true;
    }

    pub(crate) fn disconnects(&mut self, nsp: Nsp) {
        self.space(nsp).wanted = false;
        self.leaves_early();
    }

    pub(crate) fn closes(&mut self) {
        for space in self.spaces.values_mut() {
            space.wanted = false;
        }
        self.leaves_early();
    }

    /// A session on polling that is no longer wanted before it is opened: it may say goodbye later.
    fn leaves_early(&mut self) {
        let unwanted = !self.spaces.values().any(|space| space.wanted);
        if let (true, Way::Opening(link)) = (unwanted, &self.way) {
            let requests = Requests {
                get: Some(*link),
                ..Requests::default()
            };
            self.leaving.push(requests);
            self.way = Way::Closed;
        }
    }

    /// An emit that the machine has taken; what a volatile one's fate is, only the machine knows.
    pub(crate) fn emits(&mut self, nsp: Nsp, ack: Option<u64>, text: String, payloads: usize) {
        let emit = Unsent {
            ack,
            text,
            payloads,
        };
        let polled = matches!(self.way, Way::Polling(_));
        let space = self.space(nsp);
        if polled && space.connected {
            space.in_flight.extend(ack);
            self.handed.push_back((nsp, emit));
        } else {
            space.unsent.push_back(emit);
        }
    }

    pub(crate) fn cancels(&mut self, nsp: Nsp, ack: u64) {
        let space = self.space(nsp);
        space.in_flight.remove(&ack);
        space.unsent.retain(|emit| emit.ack != Some(ack));
    }

    // ---- what the machine says ----

    /// `Engine.IO version`: that of the server, if it speaks one.
    pub(crate) fn action(&mut self, action: &Action<Load>, engine_version: Option<EngineVersion>) {
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
                self.nothing_due();
                assert!(self.forgets(*link), "drops {link:?}, which is not live");
            }
        }
    }

    pub(crate) fn event(&mut self, event: &Event<Load>) {
        match event {
            Event::Connected { nsp, .. } => return self.connected(*nsp),
            Event::AckLost {
                nsp,
                ack,
                why: AckError::Disconnected,
            } => return self.lost(*nsp, ack.get()),
            _ => self.nothing_due(),
        }
        match event {
            Event::Opened => {
                self.way = match self.way {
                    Way::Opening(link) => Way::Open(link),
                    Way::Answered => Way::Polling(Requests::default()),
                    _ => unreachable!("opened what was not opening"),
                };
            }
            Event::Upgraded => {
                let polled = matches!(self.way, Way::Open(_));
                assert!(polled, "upgraded, and not on a WebSocket");
            }
            Event::UpgradeFailed => assert!(self.upgrade.is_none(), "failed, and still live"),
            Event::OpenFailed(_) => {
                let closed = matches!(self.way, Way::Closed | Way::Answered);
                assert!(closed && self.upgrade.is_none(), "{event:?} on a live link");
                self.way = Way::Closed;
            }
            Event::Closed(reason) => self.closed(*reason),
            Event::ReconnectFailed => self.closes(),
            Event::Disconnected { nsp, reason, .. } => self.disconnected(*nsp, *reason),
            Event::ConnectError { nsp, .. } => {
                let space = self.space(*nsp);
                assert!(space.wanted && !space.connected, "refused without asking");
                space.wanted = false;
            }
            Event::Message(incoming) => self.must_be_connected(incoming.nsp),
            Event::ServerError { nsp, .. } => self.must_be_connected(*nsp),
            Event::Acked { nsp, ack, .. } => {
                self.must_be_connected(*nsp);
                let was = self.space(*nsp).in_flight.remove(&ack.get());
                assert!(was, "an answer to what nobody asked, or a second one");
            }
            Event::AckLost { nsp, ack, .. } => self.given_up(*nsp, ack.get()),
            _ => {}
        }
    }

    /// The host has told the machine that this link has ended.
    pub(crate) fn link_lost(&mut self, link: Link) {
        self.forgets(link);
    }

    /// The host has told the machine the answer to this request.
    pub(crate) fn link_answered(&mut self, link: Link) {
        let opening = matches!(&self.way, Way::Opening(own) if *own == link);
        self.forgets(link);
        if opening {
            self.way = Way::Answered;
        }
    }

    /// The host has opened this WebSocket.
    pub(crate) fn link_opened(&mut self, link: Link) {
        if let Some(upgrade) = self.upgrade.as_mut().filter(|upgrade| upgrade.link == link) {
            upgrade.opened = true;
        }
    }

    /// The right answer to the probe has come over this WebSocket, if it is that.
    pub(crate) fn probe_answered(&mut self, link: Link) {
        if let Some(upgrade) = self.upgrade.as_mut().filter(|upgrade| upgrade.link == link) {
            upgrade.answered = true;
        }
    }

    /// Nothing of the host's is in the machine's hands any more.
    pub(crate) fn ended(&self) {
        let links = self.leaving.iter().any(Requests::is_live) || self.upgrade.is_some();
        assert!(matches!(self.way, Way::Closed) && !links, "a link leaked");
    }

    /// All outputs have been taken.
    pub(crate) fn quiet(&self, is_connected: impl Fn(Nsp) -> bool) {
        assert!(matches!(self.due, Due::Anything), "something is missing");
        for (nsp, space) in &self.spaces {
            assert_eq!(is_connected(*nsp), space.connected, "{}", self.names[nsp]);
            let waits = space.connected && !space.unsent.is_empty();
            assert!(!waits, "connected, and emits still wait");
        }
        match &self.way {
            Way::Open(_) => assert!(self.handed.is_empty(), "on a WebSocket, and emits wait"),
            Way::Polling(requests) if !self.is_crossing() => {
                assert!(requests.get.is_some(), "nobody polls");
                let waits = requests.post.is_none() && !self.handed.is_empty();
                assert!(!waits, "nothing is posted, and emits wait");
            }
            _ => {}
        }
    }

    /// How many payloads the machine must still hold when nothing is on its way: those of emits that wait.
    pub(crate) fn unsent_payloads(&self) -> usize {
        let unsent = self.spaces.values().flat_map(|space| &space.unsent);
        unsent.map(|emit| emit.payloads).sum()
    }

    pub(crate) fn acks_in_flight(&self) -> usize {
        self.spaces
            .values()
            .map(|space| space.in_flight.len())
            .sum()
    }

    // ---- inside ----

    fn space(&mut self, nsp: Nsp) -> &mut Space {
        self.spaces.entry(nsp).or_default()
    }

    fn nothing_due(&self) {
        match self.due {
            Due::Anything => {}
            Due::Attachments(n) => unreachable!("{n} attachments are missing"),
            Due::Connected(nsp) => unreachable!("{nsp:?} sent, and was not connected"),
            Due::LostAcks(nsp) => unreachable!("{nsp:?} left, and its acks were not told"),
        }
    }

    fn must_be_connected(&mut self, nsp: Nsp) {
        assert!(self.space(nsp).connected, "news of {nsp:?}, which is out");
    }

    fn is_crossing(&self) -> bool {
        self.upgrade
            .as_ref()
            .is_some_and(|upgrade| upgrade.answered)
    }

    fn new_link(&mut self, link: Link) {
        self.nothing_due();
        assert!(link.id() > self.last_link, "a link used twice");
        self.last_link = link.id();
    }

    fn opens(&mut self, link: Link) {
        let closed = matches!(self.way, Way::Closed | Way::Answered);
        assert!(closed && self.upgrade.is_none(), "two links at a time");
        self.new_link(link);
        self.way = Way::Opening(link);
    }

    fn upgrades(&mut self, link: Link, target: &Target) {
        self.new_link(link);
        assert_eq!(target.transport, Transport::WebSocket);
        let polled = matches!(self.way, Way::Answered | Way::Polling(_));
        assert!(
            polled && self.upgrade.is_none(),
            "upgrades from where it is"
        );
        self.upgrade = Some(Upgrade {
            link,
            opened: false,
            answered: false,
        });
    }

    fn gets(&mut self, link: Link, target: &Target) {
        self.new_link(link);
        assert!(!self.is_crossing(), "a GET while crossing");
        let Way::Polling(requests) = &mut self.way else {
            unreachable!("a GET of no session on polling");
        };
        assert!(requests.is_for(target), "a GET of another session");
        requests.sid.clone_from(&target.sid);
        assert!(requests.get.replace(link).is_none(), "two GETs at once");
    }

    fn posts(
        &mut self,
        link: Link,
        target: &Target,
        packets: &[Packet<Load>],
        engine_version: Option<EngineVersion>,
    ) {
        self.new_link(link);
        assert!(!packets.is_empty(), "an empty POST");
        let requests = self.requests_for(target);
        requests.sid.clone_from(&target.sid);
        assert!(requests.post.replace(link).is_none(), "two POSTs at once");
        let missing = std::mem::take(&mut requests.missing);
        let handed = std::mem::take(&mut requests.handed);
        if missing > 0 {
            self.due = Due::Attachments(missing);
        }
        let crosses = self.is_crossing() && !self.is_leaving(link);
        assert!(!crosses, "a POST while crossing");
        // That of the session which is open stands by while another one says goodbye.
        let current = self
            .is_leaving(link)
            .then(|| std::mem::replace(&mut self.handed, handed));
        for packet in packets {
            self.passes(packet, engine_version);
        }
        let handed = current.map(|current| std::mem::replace(&mut self.handed, current));
        let handed = handed.unwrap_or_default();
        let missing = match std::mem::take(&mut self.due) {
            Due::Attachments(missing) => missing,
            due => {
                self.due = due;
                0
            }
        };
        let current = match &mut self.way {
            Way::Polling(requests) => Some(requests),
            _ => None,
        };
        let mut all = current.into_iter().chain(&mut self.leaving);
        let requests = all.find(|own| own.post == Some(link)).expect("a session");
        (requests.missing, requests.handed) = (missing, handed);
    }

    /// The session of this target; one that has not made a request yet may be it.
    fn requests_for(&mut self, target: &Target) -> &mut Requests {
        let current = match &mut self.way {
            Way::Polling(requests) => Some(requests),
            _ => None,
        };
        let all = current.into_iter().chain(&mut self.leaving);
        let mut fitting: Vec<&mut Requests> = all.filter(|own| own.is_for(target)).collect();
        // One whose name is known comes before one whose name is not.
        fitting.sort_by_key(|own| own.sid.is_none());
        fitting.into_iter().next().expect("a session on polling")
    }

    fn is_leaving(&self, link: Link) -> bool {
        self.leaving.iter().any(|own| own.post == Some(link))
    }

    fn sends(&mut self, link: Link, packet: &Packet<Load>, engine_version: Option<EngineVersion>) {
        let probed = self.upgrade.as_ref().filter(|upgrade| upgrade.link == link);
        match (packet, probed) {
            (Packet::Probe, Some(upgrade)) => {
                assert!(upgrade.opened && !upgrade.answered, "asks out of turn");
            }
            (Packet::Engine(EngineType::Upgrade), Some(_)) => self.crosses(link),
            (Packet::Probe | Packet::Engine(EngineType::Upgrade), None) => {
                unreachable!("upgrades nowhere")
            }
            _ => {
                let open = matches!(&self.way, Way::Open(own) if *own == link);
                assert!(open, "sends over a link that is not open");
                self.passes(packet, engine_version);
            }
        }
    }

    /// The session goes over to its WebSocket, which no request may overlap.
    fn crosses(&mut self, link: Link) {
        self.nothing_due();
        assert!(self.is_crossing(), "crosses unanswered");
        self.upgrade = None;
        let Way::Polling(requests) = std::mem::replace(&mut self.way, Way::Open(link)) else {
            unreachable!("crosses from where it is");
        };
        assert!(!requests.is_live(), "crosses while a request is on its way");
        if requests.missing > 0 {
            self.due = Due::Attachments(requests.missing);
        }
    }

    /// The connection is at its end: a session on polling may say goodbye, if there is somebody to say it to.
    fn closed(&mut self, reason: Reason) {
        assert!(self.upgrade.is_none(), "closed, and still upgrades");
        assert!(!self.spaces.values().any(|space| space.connected));
        match std::mem::take(&mut self.way) {
            Way::Closed => {}
            Way::Polling(mut requests) => {
                let polite = matches!(reason, Reason::ForcedClose | Reason::ParseError);
                assert!(polite || !requests.is_live(), "{reason} on live links");
                if polite {
                    requests.handed = std::mem::take(&mut self.handed);
                    return self.leaving.push(requests);
                }
            }
            _ => unreachable!("{reason} on a live link"),
        }
        self.handed.clear();
    }

    /// Whether the link was live; it no longer is.
    fn forgets(&mut self, link: Link) -> bool {
        if self
            .upgrade
            .take_if(|upgrade| upgrade.link == link)
            .is_some()
        {
            return true;
        }
        if matches!(&self.way, Way::Opening(own) | Way::Open(own) if *own == link) {
            self.way = Way::Closed;
            return true;
        }
        let current = match &mut self.way {
            Way::Polling(requests) => Some(requests),
            _ => None,
        };
        let mut all = current.into_iter().chain(&mut self.leaving);
        all.any(|requests| {
            let get = requests.get.take_if(|own| *own == link);
            get.or_else(|| requests.post.take_if(|own| *own == link))
                .is_some()
        })
    }

    /// A packet goes to the server, over whatever.
    fn passes(&mut self, packet: &Packet<Load>, engine_version: Option<EngineVersion>) {
        match packet {
            Packet::Attachment { prefix, .. } => {
                let Due::Attachments(missing) = self.due else {
                    unreachable!("an attachment without a header");
                };
                if let Some(engine_version) = engine_version {
                    let typed = engine_version == EngineVersion::Eio3;
                    assert_eq!(*prefix, typed.then_some(4), "the type byte of attachments");
                }
                self.due = match missing {
                    1 => Due::Anything,
                    _ => Due::Attachments(missing - 1),
                };
            }
            Packet::Engine(_) | Packet::Probe => self.nothing_due(),
            Packet::Message(message) => {
                let flushes = self.sends_message(packet);
                self.due = match (message.attachments, flushes) {
                    (0, None) => Due::Anything,
                    (0, Some(nsp)) => Due::Connected(nsp),
                    (n, _) => Due::Attachments(n),
                };
            }
        }
    }

    /// Takes an event from those that wait; gives the namespace if it is not known to be connected yet.
    fn sends_message(&mut self, packet: &Packet<Load>) -> Option<Nsp> {
        assert!(!matches!(self.due, Due::Attachments(_) | Due::LostAcks(_)));
        let Wire::Text(text) = Wire::of(packet) else {
            unreachable!("a header is text");
        };
        let sio = Sio::parse(&text[1..]);
        if !matches!(sio.kind, 2 | 5) {
            self.nothing_due();
            return None;
        }
        let nsp = *self.names.iter().find(|(_, name)| **name == sio.nsp)?.0;
        if let Some((own, emit)) = self.handed.pop_front() {
            let expected = (own, emit.ack, emit.text);
            assert_eq!(expected, (nsp, sio.id, sio.data), "order of emits");
            return None;
        }
        let space = self.space(nsp);
        let emit = space.unsent.pop_front().expect("somebody emitted this");
        assert_eq!((emit.ack, emit.text), (sio.id, sio.data), "order of emits");
        space.in_flight.extend(emit.ack);
        (!space.connected).then_some(nsp)
    }

    fn connected(&mut self, nsp: Nsp) {
        match self.due {
            Due::Connected(own) if own == nsp => self.due = Due::Anything,
            _ => self.nothing_due(),
        }
        if matches!(self.way, Way::Polling(_)) {
            // They wait for a POST now.
            let unsent = std::mem::take(&mut self.space(nsp).unsent);
            let acks: Vec<u64> = unsent.iter().filter_map(|emit| emit.ack).collect();
            self.space(nsp).in_flight.extend(acks);
            self.handed
                .extend(unsent.into_iter().map(|emit| (nsp, emit)));
        }
        let space = self.space(nsp);
        assert!(space.wanted && !space.connected, "connected unasked");
        assert!(
            space.unsent.is_empty(),
            "connected before the buffer is sent"
        );
        space.connected = true;
    }

    fn disconnected(&mut self, nsp: Nsp, reason: Reason) {
        let space = self.space(nsp);
        assert!(space.connected, "disconnected twice");
        space.connected = false;
        space.wanted &= reason != Reason::ServerDisconnect;
        if !space.in_flight.is_empty() {
            self.due = Due::LostAcks(nsp);
        }
    }

    fn lost(&mut self, nsp: Nsp, ack: u64) {
        let due = matches!(self.due, Due::LostAcks(own) if own == nsp);
        assert!(due, "an ack lost while its namespace is connected");
        let space = self.space(nsp);
        assert!(space.in_flight.remove(&ack), "an ack settled twice");
        if space.in_flight.is_empty() {
            self.due = Due::Anything;
        }
    }

    fn given_up(&mut self, nsp: Nsp, ack: u64) {
        let space = self.space(nsp);
        let waiting = space.unsent.len();
        space.unsent.retain(|emit| emit.ack != Some(ack));
        let was = space.in_flight.remove(&ack) || space.unsent.len() < waiting;
        assert!(was, "an ack settled twice");
    }
}

impl Requests {
    fn is_live(&self) -> bool {
        self.get.is_some() || self.post.is_some()
    }

    /// Whether it is the session of this target; the first target says which it is.
    fn is_for(&self, target: &Target) -> bool {
        assert_eq!(target.transport, Transport::Polling);
        assert!(
            target.body_version.is_some(),
            "the form of the session is known"
        );
        self.sid.is_none() || self.sid == target.sid
    }
}
