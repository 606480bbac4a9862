//! Two machines, the network between them, and one virtual clock.

use std::collections::BTreeMap;

use tidewire_core::wire::packet::BadPacket;
use tidewire_core::wire::polling::engine_version_of;
use tidewire_core::{
    Ack, AckId, Action, Client, Config, Delivery, Emit, EngineVersion, Event, Link, Lost, Misuse,
    Nsp, Output, Reply, Time,
};

use super::body::{Body, form_of};
use super::network::{Network, Parcel, Side};
use super::news;
use super::oracle::Oracle;
use super::payload::{Ledger, Load};
use super::server::Server;
use super::wire::Wire;
use super::words::{Words, words};

/// How the application answers `AuthWanted`.
#[derive(Clone, Debug)]
pub(crate) enum Auth {
    Give(Option<&'static str>),
    /// Not before the test does.
    Later,
}

pub(crate) struct Pair {
    pub(crate) client: Client<Load>,
    pub(crate) server: Server,
    pub(crate) network: Network,
    pub(crate) now: u64,
    pub(crate) auth: Auth,
    /// Each namespace that `AuthWanted` has named, in order.
    pub(crate) auth_wanted: Vec<String>,
    /// The answers the server awaits, in the order in which it asked.
    pub(crate) questions: Vec<(Nsp, Reply)>,
    /// The id of each namespace that has been connected.
    pub(crate) ids: BTreeMap<Nsp, String>,
    /// Whether the client's device sleeps: its clock goes on, it does nothing.
    pub(crate) asleep: bool,
    /// Whether the news tells of upgrades that succeed.
    pub(crate) tells_upgrades: bool,
    /// Whether the client's host posts binary as it is, where the server's generation has a form for that.
    pub(crate) octets: bool,
    /// The form in which the answer to each GET is expected.
    forms: BTreeMap<Link, Option<EngineVersion>>,
    news: Vec<String>,
    oracle: Oracle,
    ledger: Ledger,
}

impl Pair {
    pub(crate) fn new(engine_version: EngineVersion, config: Config) -> Pair {
        Pair {
            client: Client::new(config),
            server: Server::new(engine_version),
            network: Network::new(),
            now: 1_000,
            auth: Auth::Give(None),
            auth_wanted: Vec::new(),
            questions: Vec::new(),
            ids: BTreeMap::new(),
            asleep: false,
            tells_upgrades: true,
            octets: false,
            forms: BTreeMap::new(),
            news: Vec::new(),
            oracle: Oracle::default(),
            ledger: Ledger::default(),
        }
    }

    // ---- the application ----

    pub(crate) fn namespace(&mut self, name: &str) -> Nsp {
        self.namespace_with(name, None)
    }

    pub(crate) fn namespace_with(&mut self, name: &str, query: Option<&str>) -> Nsp {
        let nsp = self.client.namespace(name, query);
        self.oracle.named(nsp, name);
        nsp
    }

    pub(crate) fn connect(&mut self, nsp: Nsp) {
        // What is due now is news of the wish before this one.
        self.fire_timers();
        self.oracle.connects(nsp);
        self.client.connect(self.time(), nsp);
        self.drain();
    }

    /// Connects a namespace and lets the time pass that this takes.
    pub(crate) fn join(&mut self, name: &str) -> Nsp {
        let nsp = self.namespace(name);
        self.connect(nsp);
        self.run(100);
        assert!(self.client.is_connected(nsp), "{name}: {:?}", self.news);
        self.news.clear();
        nsp
    }

    pub(crate) fn authorize(&mut self, nsp: Nsp, auth: Option<&str>) {
        let auth = auth.map(|auth| self.ledger.load(auth));
        self.client.authorize(self.time(), nsp, auth);
        self.drain();
    }

    pub(crate) fn emit(&mut self, nsp: Nsp, words: Words) -> Result<Option<AckId>, Misuse> {
        self.fire_timers();
        let taken = self.hand(nsp, words);
        self.drain();
        taken
    }

    /// Emits several events before anything that follows from the first is carried out.
    pub(crate) fn say_all(&mut self, nsp: Nsp, texts: impl IntoIterator<Item = String>) {
        self.fire_timers();
        for text in texts {
            assert_eq!(self.hand(nsp, words(text)), Ok(None));
        }
        self.drain();
    }

    fn hand(&mut self, nsp: Nsp, words: Words) -> Result<Option<AckId>, Misuse> {
        let emit = Emit {
            payload: self.ledger.load(&words.text),
            attachments: words
                .attachments
                .iter()
                .map(|part| self.ledger.load(part))
                .collect(),
            ack: words.ack,
            delivery: words.delivery,
        };
        let taken = self.client.emit(self.time(), nsp, emit);
        if let Ok(ack) = taken {
            // A volatile emit that nobody will hear of again.
            let volatile = words.delivery == Delivery::Volatile;
            let dropped = volatile && ack.is_none() && !self.client.is_connected(nsp);
            if !dropped {
                let payloads = 1 + words.attachments.len();
                self.oracle
                    .emits(nsp, ack.map(AckId::get), words.text, payloads);
            }
        }
        taken
    }

    /// Emits what must be taken, without an ack.
    pub(crate) fn say(&mut self, nsp: Nsp, text: &str) {
        let taken = self.emit(nsp, words(text));
        assert_eq!(taken, Ok(None));
    }

    /// Emits what must be taken, and awaits an answer.
    pub(crate) fn ask(&mut self, nsp: Nsp, text: &str, ack: Ack) -> AckId {
        let taken = self.emit(nsp, words(text).ack(ack));
        taken
            .expect("the emit is taken")
            .expect("an ack is awaited")
    }

    pub(crate) fn reply(
        &mut self,
        (nsp, reply): (Nsp, Reply),
        text: &str,
        attachments: &[&[u8]],
    ) -> Result<(), Misuse> {
        let payload = self.ledger.load(text);
        let parts = attachments
            .iter()
            .map(|part| self.ledger.load(part))
            .collect();
        let taken = self.client.reply(self.time(), nsp, reply, payload, parts);
        self.drain();
        taken
    }

    pub(crate) fn cancel(&mut self, nsp: Nsp, ack: AckId) {
        self.client.cancel(self.time(), nsp, ack);
        self.oracle.cancels(nsp, ack.get());
        self.drain();
    }

    pub(crate) fn disconnect(&mut self, nsp: Nsp) {
        self.client.disconnect(self.time(), nsp);
        self.drain();
        self.oracle.disconnects(nsp);
    }

    /// Opens the connection for itself, and lets the time pass that this takes.
    pub(crate) fn open(&mut self) {
        self.client.open(self.time());
        self.drain();
        self.run(100);
    }

    pub(crate) fn reject(&mut self) {
        self.client.report_bad_payload(self.time());
        self.drain();
    }

    pub(crate) fn close(&mut self) {
        self.client.close(self.time());
        self.drain();
        self.oracle.closes();
    }

    /// What has been heard since the last look.
    pub(crate) fn news(&mut self) -> Vec<String> {
        std::mem::take(&mut self.news)
    }

    /// Whether this has been heard since the last look.
    pub(crate) fn has_heard(&self, line: &str) -> bool {
        self.news.iter().any(|own| own == line)
    }

    /// The frames the server has heard since the last look.
    pub(crate) fn heard(&mut self) -> Vec<String> {
        std::mem::take(&mut self.server.heard)
    }

    /// How many payloads live, wherever they are.
    pub(crate) fn live_payloads(&self) -> usize {
        self.ledger.live()
    }

    // ---- the server ----

    /// Lets the test act on the server, and its words go on their way.
    pub(crate) fn serve<T>(&mut self, act: impl FnOnce(&mut Server) -> T) -> T {
        let result = act(&mut self.server);
        self.carry();
        result
    }

    /// Lets the server send a text frame.
    pub(crate) fn tell(&mut self, text: &str) {
        self.serve(|server| server.say(Wire::text(text)));
    }

    /// Lets the server end the connection.
    pub(crate) fn cut(&mut self, lost: Lost) {
        self.serve(|server| server.cut(lost));
    }

    /// Loses the GET that waits at the server.
    pub(crate) fn lose_get(&mut self) {
        self.serve(Server::lose_get);
    }

    // ---- time ----

    pub(crate) fn time(&self) -> Time {
        Time::from_millis(self.now)
    }

    /// Lets `millis` pass, from one wake-up to the next.
    pub(crate) fn run(&mut self, millis: u64) {
        let end = self.now + millis;
        while let Some(at) = self.next().filter(|at| *at <= end) {
            self.now = self.now.max(at);
            self.step();
        }
        self.now = end;
    }

    /// Lets `millis` pass while the client's device sleeps.
    pub(crate) fn sleep(&mut self, millis: u64) {
        self.asleep = true;
        self.run(millis);
        self.asleep = false;
    }

    /// Ends the test: everything is closed, and no payload is left.
    pub(crate) fn finish(mut self) {
        self.close();
        self.run(6_000);
        self.oracle.ended();
        assert_eq!(self.server.connections(), 0, "a link leaked");
        assert_eq!(self.oracle.acks_in_flight(), 0, "acks that never settled");
        assert_eq!(self.server.faults, [""; 0], "the client broke a rule");
        assert_eq!(self.ledger.live(), self.oracle.unsent_payloads());
        drop(self.client);
        assert_eq!(self.ledger.live(), 0, "payloads leaked");
    }

    // ---- inside ----

    /// The earliest wake-up of all.
    fn next(&self) -> Option<u64> {
        let client = if self.asleep {
            None
        } else {
            let timer = self.client.next_timeout().map(Time::as_millis);
            earliest(timer, self.network.next(Side::Client))
        };
        let server = earliest(self.server.next_wake(), self.network.next(Side::Server));
        earliest(client, server)
    }

    fn step(&mut self) {
        while let Some((link, parcel)) = self.network.take(self.now, Side::Server) {
            self.server.handle(self.now, link, parcel);
        }
        self.server.wake(self.now);
        self.carry();
        if self.asleep {
            return;
        }
        while let Some((link, parcel)) = self.network.take(self.now, Side::Client) {
            let now = self.time();
            match parcel {
                Parcel::Accepted => {
                    self.fire_timers();
                    self.oracle.link_opened(link);
                    self.client.handle_opened(now, link);
                }
                Parcel::Answer(body) => self.answered(link, &body),
                Parcel::Done => self.answer_with(link, EngineVersion::Eio4, &[]),
                Parcel::Frame(wire) => {
                    self.fire_timers();
                    if wire == Wire::text("3probe") {
                        self.oracle.probe_answered(link);
                    }
                    let client = &mut self.client;
                    wire.show(&self.ledger, |frame| client.handle_packet(now, link, frame));
                }
                Parcel::End(lost) => {
                    self.fire_timers();
                    self.oracle.link_lost(link);
                    self.client.handle_lost(now, link, lost);
                }
                Parcel::Dial(_) | Parcel::Get(_) | Parcel::Post(..) => {
                    unreachable!("a client's word")
                }
            }
            self.drain();
        }
        self.fire_timers();
    }

    /// A GET has been answered.
    fn answered(&mut self, link: Link, body: &Body) {
        let form = self.forms[&link].unwrap_or(match body {
            Body::Text(text) => engine_version_of(text),
            Body::Octets(_) => EngineVersion::Eio3,
        });
        self.answer_with(link, form, &body.wires(form));
    }

    fn answer_with(&mut self, link: Link, form: EngineVersion, wires: &[Result<Wire, BadPacket>]) {
        self.fire_timers();
        self.oracle.link_answered(link);
        let (now, ledger) = (self.time(), &self.ledger);
        let frames = wires.iter().map(|wire| match wire {
            Ok(wire) => Ok(wire.frame(ledger)),
            Err(bad) => Err(*bad),
        });
        self.client.handle_response(now, link, form, frames);
    }

    /// Timers that are due fire, and are then no longer due.
    fn fire_timers(&mut self) {
        for _ in 0..4 {
            if self.client.next_timeout().is_none_or(|at| at > self.time()) {
                return;
            }
            self.client.handle_timeout(self.time());
            self.drain();
        }
        unreachable!("a timer that does not move on");
    }

    /// Takes everything the client wants done or known.
    fn drain(&mut self) {
        while let Some(output) = self.client.poll() {
            match output {
                Output::Action(action) => self.act(&action),
                Output::Event(event) => self.hear(event),
            }
        }
        let client = &self.client;
        self.oracle.quiet(|nsp| client.is_connected(nsp));
    }

    fn act(&mut self, action: &Action<Load>) {
        let engine_version = self.server.judges.then_some(self.server.engine_version);
        self.oracle.action(action, engine_version);
        let (link, parcel) = match action {
            Action::Open { link, target } => (*link, Parcel::Dial(target.clone())),
            Action::Send { link, packet } => (*link, Parcel::Frame(Wire::of(packet))),
            Action::Get { link, target } => {
                self.forms.insert(*link, target.body_version);
                (*link, Parcel::Get(target.clone()))
            }
            Action::Post {
                link,
                target,
                packets,
            } => {
                let form = target
                    .body_version
                    .expect("the form of the session is known");
                let form = form_of(form, packets, self.octets);
                let body = Body::of_packets(packets, form);
                (*link, Parcel::Post(target.clone(), body))
            }
            Action::Drop { link } => (*link, Parcel::End(Lost::Closed)),
        };
        self.network.send(self.now, Side::Server, link, parcel);
    }

    fn hear(&mut self, event: Event<Load>) {
        self.oracle.event(&event);
        let oracle = &self.oracle;
        if self.tells_upgrades || !matches!(event, Event::Upgraded) {
            self.news.extend(news::line(&event, |nsp| oracle.name(nsp)));
        }
        match event {
            Event::AuthRequired(nsp) => {
                self.auth_wanted.push(self.oracle.name(nsp));
                if let Auth::Give(auth) = self.auth {
                    let auth = auth.map(|auth| self.ledger.load(auth));
                    self.client.authorize(self.time(), nsp, auth);
                }
            }
            Event::Connected { nsp, id, .. } => drop(self.ids.insert(nsp, id.to_string())),
            Event::Message(incoming) => self
                .questions
                .extend(incoming.reply.map(|reply| (incoming.nsp, reply))),
            _ => {}
        }
    }

    /// Puts the server's words on their way.
    fn carry(&mut self) {
        while let Some((link, parcel)) = self.server.out.pop_front() {
            self.network.send(self.now, Side::Client, link, parcel);
        }
    }
}

fn earliest(a: Option<u64>, b: Option<u64>) -> Option<u64> {
    a.into_iter().chain(b).min()
}
