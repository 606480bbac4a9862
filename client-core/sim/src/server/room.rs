//! Namespaces on the server's side: who is let in, who is thrown out, and what the client's packets do.

use tidewire_core::EngineVersion;

use super::session::Session;
use super::{Got, Shared};
use crate::coverage::Seen;
use crate::wire::{Sio, numbers};

/// One connection of a namespace.
#[derive(Clone, Debug)]
pub(super) struct Room {
    pub(super) state: State,
    /// When the client may ask again: it has waited long enough for the answer, and has said nothing that shows that it has it.
    pub(super) patience_ends: u64,
    /// What was asked for first, if this was asked for again.
    pub(super) first: Option<Box<Room>>,
    /// Which of all connections this is.
    pub(super) number: u64,
    /// How many events it has been sent.
    pub(super) sent: u64,
    /// What recovery asks for.
    pub(super) pid: Option<String>,
    /// Events sent, with their offsets, for recovery.
    pub(super) log: Vec<Logged>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    /// Asked for, and not answered yet.
    Asked,
    /// Asked for, and never to be answered.
    Ignored,
    In,
}

#[derive(Clone, Debug)]
pub(super) struct Logged {
    pub(super) offset: String,
    pub(super) data: String,
}

impl Room {
    /// The connection that is let in: this one, or that which was asked for before it.
    fn entered(&mut self) -> Option<&mut Room> {
        if self.state == State::In {
            return Some(self);
        }
        self.first.as_mut()?.entered()
    }
}

/// What is to be done after a while.
#[derive(Clone, Debug)]
pub(super) enum Later {
    Answer(String),
    Ack { nsp: String, id: u64, n: u64 },
}

impl Session {
    /// 2.x lets every client into `/` by itself.
    pub(super) fn greet(&mut self, now: u64, shared: &mut Shared) {
        let room = shared.new_room(now, "/");
        self.rooms.insert("/".to_owned(), room);
        self.consider(now, "/", shared);
    }

    /// A complete packet of the client's.
    pub(super) fn complete(
        &mut self,
        now: u64,
        sio: &Sio,
        parts: Vec<Vec<u8>>,
        shared: &mut Shared,
    ) {
        match sio.kind {
            0 => self.asks_for(now, sio, shared),
            1 => self.leaves(sio, shared),
            2 | 3 | 5 | 6 => self.says(now, sio, parts, shared),
            kind => shared.faults.push(format!("a packet of type {kind}")),
        }
    }

    /// CONNECT.
    fn asks_for(&mut self, now: u64, sio: &Sio, shared: &mut Shared) {
        // A 2.x client cannot know whether it was thrown out of this connection or of the one before. The server lets it in anew
        // (socket.io 2, `Client.doConnect`).
        let old = shared.engine_version == EngineVersion::Eio3;
        let doubted = old && self.is_doubted(now, shared);
        let in_doubt = old && (self.ambiguous.contains(&sio.nsp) || doubted && sio.nsp == "/");
        let open = self.rooms.get(&sio.nsp);
        let has = open.is_some_and(|room| room.first.is_none() && now < room.patience_ends);
        if has && !in_doubt {
            let fault = format!("CONNECT for {}, which it has", sio.nsp);
            return shared.faults.push(fault);
        }
        if old && !sio.data.is_empty() && !doubted {
            shared
                .faults
                .push(format!("CONNECT with {:?} to 2.x", sio.data));
        }
        if shared.engine_version == EngineVersion::Eio4
            && !(sio.data.is_empty() || is_object(&sio.data))
        {
            shared.faults.push(format!("CONNECT with {:?}", sio.data));
        }
        if open.is_some() {
            shared.doubled.push(sio.nsp.clone());
            self.ambiguous.insert(sio.nsp.clone());
        }
        if let Some((mut room, missed)) = shared.users.restores(&sio.nsp, &sio.data, now) {
            room.patience_ends = shared.patience_ends(now);
            return self.restore(&sio.nsp, room, missed, shared);
        }
        let mut room = shared.new_room(now, &sio.nsp);
        room.first = self.rooms.remove(&sio.nsp).map(Box::new);
        self.rooms.insert(sio.nsp.clone(), room);
        if shared.engine_version == EngineVersion::Eio3 && sio.nsp != "/" {
            match self.rooms.get_mut("/").map(|root| root.entered().is_some()) {
                Some(true) => {}
                // It was thrown out of `/` at the same time: 2.x waits for that to come back (`Client.connect`).
                None => {
                    self.ambiguous.insert(sio.nsp.clone());
                    return self.waiting.push(sio.nsp.clone());
                }
                Some(_) if doubted || self.ambiguous.contains("/") => {
                    return self.waiting.push(sio.nsp.clone());
                }
                Some(_) => shared
                    .faults
                    .push(format!("{} asked for before /", sio.nsp)),
            }
        }
        self.consider(now, &sio.nsp, shared);
    }

    /// Lets the client in, now, later or never.
    fn consider(&mut self, now: u64, nsp: &str, shared: &mut Shared) {
        // Attachments in the form of 2.x cannot be told from those of later servers while the client is mistaken.
        let misread = shared.engine_version == EngineVersion::Eio3
            && (self.is_doubted(now, shared) || !self.polls() && !shared.is_prompt);
        if shared.plan.early && shared.chance.one_in(2) && !misread {
            shared.seen.note(Seen::EarlyEvent);
            self.tell(nsp, shared);
        }
        if shared.chance.per_mille(shared.plan.ignore) {
            shared.seen.note(Seen::ConnectIgnored);
            return self.set_state(nsp, State::Ignored);
        }
        if shared.chance.per_mille(shared.plan.slow) {
            let delay = shared.chance.between(1, 30_000);
            self.later
                .push((now + delay, Later::Answer(nsp.to_owned())));
            return;
        }
        self.decide(now, nsp, shared);
    }

    fn decide(&mut self, now: u64, nsp: &str, shared: &mut Shared) {
        let asked = self.rooms.get(nsp).map(|room| room.state);
        if asked != Some(State::Asked) {
            return;
        }
        if shared.chance.per_mille(shared.plan.refuse) {
            shared.seen.note(Seen::Refused);
            let refused = self.rooms.remove(nsp);
            if let Some(first) = refused.and_then(|room| room.first) {
                self.rooms.insert(nsp.to_owned(), *first);
            }
            let data = match shared.engine_version {
                EngineVersion::Eio4 => r#"{"message":"no"}"#,
                EngineVersion::Eio3 => "\"no\"",
            };
            return self.send_sio(4, nsp, data, shared);
        }
        self.let_in(nsp, shared);
        if nsp == "/" {
            self.show(now, shared);
            for waiting in std::mem::take(&mut self.waiting) {
                self.consider(now, &waiting, shared);
            }
        }
    }

    fn let_in(&mut self, nsp: &str, shared: &mut Shared) {
        let recovery = shared.plan.recovery;
        let Some(room) = self.rooms.get_mut(nsp) else {
            return;
        };
        room.state = State::In;
        self.granted.insert(nsp.to_owned());
        room.pid = recovery.then(|| format!("p-{}", room.number));
        let data = grant(shared.engine_version, room);
        self.send_sio(0, nsp, &data, shared);
    }

    fn restore(&mut self, nsp: &str, room: Room, missed: Vec<Logged>, shared: &mut Shared) {
        shared.seen.note(Seen::Recovered);
        let data = grant(shared.engine_version, &room);
        self.granted.insert(nsp.to_owned());
        self.rooms.insert(nsp.to_owned(), room);
        self.send_sio(0, nsp, &data, shared);
        for logged in missed {
            shared.seen.note(Seen::MissedEventReplayed);
            self.send_sio(2, nsp, &logged.data, shared);
        }
    }

    /// DISCONNECT.
    fn leaves(&mut self, sio: &Sio, shared: &mut Shared) {
        if !sio.data.is_empty() {
            shared.faults.push("DISCONNECT with a payload".to_owned());
        }
        match self.rooms.remove(&sio.nsp) {
            Some(room) if room.state == State::In => {}
            // What it leaves is what it was let into before, perhaps later than it waited.
            Some(room) if room.first.is_some() || self.granted.contains(&sio.nsp) => {
                self.rooms.insert(sio.nsp.clone(), room);
            }
            // It was thrown out at the same time.
            None if shared.users.was_in(&sio.nsp) => {}
            room => {
                let fault = format!("DISCONNECT of {}, which is {room:?}", sio.nsp);
                shared.faults.push(fault);
            }
        }
    }

    /// An event or an answer.
    fn says(&mut self, now: u64, sio: &Sio, parts: Vec<Vec<u8>>, shared: &mut Shared) {
        let Some(room) = self.rooms.get_mut(&sio.nsp).and_then(Room::entered) else {
            if !shared.users.was_in(&sio.nsp) {
                let fault = format!("an event for {}, which it never had", sio.nsp);
                shared.faults.push(fault);
            }
            // Thrown out at the same time. A 4.x server ends the connection; a 2.x one shrugs.
            if shared.engine_version == EngineVersion::Eio4 {
                self.end();
            }
            return;
        };
        if shared.is_prompt {
            room.patience_ends = u64::MAX;
        }
        let is_answer = matches!(sio.kind, 3 | 6);
        shared.got.push(Got {
            nsp: sio.nsp.clone(),
            room: room.number,
            text: sio.data.clone(),
            attachments: parts,
            is_answer,
            id: sio.id,
        });
        if let (false, Some(id)) = (is_answer, sio.id) {
            let n = numbers(&sio.data).first().copied().unwrap_or(0);
            self.answer(now, &sio.nsp, id, n, shared);
        }
    }

    /// Answers a question, in time, late, twice or never.
    fn answer(&mut self, now: u64, nsp: &str, id: u64, n: u64, shared: &mut Shared) {
        if shared.chance.per_mille(shared.plan.mute) {
            return shared.seen.note(Seen::QuestionIgnored);
        }
        if shared.chance.per_mille(shared.plan.slow) {
            let nsp = nsp.to_owned();
            let delay = shared.chance.between(1, 20_000);
            return self.later.push((now + delay, Later::Ack { nsp, id, n }));
        }
        self.send_ack(nsp, id, n, shared);
        if shared.chance.per_mille(shared.plan.twice) {
            shared.seen.note(Seen::AnsweredTwice);
            self.send_ack(nsp, id, n, shared);
        }
    }

    pub(super) fn do_later(&mut self, now: u64, later: Later, shared: &mut Shared) {
        match later {
            Later::Answer(nsp) => self.decide(now, &nsp, shared),
            Later::Ack { nsp, id, n } => {
                let room = self.rooms.get(&nsp);
                if room.is_some_and(|room| room.state == State::In) {
                    self.send_ack(&nsp, id, n, shared);
                }
            }
        }
    }

    /// Answers what was to be ignored.
    pub(super) fn answer_ignored(&mut self, now: u64) {
        for (name, room) in &mut self.rooms {
            if room.state == State::Ignored {
                room.state = State::Asked;
                self.later.push((now + 1, Later::Answer(name.clone())));
            }
        }
    }

    pub(super) fn set_state(&mut self, nsp: &str, state: State) {
        if let Some(room) = self.rooms.get_mut(nsp) {
            room.state = state;
        }
    }
}

/// The payload with which the server lets a client in.
fn grant(engine_version: EngineVersion, room: &Room) -> String {
    match (engine_version, &room.pid) {
        (EngineVersion::Eio3, _) => String::new(),
        (EngineVersion::Eio4, None) => format!("{{\"sid\":\"r-{}\"}}", room.number),
        (EngineVersion::Eio4, Some(pid)) => {
            format!("{{\"sid\":\"r-{}\",\"pid\":\"{pid}\"}}", room.number)
        }
    }
}

fn is_object(data: &str) -> bool {
    data.starts_with('{') && data.ends_with('}')
}
