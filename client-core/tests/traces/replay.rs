//! Drives the machine through a recorded session: the server's frames at their times, and the commands that the
//! client's frames imply.

use std::collections::{BTreeMap, VecDeque};

use tidewire_core::{
    Ack, AckId, Action, Client, Config, Emit, Event, Link, Lost, Millis, Nsp, Output, Reconnection,
    Reply, Time,
};

use crate::account::Account;
use crate::differences::attempts;
use crate::heard::{Detail, own_connection, own_news};
use crate::payload::{Ledger, Load};
use crate::trace::{Line, Part, Report, Trace};
use crate::wire::{Sio, Wire};

struct Replay<'a> {
    part: &'a Part,
    client: Client<Load>,
    ledger: Ledger,
    now: Time,
    detail: Detail,
    names: Vec<String>,
    /// The machine's links, in the order of the recorded connections.
    links: Vec<Link>,
    /// Links that have ended.
    ended: Vec<Link>,
    /// Connections which the server ended before the client did.
    ended_by_server: Vec<u64>,
    /// Ids of questions that the machine has not passed on yet.
    asked: BTreeMap<String, VecDeque<u64>>,
    questions: BTreeMap<(String, u64), Reply>,
    /// A binary packet of the client's that is not complete.
    half: Option<(Sio, Vec<Load>)>,
    account: Account,
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
        let config = Config {
            // At once, to wait on the link until the recorded client has come back too.
            reconnection: attempts(&trace.name).map(|attempts| Reconnection {
                attempts,
                delay: Millis(1),
                delay_max: Millis(1),
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
            links: Vec::new(),
            ended: Vec::new(),
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
        let Some(link) = self.links.get(number).copied() else {
            return;
        };
        match line.kind.as_str() {
            "response" if line.status == 101 => self.client.handle_opened(self.now, link),
            "response" | "refused" => self.end(link, Lost::Failed),
            "close" | "tcp-end" => self.end(link, Lost::Closed),
            "text" => self.receive(link, &Wire::text(line.text.as_str())),
            "binary" => self.receive(link, &Wire::Binary(line.bytes.clone())),
            other => unreachable!("an unknown kind of line: {other}"),
        }
        self.drain();
    }

    fn receive(&mut self, link: Link, wire: &Wire) {
        if let Wire::Text(text) = wire
            && (text.starts_with("42") || text.starts_with("45"))
        {
            let packet = Sio::parse(&text[1..]);
            let asked = self.asked.entry(packet.nsp).or_default();
            asked.extend(packet.id);
        }
        let (client, now) = (&mut self.client, self.now);
        wire.show(&self.ledger, |frame| client.handle_packet(now, link, frame));
    }

    fn end(&mut self, link: Link, lost: Lost) {
        if !self.ended.contains(&link) {
            self.ended.push(link);
            self.client.handle_lost(self.now, link, lost);
        }
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
            _ => {}
        }
    }

    fn close(&mut self, number: usize) {
        let open = self
            .links
            .get(number)
            .is_some_and(|link| !self.ended.contains(link));
        if open {
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
            volatile: false,
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
        while let Some(output) = self.client.poll() {
            match output {
                Output::Action(action) => self.carry_out(&action),
                Output::Event(event) => self.hear(&event),
            }
        }
    }

    fn carry_out(&mut self, action: &Action<Load>) {
        let number = |links: &[Link], link| {
            let at = links.iter().position(|own| *own == link);
            at.expect("a link that was opened")
        };
        match action {
            Action::Open { link, .. } => self.links.push(*link),
            Action::Get { .. } | Action::Post { .. } => unreachable!("no polling was asked for"),
            Action::Send { link, packet } => {
                let number = number(&self.links, *link) + 1;
                let frame = Wire::of(packet);
                self.account.frames.push(format!("{number} {frame}"));
            }
            Action::Drop { link } => {
                self.ended.push(*link);
                let at = number(&self.links, *link);
                let conn = self.part.conns.get(at);
                // Where the recorded server was faster, it does not matter who would have been the second.
                if conn.is_some_and(|conn| !self.ended_by_server.contains(conn)) {
                    self.account.frames.push(format!("{} closes", at + 1));
                }
            }
        }
    }

    fn hear(&mut self, event: &Event<Load>) {
        let names = &self.names;
        let news = own_news(event, |at| names[at].clone(), self.detail);
        self.account.news.extend(news);
        self.account.connection.extend(own_connection(event));
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
        self.client.close(self.now);
        self.drain();
        drop(self.client);
        assert_eq!(self.ledger.live(), 0, "payloads leaked");
        account
    }
}
