//! One connection as the model server sees it: heartbeat, namespaces, half-received packets.

use std::collections::BTreeSet;

use tidewire_core::{EngineVersion, Link, Lost};

use super::body::Body;
use super::line::Line;
use super::server::{Answers, Held, Server};
use super::wire::{Sio, Wire, header};

pub(crate) struct Session {
    pub(crate) line: Line,
    pub(crate) sid: String,
    opened: bool,
    joined: BTreeSet<String>,
    asked: BTreeSet<String>,
    /// Namespaces the server has put the client out of: what the client sent meanwhile is forgiven.
    kicked: BTreeSet<String>,
    /// When the middleware of `/` lets go (EIO3).
    root_at: Option<u64>,
    /// The last ping, from whichever side, and whether its pong is missing (EIO4).
    beat: u64,
    owes_pong: bool,
    half: Option<(Sio, Vec<Vec<u8>>)>,
}

impl Session {
    pub(crate) fn new(now: u64, line: Line, number: usize) -> Session {
        Session {
            line,
            sid: format!("sid{number}"),
            opened: false,
            joined: BTreeSet::new(),
            asked: BTreeSet::new(),
            kicked: BTreeSet::new(),
            root_at: None,
            beat: now,
            owes_pong: false,
            half: None,
        }
    }

    pub(crate) fn open(&mut self, now: u64, server: &mut Server) {
        let rules = &server.rules;
        let (interval, timeout) = (rules.ping_interval, rules.ping_timeout);
        let upgrades = if self.line.is_polling() && rules.offers {
            r#"["websocket"]"#
        } else {
            "[]"
        };
        let mut text = format!(
            r#"0{{"sid":"{}","upgrades":{upgrades},"pingInterval":{interval},"pingTimeout":{timeout}"#,
            self.sid
        );
        if server.engine_version == EngineVersion::Eio4 && rules.names_max_payload {
            text += &format!(r#","maxPayload":{}"#, rules.max_payload);
        }
        self.opened = true;
        self.root_at =
            (server.engine_version == EngineVersion::Eio3).then_some(now + rules.root_delay);
        self.send(text + "}", server);
        self.wake(now, server);
    }

    /// A frame over a WebSocket: that of the session, or one it upgrades to.
    pub(crate) fn hear_frame(&mut self, now: u64, link: Link, wire: Wire, server: &mut Server) {
        if self.line.probe_link() == Some(link) {
            return self.line.probed(now, &wire, server);
        }
        server.heard.push(wire.to_string());
        self.hear(now, wire, server);
    }

    /// A POST.
    pub(crate) fn hear_post(&mut self, now: u64, link: Link, body: &Body, server: &mut Server) {
        let wires = self.line.post(now, link, body, server);
        let texts: Vec<String> = wires.iter().map(Wire::to_string).collect();
        server.heard.extend(texts.iter().cloned());
        server.posts.push(texts);
        for wire in wires {
            self.hear(now, wire, server);
        }
    }

    fn hear(&mut self, now: u64, wire: Wire, server: &mut Server) {
        match wire {
            Wire::Text(text) if text.starts_with('4') => self.hear_message(&text[1..], server),
            Wire::Text(text) => self.hear_beat(now, &text, server),
            Wire::Binary(bytes) => self.hear_binary(&bytes, server),
        }
    }

    pub(crate) fn wake(&mut self, now: u64, server: &mut Server) {
        self.line.wake(now, server);
        if self.root_at.is_some_and(|at| at <= now) {
            self.root_at = None;
            self.decide("/", server);
        }
        if self.opened && server.rules.heart && now >= self.next_beat(server) {
            if server.engine_version == EngineVersion::Eio3 || self.owes_pong {
                return self.line.hang_up(Lost::Closed, server);
            }
            self.send("2".into(), server);
            self.beat = now;
            self.owes_pong = true;
        }
    }

    pub(crate) fn next_wake(&self, server: &Server) -> Option<u64> {
        let beat = (self.opened && server.rules.heart).then(|| self.next_beat(server));
        [beat, self.root_at, self.line.next_wake()]
            .into_iter()
            .flatten()
            .min()
    }

    pub(crate) fn grant(&mut self, nsp: &str, server: &mut Server) {
        self.asked.remove(nsp);
        self.kicked.remove(nsp);
        self.joined.insert(nsp.into());
        for text in server.rules.early.get(nsp).cloned().unwrap_or_default() {
            self.send(text.into(), server);
        }
        let mut text = header(0, 0, nsp, None);
        if server.engine_version == EngineVersion::Eio4 {
            text += &format!(r#"{{"sid":"{}{nsp}"}}"#, self.sid);
        }
        self.send(text, server);
    }

    pub(crate) fn kicked(&mut self, nsp: &str) {
        self.joined.remove(nsp);
        self.kicked.insert(nsp.into());
    }

    pub(crate) fn joined(&self) -> Vec<String> {
        self.joined.iter().cloned().collect()
    }

    // ---- inside ----

    fn send(&mut self, text: String, server: &mut Server) {
        self.line.send(Wire::Text(text), server);
    }

    /// When the server must do something about the heartbeat: ping or miss the pong (EIO4), miss the ping (EIO3).
    fn next_beat(&self, server: &Server) -> u64 {
        let rules = &server.rules;
        self.beat
            + match server.engine_version {
                EngineVersion::Eio3 => rules.ping_interval + rules.ping_timeout,
                EngineVersion::Eio4 if self.owes_pong => rules.ping_timeout,
                EngineVersion::Eio4 => rules.ping_interval,
            }
    }

    fn hear_beat(&mut self, now: u64, text: &str, server: &mut Server) {
        match (server.engine_version, text) {
            (EngineVersion::Eio3, "2") => {
                self.beat = now;
                if server.rules.heart {
                    self.send("3".into(), server);
                }
            }
            (EngineVersion::Eio4, "3") => self.owes_pong = false,
            (_, "1") if self.line.is_polling() => self.line.closed_by_client(server),
            _ => server.fault(format!("an unexpected {text:?}")),
        }
    }

    fn hear_binary(&mut self, bytes: &[u8], server: &mut Server) {
        let typed = server.engine_version == EngineVersion::Eio3;
        let content = if typed {
            bytes.strip_prefix(&[4])
        } else {
            Some(bytes)
        };
        let Some(content) = content else {
            return server.fault("binary without a type byte".into());
        };
        let Some((_, parts)) = &mut self.half else {
            return server.fault("binary without a header".into());
        };
        parts.push(content.to_vec());
        self.finish(server);
    }

    fn hear_message(&mut self, text: &str, server: &mut Server) {
        if self.half.is_some() {
            return server.fault(format!("{text:?} between attachments"));
        }
        let packet = Sio::parse(text);
        if packet.nsp != "/" && !text.contains(',') {
            server.fault(format!("{text:?} has no comma"));
        }
        self.half = Some((packet, Vec::new()));
        self.finish(server);
    }

    fn finish(&mut self, server: &mut Server) {
        match self.half.take() {
            Some((packet, parts)) if parts.len() == packet.attachments => {
                self.take(&packet, &parts, server);
            }
            half => self.half = half,
        }
    }

    fn take(&mut self, packet: &Sio, parts: &[Vec<u8>], server: &mut Server) {
        let nsp = packet.nsp.as_str();
        match packet.kind {
            0 => self.asked_for(packet, server),
            1 if self.joined.remove(nsp) => {}
            2 | 5 if self.joined.contains(nsp) => self.answer(packet, parts, server),
            3 | 6 if self.joined.contains(nsp) => {}
            _ if self.kicked.contains(nsp) => {}
            _ => server.fault(format!("{packet:?} for a namespace it is not in")),
        }
    }

    fn asked_for(&mut self, packet: &Sio, server: &mut Server) {
        let nsp = packet.nsp.as_str();
        let behind_root = server.engine_version == EngineVersion::Eio3 && nsp != "/";
        let unanswered = server.rules.unanswered.contains(nsp);
        let asked = !self.asked.insert(nsp.into()) && !unanswered;
        let again = self.joined.contains(nsp) || asked;
        if again && !server.rules.forgiving {
            server.fault(format!("asks for {nsp} twice"));
        } else if behind_root && !self.joined.contains("/") {
            server.fault(format!("asks for {nsp} before / is there"));
        } else {
            let fits = match server.engine_version {
                EngineVersion::Eio3 => packet.data.is_empty(),
                EngineVersion::Eio4 => packet.query.is_none() && !packet.data.starts_with('['),
            };
            if !fits {
                server.fault(format!("{packet:?} in the wrong form"));
            }
            self.decide(nsp, server);
        }
    }

    fn decide(&mut self, nsp: &str, server: &mut Server) {
        if let Some(error) = server.rules.refused.get(nsp) {
            self.asked.remove(nsp);
            self.send(header(4, 0, nsp, None) + error, server);
        } else if !server.rules.unanswered.contains(nsp) {
            self.grant(nsp, server);
        }
    }

    fn answer(&mut self, packet: &Sio, parts: &[Vec<u8>], server: &mut Server) {
        let Some(id) = packet.id else { return };
        let nsp = packet.nsp.clone();
        if server.rules.answers == Answers::Hold {
            return server.held.push(Held { nsp, id });
        }
        let kind = if parts.is_empty() { 3 } else { 6 };
        let text = header(kind, parts.len(), &nsp, Some(id)) + &packet.data;
        self.send(text, server);
        for part in parts {
            self.line
                .send(attachment(server.engine_version, part), server);
        }
    }
}

pub(crate) fn attachment(engine_version: EngineVersion, bytes: &[u8]) -> Wire {
    let prefix = (engine_version == EngineVersion::Eio3).then_some(4);
    Wire::Binary(prefix.into_iter().chain(bytes.iter().copied()).collect())
}
