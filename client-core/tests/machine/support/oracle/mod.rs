//! Laws that every sequence of outputs must keep, whatever the test is about.
//!
//! The oracle tracks the connection and the namespaces from the outputs of the machine, and panics when a law is broken. This file
//! has its state and the calls of the application.

mod actions;
mod events;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use tidewire_core::{Link, Nsp, Transport};

/// An emit that has not been sent yet.
#[derive(Clone)]
struct Unsent {
    ack: Option<u64>,
    text: String,
    payloads: usize,
}

#[derive(Default)]
struct NamespaceState {
    wanted: bool,
    connected: bool,
    unsent: VecDeque<Unsent>,
    in_flight: BTreeSet<u64>,
}

#[derive(Default)]
enum Connection {
    #[default]
    Closed,
    Opening(Link),
    /// The GET for the handshake has been answered.
    Answered,
    Open(Link),
    Polling(Requests),
}

/// A polling session.
#[derive(Default)]
struct Requests {
    sid: Option<Arc<str>>,
    get: Option<Link>,
    post: Option<Link>,
    /// The missing attachments of a posted header.
    missing: u32,
    /// The emits that waited for a POST when the session was closed.
    queued: VecDeque<(Nsp, Unsent)>,
}

/// The link of an upgrade.
struct Upgrade {
    link: Link,
    transport: Transport,
    opened: bool,
    answered: bool,
}

/// The expected next output.
#[derive(Default)]
enum Expected {
    #[default]
    Anything,
    /// This many attachments, before anything else.
    Attachments(u32),
    /// `Connected` of a namespace, after its buffer was sent.
    Connected(Nsp),
    /// `AckLost` for the acks of a namespace just disconnected.
    LostAcks(Nsp),
}

#[derive(Default)]
pub(crate) struct Oracle {
    connection: Connection,
    upgrades: Vec<Upgrade>,
    /// Polling sessions that post a close packet.
    closing: Vec<Requests>,
    /// The emits of connected namespaces that wait for a POST, in order.
    queued: VecDeque<(Nsp, Unsent)>,
    last_link: u32,
    expected: Expected,
    /// A disconnection has said that the client reconnects: an attempt must be announced next.
    reconnects: bool,
    namespaces: BTreeMap<Nsp, NamespaceState>,
    names: BTreeMap<Nsp, String>,
}

impl Oracle {
    // ---- the application ----

    pub(crate) fn named(&mut self, nsp: Nsp, name: &str) {
        self.names.insert(nsp, name.into());
    }

    pub(crate) fn name(&self, nsp: Nsp) -> String {
        self.names[&nsp].clone()
    }

    pub(crate) fn connects(&mut self, nsp: Nsp) {
        self.namespace(nsp).wanted = true;
    }

    pub(crate) fn disconnects(&mut self, nsp: Nsp) {
        self.namespace(nsp).wanted = false;
        self.closes_early();
    }

    pub(crate) fn closes(&mut self) {
        for space in self.namespaces.values_mut() {
            space.wanted = false;
        }
        self.closes_early();
    }

    /// A polling session that is not wanted any more before it is open: it may post a close packet later.
    fn closes_early(&mut self) {
        let unwanted = !self.namespaces.values().any(|space| space.wanted);
        if let (true, Connection::Opening(link)) = (unwanted, &self.connection) {
            let requests = Requests {
                get: Some(*link),
                ..Requests::default()
            };
            self.closing.push(requests);
            self.connection = Connection::Closed;
        }
    }

    /// An emit that the machine has accepted. Only the machine knows whether it drops a volatile one.
    pub(crate) fn emits(&mut self, nsp: Nsp, ack: Option<u64>, text: String, payloads: usize) {
        let emit = Unsent {
            ack,
            text,
            payloads,
        };
        let polling = matches!(self.connection, Connection::Polling(_));
        let space = self.namespace(nsp);
        if polling && space.connected {
            space.in_flight.extend(ack);
            self.queued.push_back((nsp, emit));
        } else {
            space.unsent.push_back(emit);
        }
    }

    pub(crate) fn cancels(&mut self, nsp: Nsp, ack: u64) {
        let space = self.namespace(nsp);
        space.in_flight.remove(&ack);
        space.unsent.retain(|emit| emit.ack != Some(ack));
    }

    // ---- checks ----

    /// Checks at the end of a test that no link is live.
    pub(crate) fn ended(&self) {
        let links = self.closing.iter().any(Requests::is_live) || !self.upgrades.is_empty();
        assert!(
            matches!(self.connection, Connection::Closed) && !links,
            "a link leaked"
        );
    }

    /// Checks the state when all outputs have been handled.
    pub(crate) fn quiet(&self, is_connected: impl Fn(Nsp) -> bool) {
        assert!(
            matches!(self.expected, Expected::Anything),
            "an expected output is missing"
        );
        for (nsp, space) in &self.namespaces {
            assert_eq!(is_connected(*nsp), space.connected, "{}", self.names[nsp]);
            let waits = space.connected && !space.unsent.is_empty();
            assert!(!waits, "connected, but emits still wait");
        }
        match &self.connection {
            Connection::Open(_) => {
                assert!(self.queued.is_empty(), "on a WebSocket, but emits wait");
            }
            Connection::Polling(requests) if !self.is_upgrading() => {
                assert!(requests.get.is_some(), "no GET is pending");
                let waits = requests.post.is_none() && !self.queued.is_empty();
                assert!(!waits, "no POST is pending, but emits wait");
            }
            _ => {}
        }
    }

    /// Returns the number of payloads of unsent emits, which the machine must hold.
    pub(crate) fn unsent_payloads(&self) -> usize {
        let unsent = self.namespaces.values().flat_map(|space| &space.unsent);
        unsent.map(|emit| emit.payloads).sum()
    }

    /// Returns the number of acks in flight.
    pub(crate) fn acks_in_flight(&self) -> usize {
        self.namespaces
            .values()
            .map(|space| space.in_flight.len())
            .sum()
    }

    // ---- state ----

    fn namespace(&mut self, nsp: Nsp) -> &mut NamespaceState {
        self.namespaces.entry(nsp).or_default()
    }

    pub(super) fn nothing_expected(&self) {
        match self.expected {
            Expected::Anything => {}
            Expected::Attachments(n) => unreachable!("{n} attachments are missing"),
            Expected::Connected(nsp) => {
                unreachable!("{nsp:?} sent its buffer, but `Connected` is missing")
            }
            Expected::LostAcks(nsp) => {
                unreachable!("{nsp:?} is disconnected, but its acks are not lost")
            }
        }
    }
}
