//! Packets that the server sends by itself: events, acks, disconnects and errors.

use tidewire_core::EngineVersion;

use super::connection::State;
use super::session::Session;
use super::shared::Shared;
use crate::coverage::Seen;
use crate::wire::{Sio, Wire};

impl Session {
    pub(super) fn send_sio(&mut self, kind: u8, nsp: &str, data: &str, shared: &mut Shared) {
        let sio = Sio {
            data: data.to_owned(),
            ..Sio::new(kind, nsp)
        };
        self.send(sio.write(), shared);
    }

    pub(super) fn send_ack(&mut self, nsp: &str, id: u64, n: u64, shared: &mut Shared) {
        let binary = shared.rng.one_in(8);
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

    /// Emits one or 20 events to one of the connections, with or without an ack.
    pub(super) fn emit_some(&mut self, shared: &mut Shared) {
        let Some(nsp) = self.some_connection(shared) else {
            return;
        };
        let times = if shared.rng.one_in(10) { 20 } else { 1 };
        for _ in 0..times {
            if shared.rng.one_in(3) {
                self.emit_with_ack(&nsp, shared);
            } else {
                self.emit(&nsp, shared);
            }
        }
    }

    /// Emits an event.
    pub(super) fn emit(&mut self, nsp: &str, shared: &mut Shared) {
        let n = shared.users.next_event(nsp);
        let Some(connection) = self.connections.get_mut(nsp) else {
            return;
        };
        let data = connection.next_event(n);
        let parts = match shared.rng.below(6) {
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

    /// Emits an event with an ack.
    fn emit_with_ack(&mut self, nsp: &str, shared: &mut Shared) {
        // Its number is the ack id: socket.io counts ids over all connections of a namespace.
        let n = shared.users.next_ack_event(nsp);
        let Some(connection) = self.connections.get(nsp) else {
            return;
        };
        let sio = Sio {
            id: Some(n),
            data: format!("[\"q\",{n},{},{n}]", connection.number),
            ..Sio::new(2, nsp)
        };
        self.send(sio.write(), shared);
    }

    /// Disconnects the client from a namespace.
    pub(super) fn kick(&mut self, shared: &mut Shared) {
        let Some(nsp) = self.some_connection(shared) else {
            return;
        };
        shared.seen.note(Seen::Kicked);
        self.connections.remove(&nsp);
        self.ambiguous.insert(nsp.clone());
        if nsp == "/" {
            // The client does not know which namespaces were connected before.
            self.ambiguous.extend(self.connections.keys().cloned());
        }
        self.send_sio(1, &nsp, "", shared);
    }

    /// Sends an ERROR packet to a connected namespace, which stays connected (2.x).
    pub(super) fn report_error(&mut self, shared: &mut Shared) {
        let Some(nsp) = self.some_connection(shared) else {
            return;
        };
        // An ERROR of `/` is for all namespaces and refuses those that wait for `/`.
        if nsp != "/" {
            shared.seen.note(Seen::ErrorWhileConnected);
            self.ambiguous.insert(nsp.clone());
            self.send_sio(4, &nsp, "\"oops\"", shared);
        }
    }

    fn some_connection(&self, shared: &mut Shared) -> Option<String> {
        let connections = self.connections.iter();
        let names: Vec<&String> = connections
            .filter(|(_, connection)| connection.state == State::Connected)
            .map(|(name, _)| name)
            .collect();
        if names.is_empty() {
            return None;
        }
        Some((*shared.rng.pick(&names)).clone())
    }
}
