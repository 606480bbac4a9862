//! One Engine.IO session on the server's side: its carrier, its heartbeat, and the packets in it.

use std::collections::{BTreeMap, BTreeSet};

use tidewire_core::EngineVersion;

use super::carrier::{Carrier, Upgrade};
use super::room::{Later, Room};
use super::{Out, Shared};
use crate::coverage::Seen;
use crate::plan::ServerPlan;
use crate::wire::{Sio, Wire};

/// How long a client waits for a sign of 2.x (`Config::detection`).
const DETECTION: u64 = 1_000;

pub(super) struct Session {
    pub(super) sid: String,
    pub(super) carrier: Carrier,
    pub(super) rooms: BTreeMap<String, Room>,
    /// Answers that are still to come.
    pub(super) later: Vec<(u64, Later)>,
    /// A packet whose attachments are still to come.
    pub(super) partial: Option<(Sio, Vec<Vec<u8>>)>,
    /// Engine.IO 4: when the next ping goes out.
    next_ping: Option<u64>,
    /// When the client counts as dead.
    dead_at: u64,
    /// Namespaces of which the client cannot know what is meant: it was thrown out, or has asked twice.
    pub(super) ambiguous: BTreeSet<String>,
    /// Namespaces it has ever been let into.
    pub(super) granted: BTreeSet<String>,
    /// 2.x: namespaces that wait for `/`.
    pub(super) waiting: Vec<String>,
    /// When a client that waits for a sign of 2.x loses patience.
    doubted_at: u64,
    /// It has been given one in time.
    shown: bool,
    may_upgrade: bool,
    silent: bool,
    over: bool,
    /// The client has closed it: it is not to be restored.
    pub(super) closed_by_client: bool,
}

impl Session {
    pub(super) fn open(now: u64, sid: String, carrier: Carrier, shared: &mut Shared) -> Session {
        let plan = &shared.plan;
        let polls = matches!(carrier, Carrier::Polling { .. });
        let patience = plan.ping_interval + plan.ping_timeout;
        let may_upgrade = plan.offers_upgrade && polls;
        let mut session = Session {
            carrier,
            rooms: BTreeMap::new(),
            later: Vec::new(),
            partial: None,
            next_ping: (shared.engine_version == EngineVersion::Eio4)
                .then_some(now + plan.ping_interval),
            dead_at: now + patience,
            ambiguous: BTreeSet::new(),
            granted: BTreeSet::new(),
            waiting: Vec::new(),
            // The client counts from when the handshake reaches it, and what is said may come later still.
            doubted_at: now + DETECTION / 2,
            // The form of a polling body is one.
            shown: polls,
            may_upgrade,
            silent: false,
            over: false,
            closed_by_client: false,
            sid,
        };
        let handshake = session.handshake(shared);
        session.send(Wire::Text(handshake), shared);
        if shared.engine_version == EngineVersion::Eio3 {
            session.greet(now, shared);
        }
        shared.seen.note(match (shared.engine_version, polls) {
            (EngineVersion::Eio3, true) => Seen::OpenedV3Polling,
            (EngineVersion::Eio3, false) => Seen::OpenedV3WebSocket,
            (EngineVersion::Eio4, true) => Seen::OpenedV4Polling,
            (EngineVersion::Eio4, false) => Seen::OpenedV4WebSocket,
        });
        session
    }

    fn handshake(&self, shared: &Shared) -> String {
        let plan = &shared.plan;
        let upgrades = if self.may_upgrade {
            "\"websocket\""
        } else {
            ""
        };
        let max = plan
            .max_payload
            .map_or(String::new(), |max| format!(",\"maxPayload\":{max}"));
        format!(
            "0{{\"sid\":\"{}\",\"upgrades\":[{upgrades}],\"pingInterval\":{},\"pingTimeout\":{}{max}}}",
            self.sid, plan.ping_interval, plan.ping_timeout
        )
    }

    // ---- what comes ----

    pub(super) fn frame(&mut self, now: u64, link: u32, wire: Wire, shared: &mut Shared) {
        if self.silent || self.over {
            return;
        }
        if let Carrier::Polling { upgrade, .. } = &self.carrier {
            return self.upgrade(*upgrade, link, &wire, shared);
        }
        self.packet(now, wire, shared);
    }

    pub(super) fn post(&mut self, now: u64, frames: Vec<Wire>, shared: &mut Shared) {
        self.check_size(&frames, shared);
        if matches!(self.carrier, Carrier::Socket(_)) {
            shared.faults.push("a POST after the upgrade".to_owned());
        }
        for wire in frames {
            if self.silent || self.over {
                return;
            }
            self.packet(now, wire, shared);
        }
    }

    fn check_size(&self, frames: &[Wire], shared: &mut Shared) {
        let Some(max) = shared.plan.max_payload else {
            return;
        };
        let size = frames
            .iter()
            .map(|wire| wire.polled_len() + 1)
            .sum::<usize>();
        if size > max + 1 && frames.len() > 1 {
            let fault = format!("a POST of {size} bytes, where {max} are allowed");
            shared.faults.push(fault);
        }
        if size > max / 2 && max < 1_000 {
            shared.seen.note(Seen::PostNearLimit);
        }
    }

    /// A GET: answered when there is something to say.
    pub(super) fn get(&mut self, link: u32, shared: &mut Shared) {
        let Carrier::Polling { get, .. } = &mut self.carrier else {
            shared.faults.push("a GET after the upgrade".to_owned());
            return shared.out.push(Out::Refuse(link));
        };
        if get.replace(link).is_some() {
            shared.faults.push("two GETs at a time".to_owned());
        }
        self.flush(shared);
    }

    /// What comes over the WebSocket before the session is on it.
    fn upgrade(&mut self, was: Upgrade, link: u32, wire: &Wire, shared: &mut Shared) {
        let probe = Wire::Text("2probe".to_owned());
        let cross = Wire::Text("5".to_owned());
        match was {
            Upgrade::Open(own) if own == link && *wire == probe => self.answer_probe(link, shared),
            Upgrade::Probed(own) if own == link && *wire == cross => self.cross(link, shared),
            _ => shared
                .faults
                .push(format!("{wire:?} while upgrading ({was:?})")),
        }
    }

    fn answer_probe(&mut self, link: u32, shared: &mut Shared) {
        if shared.chance.per_mille(shared.plan.bad_probe) {
            shared.seen.note(Seen::ProbeAnsweredWrongly);
            if shared.chance.one_in(2) {
                let wrong = Wire::Text("3prob".to_owned());
                shared.out.push(Out::Frame(link, wrong));
            }
            return;
        }
        shared
            .out
            .push(Out::Frame(link, Wire::Text("3probe".to_owned())));
        if let Carrier::Polling { upgrade, .. } = &mut self.carrier {
            *upgrade = Upgrade::Probed(link);
        }
        self.flush(shared);
    }

    fn cross(&mut self, link: u32, shared: &mut Shared) {
        shared.seen.note(Seen::Upgraded);
        let was = std::mem::replace(&mut self.carrier, Carrier::Socket(link));
        let Carrier::Polling { get, queue, .. } = was else {
            return;
        };
        if let Some(get) = get {
            shared.faults.push("crossed while a GET waits".to_owned());
            shared.out.push(Out::Answer(get, vec![noop()]));
        }
        for wire in queue {
            shared.out.push(Out::Frame(link, wire));
        }
    }

    /// One Engine.IO packet.
    fn packet(&mut self, now: u64, wire: Wire, shared: &mut Shared) {
        if shared.engine_version == EngineVersion::Eio3 {
            // Any packet is a sign of life (engine.io 3, `onPacket`).
            self.dead_at = now + shared.plan.ping_interval + shared.plan.ping_timeout;
        }
        let text = match wire {
            Wire::Binary(bytes) => return self.attachment(now, bytes, shared),
            Wire::Text(text) => text,
        };
        let mut chars = text.chars();
        match (chars.next(), chars.as_str(), shared.engine_version) {
            (Some('3'), "", EngineVersion::Eio3) if self.is_doubted(now, shared) => {}
            (Some('4'), message, _) => self.message(now, message, shared),
            (Some('2'), data, EngineVersion::Eio3) => {
                self.send(Wire::Text(format!("3{data}")), shared)
            }
            (Some('3'), "", EngineVersion::Eio4) => {
                let next = now + shared.plan.ping_interval;
                self.next_ping = Some(next);
                self.dead_at = next + shared.plan.ping_timeout;
            }
            (Some('1'), "", _) if matches!(self.carrier, Carrier::Polling { .. }) => {
                shared.seen.note(Seen::GoodbyePosted);
                self.closed_by_client = true;
                self.over = true;
            }
            _ => shared.faults.push(format!("the packet {text:?}")),
        }
    }

    fn attachment(&mut self, now: u64, bytes: Vec<u8>, shared: &mut Shared) {
        let bytes = match (shared.engine_version, bytes.split_first()) {
            (EngineVersion::Eio4, _) => bytes,
            (EngineVersion::Eio3, Some((4, content))) => content.to_vec(),
            (EngineVersion::Eio3, _) => {
                return shared.faults.push("binary without its type".to_owned());
            }
        };
        let Some((sio, parts)) = &mut self.partial else {
            return shared.faults.push("binary without a header".to_owned());
        };
        parts.push(bytes);
        if parts.len() == sio.attachments
            && let Some((sio, parts)) = self.partial.take()
        {
            self.complete(now, &sio, parts, shared);
        }
    }

    fn message(&mut self, now: u64, message: &str, shared: &mut Shared) {
        if self.partial.is_some() {
            let fault = format!("{message:?} where attachments were awaited");
            return shared.faults.push(fault);
        }
        match Sio::read(message) {
            Err(fault) => shared.faults.push(fault),
            Ok(sio) if sio.attachments > 0 => self.partial = Some((sio, Vec::new())),
            Ok(sio) => self.complete(now, &sio, Vec::new(), shared),
        }
    }

    // ---- what goes ----

    pub(super) fn send(&mut self, wire: Wire, shared: &mut Shared) {
        if self.silent {
            return;
        }
        match &mut self.carrier {
            Carrier::Socket(link) => shared.out.push(Out::Frame(*link, wire)),
            Carrier::Polling { queue, .. } => {
                queue.push(wire);
                self.flush(shared);
            }
        }
    }

    /// Answers the GET that waits, if there is something to say, or the client is about to cross over.
    fn flush(&mut self, shared: &mut Shared) {
        let Carrier::Polling {
            get,
            queue,
            upgrade,
        } = &mut self.carrier
        else {
            return;
        };
        let crossing = matches!(upgrade, Upgrade::Probed(_));
        if queue.is_empty() && !crossing || self.silent {
            return;
        }
        let Some(link) = get.take() else { return };
        let mut packets = std::mem::take(queue);
        if packets.is_empty() {
            packets.push(noop());
        }
        shared.out.push(Out::Answer(link, packets));
    }

    // ---- links ----

    pub(super) fn polls(&self) -> bool {
        matches!(self.carrier, Carrier::Polling { .. })
    }

    pub(super) fn may_upgrade(&self) -> bool {
        let free = matches!(
            self.carrier,
            Carrier::Polling {
                upgrade: Upgrade::None,
                ..
            }
        );
        self.may_upgrade && free
    }

    pub(super) fn begin_upgrade(&mut self, link: u32) {
        if let Carrier::Polling { upgrade, .. } = &mut self.carrier {
            *upgrade = Upgrade::Open(link);
        }
    }

    pub(super) fn hang_up(&mut self, link: u32) {
        match &mut self.carrier {
            Carrier::Socket(own) if *own == link => self.over = true,
            Carrier::Polling { upgrade, .. } => match *upgrade {
                Upgrade::Open(own) | Upgrade::Probed(own) if own == link => {
                    *upgrade = Upgrade::None;
                    // An upgrade that has failed is not offered again within a session.
                    self.may_upgrade = false;
                }
                _ => {}
            },
            Carrier::Socket(_) => {}
        }
    }

    pub(super) fn forget_get(&mut self, link: u32) {
        if let Carrier::Polling { get, .. } = &mut self.carrier
            && *get == Some(link)
        {
            *get = None;
        }
    }

    // ---- time and faults ----

    pub(super) fn tick(&mut self, now: u64, shared: &mut Shared) {
        if self.next_ping.is_some_and(|at| at <= now) {
            // The next one goes out when this one is answered (engine.io 6, `schedulePing`).
            self.next_ping = None;
            self.dead_at = now + shared.plan.ping_timeout;
            self.send(Wire::Text("2".to_owned()), shared);
        }
        if self.dead_at <= now {
            shared.seen.note(Seen::ClientFoundDead);
            self.over = true;
        }
        while let Some(at) = self.later.iter().position(|(at, _)| *at <= now) {
            let (_, later) = self.later.remove(at);
            self.do_later(now, later, shared);
        }
    }

    /// Whether the client may have taken this 2.x server for a later one, now or before: `/` has been slow.
    pub(super) fn is_doubted(&self, now: u64, shared: &Shared) -> bool {
        shared.misread || now >= self.doubted_at && !self.shown
    }

    /// `/` is let in, which a client of 2.x waits for.
    pub(super) fn show(&mut self, now: u64, shared: &Shared) {
        self.shown |= shared.is_prompt && now < self.doubted_at;
    }

    pub(super) fn next_timeout(&self) -> Option<u64> {
        let later = self.later.iter().map(|(at, _)| *at).min();
        [self.next_ping, Some(self.dead_at), later]
            .into_iter()
            .flatten()
            .min()
    }

    pub(super) fn step(&mut self, plan: &ServerPlan, now: u64, shared: &mut Shared) {
        if shared.chance.per_mille(plan.silence) {
            shared.seen.note(Seen::ServerSilent);
            self.silent = true;
        }
        if shared.chance.per_mille(plan.kick) {
            self.kick(shared);
        }
        if shared.chance.per_mille(plan.talk) {
            self.talk(now, shared);
        }
        if shared.chance.per_mille(plan.errors) {
            self.report_error(shared);
        }
        if shared.chance.per_mille(plan.nonsense) {
            self.talk_nonsense(shared);
        }
    }

    pub(super) fn end(&mut self) {
        self.over = true;
    }

    pub(super) fn is_over(&self) -> bool {
        self.over
    }

    /// The session is over: its links end, and those who were in its rooms may come back.
    pub(super) fn bury(&mut self, now: u64, shared: &mut Shared) {
        // Behind a link that is broken, the client goes on waiting.
        shared.misread |= shared.engine_version == EngineVersion::Eio3 && !self.shown;
        match &mut self.carrier {
            Carrier::Socket(link) => shared.out.push(Out::Close(*link)),
            Carrier::Polling { get, upgrade, .. } => {
                if let Some(get) = get.take() {
                    shared.out.push(if self.closed_by_client {
                        Out::Answer(get, vec![noop()])
                    } else {
                        Out::Refuse(get)
                    });
                }
                if let Upgrade::Open(link) | Upgrade::Probed(link) = *upgrade {
                    shared.out.push(Out::Close(link));
                }
            }
        }
        for (name, room) in std::mem::take(&mut self.rooms) {
            shared.users.leaves(&name, room, now);
        }
    }
}

fn noop() -> Wire {
    Wire::Text("6".to_owned())
}
