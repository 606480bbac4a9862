//! Drives the machine through a recorded session: the server's frames at their times, and the commands that the
//! client's frames imply.

use std::collections::{BTreeMap, VecDeque};

use tidewire_core::wire::engine::EngineType;
use tidewire_core::wire::polling::engine_version_of;
use tidewire_core::{
    Ack, AckId, Action, Client, Config, Delivery, Emit, EngineVersion, Event, Link, Lost, Millis,
    Nsp, Output, Packet, Reconnection, Reply, Target, Time, Transport,
};

use crate::account::Account;
use crate::body::Body;
use crate::differences::attempts;
use crate::heard::{Detail, own_connection, own_news};
use crate::payload::{Ledger, Load};
use crate::sessions::body_of;
use crate::trace::{Line, Part, Report, Trace};
use crate::wire::{Sio, Wire};

struct Replay<'a> {
    part: &'a Part,
    client: Client<Load>,
    ledger: Ledger,
    now: Time,
    detail: Detail,
    names: Vec<String>,
    /// The machine's sessions, in the order of the recorded ones.
    sessions: Vec<Session>,
    /// Connections which the server ended before the client did.
    ended_by_server: Vec<u64>,
    /// Ids of questions that the machine has not passed on yet.
    asked: BTreeMap<String, VecDeque<u64>>,
    questions: BTreeMap<(String, u64), Reply>,
    /// A binary packet of the client's that is not complete.
    half: Option<(Sio, Vec<Load>)>,
    account: Account,
}

/// A session of the machine's: what it is carried by, and what has not been delivered yet.
#[derive(Default)]
struct Session {
    sid: Option<String>,
    socket: Option<Link>,
    get: Option<Link>,
    post: Option<Link>,
    /// Bodies of the recorded server for which no GET waits yet.
    bodies: VecDeque<Body>,
    /// The machine has left it, or lost it.
    over: bool,
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

pub(crate) fn replay(trace: &Trace, part: &Part) -> Account {
    let mut replay = Replay::new(trace, part);
    replay.join_what_is_implied(trace);
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
    fn new(trace: &Trace, part: &'a Part) -> Self {
        let transports = match trace.begins_with_polling(part) {
            (false, _) => vec![Transport::WebSocket],
            (true, false) => vec![Transport::Polling],
            (true, true) => vec![Transport::Polling, Transport::WebSocket],
        };
        let config = Config {
            transports,
            // At once, to wait on the link until the recorded client has come back too.
            reconnection: attempts(&trace.name).map(|attempts| Reconnection {
                attempts,
                delay: Millis(1),
                delay_max: Millis(1),
                // The recorded clients count anew after every open.
                stable_after: Millis(0),
                ..Reconnection::default()
            }),
            open_timeout: None,
            ..Config::default()
        };
        let who_ended = |conn: &u64| {
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
            ledger: Ledger::default(),
            now: Time::ZERO,
            detail: trace.detail(),
            names: Vec::new(),
            sessions: Vec::new(),
            ended_by_server: part.conns.iter().copied().filter(who_ended).collect(),
            asked: BTreeMap::new(),
            questions: BTreeMap::new(),
            half: None,
            account: Account::default(),
        }
    }

    /// Connects what the application must have wanted from the start: `/` where that was connected or nothing was asked
    /// for, and the first namespaces that were asked for.
    fn join_what_is_implied(&mut self, trace: &Trace) {
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
        // A client with several namespaces reports which it begins with.
        let at_start = |report: &&Report| {
            report.event == "connecting" && report.at <= start && report.label != "root"
        };
        let count = reports.filter(at_start).count().max(1);
        let asked: Vec<Sio> = trace
            .lines
            .iter()
            .filter(mine)
            .filter(|line| line.from_client && line.text.starts_with("40/"))
            .map(|line| Sio::parse(&line.text[1..]))
            .take(count)
            .collect();
        self.now = Time::from_millis(start);
        if had_root || asked.is_empty() {
            self.join("/", None);
        }
        for packet in asked {
            self.join(&packet.nsp, packet.query.as_deref());
        }
    }

    /// Lets time pass, and timers fire.
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
            // The machine's own POSTs are answered at once.
            "posted" => {}
            other => unreachable!("an unknown kind of line: {other}"),
        }
        self.drain();
    }

    /// A frame over a WebSocket.
    fn receive(&mut self, socket: Option<Link>, wire: &Wire) {
        let Some(link) = socket else { return };
        self.note_question(wire);
        let (client, now) = (&mut self.client, self.now);
        wire.show(&self.ledger, |frame| client.handle_packet(now, link, frame));
    }

    /// The body of an answer to a GET.
    fn receive_body(&mut self, number: usize, get: Link, body: &Body) {
        let form = match body {
            Body::Text(text) if self.sessions[number].sid.is_none() => engine_version_of(text),
            _ => EngineVersion::Eio3,
        };
        let wires = body.wires(form);
        for wire in wires.iter().flatten() {
            self.note_question(wire);
        }
        let (now, ledger) = (self.now, &self.ledger);
        let frames = wires.iter().map(|wire| match wire {
            Ok(wire) => Ok(wire.frame(ledger)),
            Err(bad) => Err(*bad),
        });
        self.client.handle_response(now, get, form, frames);
    }

    /// Keeps the id of an event that wants an answer: the recorded client names it when it answers.
    fn note_question(&mut self, wire: &Wire) {
        if let Wire::Text(text) = wire
            && (text.starts_with("42") || text.starts_with("45"))
        {
            let packet = Sio::parse(&text[1..]);
            let asked = self.asked.entry(packet.nsp).or_default();
            asked.extend(packet.id);
        }
    }

    fn end(&mut self, link: Option<Link>, lost: Lost) {
        if let Some(link) = link {
            let at = self.number(link);
            self.sessions[at].forget(link);
            self.client.handle_lost(self.now, link, lost);
        }
    }

    /// A request had no answer, or a bad one; or a WebSocket could not be opened.
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

    /// Does what made the recorded client send this.
    fn command(&mut self, number: usize, line: &Line) {
        match line.kind.as_str() {
            "text" if line.text.starts_with('4') => {
                self.half = Some((Sio::parse(&line.text[1..]), Vec::new()));
                self.complete(number);
            }
            "binary" => {
                let load = self.ledger.load(&line.bytes[1..]);
                let (_, parts) = self.half.as_mut().expect("a header");
                parts.push(load);
                self.complete(number);
            }
            "close" if !self.ended_by_server.contains(&line.conn) => self.close(number),
            "text" if line.text == "1" => self.close(number),
            _ => {}
        }
    }

    fn close(&mut self, number: usize) {
        let session = self.sessions.get(number);
        if session.is_some_and(|session| !session.over) {
            self.client.close(self.now);
            self.drain();
        }
    }

    fn complete(&mut self, number: usize) {
        match self.half.take() {
            Some((packet, parts)) if parts.len() == packet.attachments => {
                self.act(number, &packet, parts);
            }
            half => self.half = half,
        }
    }

    fn act(&mut self, number: usize, packet: &Sio, parts: Vec<Load>) {
        let known = self.names.contains(&packet.nsp);
        match packet.kind {
            // On later connections the machine brings back by itself what it had.
            0 if number > 0 && known => {}
            0 => self.join(&packet.nsp, packet.query.as_deref()),
            1 => {
                let nsp = self.nsp(&packet.nsp);
                self.client.disconnect(self.now, nsp);
            }
            2 | 5 => self.emit(packet, parts),
            3 | 6 => self.reply(packet, parts),
            other => unreachable!("a client does not send {other}"),
        }
        self.drain();
    }

    fn join(&mut self, name: &str, query: Option<&str>) {
        let nsp = self.client.namespace(name, query);
        if nsp.index() == self.names.len() {
            self.names.push(name.to_string());
        }
        self.client.connect(self.now, nsp);
        self.drain();
    }

    fn emit(&mut self, packet: &Sio, attachments: Vec<Load>) {
        let nsp = self.nsp(&packet.nsp);
        let emit = Emit {
            payload: self.ledger.load(&packet.data),
            attachments,
            ack: packet.id.map_or(Ack::None, |_| Ack::Unlimited),
            delivery: Delivery::Once,
        };
        let taken = self.client.emit(self.now, nsp, emit);
        let id = taken.expect("it is taken").map(AckId::get);
        assert_eq!(id, packet.id, "ack ids are counted alike");
    }

    fn reply(&mut self, packet: &Sio, attachments: Vec<Load>) {
        let nsp = self.nsp(&packet.nsp);
        let key = (packet.nsp.clone(), packet.id.expect("an id"));
        let reply = self.questions.remove(&key).expect("a question");
        let payload = self.ledger.load(&packet.data);
        self.client
            .reply(self.now, nsp, reply, payload, attachments)
            .expect("the question stands");
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
                    Output::Event(event) => self.hear(&event),
                }
            }
            if !self.answer_one() {
                return;
            }
        }
    }

    /// Answers a request of the machine's: a POST at once, a GET if there is a body for it.
    fn answer_one(&mut self) -> bool {
        for number in 0..self.sessions.len() {
            let session = &mut self.sessions[number];
            if let Some(post) = session.post.take() {
                let none = std::iter::empty();
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

    /// The session of a target; a target without a name is a new one.
    fn session(&mut self, target: &Target) -> &mut Session {
        let Some(sid) = target.sid.as_deref() else {
            self.sessions.push(Session::default());
            return self.sessions.last_mut().expect("it was just pushed");
        };
        let known = |own: &Session| own.sid.as_deref() == Some(sid);
        let found = self.sessions.iter().position(known);
        // A name that is new has just come, with the handshake of the last one.
        let at = found.unwrap_or(self.sessions.len() - 1);
        let session = &mut self.sessions[at];
        session.sid = Some(sid.into());
        session
    }

    /// Of which session a link is.
    fn number(&self, link: Link) -> usize {
        let found = self.sessions.iter().position(|own| own.has(link));
        found.expect("a link that was opened")
    }

    fn carry_out(&mut self, action: &Action<Load>) {
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
            // When an upgrade is made is the machine's own affair.
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
                // Where the recorded server was faster, it does not matter who would have been the second.
                let first = conn.is_some_and(|conn| !self.ended_by_server.contains(conn));
                if is_socket && first {
                    self.account.frames.push(format!("{} closes", at + 1));
                }
            }
        }
    }

    fn note_frame(&mut self, link: Link, packet: &Packet<Load>) {
        let number = self.number(link) + 1;
        let frame = Wire::of(packet);
        self.account.frames.push(format!("{number} {frame}"));
    }

    fn hear(&mut self, event: &Event<Load>) {
        let names = &self.names;
        let news = own_news(event, |at| names[at].clone(), self.detail);
        self.account.news.extend(news);
        self.account.connection.extend(own_connection(event));
        if let (Event::Closed(_) | Event::OpenFailed(_), Some(last)) =
            (event, self.sessions.last_mut())
        {
            last.over = true;
        }
        if let Event::Message(incoming) = event
            && let Some(reply) = incoming.reply
        {
            let name = self.names[incoming.nsp.index()].clone();
            let id = self.asked.get_mut(&name).and_then(VecDeque::pop_front);
            self.questions.insert((name, id.expect("an id")), reply);
        }
    }

    /// What was sent and said until the recording ended; nothing may be left of it.
    fn finish(mut self) -> Account {
        let account = std::mem::take(&mut self.account);
        for session in self.sessions.iter().filter(|session| !session.over) {
            // What came by a GET that the machine did not need was nothing.
            let noop = |body: &Body| matches!(body, Body::Text(text) if text == "1:6");
            assert!(session.bodies.iter().all(noop), "{:?}", session.bodies);
        }
        self.client.close(self.now);
        self.drain();
        drop(self.client);
        assert_eq!(self.ledger.live(), 0, "payloads leaked");
        account
    }
}
