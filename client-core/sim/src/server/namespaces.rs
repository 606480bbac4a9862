//! Socket.IO packets from the client: CONNECT, DISCONNECT, events and acks.

use tidewire_core::EngineVersion;

use super::connection::{Connection, Delayed, Logged, State};
use super::session::Session;
use super::shared::{Received, Shared};
use crate::coverage::Seen;
use crate::wire::{Sio, numbers};

impl Session {
    /// Connects `/` without a CONNECT, as 2.x does.
    pub(super) fn connect_root(&mut self, now: u64, shared: &mut Shared) {
        let connection = shared.new_connection(now, "/");
        self.connections.insert("/".to_owned(), connection);
        self.answer_connect(now, "/", shared);
    }

    /// Handles a complete packet.
    pub(super) fn on_packet(
        &mut self,
        now: u64,
        sio: &Sio,
        parts: Vec<Vec<u8>>,
        shared: &mut Shared,
    ) {
        match sio.kind {
            0 => self.on_connect(now, sio, shared),
            1 => self.on_disconnect(sio, shared),
            2 | 3 | 5 | 6 => self.on_event(now, sio, parts, shared),
            kind => shared.faults.push(format!("a packet of type {kind}")),
        }
    }

    /// Handles CONNECT.
    fn on_connect(&mut self, now: u64, sio: &Sio, shared: &mut Shared) {
        // A 2.x client cannot know whether a DISCONNECT was for this connection or for the one before. The server connects it
        // again (socket.io 2, `Client.doConnect`).
        let eio3 = shared.engine_version == EngineVersion::Eio3;
        let maybe_misread = eio3 && self.may_be_misread(now, shared);
        let in_doubt =
            eio3 && (self.ambiguous.contains(&sio.nsp) || maybe_misread && sio.nsp == "/");
        let open = self.connections.get(&sio.nsp);
        let is_open = open.is_some_and(|connection| {
            connection.earlier.is_none() && now < connection.may_retry_at
        });
        if is_open && !in_doubt {
            let fault = format!("CONNECT for {}, which is connected", sio.nsp);
            return shared.faults.push(fault);
        }
        if eio3 && !sio.data.is_empty() && !maybe_misread {
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
        if let Some((mut connection, missed)) = shared.users.recover(&sio.nsp, &sio.data, now) {
            connection.may_retry_at = shared.may_retry_at(now);
            return self.recover(&sio.nsp, connection, missed, shared);
        }
        let mut connection = shared.new_connection(now, &sio.nsp);
        connection.earlier = self.connections.remove(&sio.nsp).map(Box::new);
        self.connections.insert(sio.nsp.clone(), connection);
        if shared.engine_version == EngineVersion::Eio3 && sio.nsp != "/" {
            match self
                .connections
                .get_mut("/")
                .map(|root| root.connected().is_some())
            {
                Some(true) => {}
                // The server disconnected `/` at the same time: 2.x waits for `/` to connect again (`Client.connect`).
                None => {
                    self.ambiguous.insert(sio.nsp.clone());
                    return self.waiting_for_root.push(sio.nsp.clone());
                }
                Some(_) if maybe_misread || self.ambiguous.contains("/") => {
                    return self.waiting_for_root.push(sio.nsp.clone());
                }
                Some(_) => shared
                    .faults
                    .push(format!("CONNECT for {} before /", sio.nsp)),
            }
        }
        self.answer_connect(now, &sio.nsp, shared);
    }

    /// Answers a CONNECT now, later or never.
    fn answer_connect(&mut self, now: u64, nsp: &str, shared: &mut Shared) {
        // A client that takes the server for a later one cannot decode 2.x attachments.
        let misread = shared.engine_version == EngineVersion::Eio3
            && (self.may_be_misread(now, shared) || !self.is_polling() && !shared.is_prompt);
        if shared.plan.early && shared.rng.one_in(2) && !misread {
            shared.seen.note(Seen::EarlyEvent);
            self.emit(nsp, shared);
        }
        if shared.rng.per_mille(shared.plan.ignore) {
            shared.seen.note(Seen::ConnectIgnored);
            return self.set_state(nsp, State::Ignored);
        }
        if shared.rng.per_mille(shared.plan.slow) {
            let delay = shared.rng.between(1, 30_000);
            self.delayed
                .push((now + delay, Delayed::Connect(nsp.to_owned())));
            return;
        }
        self.accept_or_refuse(now, nsp, shared);
    }

    fn accept_or_refuse(&mut self, now: u64, nsp: &str, shared: &mut Shared) {
        let state = self.connections.get(nsp).map(|connection| connection.state);
        if state != Some(State::Requested) {
            return;
        }
        if shared.rng.per_mille(shared.plan.refuse) {
            shared.seen.note(Seen::Refused);
            let refused = self.connections.remove(nsp);
            if let Some(earlier) = refused.and_then(|connection| connection.earlier) {
                self.connections.insert(nsp.to_owned(), *earlier);
            }
            let data = match shared.engine_version {
                EngineVersion::Eio4 => r#"{"message":"no"}"#,
                EngineVersion::Eio3 => "\"no\"",
            };
            return self.send_sio(4, nsp, data, shared);
        }
        self.accept(nsp, shared);
        if nsp == "/" {
            self.identify(now, shared);
            for waiting_for_root in std::mem::take(&mut self.waiting_for_root) {
                self.answer_connect(now, &waiting_for_root, shared);
            }
        }
    }

    fn accept(&mut self, nsp: &str, shared: &mut Shared) {
        let recovery = shared.plan.recovery;
        let Some(connection) = self.connections.get_mut(nsp) else {
            return;
        };
        connection.state = State::Connected;
        self.ever_connected.insert(nsp.to_owned());
        connection.pid = recovery.then(|| format!("p-{}", connection.number));
        let data = connect_payload(shared.engine_version, connection);
        self.send_sio(0, nsp, &data, shared);
    }

    fn recover(
        &mut self,
        nsp: &str,
        connection: Connection,
        missed: Vec<Logged>,
        shared: &mut Shared,
    ) {
        shared.seen.note(Seen::Recovered);
        let data = connect_payload(shared.engine_version, &connection);
        self.ever_connected.insert(nsp.to_owned());
        self.connections.insert(nsp.to_owned(), connection);
        self.send_sio(0, nsp, &data, shared);
        for logged in missed {
            shared.seen.note(Seen::MissedEventReplayed);
            self.send_sio(2, nsp, &logged.data, shared);
        }
    }

    /// Handles DISCONNECT.
    fn on_disconnect(&mut self, sio: &Sio, shared: &mut Shared) {
        if !sio.data.is_empty() {
            shared.faults.push("DISCONNECT with a payload".to_owned());
        }
        match self.connections.remove(&sio.nsp) {
            Some(connection) if connection.state == State::Connected => {}
            // The client leaves an earlier connection, whose answer may have reached it late.
            Some(connection)
                if connection.earlier.is_some() || self.ever_connected.contains(&sio.nsp) =>
            {
                self.connections.insert(sio.nsp.clone(), connection);
            }
            // The server disconnected the namespace at the same time.
            None if shared.users.was_connected(&sio.nsp) => {}
            connection => {
                let fault = format!("DISCONNECT of {}, which is {connection:?}", sio.nsp);
                shared.faults.push(fault);
            }
        }
    }

    /// Handles an event or an ack.
    fn on_event(&mut self, now: u64, sio: &Sio, parts: Vec<Vec<u8>>, shared: &mut Shared) {
        let Some(connection) = self
            .connections
            .get_mut(&sio.nsp)
            .and_then(Connection::connected)
        else {
            if !shared.users.was_connected(&sio.nsp) {
                let fault = format!("an event for {}, which was never connected", sio.nsp);
                shared.faults.push(fault);
            }
            // The server disconnected the namespace at the same time. A 4.x server closes the session; a 2.x server ignores the event.
            if shared.engine_version == EngineVersion::Eio4 {
                self.end();
            }
            return;
        };
        if shared.is_prompt {
            connection.may_retry_at = u64::MAX;
        }
        let is_ack = matches!(sio.kind, 3 | 6);
        shared.received.push(Received {
            nsp: sio.nsp.clone(),
            connection: connection.number,
            text: sio.data.clone(),
            attachments: parts,
            is_ack,
            id: sio.id,
        });
        if let (false, Some(id)) = (is_ack, sio.id) {
            let n = numbers(&sio.data).first().copied().unwrap_or(0);
            self.acknowledge(now, &sio.nsp, id, n, shared);
        }
    }

    /// Acknowledges an event in time, late, twice or never.
    fn acknowledge(&mut self, now: u64, nsp: &str, id: u64, n: u64, shared: &mut Shared) {
        if shared.rng.per_mille(shared.plan.no_ack) {
            return shared.seen.note(Seen::AckNeverSent);
        }
        if shared.rng.per_mille(shared.plan.slow) {
            let nsp = nsp.to_owned();
            let delay = shared.rng.between(1, 20_000);
            return self
                .delayed
                .push((now + delay, Delayed::Ack { nsp, id, n }));
        }
        self.send_ack(nsp, id, n, shared);
        if shared.rng.per_mille(shared.plan.double_ack) {
            shared.seen.note(Seen::AckSentTwice);
            self.send_ack(nsp, id, n, shared);
        }
    }

    pub(super) fn run_delayed(&mut self, now: u64, delayed: Delayed, shared: &mut Shared) {
        match delayed {
            Delayed::Connect(nsp) => self.accept_or_refuse(now, &nsp, shared),
            Delayed::Ack { nsp, id, n } => {
                let connection = self.connections.get(&nsp);
                if connection.is_some_and(|connection| connection.state == State::Connected) {
                    self.send_ack(&nsp, id, n, shared);
                }
            }
        }
    }

    /// Answers the ignored CONNECTs.
    pub(super) fn answer_ignored_connects(&mut self, now: u64) {
        for (name, connection) in self.connections.iter_mut() {
            if connection.state == State::Ignored {
                connection.state = State::Requested;
                self.delayed.push((now + 1, Delayed::Connect(name.clone())));
            }
        }
    }

    pub(super) fn set_state(&mut self, nsp: &str, state: State) {
        if let Some(connection) = self.connections.get_mut(nsp) {
            connection.state = state;
        }
    }
}

/// Returns the payload of the CONNECT answer.
fn connect_payload(engine_version: EngineVersion, connection: &Connection) -> String {
    match (engine_version, &connection.pid) {
        (EngineVersion::Eio3, _) => String::new(),
        (EngineVersion::Eio4, None) => format!("{{\"sid\":\"r-{}\"}}", connection.number),
        (EngineVersion::Eio4, Some(pid)) => {
            format!("{{\"sid\":\"r-{}\",\"pid\":\"{pid}\"}}", connection.number)
        }
    }
}

fn is_object(data: &str) -> bool {
    data.starts_with('{') && data.ends_with('}')
}
