//! Laws that every sequence of outputs must keep, whatever the test is about.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use tidewire_core::{AckError, Action, Dialect, Event, Link, Nsp, Packet};

use super::payload::Load;
use super::wire::{Sio, Wire};

/// An emit that has not been sent yet.
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
    Open(Link),
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
    }

    pub(crate) fn closes(&mut self) {
        for space in self.spaces.values_mut() {
            space.wanted = false;
        }
    }

    /// An emit that the machine has taken; what a volatile one's fate is, only the machine knows.
    pub(crate) fn emits(&mut self, nsp: Nsp, ack: Option<u64>, text: String, payloads: usize) {
        let emit = Unsent {
            ack,
            text,
            payloads,
        };
        self.space(nsp).unsent.push_back(emit);
    }

    pub(crate) fn cancels(&mut self, nsp: Nsp, ack: u64) {
        let space = self.space(nsp);
        space.in_flight.remove(&ack);
        space.unsent.retain(|emit| emit.ack != Some(ack));
    }

    // ---- what the machine says ----

    /// `dialect`: that of the server, if it speaks one.
    pub(crate) fn action(&mut self, action: &Action<Load>, dialect: Option<Dialect>) {
        match action {
            Action::Open { link, .. } => self.opens(*link),
            Action::Send { link, packet } => self.sends(*link, packet, dialect),
            Action::Drop { link } => {
                self.nothing_due();
                let live = matches!(&self.way, Way::Opening(own) | Way::Open(own) if own == link);
                assert!(live, "drops {link:?}, which is not its live link");
                self.way = Way::Closed;
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
                let Way::Opening(link) = self.way else {
                    unreachable!("opened what was not opening");
                };
                self.way = Way::Open(link);
            }
            Event::OpenFailed(_) | Event::Closed(_) => {
                assert!(matches!(self.way, Way::Closed), "{event:?} on a live link");
                assert!(!self.spaces.values().any(|space| space.connected));
            }
            Event::Disconnected { nsp, .. } => self.disconnected(*nsp),
            Event::Refused { nsp, .. } => {
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
        if matches!(&self.way, Way::Opening(own) | Way::Open(own) if *own == link) {
            self.way = Way::Closed;
        }
    }

    /// All outputs have been taken.
    pub(crate) fn quiet(&self, is_connected: impl Fn(Nsp) -> bool) {
        assert!(matches!(self.due, Due::Anything), "something is missing");
        for (nsp, space) in &self.spaces {
            assert_eq!(is_connected(*nsp), space.connected, "{}", self.names[nsp]);
            let waits = space.connected && !space.unsent.is_empty();
            assert!(!waits, "connected, and emits still wait");
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

    fn opens(&mut self, link: Link) {
        self.nothing_due();
        assert!(matches!(self.way, Way::Closed), "two links at a time");
        assert!(link.id() > self.last_link, "a link used twice");
        self.last_link = link.id();
        self.way = Way::Opening(link);
    }

    fn sends(&mut self, link: Link, packet: &Packet<Load>, dialect: Option<Dialect>) {
        let open = matches!(&self.way, Way::Open(own) if *own == link);
        assert!(open, "sends over a link that is not open");
        match packet {
            Packet::Attachment { prefix, .. } => {
                let Due::Attachments(missing) = self.due else {
                    unreachable!("an attachment without a header");
                };
                if let Some(dialect) = dialect {
                    let typed = dialect == Dialect::V3;
                    assert_eq!(*prefix, typed.then_some(4), "the type byte of attachments");
                }
                self.due = match missing {
                    1 => Due::Anything,
                    _ => Due::Attachments(missing - 1),
                };
            }
            Packet::Engine(_) => self.nothing_due(),
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
        let space = self.space(nsp);
        assert!(space.wanted && !space.connected, "connected unasked");
        assert!(
            space.unsent.is_empty(),
            "connected before the buffer is sent"
        );
        space.connected = true;
    }

    fn disconnected(&mut self, nsp: Nsp) {
        let space = self.space(nsp);
        assert!(space.connected, "disconnected twice");
        space.connected = false;
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
