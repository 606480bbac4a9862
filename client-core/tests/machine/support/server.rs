//! A model server written from the protocol text alone, for both dialects: strict about what a client may send.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use tidewire_core::{Dialect, Link, Lost};

use super::network::Parcel;
use super::session::Session;
use super::wire::{Wire, header};

/// What a server does with an event that wants an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Answers {
    /// Gives the arguments back, attachments too.
    Echo,
    /// Keeps the question until the test answers it.
    Hold,
}

/// How the server behaves; tests change it at any time.
pub(crate) struct Rules {
    /// Whether anything listens at all.
    pub(crate) up: bool,
    /// Takes calls and says nothing.
    pub(crate) silent: bool,
    /// Names `maxPayload` in the handshake (4.5 and later).
    pub(crate) names_max_payload: bool,
    pub(crate) ping_interval: u64,
    pub(crate) ping_timeout: u64,
    /// Pings (V4) or answers pings (V3), and misses them.
    pub(crate) heart: bool,
    /// How long the middleware of `/` takes (V3).
    pub(crate) root_delay: u64,
    /// Namespaces it refuses, and the JSON of the error.
    pub(crate) refused: BTreeMap<&'static str, &'static str>,
    /// Namespaces whose CONNECT it does not answer before the test says so.
    pub(crate) unanswered: BTreeSet<&'static str>,
    /// Frames it sends before it grants a namespace.
    pub(crate) early: BTreeMap<&'static str, Vec<&'static str>>,
    pub(crate) answers: Answers,
    /// Grants again what it has granted, as 2.x servers do; else it is a fault of the client's.
    pub(crate) forgiving: bool,
}

/// A question that the server has not answered yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Held {
    pub(crate) nsp: String,
    pub(crate) id: u64,
}

pub(crate) struct Server {
    pub(crate) dialect: Dialect,
    pub(crate) rules: Rules,
    /// Every frame of the client's, in order.
    pub(crate) heard: Vec<String>,
    pub(crate) held: Vec<Held>,
    /// What the protocol does not let a client send.
    pub(crate) faults: Vec<String>,
    /// Whether it looks for faults: a server that talks nonsense itself should not.
    pub(crate) judges: bool,
    /// `EIO` of each call.
    pub(crate) dials: Vec<u8>,
    sessions: BTreeMap<Link, Session>,
    pub(crate) out: VecDeque<(Link, Parcel)>,
}

impl Default for Rules {
    fn default() -> Self {
        Rules {
            up: true,
            silent: false,
            names_max_payload: true,
            ping_interval: 25_000,
            ping_timeout: 20_000,
            heart: true,
            root_delay: 0,
            refused: BTreeMap::new(),
            unanswered: BTreeSet::new(),
            early: BTreeMap::new(),
            answers: Answers::Echo,
            forgiving: false,
        }
    }
}

impl Server {
    pub(crate) fn new(dialect: Dialect) -> Server {
        Server {
            dialect,
            rules: Rules::default(),
            heard: Vec::new(),
            held: Vec::new(),
            faults: Vec::new(),
            judges: true,
            dials: Vec::new(),
            sessions: BTreeMap::new(),
            out: VecDeque::new(),
        }
    }

    pub(crate) fn handle(&mut self, now: u64, link: Link, parcel: Parcel) {
        match parcel {
            Parcel::Dial(version) => self.dialled(now, link, version),
            Parcel::Frame(wire) => {
                self.heard.push(wire.to_string());
                self.with(link, |session, server| session.hear(now, wire, server));
            }
            Parcel::End(_) => drop(self.sessions.remove(&link)),
            Parcel::Accepted => unreachable!("a server's word"),
        }
    }

    pub(crate) fn wake(&mut self, now: u64) {
        for link in self.sessions.keys().copied().collect::<Vec<_>>() {
            self.with(link, |session, server| session.wake(now, server));
        }
    }

    pub(crate) fn next_wake(&self) -> Option<u64> {
        self.sessions
            .values()
            .filter_map(|session| session.next_wake(self))
            .min()
    }

    // ---- what tests make it do ----

    /// Sends a frame to the client that called last.
    pub(crate) fn say(&mut self, wire: Wire) {
        let link = self.link();
        self.out.push_back((link, Parcel::Frame(wire)));
    }

    /// Sends an attachment in the dialect's form.
    pub(crate) fn attach(&mut self, bytes: &[u8]) {
        self.say(attachment(self.dialect, bytes));
    }

    /// Answers a question it held.
    pub(crate) fn answer(&mut self, held: &Held, json: &str) {
        self.say(Wire::text(header(3, 0, &held.nsp, Some(held.id)) + json));
    }

    /// Answers a CONNECT it left unanswered.
    pub(crate) fn grant(&mut self, nsp: &str) {
        let link = self.link();
        self.with(link, |session, server| session.grant(nsp, server));
    }

    /// Puts the client out of a namespace.
    pub(crate) fn kick(&mut self, nsp: &str) {
        let link = self.link();
        self.with(link, |session, _| session.kicked(nsp));
        self.say(Wire::text(header(1, 0, nsp, None)));
    }

    /// Ends the connection.
    pub(crate) fn cut(&mut self, lost: Lost) {
        let link = self.link();
        self.hang_up(link, lost);
    }

    /// The namespaces the client that called last is in.
    pub(crate) fn joined(&self) -> Vec<String> {
        self.sessions
            .values()
            .next_back()
            .map(Session::joined)
            .unwrap_or_default()
    }

    /// The link of the client that called last.
    pub(crate) fn link(&self) -> Link {
        *self.sessions.keys().next_back().expect("a client is there")
    }

    pub(crate) fn connections(&self) -> usize {
        self.sessions.len()
    }

    // ---- what sessions ask of it ----

    pub(crate) fn fault(&mut self, fault: String) {
        if self.judges {
            self.faults.push(fault);
        }
    }

    pub(crate) fn send(&mut self, link: Link, text: String) {
        self.out.push_back((link, Parcel::Frame(Wire::Text(text))));
    }

    pub(crate) fn send_attachment(&mut self, link: Link, bytes: &[u8]) {
        let wire = attachment(self.dialect, bytes);
        self.out.push_back((link, Parcel::Frame(wire)));
    }

    pub(crate) fn hang_up(&mut self, link: Link, lost: Lost) {
        self.sessions.remove(&link);
        self.out.push_back((link, Parcel::End(lost)));
    }

    // ---- inside ----

    fn dialled(&mut self, now: u64, link: Link, version: u8) {
        self.dials.push(version);
        if !self.rules.up {
            self.out.push_back((link, Parcel::End(Lost::Failed)));
            return;
        }
        self.out.push_back((link, Parcel::Accepted));
        let number = self.dials.len();
        let session = Session::new(now, link, number);
        self.sessions.insert(link, session);
        if !self.rules.silent {
            self.with(link, |session, server| session.open(now, server));
        }
    }

    /// Lets a session act on the server it is of; it may end by that.
    fn with(&mut self, link: Link, act: impl FnOnce(&mut Session, &mut Server)) {
        if let Some(mut session) = self.sessions.remove(&link) {
            let before = self.out.len();
            act(&mut session, self);
            let ended = self
                .out
                .iter()
                .skip(before)
                .any(|(of, parcel)| *of == link && matches!(parcel, Parcel::End(_)));
            if !ended {
                self.sessions.insert(link, session);
            }
        }
    }
}

fn attachment(dialect: Dialect, bytes: &[u8]) -> Wire {
    let prefix = (dialect == Dialect::V3).then_some(4);
    Wire::Binary(prefix.into_iter().chain(bytes.iter().copied()).collect())
}
