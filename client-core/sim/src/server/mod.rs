//! A server of either generation, written from the protocol's text (PROTOCOL.md; engine.io-protocol 3 and 4, socket.io-protocol 4
//! and 5) and strict: what the client may not send is a fault of the client's.

mod carrier;
mod nonsense;
mod room;
mod session;
mod talk;
mod users;

use std::collections::BTreeMap;

use tidewire_core::{EngineVersion, Target};

use crate::chance::Chance;
use crate::coverage::{Coverage, Seen};
use crate::plan::{Plan, ServerPlan};
use crate::wire::Wire;
use room::Room;
use session::Session;
use users::Users;

/// What the server does to its links.
#[derive(Clone, Debug)]
pub(crate) enum Out {
    /// A frame on a WebSocket.
    Frame(u32, Wire),
    /// It closes a WebSocket.
    Close(u32),
    /// A request is answered with packets (a GET) or without (a POST).
    Answer(u32, Vec<Wire>),
    /// A request is answered with status 400.
    Refuse(u32),
}

/// An event of the client's, as it has arrived.
#[derive(Clone, Debug)]
pub(crate) struct Got {
    pub(crate) nsp: String,
    /// Which connection of the namespace.
    pub(crate) room: u64,
    pub(crate) text: String,
    pub(crate) attachments: Vec<Vec<u8>>,
    pub(crate) is_answer: bool,
    pub(crate) id: Option<u64>,
}

/// What all of a server's sessions share.
pub(crate) struct Shared {
    pub(crate) plan: ServerPlan,
    pub(crate) engine_version: EngineVersion,
    pub(crate) chance: Chance,
    pub(crate) users: Users,
    pub(crate) out: Vec<Out>,
    pub(crate) got: Vec<Got>,
    /// What is sent arrives soon, always.
    pub(crate) is_prompt: bool,
    /// How long the client waits for the answer to a CONNECT before it may ask again.
    pub(crate) patience: Option<u64>,
    /// The client may have taken a 2.x server for a later one, and remembers that.
    pub(crate) misread: bool,
    /// Namespaces that were asked for twice, for want of an answer: two connections of each may live side by side.
    pub(crate) doubled: Vec<String>,
    /// What the client has done that it may not.
    pub(crate) faults: Vec<String>,
    pub(crate) seen: Coverage,
}

pub(crate) struct Server {
    pub(crate) shared: Shared,
    sessions: BTreeMap<String, Session>,
    opened: u64,
    /// Which session a WebSocket is of.
    sockets: BTreeMap<u32, String>,
}

impl Shared {
    /// A connection of a namespace, asked for now.
    fn new_room(&mut self, now: u64, nsp: &str) -> Room {
        let patience_ends = self.patience_ends(now);
        self.users.new_room(nsp, patience_ends)
    }

    /// When a client that has asked by now for a namespace may ask again.
    fn patience_ends(&self, now: u64) -> u64 {
        // It counts from when it wanted to ask, which is a while ago, or long ago where the network is slow.
        let patience = match self.patience {
            Some(_) if !self.is_prompt => 0,
            Some(patience) => patience / 2,
            None => u64::MAX,
        };
        now.saturating_add(patience)
    }
}

impl Server {
    pub(crate) fn new(plan: &Plan, chance: Chance) -> Server {
        Server {
            shared: Shared {
                plan: plan.server.clone(),
                engine_version: plan.engine_version,
                is_prompt: plan.is_prompt(),
                patience: plan.config.connect_timeout.map(|span| span.0.into()),
                misread: false,
                doubled: Vec::new(),
                chance,
                users: Users::default(),
                out: Vec::new(),
                got: Vec::new(),
                faults: Vec::new(),
                seen: Coverage::default(),
            },
            sessions: BTreeMap::new(),
            opened: 0,
            sockets: BTreeMap::new(),
        }
    }

    // ---- the client's doings ----

    /// A WebSocket has been opened.
    pub(crate) fn socket(&mut self, now: u64, link: u32, target: &Target) {
        match &target.sid {
            None => {
                let sid = self.open(now, carrier::Carrier::Socket(link));
                self.sockets.insert(link, sid);
            }
            Some(sid) => match self.sessions.get_mut(&**sid) {
                Some(session) if session.may_upgrade() => {
                    session.begin_upgrade(link);
                    self.sockets.insert(link, sid.to_string());
                }
                Some(_) => {
                    let fault = format!("a second WebSocket for the session {sid}");
                    self.shared.faults.push(fault);
                }
                None => self.shared.out.push(Out::Close(link)),
            },
        }
    }

    /// A frame has come over a WebSocket.
    pub(crate) fn frame(&mut self, now: u64, link: u32, wire: Wire) {
        let Some(sid) = self.sockets.get(&link) else {
            return;
        };
        if let Some(session) = self.sessions.get_mut(sid) {
            session.frame(now, link, wire, &mut self.shared);
        }
        self.sweep(now);
    }

    /// A WebSocket has been closed, by the client or by a fault.
    pub(crate) fn hang_up(&mut self, now: u64, link: u32) {
        let Some(sid) = self.sockets.remove(&link) else {
            return;
        };
        if let Some(session) = self.sessions.get_mut(&sid) {
            session.hang_up(link);
        }
        self.sweep(now);
    }

    /// A GET.
    pub(crate) fn get(&mut self, now: u64, link: u32, target: &Target) {
        let sid = match &target.sid {
            None => self.open(now, carrier::Carrier::polling()),
            Some(sid) => sid.to_string(),
        };
        match self.sessions.get_mut(&sid) {
            Some(session) => session.get(link, &mut self.shared),
            None => self.shared.out.push(Out::Refuse(link)),
        }
        self.sweep(now);
    }

    /// A POST.
    pub(crate) fn post(&mut self, now: u64, link: u32, target: &Target, frames: Vec<Wire>) {
        let sid = target.sid.as_deref().unwrap_or_default();
        match self.sessions.get_mut(sid) {
            Some(session) => {
                self.shared.out.push(Out::Answer(link, Vec::new()));
                session.post(now, frames, &mut self.shared);
            }
            None => self.shared.out.push(Out::Refuse(link)),
        }
        self.sweep(now);
    }

    /// A request that waits has been given up.
    pub(crate) fn give_up(&mut self, link: u32) {
        for session in self.sessions.values_mut() {
            session.forget_get(link);
        }
    }

    // ---- time ----

    pub(crate) fn tick(&mut self, now: u64) {
        for session in self.sessions.values_mut() {
            session.tick(now, &mut self.shared);
        }
        self.sweep(now);
    }

    pub(crate) fn next_timeout(&self) -> Option<u64> {
        self.sessions
            .values()
            .filter_map(Session::next_timeout)
            .min()
    }

    // ---- faults ----

    /// One step of whatever the server does by itself.
    pub(crate) fn step(&mut self, now: u64) {
        let plan = self.shared.plan.clone();
        if self.shared.chance.per_mille(plan.restart) {
            self.restart(now);
        }
        if self.shared.chance.per_mille(plan.forget) && !self.sessions.is_empty() {
            self.shared.seen.note(Seen::SessionForgotten);
            self.forget(now);
        }
        for session in self.sessions.values_mut() {
            session.step(&plan, now, &mut self.shared);
        }
        self.sweep(now);
        self.shared
            .users
            .broadcast(&mut self.shared.chance, plan.talk);
    }

    /// All sessions are gone; those on WebSockets notice.
    pub(crate) fn restart(&mut self, now: u64) {
        self.shared.seen.note(Seen::ServerRestarted);
        self.shared.users.forget_sessions();
        for session in self.sessions.values_mut() {
            session.end();
        }
        self.sweep(now);
        self.sessions.clear();
    }

    /// Sessions are gone without a word.
    fn forget(&mut self, now: u64) {
        for session in self.sessions.values_mut() {
            session.end();
        }
        self.sweep(now);
    }

    /// No more faults. What was ignored is answered if the client waits for ever; else it must ask anew.
    pub(crate) fn heal(&mut self, now: u64) {
        let plan = &mut self.shared.plan;
        for dial in [
            &mut plan.refuse,
            &mut plan.ignore,
            &mut plan.slow,
            &mut plan.mute,
            &mut plan.bad_probe,
            &mut plan.kick,
            &mut plan.restart,
            &mut plan.forget,
            &mut plan.nonsense,
            &mut plan.silence,
            &mut plan.errors,
        ] {
            *dial = 0;
        }
        if self.shared.patience.is_none() {
            for session in self.sessions.values_mut() {
                session.answer_ignored(now);
            }
        }
    }

    /// Whether a packet may have been taken for one of another connection of its namespace: 2.x does not say which is meant. Then
    /// the two may not agree who is in until the connection is renewed.
    pub(crate) fn is_at_cross_purposes(&self) -> bool {
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

    /// Forgets sessions that are over, and closes their links.
    fn sweep(&mut self, now: u64) {
        let shared = &mut self.shared;
        self.sessions.retain(|_, session| {
            if session.is_over() {
                session.bury(now, shared);
            }
            !session.is_over()
        });
    }
}
