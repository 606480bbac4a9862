//! One session of the model server: heartbeat, namespaces and partial packets.

use std::collections::BTreeSet;

use tidewire_core::{EngineVersion, Link, Lost};

use super::body::Body;
use super::carrier::Carrier;
use super::server::{AckPolicy, PendingAck, Server};
use super::wire::{Sio, Wire, header};

pub(crate) struct Session {
    pub(crate) carrier: Carrier,
    pub(crate) sid: String,
    opened: bool,
    /// The session is over a WebTransport, whose first packet has not come.
    pub(crate) needs_stream_head: bool,
    connected: BTreeSet<String>,
    requested: BTreeSet<String>,
    /// Namespaces that the server has disconnected: packets already in flight are not a fault.
    kicked: BTreeSet<String>,
    /// When the middleware of `/` ends (EIO3).
    root_at: Option<u64>,
    /// When the last ping was sent by either side.
    last_ping: u64,
    /// Whether a pong is missing (EIO4).
    awaits_pong: bool,
    partial: Option<(Sio, Vec<Vec<u8>>)>,
}

impl Session {
    pub(crate) fn new(now: u64, carrier: Carrier, number: usize) -> Session {
        Session {
            carrier,
            sid: format!("sid{number}"),
            opened: false,
            needs_stream_head: false,
            connected: BTreeSet::new(),
            requested: BTreeSet::new(),
            kicked: BTreeSet::new(),
            root_at: None,
            last_ping: now,
            awaits_pong: false,
            partial: None,
        }
    }

    /// Sends the handshake.
    pub(crate) fn open(&mut self, now: u64, server: &mut Server) {
        let rules = &server.rules;
        let (interval, timeout) = (rules.ping_interval, rules.ping_timeout);
        let upgrades = match (self.carrier.is_polling(), rules.offers_webtransport) {
            (true, true) => r#"["websocket","webtransport"]"#,
            (true, false) if rules.offers_upgrade => r#"["websocket"]"#,
            _ => "[]",
        };
        let mut text = format!(
            r#"0{{"sid":"{}","upgrades":{upgrades},"pingInterval":{interval},"pingTimeout":{timeout}"#,
            self.sid
        );
        let is_new = server.engine_version == EngineVersion::Eio4 || rules.is_newer_than_eio3;
        if is_new && rules.sends_max_payload {
            text += &format!(r#","maxPayload":{}"#, rules.max_payload);
        }
        self.opened = true;
        self.root_at =
            (server.engine_version == EngineVersion::Eio3).then_some(now + rules.root_delay);
        self.send(text + "}", server);
        self.wake(now, server);
    }

    /// Handles a frame over the full-duplex link of the session or of its upgrade.
    pub(crate) fn handle_frame(&mut self, now: u64, link: Link, wire: Wire, server: &mut Server) {
        if self.carrier.probes(link) {
            return self.carrier.probed(now, link, &self.sid, &wire, server);
        }
        if self.needs_stream_head {
            self.needs_stream_head = false;
            if wire != Wire::text("0") {
                server.fault(format!("{wire:?} as the first frame of a stream"));
            }
            return self.open(now, server);
        }
        server.received.push(wire.to_string());
        self.handle_packet(now, wire, server);
    }

    /// Handles a POST.
    pub(crate) fn handle_post(&mut self, now: u64, link: Link, body: &Body, server: &mut Server) {
        let wires = self.carrier.post(now, link, body, server);
        let texts: Vec<String> = wires.iter().map(Wire::to_string).collect();
        server.received.extend(texts.iter().cloned());
        server.posts.push(texts);
        for wire in wires {
            self.handle_packet(now, wire, server);
        }
    }

    fn handle_packet(&mut self, now: u64, wire: Wire, server: &mut Server) {
        match wire {
            Wire::Text(text) if text.starts_with('4') => self.handle_message(&text[1..], server),
            Wire::Text(text) => self.handle_engine_packet(now, &text, server),
            Wire::Binary(bytes) => self.handle_attachment(&bytes, server),
        }
    }

    /// Handles the deadlines.
    pub(crate) fn wake(&mut self, now: u64, server: &mut Server) {
        self.carrier.wake(now, server);
        if self.root_at.is_some_and(|at| at <= now) {
            self.root_at = None;
            self.accept_or_refuse("/", server);
        }
        if self.opened && server.rules.heartbeat && now >= self.next_heartbeat(server) {
            if server.engine_version == EngineVersion::Eio3 || self.awaits_pong {
                return self.carrier.end(Lost::Closed, server);
            }
            self.send("2".into(), server);
            self.last_ping = now;
            self.awaits_pong = true;
        }
    }

    /// Returns the next deadline.
    pub(crate) fn next_wake(&self, server: &Server) -> Option<u64> {
        let last_ping =
            (self.opened && server.rules.heartbeat).then(|| self.next_heartbeat(server));
        [last_ping, self.root_at, self.carrier.next_wake()]
            .into_iter()
            .flatten()
            .min()
    }

    /// Answers a CONNECT.
    pub(crate) fn accept_connect(&mut self, nsp: &str, server: &mut Server) {
        self.requested.remove(nsp);
        self.kicked.remove(nsp);
        self.connected.insert(nsp.into());
        for text in server.rules.early.get(nsp).cloned().unwrap_or_default() {
            self.send(text.into(), server);
        }
        let mut text = header(0, 0, nsp, None);
        if server.engine_version == EngineVersion::Eio4 {
            text += &format!(r#"{{"sid":"{}{nsp}"}}"#, self.sid);
        }
        self.send(text, server);
    }

    /// Marks a namespace as disconnected by the server.
    pub(crate) fn kicked(&mut self, nsp: &str) {
        self.connected.remove(nsp);
        self.kicked.insert(nsp.into());
    }

    /// Returns the connected namespaces.
    pub(crate) fn connected_namespaces(&self) -> Vec<String> {
        self.connected.iter().cloned().collect()
    }

    // ---- inside ----

    fn send(&mut self, text: String, server: &mut Server) {
        self.carrier.send(Wire::Text(text), server);
    }

    /// Returns when the server must send a ping or time out (EIO4: a pong is missing; EIO3: a ping is missing).
    fn next_heartbeat(&self, server: &Server) -> u64 {
        let rules = &server.rules;
        self.last_ping
            + match server.engine_version {
                EngineVersion::Eio3 => rules.ping_interval + rules.ping_timeout,
                EngineVersion::Eio4 if self.awaits_pong => rules.ping_timeout,
                EngineVersion::Eio4 => rules.ping_interval,
            }
    }

    fn handle_engine_packet(&mut self, now: u64, text: &str, server: &mut Server) {
        match (server.engine_version, text) {
            (EngineVersion::Eio3, "2") => {
                self.last_ping = now;
                if server.rules.heartbeat {
                    self.send("3".into(), server);
                }
            }
            (EngineVersion::Eio4, "3") => self.awaits_pong = false,
            (_, "1") if self.carrier.is_polling() => self.carrier.closed_by_client(server),
            _ => server.fault(format!("an unexpected {text:?}")),
        }
    }

    fn handle_attachment(&mut self, bytes: &[u8], server: &mut Server) {
        let typed = server.engine_version == EngineVersion::Eio3;
        let content = if typed {
            bytes.strip_prefix(&[4])
        } else {
            Some(bytes)
        };
        let Some(content) = content else {
            return server.fault("binary without a type byte".into());
        };
        let Some((_, parts)) = &mut self.partial else {
            return server.fault("binary without a header".into());
        };
        parts.push(content.to_vec());
        self.finish(server);
    }

    fn handle_message(&mut self, text: &str, server: &mut Server) {
        if self.partial.is_some() {
            return server.fault(format!("{text:?} between attachments"));
        }
        let packet = Sio::parse(text);
        if packet.nsp != "/" && !text.contains(',') {
            server.fault(format!("{text:?} has no comma"));
        }
        self.partial = Some((packet, Vec::new()));
        self.finish(server);
    }

    fn finish(&mut self, server: &mut Server) {
        match self.partial.take() {
            Some((packet, parts)) if parts.len() == packet.attachments => {
                self.take(&packet, &parts, server);
            }
            partial => self.partial = partial,
        }
    }

    fn take(&mut self, packet: &Sio, parts: &[Vec<u8>], server: &mut Server) {
        let nsp = packet.nsp.as_str();
        match packet.kind {
            0 => self.handle_connect(packet, server),
            1 if self.connected.remove(nsp) => {}
            2 | 5 if self.connected.contains(nsp) => self.acknowledge(packet, parts, server),
            3 | 6 if self.connected.contains(nsp) => {}
            _ if self.kicked.contains(nsp) => {}
            _ => server.fault(format!("{packet:?} for a namespace that is not connected")),
        }
    }

    fn handle_connect(&mut self, packet: &Sio, server: &mut Server) {
        let nsp = packet.nsp.as_str();
        let behind_root = server.engine_version == EngineVersion::Eio3 && nsp != "/";
        let unanswered = server.rules.unanswered.contains(nsp);
        let requested = !self.requested.insert(nsp.into()) && !unanswered;
        let again = self.connected.contains(nsp) || requested;
        if again && !server.rules.allows_repeated_connect {
            server.fault(format!("a second CONNECT for {nsp}"));
        } else if behind_root && !self.connected.contains("/") {
            server.fault(format!("CONNECT for {nsp} before /"));
        } else {
            let fits = match server.engine_version {
                EngineVersion::Eio3 => packet.data.is_empty(),
                EngineVersion::Eio4 => packet.query.is_none() && !packet.data.starts_with('['),
            };
            if !fits {
                server.fault(format!("{packet:?} in the wrong version"));
            }
            self.accept_or_refuse(nsp, server);
        }
    }

    fn accept_or_refuse(&mut self, nsp: &str, server: &mut Server) {
        if let Some(error) = server.rules.refused.get(nsp) {
            self.requested.remove(nsp);
            self.send(header(4, 0, nsp, None) + error, server);
        } else if !server.rules.unanswered.contains(nsp) {
            self.accept_connect(nsp, server);
        }
    }

    fn acknowledge(&mut self, packet: &Sio, parts: &[Vec<u8>], server: &mut Server) {
        let Some(id) = packet.id else { return };
        let nsp = packet.nsp.clone();
        if server.rules.ack_policy == AckPolicy::Hold {
            return server.pending_acks.push(PendingAck { nsp, id });
        }
        let kind = if parts.is_empty() { 3 } else { 6 };
        let text = header(kind, parts.len(), &nsp, Some(id)) + &packet.data;
        self.send(text, server);
        for part in parts {
            self.carrier
                .send(attachment(server.engine_version, part), server);
        }
    }
}

pub(crate) fn attachment(engine_version: EngineVersion, bytes: &[u8]) -> Wire {
    let prefix = (engine_version == EngineVersion::Eio3).then_some(4);
    Wire::Binary(prefix.into_iter().chain(bytes.iter().copied()).collect())
}
