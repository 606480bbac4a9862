//! What the server knows of its clients beyond their sessions: how many connections there were, and what can be restored.

use std::collections::BTreeMap;

use super::room::{Logged, Room, State};
use crate::chance::Chance;

/// How long a lost session can be restored (socket.io's default).
const MEMORY: u64 = 2 * 60_000;

#[derive(Debug, Default)]
pub(crate) struct Users {
    rooms: u64,
    by_nsp: BTreeMap<String, User>,
}

#[derive(Debug, Default)]
struct User {
    /// Whether it was ever let in, or asked.
    known: bool,
    /// How many events were emitted to it, on any connection.
    events: u64,
    questions: u64,
    lost: Option<(u64, Room)>,
}

impl Users {
    pub(super) fn new_room(&mut self, nsp: &str, patience_ends: u64) -> Room {
        self.rooms += 1;
        self.user(nsp).known = true;
        Room {
            state: State::Asked,
            patience_ends,
            first: None,
            number: self.rooms,
            sent: 0,
            pid: None,
            log: Vec::new(),
        }
    }

    pub(super) fn was_in(&self, nsp: &str) -> bool {
        self.by_nsp.get(nsp).is_some_and(|user| user.known)
    }

    /// The number of the next event.
    pub(super) fn next_event(&mut self, nsp: &str) -> u64 {
        let user = self.user(nsp);
        user.events += 1;
        user.events
    }

    /// The number of the next question.
    pub(super) fn next_question(&mut self, nsp: &str) -> u64 {
        let user = self.user(nsp);
        user.questions += 1;
        user.questions
    }

    /// A session has ended with this connection in it.
    pub(super) fn leaves(&mut self, nsp: &str, room: Room, now: u64) {
        if room.pid.is_some() {
            self.user(nsp).lost = Some((now, room));
        }
    }

    /// What a client that has lost its session gets back: its connection, and the events that it has missed.
    pub(super) fn restores(
        &mut self,
        nsp: &str,
        data: &str,
        now: u64,
    ) -> Option<(Room, Vec<Logged>)> {
        let pid = member(data, "pid")?;
        let offset = member(data, "offset")?;
        let user = self.user(nsp);
        let (at, room) = user.lost.as_ref()?;
        if room.pid.as_deref() != Some(pid) || now > at + MEMORY {
            return None;
        }
        let last = room.log.iter().position(|logged| logged.offset == offset)?;
        let missed = room.log[last + 1..].to_vec();
        let (_, room) = user.lost.take()?;
        Some((room, missed))
    }

    pub(super) fn forget_sessions(&mut self) {
        for user in self.by_nsp.values_mut() {
            user.lost = None;
        }
    }

    /// Emits events to those who are away and may come back.
    pub(super) fn broadcast(&mut self, chance: &mut Chance, talk: u64) {
        for user in self.by_nsp.values_mut() {
            let Some((_, room)) = &mut user.lost else {
                continue;
            };
            if chance.per_mille(talk) {
                user.events += 1;
                room.next_event(user.events);
            }
        }
    }

    fn user(&mut self, nsp: &str) -> &mut User {
        self.by_nsp.entry(nsp.to_owned()).or_default()
    }
}

/// The string under a key of a flat JSON object.
fn member<'a>(object: &'a str, key: &str) -> Option<&'a str> {
    let (_, rest) = object.split_once(&format!("\"{key}\":\""))?;
    rest.split('"').next()
}
