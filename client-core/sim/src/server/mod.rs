//! A strict server of either Engine.IO version, written from the protocol text alone (PROTOCOL.md; engine.io-protocol 3 and 4,
//! socket.io-protocol 4 and 5). A packet that the client may not send is a fault.
//!
//! Layers, bottom up: carrier, connection -> users -> shared -> session -> incoming, namespaces, emits, malformed (the methods of
//! a session) -> this file.

mod carrier;
mod connection;
mod emits;
mod incoming;
mod malformed;
mod namespaces;
mod session;
mod shared;
mod users;

use tidewire_core::{EngineVersion, Target, Transport};

use crate::coverage::{Coverage, Seen};
use crate::injected::Injected;
use crate::plan::{Plan, ServerPlan};
use crate::rng::Rng;
use crate::sorted::SortedMap;
use crate::wire::Wire;
use session::Session;
use shared::Shared;
use users::Users;

pub(crate) use shared::{LinkAction, Received};

pub(crate) struct Server {
    pub(crate) shared: Shared,
    sessions: SortedMap<String, Session>,
    opened: u64,
    /// The session of each full-duplex link.
    sockets: SortedMap<u32, String>,
    /// WebTransports whose first packet has not come.
    streams: SortedMap<u32, ()>,
}

impl Server {
    pub(crate) fn new(plan: &Plan, rng: Rng) -> Server {
        Server {
            shared: Shared {
                plan: plan.server.clone(),
                engine_version: plan.engine_version,
                is_prompt: plan.is_prompt(),
                connect_timeout: plan.config.connect_timeout.map(|span| span.0.into()),
                misread: false,
                doubled: Vec::new(),
                rng,
                users: Users::default(),
                out: Vec::new(),
                received: Vec::new(),
                faults: Vec::new(),
                seen: Coverage::default(),
            },
            sessions: SortedMap::new(),
            opened: 0,
            sockets: SortedMap::new(),
            streams: SortedMap::new(),
        }
    }

    // ---- from the client ----

    /// The client has opened a full-duplex link.
    pub(crate) fn socket(&mut self, now: u64, link: u32, target: &Target) {
        match &target.sid {
            // It names its session itself.
            _ if target.transport == Transport::WebTransport => drop(self.streams.insert(link, ())),
            None => self.open_over(now, link),
            Some(sid) => {
                let session = self.sessions.get_mut(&**sid);
                if session.is_some_and(Session::is_one_websocket_too_many) {
                    let fault = format!("another WebSocket for the session {sid}");
                    self.shared.faults.push(fault);
                }
                self.upgrade(link, sid);
            }
        }
    }

    /// Handles the first packet of a WebTransport.
    fn open_stream(&mut self, now: u64, link: u32, wire: &Wire) {
        let Wire::Text(text) = wire else {
            return self
                .shared
                .faults
                .push(format!("a stream begins with {wire:?}"));
        };
        let named = text.strip_prefix("0{\"sid\":\"");
        match named.and_then(|rest| rest.strip_suffix("\"}")) {
            Some(sid) => {
                if let Some(session) = self.sessions.get_mut(sid) {
                    session.webtransport = Some(link);
                }
                self.upgrade(link, sid);
            }
            None if text == "0" => {
                self.shared.seen.note(Seen::OpenedWebTransport);
                self.open_over(now, link);
            }
            None => self
                .shared
                .faults
                .push(format!("a stream begins with {text:?}")),
        }
    }

    /// Opens a session over a full-duplex link.
    fn open_over(&mut self, now: u64, link: u32) {
        let sid = self.open(now, carrier::Carrier::Socket(link));
        self.sockets.insert(link, sid);
    }

    /// Begins an upgrade. There is one at a time.
    fn upgrade(&mut self, link: u32, sid: &str) {
        match self.sessions.get_mut(sid) {
            Some(session) if session.may_upgrade() => {
                session.begin_upgrade(link);
                self.sockets.insert(link, sid.to_owned());
            }
            Some(_) => {
                self.shared.seen.note(Seen::UpgradeRefused);
                self.shared.out.push(LinkAction::Close(link));
            }
            None => self.shared.out.push(LinkAction::Close(link)),
        }
    }

    /// Returns whether the server refuses a new session, for its version.
    pub(crate) fn refuses(&mut self, target: &Target) -> bool {
        let refuses = target.sid.is_none()
            && self.shared.plan.checks_version
            && target.engine_version != self.shared.engine_version;
        if refuses {
            self.shared.seen.note(Seen::VersionRefused);
        }
        refuses
    }

    /// A frame has arrived over a full-duplex link.
    pub(crate) fn frame(&mut self, now: u64, link: u32, wire: Wire) {
        if self.streams.remove(&link).is_some() {
            return self.open_stream(now, link, &wire);
        }
        let Some(sid) = self.sockets.get(&link) else {
            return;
        };
        if let Some(session) = self.sessions.get_mut(sid) {
            session.frame(now, link, wire, &mut self.shared);
        }
        self.remove_ended(now);
    }

    /// The client or a fault has closed a full-duplex link.
    pub(crate) fn socket_closed(&mut self, now: u64, link: u32) {
        self.streams.remove(&link);
        let Some(sid) = self.sockets.remove(&link) else {
            return;
        };
        if let Some(session) = self.sessions.get_mut(&sid) {
            session.socket_closed(link);
        }
        self.remove_ended(now);
    }

    /// A GET has arrived.
    pub(crate) fn get(&mut self, now: u64, link: u32, target: &Target) {
        let sid = match &target.sid {
            None if self.refuses(target) => {
                return self.shared.out.push(LinkAction::RefuseVersion(link));
            }
            None => self.open(now, carrier::Carrier::polling()),
            Some(sid) => sid.to_string(),
        };
        match self.sessions.get_mut(&sid) {
            Some(session) => session.get(link, &mut self.shared),
            None => self.shared.out.push(LinkAction::Refuse(link)),
        }
        self.remove_ended(now);
    }

    /// A POST has arrived.
    pub(crate) fn post(&mut self, now: u64, link: u32, target: &Target, frames: Vec<Wire>) {
        let sid = target.sid.as_deref().unwrap_or_default();
        match self.sessions.get_mut(sid) {
            Some(session) => {
                self.shared.out.push(LinkAction::Response(link, Vec::new()));
                session.post(now, frames, &mut self.shared);
            }
            None => self.shared.out.push(LinkAction::Refuse(link)),
        }
        self.remove_ended(now);
    }

    /// The client has dropped a waiting request.
    pub(crate) fn request_aborted(&mut self, link: u32) {
        for session in self.sessions.values_mut() {
            session.forget_get(link);
        }
    }

    // ---- time ----

    pub(crate) fn tick(&mut self, now: u64) {
        for session in self.sessions.values_mut() {
            session.tick(now, &mut self.shared);
        }
        self.remove_ended(now);
    }

    pub(crate) fn next_timeout(&self) -> Option<u64> {
        self.sessions
            .values()
            .filter_map(Session::next_timeout)
            .min()
    }

    // ---- faults ----

    /// Performs a random step of the server.
    pub(crate) fn step(&mut self, now: u64) {
        let plan = self.shared.plan.clone();
        if self.shared.rng.per_mille(plan.restart) {
            self.restart(now);
        }
        if self.shared.rng.per_mille(plan.forget) && !self.sessions.is_empty() {
            self.shared.seen.note(Seen::SessionForgotten);
            self.forget(now);
        }
        for session in self.sessions.values_mut() {
            session.step(&plan, &mut self.shared);
        }
        self.remove_ended(now);
        self.shared
            .users
            .broadcast(&mut self.shared.rng, plan.emits);
    }

    /// Carries out a fault that was added by hand.
    pub(crate) fn inject(&mut self, now: u64, fault: Injected) {
        match fault {
            Injected::Restart => return self.restart(now),
            Injected::Forget => {
                self.shared.seen.note(Seen::SessionForgotten);
                return self.forget(now);
            }
            _ => {}
        }
        let certain = |wanted| if fault == wanted { 1_000 } else { 0 };
        let plan = ServerPlan {
            kick: certain(Injected::Kick),
            silence: certain(Injected::Silence),
            malformed: certain(Injected::Malformed),
            emits: 0,
            errors: 0,
            ..self.shared.plan.clone()
        };
        for session in self.sessions.values_mut() {
            session.step(&plan, &mut self.shared);
        }
        self.remove_ended(now);
    }

    /// Ends all sessions and loses the data for recovery.
    pub(crate) fn restart(&mut self, now: u64) {
        self.shared.seen.note(Seen::ServerRestarted);
        self.shared.users.forget_sessions();
        for session in self.sessions.values_mut() {
            session.end();
        }
        self.remove_ended(now);
        self.sessions.clear();
    }

    /// Ends all sessions.
    fn forget(&mut self, now: u64) {
        for session in self.sessions.values_mut() {
            session.end();
        }
        self.remove_ended(now);
    }

    /// Ends all faults. Ignored CONNECTs are answered if the client waits for ever; otherwise the client must send another one.
    pub(crate) fn heal(&mut self, now: u64) {
        let plan = &mut self.shared.plan;
        for rate in [
            &mut plan.refuse,
            &mut plan.ignore,
            &mut plan.slow,
            &mut plan.no_ack,
            &mut plan.bad_probe,
            &mut plan.kick,
            &mut plan.restart,
            &mut plan.forget,
            &mut plan.malformed,
            &mut plan.silence,
            &mut plan.errors,
        ] {
            *rate = 0;
        }
        if self.shared.connect_timeout.is_none() {
            for session in self.sessions.values_mut() {
                session.answer_ignored_connects(now);
            }
        }
    }

    /// Returns whether the client may have assigned a packet to the wrong connection of a namespace, because 2.x packets do not name
    /// the connection. Then client and server may disagree on the state of the namespace until the session is renewed.
    pub(crate) fn has_ambiguous_packets(&self) -> bool {
        let ambiguous = |session: &Session| !session.ambiguous.is_empty();
        self.shared.engine_version == EngineVersion::Eio3 && self.sessions.values().any(ambiguous)
    }

    // ---- inside ----

    fn open(&mut self, now: u64, carrier: carrier::Carrier) -> String {
        self.opened += 1;
        let sid = format!("s-{}", self.opened);
        let session = Session::open(now, sid.clone(), carrier, &mut self.shared);
        self.sessions.insert(sid.clone(), session);
        sid
    }

    /// Removes ended sessions and closes their links.
    fn remove_ended(&mut self, now: u64) {
        let shared = &mut self.shared;
        self.sessions.retain(|_, session| {
            if session.has_ended() {
                session.close_links(now, shared);
            }
            !session.has_ended()
        });
    }
}
