//! Replays a recorded session on the machine: server frames at their times, and the commands that client frames imply.

mod commands;

use std::collections::{BTreeMap, VecDeque};

use tidewire_core::wire::engine::EngineType;
use tidewire_core::wire::packet::BadPacket;
use tidewire_core::wire::polling::engine_version_of;
use tidewire_core::{
    Action, Client, Config, EngineVersion, Event, Frame, Link, Lost, Millis, Nsp, Output, Packet,
    Reconnection, Reply, Target, Time, Transport,
};

use crate::account::Account;
use crate::body::Body;
use crate::differences::attempts;
use crate::events::{Detail, machine_connection_event, machine_event};
use crate::payload::{CountedPayload, PayloadCounter};
use crate::sessions::body_of;
use crate::trace::{Line, Part, Report, Trace};
use crate::wire::{Sio, Wire};

struct Replay<'a> {
    part: &'a Part,
    client: Client<CountedPayload>,
    /// Whether plain events are taken by `Client::take_event`.
    fast_lane: bool,
    counter: PayloadCounter,
    now: Time,
    detail: Detail,
    names: Vec<String>,
    /// The sessions of the machine, in the order of the recorded ones.
    sessions: Vec<Session>,
    /// Connections that the server ended first.
    ended_by_server: Vec<u64>,
    /// Ack ids of events that the machine has not reported yet.
    ack_ids: BTreeMap<String, VecDeque<u64>>,
    replies: BTreeMap<(String, u64), Reply>,
    /// An incomplete binary packet of the client.
    partial: Option<(Sio, Vec<CountedPayload>)>,
    account: Account,
}

/// A session of the machine: its links, and the bodies not delivered yet.
#[derive(Default)]
struct Session {
    sid: Option<String>,
    socket: Option<Link>,
    get: Option<Link>,
    post: Option<Link>,
    /// Recorded bodies for which no GET waits yet.
    bodies: VecDeque<Body>,
    /// Whether the session is closed or lost.
    ended: bool,
}

impl Session {
    fn has(&self, link: Link) -> bool {
        [self.socket, self.get, self.post].contains(&Some(link))
    }

    fn forget(&mut self, link: Link) {
        for own in [&mut self.socket, &mut self.get, &mut self.post] {
            own.take_if(|own| *own == link);
        }
    }
}

pub(crate) fn replay(trace: &Trace, part: &Part, fast_lane: bool) -> Account {
    let mut replay = Replay::new(trace, part, fast_lane);
    replay.connect_implied_namespaces(trace);
    for line in &trace.lines {
        if part.conns.contains(&line.conn) {
            replay.advance(line.at);
            replay.follow(line);
        }
    }
    if !trace.reports_connections() {
        replay.account.connection.clear();
    }
    replay.finish()
}

impl<'a> Replay<'a> {
    fn new(trace: &Trace, part: &'a Part, fast_lane: bool) -> Self {
        let transports = match trace.begins_with_polling(part) {
            (false, _) => vec![Transport::WebSocket],
            (true, false) => vec![Transport::Polling],
            (true, true) => vec![Transport::Polling, Transport::WebSocket],
        };
        let config = Config {
            transports,
            // The machine reconnects at once and waits on the link for the recorded client.
            reconnection: attempts(&trace.name).map(|attempts| Reconnection {
                attempts,
                delay: Millis(1),
                delay_max: Millis(1),
                // The recorded clients reset the attempts on every open.
                stable_after: Millis(0),
                ..Reconnection::default()
            }),
            open_timeout: None,
            ..Config::default()
        };
        let server_ended = |conn: &u64| {
            let ends =
                |line: &&Line| line.conn == *conn && matches!(&*line.kind, "close" | "tcp-end");
            trace
                .lines
                .iter()
                .find(ends)
                .is_some_and(|line| !line.from_client)
        };
        Replay {
            part,
            client: Client::new(config),
            fast_lane,
            counter: PayloadCounter::default(),
            now: Time::ZERO,
            detail: trace.detail(),
            names: Vec::new(),
            sessions: Vec::new(),
            ended_by_server: part.conns.iter().copied().filter(server_ended).collect(),
            ack_ids: BTreeMap::new(),
            replies: BTreeMap::new(),
            partial: None,
            account: Account::default(),
        }
    }

    /// Connects the namespaces that the application wanted from the start: `/` if it was connected or no CONNECT was sent, and the
    /// namespaces of the first CONNECTs.
    fn connect_implied_namespaces(&mut self, trace: &Trace) {
        let mine = |line: &&Line| self.part.conns.contains(&line.conn);
        let start = trace.lines.iter().find(mine).map_or(0, |line| line.at);
        let reports = trace
            .reports
            .iter()
            .filter(|report| self.part.labels.contains(&report.label));
        let had_root = reports.clone().any(|report| {
            let id = report.args.first().and_then(|arg| arg["id"].as_str());
            report.event == "connect" && id.is_some_and(|id| !id.contains('#'))
        });
        // A client with several namespaces reports the first ones.
        let at_start = |report: &&Report| {
            report.event == "connecting" && report.at <= start && report.label != "root"
        };
        let count = reports.filter(at_start).count().max(1);
        let requested: Vec<Sio> = trace
            .lines
            .iter()
            .filter(mine)
            .filter(|line| line.from_client && line.text.starts_with("40/"))
            .map(|line| Sio::parse(&line.text[1..]))
            .take(count)
            .collect();
        self.now = Time::from_millis(start);
        if had_root || requested.is_empty() {
            self.connect_namespace("/", None);
        }
        for packet in requested {
            self.connect_namespace(&packet.nsp, packet.query.as_deref());
        }
    }

    /// Advances the time and fires timers.
    fn advance(&mut self, millis: u64) {
        let end = Time::from_millis(millis);
        while let Some(at) = self.client.next_timeout().filter(|at| *at <= end) {
            self.now = self.now.max(at);
            self.client.handle_timeout(self.now);
            self.drain();
        }
        self.now = self.now.max(end);
    }

    fn follow(&mut self, line: &Line) {
        let number = self.part.conns.iter().position(|conn| *conn == line.conn);
        let number = number.expect("a connection of this client");
        if line.from_client {
            return self.command(number, line);
        }
        let Some(session) = self.sessions.get_mut(number) else {
            return;
        };
        let socket = session.socket;
        match line.kind.as_str() {
            "response" if line.status == 101 => {
                if let Some(link) = socket {
                    self.client.handle_opened(self.now, link);
                }
            }
            "response" | "lost" | "refused" => self.lose(number, line.upgrades),
            "close" | "tcp-end" => self.end(socket, Lost::Closed),
            "text" => self.receive(socket, &Wire::text(line.text.as_str())),
            "binary" => self.receive(socket, &Wire::Binary(line.bytes.clone())),
            "body" => session.bodies.push_back(body_of(line)),
            // The POSTs of the machine are answered at once.
            "posted" => {}
            other => unreachable!("an unknown kind of line: {other}"),
        }
        self.drain();
    }

    /// Delivers a frame over a WebSocket.
    fn receive(&mut self, socket: Option<Link>, wire: &Wire) {
        let Some(link) = socket else { return };
        self.note_ack_id(wire);
        let frame = wire.frame(&self.counter);
        if !self.fast_lane {
            return self.client.handle_packet(self.now, link, frame);
        }
        match self.client.take_event(self.now, link, frame) {
            Ok(incoming) => self.on_event(&Event::Message(incoming)),
            Err(frame) => self.client.handle_packet(self.now, link, frame),
        }
    }

    /// Delivers the response to a GET.
    fn receive_body(&mut self, number: usize, get: Link, body: &Body) {
        let version = match body {
            Body::Text(text) if self.sessions[number].sid.is_none() => engine_version_of(text),
            _ => EngineVersion::Eio3,
        };
        let wires = body.wires(version);
        for wire in wires.iter().flatten() {
            self.note_ack_id(wire);
        }
        let (now, counter) = (self.now, &self.counter);
        let frames = wires.iter().map(|wire| match wire {
            Ok(wire) => Ok(wire.frame(counter)),
            Err(bad) => Err(*bad),
        });
        self.client.handle_response(now, get, version, frames);
    }

    /// Keeps the ack id of an event: the ack of the recorded client has it.
    fn note_ack_id(&mut self, wire: &Wire) {
        if let Wire::Text(text) = wire
            && (text.starts_with("42") || text.starts_with("45"))
        {
            let packet = Sio::parse(&text[1..]);
            let ids = self.ack_ids.entry(packet.nsp).or_default();
            ids.extend(packet.id);
        }
    }

    fn end(&mut self, link: Option<Link>, lost: Lost) {
        if let Some(link) = link {
            let at = self.number(link);
            self.sessions[at].forget(link);
            self.client.handle_lost(self.now, link, lost);
        }
    }

    /// Loses a request, or a WebSocket that could not be opened.
    fn lose(&mut self, number: usize, upgrades: bool) {
        let Session {
            socket, get, post, ..
        } = self.sessions[number];
        let lost = if upgrades {
            socket
        } else {
            post.or(get).or(socket)
        };
        self.end(lost, Lost::Failed);
    }

    fn nsp(&mut self, name: &str) -> Nsp {
        assert!(self.names.iter().any(|own| own == name), "{name} is known");
        self.client.namespace(name, None)
    }

    fn drain(&mut self) {
        loop {
            while let Some(output) = self.client.poll() {
                match output {
                    Output::Action(action) => self.carry_out(&action),
                    Output::Event(event) => self.on_event(&event),
                }
            }
            if !self.answer_request() {
                return;
            }
        }
    }

    /// Answers a request of the machine: a POST at once, a GET if a body is queued.
    fn answer_request(&mut self) -> bool {
        for number in 0..self.sessions.len() {
            let session = &mut self.sessions[number];
            if let Some(post) = session.post.take() {
                let none: [Result<Frame<'_, _>, BadPacket>; 0] = [];
                self.client
                    .handle_response(self.now, post, EngineVersion::Eio3, none);
                return true;
            }
            if let Some(get) = session.get
                && let Some(body) = session.bodies.pop_front()
            {
                session.get = None;
                self.receive_body(number, get, &body);
                return true;
            }
        }
        false
    }

    /// Returns the session of a target; a target without a sid is a new session.
    fn session(&mut self, target: &Target) -> &mut Session {
        let Some(sid) = target.sid.as_deref() else {
            self.sessions.push(Session::default());
            return self.sessions.last_mut().expect("it was just pushed");
        };
        let known = |own: &Session| own.sid.as_deref() == Some(sid);
        let found = self.sessions.iter().position(known);
        // An unknown sid has just arrived with the handshake of the last session.
        let at = found.unwrap_or(self.sessions.len() - 1);
        let session = &mut self.sessions[at];
        session.sid = Some(sid.into());
        session
    }

    /// Returns the position of the session of a link.
    fn number(&self, link: Link) -> usize {
        let found = self.sessions.iter().position(|own| own.has(link));
        found.expect("a link that was opened")
    }

    fn carry_out(&mut self, action: &Action<CountedPayload>) {
        match action {
            Action::Open { link, target } => self.session(target).socket = Some(*link),
            Action::Get { link, target } => self.session(target).get = Some(*link),
            Action::Post {
                link,
                target,
                packets,
            } => {
                self.session(target).post = Some(*link);
                for packet in packets {
                    self.note_frame(*link, packet);
                }
            }
            // The machine chooses the time of an upgrade itself.
            Action::Send {
                packet: Packet::Probe | Packet::Engine(EngineType::Upgrade),
                ..
            } => {}
            Action::Send { link, packet } => self.note_frame(*link, packet),
            Action::Drop { link } => {
                let at = self.number(*link);
                let session = &mut self.sessions[at];
                let is_socket = session.socket == Some(*link);
                session.forget(*link);
                let conn = self.part.conns.get(at);
                // If the recorded server ended the connection first, the end by the client is not compared.
                let first = conn.is_some_and(|conn| !self.ended_by_server.contains(conn));
                if is_socket && first {
                    self.account.frames.push(format!("{} closes", at + 1));
                }
            }
        }
    }

    fn note_frame(&mut self, link: Link, packet: &Packet<CountedPayload>) {
        let number = self.number(link) + 1;
        let frame = Wire::of(packet);
        self.account.frames.push(format!("{number} {frame}"));
    }

    fn on_event(&mut self, event: &Event<CountedPayload>) {
        let names = &self.names;
        let line = machine_event(event, |at| names[at].clone(), self.detail);
        self.account.events.extend(line);
        self.account
            .connection
            .extend(machine_connection_event(event));
        if let (Event::Closed(_) | Event::OpenFailed(_), Some(last)) =
            (event, self.sessions.last_mut())
        {
            last.ended = true;
        }
        if let Event::Message(incoming) = event
            && let Some(reply) = incoming.reply
        {
            let name = self.names[incoming.nsp.index()].clone();
            let id = self.ack_ids.get_mut(&name).and_then(VecDeque::pop_front);
            self.replies.insert((name, id.expect("an id")), reply);
        }
    }

    /// Returns the account until the end of the recording, and checks that nothing is left.
    fn finish(mut self) -> Account {
        let account = std::mem::take(&mut self.account);
        for session in self.sessions.iter().filter(|session| !session.ended) {
            // A body without a GET has a noop only.
            let noop = |body: &Body| matches!(body, Body::Text(text) if text == "1:6");
            assert!(session.bodies.iter().all(noop), "{:?}", session.bodies);
        }
        self.client.close(self.now);
        self.drain();
        drop(self.client);
        assert_eq!(self.counter.live(), 0, "payloads leaked");
        account
    }
}
