//! The laws. Each has a sentence; the first that is broken ends a run. Here are those of what the application does and what the
//! server gets.

mod actions;
mod events;

use std::collections::{BTreeMap, BTreeSet};

use tidewire_core::{Config, Delivery, EngineVersion};

use crate::coverage::{Coverage, Seen};
use crate::server::Got;
use crate::wire::numbers;

/// An emit that the machine has taken.
#[derive(Clone, Debug)]
struct Emitted {
    ack: Option<u64>,
    delivery: Delivery,
    attachments: usize,
    /// Until when its answer, or that to its last try, is waited for at least.
    patience: Option<u64>,
    arrived: u32,
    /// How often the machine has sent it.
    sent: u32,
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
    /// Those sent until answered that are on their way on this connection.
    flying: BTreeSet<u64>,
    /// It was left, and nothing of a later connection has been heard yet.
    left: bool,
    replies: BTreeSet<(u64, u64)>,
    /// Two connections of it may live side by side.
    doubled: bool,
    /// How many connections there have been.
    connections: u64,
    /// Over which of them each question was heard.
    questions: BTreeMap<usize, u64>,
}

impl Space {
    /// Whether the answer to an emit is awaited.
    fn is_awaited(&self, n: &u64) -> bool {
        let ack = self.emits.get(n).and_then(|own| own.ack);
        ack.is_some_and(|ack| self.awaited.contains_key(&ack))
    }
}

pub(crate) struct Oracle {
    spaces: Vec<Space>,
    engine_version: EngineVersion,
    returns: bool,
    window: usize,
    links: BTreeMap<u32, String>,
    last_link: u32,
    gets: BTreeMap<String, u32>,
    posts: BTreeMap<String, u32>,
    pub(crate) faults: Vec<String>,
    pub(crate) seen: Coverage,
}

impl Oracle {
    pub(crate) fn new(names: &[&str], engine_version: EngineVersion, config: &Config) -> Oracle {
        let space = |name: &&str| Space {
            name: (*name).to_owned(),
            ..Space::default()
        };
        Oracle {
            spaces: names.iter().map(space).collect(),
            engine_version,
            returns: config.reconnection.is_some(),
            window: config.retry_window.max(1),
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
    pub(crate) fn emits(
        &mut self,
        nsp: usize,
        n: u64,
        delivery: Delivery,
        attachments: usize,
        patience: Option<u64>,
    ) {
        let emitted = Emitted {
            ack: None,
            delivery,
            attachments,
            patience,
            arrived: 0,
            sent: 0,
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

    /// The machine has taken an answer, or has not.
    pub(crate) fn replied(&mut self, nsp: usize, question: usize, taken: bool) {
        self.seen.note(match taken {
            true => Seen::Replied,
            false => Seen::StaleReply,
        });
        let space = &self.spaces[nsp];
        let over = space.questions.get(&question);
        let current = space.connected && over == Some(&space.connections);
        let law = "an answer is taken while its question's connection lives, and only then";
        self.law(taken == current, law, &(nsp, question));
    }

    /// Some ack that is awaited.
    pub(crate) fn some_ack(&self, nsp: usize) -> Option<u64> {
        self.spaces[nsp].awaited.keys().next_back().copied()
    }

    pub(crate) fn cancels(&mut self, nsp: usize, ack: u64) {
        self.spaces[nsp].awaited.remove(&ack);
    }

    /// The buffer has been cleared.
    pub(crate) fn cleared(&mut self, nsp: usize) {
        let space = &self.spaces[nsp];
        let mut awaited = space.awaited.values().filter_map(|n| space.emits.get(n));
        let forgotten = awaited.any(|own| own.delivery == Delivery::Once);
        let kept = space.connected || !forgotten;
        self.law(kept, "what is cleared from the buffer is told", &nsp);
    }

    pub(crate) fn awaited(&self, nsp: usize) -> Vec<u64> {
        self.spaces[nsp].awaited.keys().copied().collect()
    }

    // ---- the server ----

    /// A namespace was asked for again before the first answer had come.
    pub(crate) fn doubled(&mut self, name: &str) {
        let spaces = self.spaces.iter_mut();
        spaces
            .filter(|space| space.name == name)
            .for_each(|space| space.doubled = true);
    }

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
}
