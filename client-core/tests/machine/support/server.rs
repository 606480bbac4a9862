//! A model server written from the protocol text alone, for both Engine.IO versions: strict about what a client may send.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use tidewire_core::{EngineVersion, Link, Lost, Target};

use super::body::Body;
use super::line::{Line, Upgrading};
use super::network::Parcel;
use super::session::{Session, attachment};
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
    /// Pings (EIO4) or answers pings (EIO3), and misses them.
    pub(crate) heart: bool,
    /// How long the middleware of `/` takes (EIO3).
    pub(crate) root_delay: u64,
    /// Namespaces it refuses, and the JSON of the error.
    pub(crate) refused: BTreeMap<&'static str, &'static str>,
    /// Namespaces whose CONNECT it does not answer before the test says so.
    pub(crate) unanswered: BTreeSet<&'static str>,
    /// Frames it sends before it grants a namespace.
    pub(crate) early: BTreeMap<&'static str, Vec<&'static str>>,
    pub(crate) answers: Answers,
    /// Offers a WebSocket to sessions on polling.
    pub(crate) offers: bool,
    /// What becomes of the offer.
    pub(crate) upgrading: Upgrading,
    /// The most packets in an answer to a GET.
    pub(crate) per_body: usize,
    /// Answers with binary bodies, which EIO3 alone has.
    pub(crate) octets: bool,
    /// The largest body it takes (EIO4), in bytes.
    pub(crate) max_payload: usize,
    /// How long it takes to answer a POST.
    pub(crate) post_time: u64,
    /// Loses every POST, unread.
    pub(crate) loses_posts: bool,
    /// Whether WebSockets, and whether requests, get through.
    pub(crate) takes_websockets: bool,
    pub(crate) takes_requests: bool,
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
    pub(crate) engine_version: EngineVersion,
    pub(crate) rules: Rules,
    /// Every frame of the client's, in order.
    pub(crate) heard: Vec<String>,
    pub(crate) held: Vec<Held>,
    /// What the protocol does not let a client send.
    pub(crate) faults: Vec<String>,
    /// Whether it looks for faults: a server that talks nonsense itself should not.
    pub(crate) judges: bool,
    /// `EIO` of each call that asks for a new session.
    pub(crate) dials: Vec<u8>,
    /// The packets of each POST.
    pub(crate) posts: Vec<Vec<String>>,
    /// How many GETs have come.
    pub(crate) gets: usize,
    /// How many WebSockets have wanted to take over a session.
    pub(crate) upgrades: usize,
    /// How many requests it has refused: of a session it does not know, or too large.
    pub(crate) refusals: usize,
    sessions: BTreeMap<usize, Session>,
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
            offers: true,
            upgrading: Upgrading::Grant,
            per_body: usize::MAX,
            octets: false,
            max_payload: 1_000_000,
            post_time: 0,
            loses_posts: false,
            takes_websockets: true,
            takes_requests: true,
            forgiving: false,
        }
    }
}

impl Server {
    pub(crate) fn new(engine_version: EngineVersion) -> Server {
        Server {
            engine_version,
            rules: Rules::default(),
            heard: Vec::new(),
            held: Vec::new(),
            faults: Vec::new(),
            judges: true,
            dials: Vec::new(),
            posts: Vec::new(),
            gets: 0,
            upgrades: 0,
            refusals: 0,
            sessions: BTreeMap::new(),
            out: VecDeque::new(),
        }
    }

    pub(crate) fn handle(&mut self, now: u64, link: Link, parcel: Parcel) {
        match parcel {
            Parcel::Dial(target) => self.dialled(now, link, &target),
            Parcel::Get(target) => self.asked(now, link, &target),
            Parcel::Post(target, body) => self.posted(now, link, &target, &body),
            Parcel::Frame(wire) => {
                if let Some(id) = self.of_link(link) {
                    self.with(id, |session, server| {
                        session.hear_frame(now, link, wire, server);
                    });
                }
            }
            Parcel::End(_) => {
                if let Some(id) = self.of_link(link) {
                    self.with(id, |session, _| session.line.dropped(link));
                }
            }
            Parcel::Accepted | Parcel::Answer(_) | Parcel::Done => unreachable!("a server's word"),
        }
    }

    pub(crate) fn wake(&mut self, now: u64) {
        for id in self.sessions.keys().copied().collect::<Vec<_>>() {
            self.with(id, |session, server| session.wake(now, server));
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
        self.with(self.last(), |session, server| {
            session.line.send(wire, server);
        });
    }

    /// Sends frames that go into one body, if there are such.
    pub(crate) fn say_all(&mut self, texts: &[&str]) {
        self.with(self.last(), |session, server| {
            for text in texts {
                session.line.send(Wire::text(*text), server);
            }
        });
    }

    /// Sends an attachment in the Engine.IO version's form.
    pub(crate) fn attach(&mut self, bytes: &[u8]) {
        self.say(attachment(self.engine_version, bytes));
    }

    /// Answers the GET that waits with this body, whatever it is.
    pub(crate) fn answer_raw(&mut self, body: Body) {
        self.with(self.last(), |session, server| {
            session.line.answer_raw(body, server);
        });
    }

    /// Answers a question it held.
    pub(crate) fn answer(&mut self, held: &Held, json: &str) {
        self.say(Wire::text(header(3, 0, &held.nsp, Some(held.id)) + json));
    }

    /// Answers a CONNECT it left unanswered.
    pub(crate) fn grant(&mut self, nsp: &str) {
        self.with(self.last(), |session, server| session.grant(nsp, server));
    }

    /// Puts the client out of a namespace.
    pub(crate) fn kick(&mut self, nsp: &str) {
        self.with(self.last(), |session, _| session.kicked(nsp));
        self.say(Wire::text(header(1, 0, nsp, None)));
    }

    /// Ends the connection.
    pub(crate) fn cut(&mut self, lost: Lost) {
        self.with(self.last(), |session, server| {
            session.line.hang_up(lost, server);
        });
    }

    /// Ends the WebSocket that a session wants to upgrade to.
    pub(crate) fn cut_probe(&mut self, lost: Lost) {
        self.with(self.last(), |session, server| {
            session.line.cut_probe(lost, server);
        });
    }

    /// Loses the GET that waits; the session knows nothing of it.
    pub(crate) fn lose_get(&mut self) {
        self.with(self.last(), |session, server| session.line.lose_get(server));
    }

    /// Forgets the session, as after a restart: its next requests are refused.
    pub(crate) fn forget(&mut self) {
        self.sessions.clear();
    }

    /// Forgets the sessions that are on polling.
    pub(crate) fn forget_polled(&mut self) {
        self.sessions
            .retain(|_, session| !session.line.is_polling());
    }

    /// The namespaces the client that called last is in.
    pub(crate) fn joined(&self) -> Vec<String> {
        self.sessions
            .values()
            .next_back()
            .map(Session::joined)
            .unwrap_or_default()
    }

    /// The WebSocket of the client that called last.
    pub(crate) fn link(&self) -> Link {
        let link = self.sessions[&self.last()].line.link();
        link.expect("it is on a WebSocket")
    }

    /// The WebSocket that the client that called last wants to upgrade to.
    pub(crate) fn probe_link(&self) -> Option<Link> {
        self.sessions[&self.last()].line.probe_link()
    }

    /// The GET of the client that called last, if it waits.
    pub(crate) fn get_link(&self) -> Option<Link> {
        self.sessions[&self.last()].line.get_link()
    }

    /// Whether the client that called last is on polling.
    pub(crate) fn is_polled(&self) -> bool {
        self.sessions[&self.last()].line.is_polling()
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

    // ---- inside ----

    /// The session of the client that called last.
    fn last(&self) -> usize {
        *self.sessions.keys().next_back().expect("a client is there")
    }

    fn of_link(&self, link: Link) -> Option<usize> {
        let found = self.sessions.iter().find(|(_, own)| own.line.has(link));
        found.map(|(id, _)| *id)
    }

    fn of_sid(&self, sid: &str) -> Option<usize> {
        let found = self.sessions.iter().find(|(_, own)| own.sid == sid);
        found.map(|(id, _)| *id)
    }

    fn dialled(&mut self, now: u64, link: Link, target: &Target) {
        let Some(sid) = &target.sid else {
            let taken = self.rules.takes_websockets;
            if taken && self.rules.up {
                self.out.push_back((link, Parcel::Accepted));
            }
            let line = Line::websocket(link, self.engine_version);
            return self.begin(now, link, target, line, taken);
        };
        self.upgrades += 1;
        match self.of_sid(sid) {
            Some(id) if self.rules.takes_websockets => {
                self.with(id, |session, server| session.line.upgrade(link, server));
            }
            _ => self.refuse(link),
        }
    }

    fn asked(&mut self, now: u64, link: Link, target: &Target) {
        self.gets += 1;
        let Some(sid) = &target.sid else {
            let taken = self.rules.takes_requests && self.takes(target);
            let line = Line::polling(link, self.engine_version);
            return self.begin(now, link, target, line, taken);
        };
        match self.of_sid(sid) {
            Some(id) => self.with(id, |session, server| session.line.get(link, server)),
            None => self.refuse(link),
        }
    }

    fn posted(&mut self, now: u64, link: Link, target: &Target, body: &Body) {
        let sid = target.sid.as_deref().unwrap_or_default();
        match self.of_sid(sid) {
            Some(id) => self.with(id, |session, server| {
                session.hear_post(now, link, body, server);
            }),
            None => self.refuse(link),
        }
    }

    /// A EIO4 server refuses requests of another version; a EIO3 server does not look at it.
    fn takes(&self, target: &Target) -> bool {
        self.engine_version == EngineVersion::Eio3 || target.engine_version == EngineVersion::Eio4
    }

    fn refuse(&mut self, link: Link) {
        self.refusals += 1;
        self.out.push_back((link, Parcel::End(Lost::Failed)));
    }

    fn begin(&mut self, now: u64, link: Link, target: &Target, line: Line, taken: bool) {
        self.dials.push(target.engine_version.number());
        if !self.rules.up || !taken {
            self.out.push_back((link, Parcel::End(Lost::Failed)));
            return;
        }
        let number = self.dials.len();
        self.sessions
            .insert(number, Session::new(now, line, number));
        if !self.rules.silent {
            self.with(number, |session, server| session.open(now, server));
        }
    }

    /// Lets a session act on the server it is of; it may end by that. What it says goes into one body.
    fn with(&mut self, id: usize, act: impl FnOnce(&mut Session, &mut Server)) {
        if let Some(mut session) = self.sessions.remove(&id) {
            act(&mut session, self);
            session.line.flush(self);
            if !session.line.over {
                self.sessions.insert(id, session);
            }
        }
    }
}
