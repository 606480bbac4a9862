//! The laws. Each has a sentence; the first that is broken ends a run.

use std::collections::{BTreeMap, BTreeSet};

use tidewire_core::{AckError, Config, Delivery, Dialect};

use crate::coverage::{Coverage, Seen};
use crate::machine::{Heard, Said};
use crate::server::Got;
use crate::wire::numbers;

/// An emit that the machine has taken.
#[derive(Clone, Debug)]
struct Emitted {
    ack: Option<u64>,
    delivery: Delivery,
    attachments: usize,
    arrived: u32,
    /// It was said not to have been sent.
    dropped: bool,
}

#[derive(Debug, Default)]
struct Space {
    name: String,
    wanted: bool,
    connected: bool,
    emits: BTreeMap<u64, Emitted>,
    /// Which emit each awaited ack is of.
    awaited: BTreeMap<u64, u64>,
    /// The last emit to arrive on each of the server's connections, of those sent once.
    last_once: BTreeMap<u64, u64>,
    /// The youngest of those sent until answered that has arrived.
    last_first: u64,
    /// The last event: its number, the connection it came over, its place there.
    last_event: Option<(u64, u64, u64)>,
    last_question: u64,
    /// It was left, and nothing of a later connection has been heard yet.
    left: bool,
    replies: BTreeSet<(u64, u64)>,
}

pub(crate) struct Oracle {
    spaces: Vec<Space>,
    dialect: Dialect,
    returns: bool,
    links: BTreeMap<u32, String>,
    last_link: u32,
    gets: BTreeMap<String, u32>,
    posts: BTreeMap<String, u32>,
    pub(crate) faults: Vec<String>,
    pub(crate) seen: Coverage,
}

impl Oracle {
    pub(crate) fn new(names: &[&str], dialect: Dialect, config: &Config) -> Oracle {
        let space = |name: &&str| Space {
            name: (*name).to_owned(),
            ..Space::default()
        };
        Oracle {
            spaces: names.iter().map(space).collect(),
            dialect,
            returns: config.reconnection.is_some(),
            links: BTreeMap::new(),
            last_link: 0,
            gets: BTreeMap::new(),
            posts: BTreeMap::new(),
            faults: Vec::new(),
            seen: Coverage::default(),
        }
    }

    pub(crate) fn fault(&mut self, what: impl Into<String>) {
        self.faults.push(what.into());
    }

    fn law(&mut self, kept: bool, law: &str, what: &impl std::fmt::Debug) {
        if !kept {
            self.fault(format!("{law}: {what:?}"));
        }
    }

    // ---- the application ----

    pub(crate) fn wants(&mut self, nsp: usize) {
        self.spaces[nsp].wanted = true;
    }

    pub(crate) fn is_wanted(&self, nsp: usize) -> bool {
        self.spaces[nsp].wanted
    }

    pub(crate) fn leaves(&mut self, nsp: usize) {
        self.spaces[nsp].wanted = false;
        self.spaces[nsp].left = true;
    }

    pub(crate) fn is_connected(&self, nsp: usize) -> bool {
        self.spaces[nsp].connected
    }

    /// An emit will be tried as number `n`.
    pub(crate) fn emits(&mut self, nsp: usize, n: u64, delivery: Delivery, attachments: usize) {
        let emitted = Emitted {
            ack: None,
            delivery,
            attachments,
            arrived: 0,
            dropped: false,
        };
        self.spaces[nsp].emits.insert(n, emitted);
    }

    pub(crate) fn taken(&mut self, nsp: usize, n: u64, ack: Option<u64>) {
        let space = &mut self.spaces[nsp];
        let Some(ack) = ack else { return };
        let fresh = space.awaited.insert(ack, n).is_none();
        if let Some(emitted) = space.emits.get_mut(&n) {
            emitted.ack = Some(ack);
        }
        self.law(fresh, "an ack's id is used once", &ack);
    }

    pub(crate) fn refused(&mut self, nsp: usize, n: u64) {
        self.spaces[nsp].emits.remove(&n);
    }

    /// Some ack that is awaited.
    pub(crate) fn some_ack(&self, nsp: usize) -> Option<u64> {
        self.spaces[nsp].awaited.keys().next_back().copied()
    }

    pub(crate) fn cancels(&mut self, nsp: usize, ack: u64) {
        self.spaces[nsp].awaited.remove(&ack);
    }

    pub(crate) fn awaited(&self, nsp: usize) -> Vec<u64> {
        self.spaces[nsp].awaited.keys().copied().collect()
    }

    // ---- the server ----

    pub(crate) fn got(&mut self, got: &Got) {
        let Some(at) = self.spaces.iter().position(|space| space.name == got.nsp) else {
            return self.fault(format!("what the server got is of no namespace: {got:?}"));
        };
        if got.is_answer {
            return self.got_reply(at, got);
        }
        let n = numbers(&got.text).first().copied().unwrap_or(0);
        let space = &mut self.spaces[at];
        let Some(emitted) = space.emits.get_mut(&n) else {
            return self.fault(format!("what arrives was emitted, and taken: {got:?}"));
        };
        emitted.arrived += 1;
        let emitted = emitted.clone();
        let whole = emitted.attachments == got.attachments.len()
            && got
                .attachments
                .iter()
                .all(|part| part.len() as u64 == n % 50);
        self.law(whole, "an emit arrives as it was given", &got);
        self.law(
            emitted.ack == got.id,
            "an emit carries its own ack's id",
            &got,
        );
        self.law(
            !emitted.dropped,
            "what is said to be dropped does not arrive",
            &got,
        );
        self.seen.note(if emitted.attachments > 0 {
            Seen::DeliveredBinary
        } else {
            Seen::Delivered
        });
        if matches!(emitted.delivery, Delivery::AtLeastOnce { .. }) {
            self.got_retried(at, n, &emitted);
        } else {
            self.got_once(at, n, &emitted, got.room);
        }
    }

    fn got_once(&mut self, at: usize, n: u64, emitted: &Emitted, room: u64) {
        let last = self.spaces[at].last_once.insert(room, n).unwrap_or(0);
        self.law(emitted.arrived == 1, "an emit arrives once", &n);
        self.law(n > last, "emits arrive in order", &(n, last));
    }

    fn got_retried(&mut self, at: usize, n: u64, emitted: &Emitted) {
        if emitted.arrived > 1 {
            return self.seen.note(Seen::Retried);
        }
        let space = &mut self.spaces[at];
        if emitted
            .ack
            .is_some_and(|ack| !space.awaited.contains_key(&ack))
        {
            // Given up before: it was on a link that had stalled.
            return;
        }
        let last = std::mem::replace(&mut space.last_first, n);
        let law = "what is sent until answered first arrives in order";
        self.law(n > last, law, &(n, last));
    }

    fn got_reply(&mut self, at: usize, got: &Got) {
        let [room, id] = numbers(&got.text)[..] else {
            return self.fault(format!("an answer is as it was given: {got:?}"));
        };
        self.law(
            got.id == Some(id),
            "an answer carries its question's id",
            &got,
        );
        // What a server still asks a connection that was left looks like what comes before CONNECT on the next; it does not know
        // the answer's id there.
        if room == got.room {
            let fresh = self.spaces[at].replies.insert((room, id));
            self.law(fresh, "a question is answered once", &got);
        }
    }

    // ---- the machine's actions ----

    pub(crate) fn said(&mut self, said: &Said) {
        match said {
            Said::Open(link, target) => self.begins(*link, target.sid.as_deref(), "socket"),
            Said::Get(link, target) => {
                self.begins(*link, target.sid.as_deref(), "get");
                if let Some(sid) = &target.sid {
                    let other = self.gets.insert(sid.to_string(), *link);
                    self.law(other.is_none(), "one GET at a time", &said);
                }
            }
            Said::Post(link, target, frames) => {
                self.begins(*link, Some(""), "post");
                let sid = target.sid.as_deref().unwrap_or_default();
                let other = self.posts.insert(sid.to_owned(), *link);
                self.law(other.is_none(), "one POST at a time", &said);
                self.law(!frames.is_empty(), "a POST has packets", &said);
            }
            Said::Send(link, _) => {
                let open = self.links.get(link).is_some_and(|state| state == "open");
                self.law(open, "packets go over open links", &said);
            }
            Said::Drop(link) => {
                let live = self.ends(*link);
                self.law(live, "a link is dropped once, and while it is live", &said);
            }
            Said::Heard(heard) => self.heard(heard),
        }
    }

    fn begins(&mut self, link: u32, sid: Option<&str>, kind: &str) {
        let new = link > self.last_link;
        self.law(new, "a link is used once", &link);
        self.last_link = self.last_link.max(link);
        self.links.insert(link, kind.to_owned());
        if sid.is_none() {
            let wanted = self.spaces.iter().any(|space| space.wanted);
            self.law(wanted, "nothing is opened that nobody wants", &link);
        }
    }

    /// A link is over for the client. Returns whether it was live.
    pub(crate) fn ends(&mut self, link: u32) -> bool {
        self.gets.retain(|_, own| *own != link);
        self.posts.retain(|_, own| *own != link);
        self.links.remove(&link).is_some()
    }

    pub(crate) fn opened(&mut self, link: u32) {
        if let Some(state) = self.links.get_mut(&link) {
            "open".clone_into(state);
        }
    }

    pub(crate) fn has_links(&self) -> bool {
        !self.links.is_empty()
    }

    // ---- the machine's events ----

    fn heard(&mut self, heard: &Heard) {
        match heard {
            Heard::OpenFailed(_) => {
                self.seen.note(Seen::OpenFailed);
                self.goes_down();
            }
            Heard::Closed(reason) => {
                self.seen_reason(reason);
                let left = self.spaces.iter().any(|space| space.connected);
                self.law(!left, "namespaces are told before the connection", &heard);
                self.goes_down();
            }
            Heard::ReconnectFailed => {
                self.seen.note(Seen::ReconnectFailed);
                self.spaces
                    .iter_mut()
                    .for_each(|space| space.wanted = false);
            }
            Heard::Reconnecting(..) => self.seen.note(Seen::Reconnecting),
            Heard::UpgradeFailed => self.seen.note(Seen::ClimbFailed),
            Heard::Opened | Heard::Upgraded | Heard::Malformed(_) => {}
            Heard::AuthWanted(nsp) => {
                let asks = self.spaces[*nsp].wanted && !self.spaces[*nsp].connected;
                self.law(asks, "auth is asked for what is wanted", &heard);
            }
            Heard::Connected(nsp, _) => self.connected(*nsp, heard),
            Heard::Refused(nsp, why) => {
                if why == "Timeout" {
                    self.seen.note(Seen::ConnectTimeout);
                }
                let space = &mut self.spaces[*nsp];
                let right = space.wanted && !space.connected;
                space.wanted = false;
                // Of what comes too late, it is rid as of what it leaves.
                space.left = true;
                self.law(right, "a refusal is of what was asked for", &heard);
            }
            Heard::Disconnected(nsp, reason) => self.disconnected(*nsp, reason, heard),
            Heard::ServerError(nsp) => self.must_be_in(*nsp, heard),
            Heard::Message(nsp, text, parts, question) => {
                self.must_be_in(*nsp, heard);
                self.message(*nsp, text, parts, question.is_some());
            }
            Heard::EmitDropped(nsp, text) => {
                self.seen.note(Seen::OfflineDropped);
                let n = numbers(text).first().copied().unwrap_or(0);
                self.drops(*nsp, n);
            }
            Heard::Acked(nsp, ack, text, parts) => {
                self.must_be_in(*nsp, heard);
                self.acked(*nsp, *ack, text, *parts);
            }
            Heard::AckLost(nsp, ack, why) => self.ack_lost(*nsp, *ack, *why),
        }
    }

    fn goes_down(&mut self) {
        if !self.returns {
            self.spaces
                .iter_mut()
                .for_each(|space| space.wanted = false);
        }
    }

    fn seen_reason(&mut self, reason: &str) {
        match reason {
            "ping timeout" => self.seen.note(Seen::PingTimeout),
            "parse error" => self.seen.note(Seen::ParseError),
            "transport error" => self.seen.note(Seen::TransportError),
            _ => {}
        }
    }

    fn must_be_in(&mut self, nsp: usize, heard: &Heard) {
        let connected = self.spaces[nsp].connected;
        self.law(
            connected,
            "a namespace is heard while it is connected",
            heard,
        );
    }

    fn connected(&mut self, nsp: usize, heard: &Heard) {
        self.seen.note(Seen::Connected);
        let space = &mut self.spaces[nsp];
        let right = space.wanted && !space.connected;
        space.connected = true;
        self.law(right, "what is wanted is connected, once", heard);
    }

    fn disconnected(&mut self, nsp: usize, reason: &str, heard: &Heard) {
        let space = &mut self.spaces[nsp];
        let right = space.connected;
        space.connected = false;
        if reason == "io server disconnect" || !self.returns {
            space.wanted = false;
        }
        self.law(right, "what is connected is disconnected, once", heard);
    }

    fn message(&mut self, nsp: usize, text: &str, parts: &[Vec<u8>], is_question: bool) {
        let [n, room, place] = numbers(text)[..] else {
            // Nonsense, which is the host's to judge.
            return;
        };
        let whole = parts.iter().all(|part| *part == [9; 3]);
        self.law(whole, "attachments arrive as they were sent", &text);
        if is_question {
            self.seen.note(Seen::Asked);
            let last = std::mem::replace(&mut self.spaces[nsp].last_question, n);
            return self.law(n > last, "questions arrive in order, once", &(text, last));
        }
        self.seen.note(if parts.is_empty() {
            Seen::Received
        } else {
            Seen::ReceivedBinary
        });
        let space = &mut self.spaces[nsp];
        let last = space.last_event.replace((n, room, place));
        let is_new = last.is_none_or(|(_, own, _)| room > own);
        let left = space.left && std::mem::replace(&mut space.left, !is_new);
        // What a server still sends to a connection that was left looks like what comes before CONNECT on the next one. And
        // `/` of a 2.x server may be joined in silence, and wanted later.
        let anywhere = left || self.dialect == Dialect::V3 && space.name == "/";
        let follows = match last {
            Some((last, own, before)) if own == room => {
                n > last && (place == before + 1 || anywhere)
            }
            Some((last, own, _)) => n > last && room > own && (place == 0 || anywhere),
            None => place == 0 || anywhere,
        };
        self.law(
            follows,
            "events arrive in order, once, without a gap",
            &(text, last),
        );
    }

    fn acked(&mut self, nsp: usize, ack: u64, text: &str, parts: usize) {
        self.seen.note(Seen::Acked);
        let Some(n) = self.spaces[nsp].awaited.remove(&ack) else {
            return self.fault(format!("an ack settles once: {ack} of {nsp}"));
        };
        let arrived = self.spaces[nsp]
            .emits
            .get(&n)
            .is_some_and(|own| own.arrived > 0);
        self.law(arrived, "what is answered has arrived", &(nsp, n));
        self.law(
            numbers(text) == [n],
            "an answer reaches its own emit",
            &(text, n),
        );
        self.law(parts <= 1, "attachments arrive as they were sent", &text);
    }

    fn ack_lost(&mut self, nsp: usize, ack: u64, why: AckError) {
        let Some(n) = self.spaces[nsp].awaited.remove(&ack) else {
            return self.fault(format!("an ack settles once: {ack} of {nsp}, {why:?}"));
        };
        let retried = self.spaces[nsp]
            .emits
            .get(&n)
            .is_some_and(|own| matches!(own.delivery, Delivery::AtLeastOnce { .. }));
        match why {
            AckError::Timeout | AckError::Disconnected if retried => {
                self.seen.note(Seen::RetriesSpent);
            }
            AckError::Timeout => self.seen.note(Seen::AckTimeout),
            AckError::Disconnected => self.seen.note(Seen::AckLost),
            AckError::Dropped => {
                self.seen.note(Seen::AckDropped);
                self.drops(nsp, n);
            }
            _ => {}
        }
    }

    fn drops(&mut self, nsp: usize, n: u64) {
        let emitted = self.spaces[nsp].emits.get_mut(&n);
        let right = emitted.is_some_and(|own| {
            own.dropped = true;
            own.arrived == 0
        });
        self.law(right, "what is said to be dropped was not sent", &(nsp, n));
    }
}
