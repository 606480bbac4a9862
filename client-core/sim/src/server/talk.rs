//! What the server says by itself: events, questions, kicks, failures.

use tidewire_core::EngineVersion;

use super::Shared;
use super::room::{Logged, Room, State};
use super::session::Session;
use crate::coverage::Seen;
use crate::wire::{Sio, Wire};

impl Room {
    /// The JSON of the next event, which is the `n`th of its namespace; logged if the connection can be restored.
    pub(super) fn next_event(&mut self, n: u64) -> String {
        let (number, k) = (self.number, self.sent);
        self.sent += 1;
        if self.pid.is_none() {
            return format!("[\"s\",{n},{number},{k}]");
        }
        let offset = letters(n);
        let data = format!("[\"s\",{n},{number},{k},\"{offset}\"]");
        self.log.push(Logged {
            offset,
            data: data.clone(),
        });
        data
    }
}

impl Session {
    pub(super) fn send_sio(&mut self, kind: u8, nsp: &str, data: &str, shared: &mut Shared) {
        let sio = Sio {
            data: data.to_owned(),
            ..Sio::new(kind, nsp)
        };
        self.send(sio.write(), shared);
    }

    pub(super) fn send_ack(&mut self, nsp: &str, id: u64, n: u64, shared: &mut Shared) {
        let binary = shared.chance.one_in(8);
        let sio = Sio {
            kind: if binary { 6 } else { 3 },
            attachments: usize::from(binary),
            id: Some(id),
            data: format!("[{n}]"),
            ..Sio::new(3, nsp)
        };
        self.send(sio.write(), shared);
        if binary {
            self.send_binary(vec![7; 5], shared);
        }
    }

    fn send_binary(&mut self, mut bytes: Vec<u8>, shared: &mut Shared) {
        if shared.engine_version == EngineVersion::Eio3 {
            bytes.insert(0, 4);
        }
        self.send(Wire::Binary(bytes), shared);
    }

    /// An event or a question to one of the rooms.
    pub(super) fn talk(&mut self, _now: u64, shared: &mut Shared) {
        let Some(nsp) = self.some_room(shared) else {
            return;
        };
        let times = if shared.chance.one_in(10) { 20 } else { 1 };
        for _ in 0..times {
            if shared.chance.one_in(3) {
                self.ask(&nsp, shared);
            } else {
                self.tell(&nsp, shared);
            }
        }
    }

    /// An event.
    pub(super) fn tell(&mut self, nsp: &str, shared: &mut Shared) {
        let n = shared.users.next_event(nsp);
        let Some(room) = self.rooms.get_mut(nsp) else {
            return;
        };
        let data = room.next_event(n);
        let parts = match shared.chance.below(6) {
            0 => 1,
            1 => 3,
            _ => 0,
        };
        let sio = Sio {
            kind: if parts > 0 { 5 } else { 2 },
            attachments: parts,
            data,
            ..Sio::new(2, nsp)
        };
        self.send(sio.write(), shared);
        for _ in 0..parts {
            self.send_binary(vec![9; 3], shared);
        }
    }

    /// A question.
    fn ask(&mut self, nsp: &str, shared: &mut Shared) {
        // Its number is its id, too: socket.io counts them for all connections of a namespace.
        let n = shared.users.next_question(nsp);
        let Some(room) = self.rooms.get(nsp) else {
            return;
        };
        let sio = Sio {
            id: Some(n),
            data: format!("[\"q\",{n},{},{n}]", room.number),
            ..Sio::new(2, nsp)
        };
        self.send(sio.write(), shared);
    }

    /// Throws the client out of one of the rooms.
    pub(super) fn kick(&mut self, shared: &mut Shared) {
        let Some(nsp) = self.some_room(shared) else {
            return;
        };
        shared.seen.note(Seen::Kicked);
        self.rooms.remove(&nsp);
        self.ambiguous.insert(nsp.clone());
        if nsp == "/" {
            // The client does not know which of them were let in before.
            self.ambiguous.extend(self.rooms.keys().cloned());
        }
        self.send_sio(1, &nsp, "", shared);
    }

    /// 2.x: a failure that leaves the client where it is.
    pub(super) fn report_error(&mut self, shared: &mut Shared) {
        let Some(nsp) = self.some_room(shared) else {
            return;
        };
        // One of `/` is for all namespaces, and refuses those that wait behind it.
        if nsp != "/" {
            shared.seen.note(Seen::ErrorWhileConnected);
            self.ambiguous.insert(nsp.clone());
            self.send_sio(4, &nsp, "\"oops\"", shared);
        }
    }

    fn some_room(&self, shared: &mut Shared) -> Option<String> {
        let rooms = self.rooms.iter();
        let names: Vec<&String> = rooms
            .filter(|(_, room)| room.state == State::In)
            .map(|(name, _)| name)
            .collect();
        if names.is_empty() {
            return None;
        }
        Some((*shared.chance.pick(&names)).clone())
    }
}

/// A number as letters, for numbers alone are read back from events.
fn letters(mut n: u64) -> String {
    let mut word = String::from("o");
    loop {
        // Below 26.
        word.push(char::from(b'a' + u8::try_from(n % 26).unwrap_or(0)));
        n /= 26;
        if n == 0 {
            return word;
        }
    }
}
