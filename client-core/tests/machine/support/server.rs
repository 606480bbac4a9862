//! A strict model server of either Engine.IO version, written from the protocol text alone.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use tidewire_core::{EngineVersion, Link, Lost, Target, Transport};

use super::body::Body;
use super::carrier::{Carrier, UpgradePolicy};
use super::network::Transmit;
use super::session::{Session, attachment};
use super::wire::{Wire, header};

/// The default ping interval of the server, in milliseconds.
pub(crate) const PING_INTERVAL: u64 = 25_000;

/// The default ping timeout of the server, in milliseconds.
pub(crate) const PING_TIMEOUT: u64 = 20_000;

/// The server behaviour for an event with an ack.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum AckPolicy {
    /// Acknowledges with the arguments and attachments of the event.
    Echo,
    /// Acknowledges only when the test calls `acknowledge`.
    Hold,
}

/// The behaviour of the server. A test may change it at any time.
pub(crate) struct Rules {
    /// Whether the server accepts new sessions.
    pub(crate) up: bool,
    /// Whether the server accepts sessions and sends nothing.
    pub(crate) silent: bool,
    /// Whether the handshake has `maxPayload` (4.5 and later).
    pub(crate) sends_max_payload: bool,
    /// Whether a handshake of EIO3 has it, too (4.5 and later with `allowEIO3`).
    pub(crate) is_newer_than_eio3: bool,
    pub(crate) ping_interval: u64,
    pub(crate) ping_timeout: u64,
    /// Whether the server sends pings (EIO4) or pongs (EIO3) and times out.
    pub(crate) heartbeat: bool,
    /// How long the middleware of `/` takes, in milliseconds (EIO3).
    pub(crate) root_delay: u64,
    /// The refused namespaces with the JSON of the error.
    pub(crate) refused: BTreeMap<&'static str, &'static str>,
    /// The namespaces whose CONNECT is answered only by the test.
    pub(crate) unanswered: BTreeSet<&'static str>,
    /// The frames sent before the answer to CONNECT.
    pub(crate) early: BTreeMap<&'static str, Vec<&'static str>>,
    pub(crate) ack_policy: AckPolicy,
    /// Whether polling sessions are offered a WebSocket.
    pub(crate) offers_upgrade: bool,
    /// The behaviour in an upgrade to a WebSocket.
    pub(crate) upgrade_policy: UpgradePolicy,
    /// Whether polling sessions are offered a WebTransport beside a WebSocket.
    pub(crate) offers_webtransport: bool,
    /// The behaviour in an upgrade to a WebTransport.
    pub(crate) webtransport_policy: UpgradePolicy,
    /// The most packets in the response to a GET.
    pub(crate) packets_per_body: usize,
    /// Whether responses are binary bodies, which only EIO3 has.
    pub(crate) octets: bool,
    /// The largest accepted body, in bytes (EIO4).
    pub(crate) max_payload: usize,
    /// How long a POST takes, in milliseconds.
    pub(crate) post_time: u64,
    /// Whether every POST is lost unread.
    pub(crate) loses_posts: bool,
    /// Whether WebSockets, and whether requests, are accepted.
    pub(crate) accepts_websockets: bool,
    pub(crate) accepts_requests: bool,
    /// The values of the `EIO` parameter that the server accepts, if it refuses others as python-engineio does.
    pub(crate) accepted_versions: Option<&'static [u8]>,
    /// Whether a second CONNECT is answered again, as by 2.x servers; otherwise it is a fault.
    pub(crate) allows_repeated_connect: bool,
}

/// An event with an ack that the server has not acknowledged yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PendingAck {
    pub(crate) nsp: String,
    pub(crate) id: u64,
}

pub(crate) struct Server {
    pub(crate) engine_version: EngineVersion,
    pub(crate) rules: Rules,
    /// The received frames, in order.
    pub(crate) received: Vec<String>,
    pub(crate) pending_acks: Vec<PendingAck>,
    /// The protocol violations of the client.
    pub(crate) faults: Vec<String>,
    /// Whether faults are recorded; not for a server that sends malformed packets itself.
    pub(crate) checks_rules: bool,
    /// The `EIO` parameter of each request for a new session.
    pub(crate) opens: Vec<u8>,
    /// The packets of each POST.
    pub(crate) posts: Vec<Vec<String>>,
    /// The number of GETs.
    pub(crate) gets: usize,
    /// The number of links for upgrades.
    pub(crate) upgrades: usize,
    /// The number of refused requests: for an unknown session, or too large.
    pub(crate) refusals: usize,
    sessions: BTreeMap<usize, Session>,
    pub(crate) out: VecDeque<(Link, Transmit)>,
}

impl Default for Rules {
    fn default() -> Self {
        Rules {
            up: true,
            silent: false,
            sends_max_payload: true,
            is_newer_than_eio3: false,
            ping_interval: PING_INTERVAL,
            ping_timeout: PING_TIMEOUT,
            heartbeat: true,
            root_delay: 0,
            refused: BTreeMap::new(),
            unanswered: BTreeSet::new(),
            early: BTreeMap::new(),
            ack_policy: AckPolicy::Echo,
            offers_upgrade: true,
            upgrade_policy: UpgradePolicy::Accept,
            offers_webtransport: false,
            webtransport_policy: UpgradePolicy::Accept,
            packets_per_body: usize::MAX,
            octets: false,
            max_payload: 1_000_000,
            post_time: 0,
            loses_posts: false,
            accepts_websockets: true,
            accepts_requests: true,
            accepted_versions: None,
            allows_repeated_connect: false,
        }
    }
}

impl Rules {
    pub(crate) fn policy_of(&self, transport: Transport) -> UpgradePolicy {
        match transport {
            Transport::WebTransport => self.webtransport_policy,
            _ => self.upgrade_policy,
        }
    }
}

impl Server {
    pub(crate) fn new(engine_version: EngineVersion) -> Server {
        Server {
            engine_version,
            rules: Rules::default(),
            received: Vec::new(),
            pending_acks: Vec::new(),
            faults: Vec::new(),
            checks_rules: true,
            opens: Vec::new(),
            posts: Vec::new(),
            gets: 0,
            upgrades: 0,
            refusals: 0,
            sessions: BTreeMap::new(),
            out: VecDeque::new(),
        }
    }

    /// Handles something from the client.
    pub(crate) fn handle(&mut self, now: u64, link: Link, transmit: Transmit) {
        match transmit {
            Transmit::Open(target) => self.open_duplex(now, link, &target),
            Transmit::Get(target) => self.handle_get(now, link, &target),
            Transmit::Post(target, body) => self.handle_post(now, link, &target, &body),
            Transmit::Frame(wire) => {
                if let Some(id) = self.of_link(link) {
                    self.with(id, |session, server| {
                        session.handle_frame(now, link, wire, server);
                    });
                }
            }
            Transmit::End(_) => {
                if let Some(id) = self.of_link(link) {
                    self.with(id, |session, _| session.carrier.dropped(link));
                }
            }
            Transmit::Opened | Transmit::GetResponse(_) | Transmit::PostResponse => {
                unreachable!("only a server sends it")
            }
        }
    }

    /// Handles the deadlines of all sessions.
    pub(crate) fn wake(&mut self, now: u64) {
        for id in self.sessions.keys().copied().collect::<Vec<_>>() {
            self.with(id, |session, server| session.wake(now, server));
        }
    }

    /// Returns the next deadline.
    pub(crate) fn next_wake(&self) -> Option<u64> {
        self.sessions
            .values()
            .filter_map(|session| session.next_wake(self))
            .min()
    }

    // ---- commands of tests ----

    /// Sends a frame in the last session.
    pub(crate) fn send(&mut self, wire: Wire) {
        self.with(self.last(), |session, server| {
            session.carrier.send(wire, server);
        });
    }

    /// Sends frames, in one body on polling.
    pub(crate) fn send_all(&mut self, texts: &[&str]) {
        self.with(self.last(), |session, server| {
            for text in texts {
                session.carrier.send(Wire::text(*text), server);
            }
        });
    }

    /// Sends an attachment as the Engine.IO version encodes it.
    pub(crate) fn attach(&mut self, bytes: &[u8]) {
        self.send(attachment(self.engine_version, bytes));
    }

    /// Answers the waiting GET with this body.
    pub(crate) fn answer_raw(&mut self, body: Body) {
        self.with(self.last(), |session, server| {
            session.carrier.answer_raw(body, server);
        });
    }

    /// Acknowledges an event.
    pub(crate) fn acknowledge(&mut self, pending: &PendingAck, json: &str) {
        self.send(Wire::text(
            header(3, 0, &pending.nsp, Some(pending.id)) + json,
        ));
    }

    /// Answers a CONNECT.
    pub(crate) fn accept_connect(&mut self, nsp: &str) {
        self.with(self.last(), |session, server| {
            session.accept_connect(nsp, server);
        });
    }

    /// Disconnects the client from a namespace.
    pub(crate) fn kick(&mut self, nsp: &str) {
        self.with(self.last(), |session, _| session.kicked(nsp));
        self.send(Wire::text(header(1, 0, nsp, None)));
    }

    /// Ends the last session.
    pub(crate) fn end_connection(&mut self, lost: Lost) {
        self.with(self.last(), |session, server| {
            session.carrier.end(lost, server);
        });
    }

    /// Ends the first link of an upgrade.
    pub(crate) fn end_probe(&mut self, lost: Lost) {
        self.with(self.last(), |session, server| {
            session.carrier.end_probe(lost, server);
        });
    }

    /// Loses the waiting GET without ending the session.
    pub(crate) fn lose_get(&mut self) {
        self.with(self.last(), |session, server| {
            session.carrier.lose_get(server);
        });
    }

    /// Forgets all sessions, as after a restart: their next requests are refused.
    pub(crate) fn forget_sessions(&mut self) {
        self.sessions.clear();
    }

    /// Forgets the polling sessions.
    pub(crate) fn forget_polling_sessions(&mut self) {
        self.sessions
            .retain(|_, session| !session.carrier.is_polling());
    }

    /// Returns the connected namespaces of the last session.
    pub(crate) fn connected_namespaces(&self) -> Vec<String> {
        self.sessions
            .values()
            .next_back()
            .map(Session::connected_namespaces)
            .unwrap_or_default()
    }

    /// Returns the full-duplex link of the last session.
    pub(crate) fn link(&self) -> Link {
        let link = self.sessions[&self.last()].carrier.link();
        link.expect("the session is on a WebSocket")
    }

    /// Returns the first link of an upgrade of the last session.
    pub(crate) fn probe_link(&self) -> Option<Link> {
        self.sessions[&self.last()].carrier.probe_link()
    }

    /// Returns the waiting GET of the last session.
    pub(crate) fn get_link(&self) -> Option<Link> {
        self.sessions[&self.last()].carrier.get_link()
    }

    /// Returns whether the last session is on polling.
    pub(crate) fn is_polling(&self) -> bool {
        self.sessions[&self.last()].carrier.is_polling()
    }

    /// Returns the number of sessions.
    pub(crate) fn connections(&self) -> usize {
        self.sessions.len()
    }

    // ---- calls of sessions ----

    /// Records a protocol violation.
    pub(crate) fn fault(&mut self, fault: String) {
        if self.checks_rules {
            self.faults.push(fault);
        }
    }

    // ---- inside ----

    /// Returns the id of the last session.
    fn last(&self) -> usize {
        *self.sessions.keys().next_back().expect("a session exists")
    }

    fn of_link(&self, link: Link) -> Option<usize> {
        let found = self.sessions.iter().find(|(_, own)| own.carrier.has(link));
        found.map(|(id, _)| *id)
    }

    fn of_sid(&self, sid: &str) -> Option<usize> {
        let found = self.sessions.iter().find(|(_, own)| own.sid == sid);
        found.map(|(id, _)| *id)
    }

    fn open_duplex(&mut self, now: u64, link: Link, target: &Target) {
        let Some(sid) = &target.sid else {
            let taken = self.rules.accepts_websockets;
            if taken && self.rules.up && self.accepts_version(target) {
                self.out.push_back((link, Transmit::Opened));
            }
            let carrier = Carrier::duplex(link, self.engine_version);
            return self.begin(now, link, target, carrier, taken);
        };
        self.upgrades += 1;
        match self.of_sid(sid) {
            Some(id) if self.rules.accepts_websockets => {
                let transport = target.transport;
                self.with(id, |session, server| {
                    session.carrier.upgrade(link, transport, server);
                });
            }
            _ => self.refuse(link),
        }
    }

    fn handle_get(&mut self, now: u64, link: Link, target: &Target) {
        self.gets += 1;
        let Some(sid) = &target.sid else {
            let taken = self.rules.accepts_requests && self.takes(target);
            let carrier = Carrier::polling(link, self.engine_version);
            return self.begin(now, link, target, carrier, taken);
        };
        match self.of_sid(sid) {
            Some(id) => self.with(id, |session, server| session.carrier.get(link, server)),
            None => self.refuse(link),
        }
    }

    fn handle_post(&mut self, now: u64, link: Link, target: &Target, body: &Body) {
        let sid = target.sid.as_deref().unwrap_or_default();
        match self.of_sid(sid) {
            Some(id) => self.with(id, |session, server| {
                session.handle_post(now, link, body, server);
            }),
            None => self.refuse(link),
        }
    }

    /// Returns whether the version of a request is accepted: an EIO4 server checks it, an EIO3 server does not.
    fn takes(&self, target: &Target) -> bool {
        self.engine_version == EngineVersion::Eio3 || target.engine_version == EngineVersion::Eio4
    }

    fn accepts_version(&self, target: &Target) -> bool {
        let asked = target.engine_version.number();
        self.rules
            .accepted_versions
            .is_none_or(|accepted| accepted.contains(&asked))
    }

    fn refuse(&mut self, link: Link) {
        self.refusals += 1;
        self.out.push_back((link, Transmit::End(Lost::Failed)));
    }

    fn begin(&mut self, now: u64, link: Link, target: &Target, carrier: Carrier, taken: bool) {
        self.opens.push(target.engine_version.number());
        if !self.rules.up || !taken {
            self.out.push_back((link, Transmit::End(Lost::Failed)));
            return;
        }
        if !self.accepts_version(target) {
            self.out.push_back((link, Transmit::End(Lost::Refused)));
            return;
        }
        let number = self.opens.len();
        self.sessions
            .insert(number, Session::new(now, carrier, number));
        if target.transport == Transport::WebTransport {
            self.with(number, |session, _| session.needs_stream_head = true);
        } else if !self.rules.silent {
            self.with(number, |session, server| session.open(now, server));
        }
    }

    /// Calls a session with its server, sends its queue in one body, and removes it if it has ended.
    fn with(&mut self, id: usize, act: impl FnOnce(&mut Session, &mut Server)) {
        if let Some(mut session) = self.sessions.remove(&id) {
            act(&mut session, self);
            session.carrier.flush(self);
            if !session.carrier.ended {
                self.sessions.insert(id, session);
            }
        }
    }
}
