//! Everything at once in virtual time: the machine with its host and application, the network, the server.

use std::collections::{BTreeMap, VecDeque};

use tidewire_core::{Lost, Target};

use crate::app::App;
use crate::chance::Chance;
use crate::coverage::Seen;
use crate::links::{Kind, Links};
use crate::machine::{Heard, Input, Machine, Said, Taken};
use crate::oracle::Oracle;
use crate::plan::Plan;
use crate::server::{Out, Server};
use crate::trace::Trace;
use crate::wire::Wire;

/// What is on its way.
#[derive(Clone, Debug)]
enum Happening {
    SocketAsked(u32, Target),
    FrameUp(u32, Wire),
    CloseUp(u32),
    GetUp(u32, Target),
    PostUp(u32, Target, Vec<Wire>),
    GivenUp(u32),
    Opened(u32),
    FrameDown(u32, Wire),
    LostDown(u32, Lost),
    AnswerDown(u32, Vec<Wire>),
    Own(Input),
    Step,
}

impl Happening {
    /// Whether the client's device must be awake for it.
    fn is_the_clients(&self) -> bool {
        matches!(
            self,
            Happening::Opened(_)
                | Happening::FrameDown(..)
                | Happening::LostDown(..)
                | Happening::AnswerDown(..)
                | Happening::Own(_)
                | Happening::Step
        )
    }
}

/// More things than this in one moment are a loop.
const BUSY: u32 = 20_000;

pub(crate) struct World<'m> {
    pub(crate) now: u64,
    pub(crate) plan: Plan,
    pub(crate) machine: &'m mut dyn Machine,
    pub(crate) oracle: Oracle,
    pub(crate) app: App,
    pub(crate) trace: Trace,
    pub(crate) server: Server,
    chance: Chance,
    links: Links,
    queue: BTreeMap<(u64, u64), Happening>,
    count: u64,
    /// The client's device sleeps until then.
    asleep_until: u64,
    /// Attempts that hang.
    hung: Vec<u32>,
    steps: u32,
    busy: u32,
}

impl<'m> World<'m> {
    pub(crate) fn new(
        plan: &Plan,
        chance: &Chance,
        machine: &'m mut dyn Machine,
        keeps_lines: bool,
    ) -> World<'m> {
        let server = Server::new(plan, chance.fork(1));
        World {
            now: 1_000,
            oracle: Oracle::new(&plan.namespaces, plan.engine_version, &plan.config),
            app: App::new(chance.fork(2)),
            trace: Trace::new(keeps_lines),
            server,
            chance: chance.fork(3),
            links: Links::default(),
            queue: BTreeMap::new(),
            count: 0,
            asleep_until: 0,
            hung: Vec::new(),
            steps: plan.steps,
            busy: 0,
            plan: plan.clone(),
            machine,
        }
    }

    // ---- time ----

    /// Begins: namespaces are named, and the first step is due.
    pub(crate) fn begin(&mut self) {
        for name in self.plan.namespaces.clone() {
            self.input(&Input::Namespace(name.to_owned()));
        }
        self.schedule(self.now, Happening::Step);
    }

    /// Whether the application still has something to do.
    pub(crate) fn is_stepping(&self) -> bool {
        self.steps > 0
    }

    /// Lets everything happen that happens until `end`, or until a law is broken.
    pub(crate) fn run_until(&mut self, end: u64) {
        while self.oracle.faults.is_empty() {
            let Some(at) = self.next_at().filter(|at| *at <= end) else {
                self.now = self.now.max(end);
                return;
            };
            self.busy = if at > self.now { 0 } else { self.busy + 1 };
            if self.busy > BUSY {
                return self.oracle.fault("time goes on");
            }
            self.now = self.now.max(at);
            self.happen();
        }
    }

    fn next_at(&self) -> Option<u64> {
        let queue = self.queue.keys().next().map(|(at, _)| *at);
        let machine = self.machine.next_timeout();
        let machine = machine.map(|at| at.max(self.asleep_until));
        let server = self.server.next_timeout();
        [queue, machine, server].into_iter().flatten().min()
    }

    fn happen(&mut self) {
        if self.server.next_timeout().is_some_and(|at| at <= self.now) {
            self.server.tick(self.now);
            return self.take_server();
        }
        let awake = self.asleep_until <= self.now;
        if awake && self.machine.next_timeout().is_some_and(|at| at <= self.now) {
            return self.meet_deadline();
        }
        let first = self.queue.keys().next().copied();
        if let Some(key) = first.filter(|(at, _)| *at <= self.now) {
            let Some(happening) = self.queue.remove(&key) else {
                return;
            };
            if happening.is_the_clients() && self.asleep_until > self.now {
                self.queue.insert((self.asleep_until, key.1), happening);
                return;
            }
            self.carry(happening);
        }
    }

    fn meet_deadline(&mut self) {
        self.input(&Input::Timeout);
        if self.machine.next_timeout().is_some_and(|at| at <= self.now) {
            self.oracle.fault("a deadline that was met is gone");
        }
    }

    fn schedule(&mut self, at: u64, happening: Happening) {
        self.count += 1;
        self.queue.insert((at, self.count), happening);
    }

    pub(crate) fn later(&mut self, delay: u64, input: Input) {
        self.schedule(self.now + delay, Happening::Own(input));
    }

    pub(crate) fn sleep(&mut self, span: u64) {
        self.asleep_until = self.now + span;
    }

    // ---- what happens ----

    fn carry(&mut self, happening: Happening) {
        match happening {
            Happening::SocketAsked(link, target) => self.socket_asked(link, &target),
            Happening::FrameUp(link, wire) if self.links.passes(link) => {
                self.server.frame(self.now, link, wire);
                self.take_server();
            }
            Happening::CloseUp(link) => {
                self.server.hang_up(self.now, link);
                self.take_server();
            }
            Happening::GetUp(link, target) if self.links.passes(link) => {
                self.server.get(self.now, link, &target);
                self.take_server();
            }
            Happening::PostUp(link, target, frames) if self.links.passes(link) => {
                self.server.post(self.now, link, &target, frames);
                self.take_server();
            }
            Happening::GivenUp(link) => self.server.give_up(link),
            Happening::Opened(link) => {
                if self.reaches_client(link) {
                    self.oracle.opened(link);
                    self.input(&Input::Opened(link));
                }
            }
            Happening::FrameDown(link, wire) => {
                if self.links.passes(link) && self.reaches_client(link) {
                    self.input(&Input::Packet(link, wire));
                }
            }
            Happening::LostDown(link, lost) => {
                if self.reaches_client(link) {
                    self.links.end(link);
                    self.oracle.ends(link);
                    self.input(&Input::Lost(link, lost));
                }
            }
            Happening::AnswerDown(link, frames) => self.answer_down(link, frames),
            Happening::Own(input) => self.own(&input),
            Happening::Step => self.step(),
            Happening::FrameUp(..) | Happening::GetUp(..) | Happening::PostUp(..) => {}
        }
    }

    /// Whether news of a link are given to the machine: those of a dropped one by careless hosts alone.
    fn reaches_client(&mut self, link: u32) -> bool {
        let Some(state) = self.links.get(link) else {
            return false;
        };
        if state.live {
            return true;
        }
        let careless = state.dropped && self.chance.per_mille(self.plan.network.late_news);
        if careless {
            self.oracle.seen.note(Seen::LateNews);
        }
        careless
    }

    fn socket_asked(&mut self, link: u32, target: &Target) {
        if !self.links.passes(link) {
            return;
        }
        let at = self.down(link);
        self.schedule(at, Happening::Opened(link));
        self.server.socket(self.now, link, target);
        self.take_server();
    }

    fn answer_down(&mut self, link: u32, frames: Vec<Wire>) {
        if !self.links.passes(link) || !self.reaches_client(link) {
            return;
        }
        self.links.end(link);
        self.oracle.ends(link);
        let frames = frames.into_iter().map(Some).collect();
        self.input(&Input::Answer(link, self.plan.engine_version, frames));
    }

    // ---- the machine ----

    /// Gives the machine an input, and carries out what it says.
    pub(crate) fn input(&mut self, input: &Input) -> Taken {
        self.trace.note(self.now, ">", input);
        let taken = self.machine.input(self.now, input);
        self.trace.note(self.now, "=", &taken);
        if let Input::Emit { nsp, .. } = input {
            self.app.taken(*nsp, taken, &mut self.oracle);
        }
        self.drain();
        taken
    }

    fn drain(&mut self) {
        let mut heard = VecDeque::new();
        while let Some(said) = self.machine.poll() {
            self.trace.note(self.now, "<", &said);
            self.oracle.said(self.now, &said);
            match said {
                Said::Heard(event) => heard.push_back(event),
                action => self.act(action),
            }
        }
        if self.machine.backlog() > 0 {
            self.oracle.seen.note(Seen::Backlog);
        }
        for event in heard {
            self.hear(event);
        }
    }

    fn act(&mut self, action: Said) {
        match action {
            Said::Open(link, target) => self.open_socket(link, target),
            Said::Send(link, wire) => {
                let at = self.up(link);
                self.schedule(at, Happening::FrameUp(link, wire));
            }
            Said::Get(link, target) => {
                self.links.begin(link, Kind::Get, self.now);
                let at = self.up(link);
                if !self.fails(link, target.sid.is_none()) {
                    self.schedule(at, Happening::GetUp(link, target));
                }
            }
            Said::Post(link, target, frames) => {
                self.links.begin(link, Kind::Post, self.now);
                let at = self.up(link);
                if !self.fails(link, false) {
                    self.schedule(at, Happening::PostUp(link, target, frames));
                }
            }
            Said::Drop(link) => self.drop_link(link),
            Said::Heard(_) => {}
        }
    }

    fn open_socket(&mut self, link: u32, target: Target) {
        self.links.begin(link, Kind::Socket, self.now);
        let at = self.up(link);
        let blocked = self.plan.network.no_websocket;
        if blocked && !self.chance.one_in(3) {
            return self.fail(link);
        }
        if !blocked && !self.fails(link, true) {
            return self.schedule(at, Happening::SocketAsked(link, target));
        }
        if blocked {
            self.hang(link);
        }
    }

    /// Whether an attempt or a request fails on its way to the server.
    fn fails(&mut self, link: u32, opens: bool) -> bool {
        let network = &self.plan.network;
        let (refuse, hang) = match opens {
            true => (network.refuse, network.hang),
            false => (network.lose_request, 0),
        };
        if self.chance.per_mille(refuse) {
            self.oracle.seen.note(if opens {
                Seen::ConnectionRefused
            } else {
                Seen::RequestLost
            });
            self.fail(link);
            return true;
        }
        if self.chance.per_mille(hang) {
            self.hang(link);
            return true;
        }
        false
    }

    fn fail(&mut self, link: u32) {
        let at = self.down(link) + 1;
        self.schedule(at, Happening::LostDown(link, Lost::Failed));
    }

    fn hang(&mut self, link: u32) {
        self.oracle.seen.note(Seen::ConnectionHung);
        self.hung.push(link);
    }

    fn drop_link(&mut self, link: u32) {
        let kind = self.links.get(link).map(|state| state.kind);
        let at = self.up(link);
        self.links.drop(link);
        match kind {
            Some(Kind::Socket) => self.schedule(at, Happening::CloseUp(link)),
            Some(Kind::Get) => self.schedule(at, Happening::GivenUp(link)),
            _ => {}
        }
    }

    /// When what the client sends now arrives.
    fn up(&mut self, link: u32) -> u64 {
        let at = self.now + self.latency();
        self.links.arrival(link, at, true)
    }

    /// When what the server sends now arrives.
    fn down(&mut self, link: u32) -> u64 {
        let at = self.now + self.latency();
        self.links.arrival(link, at, false)
    }

    fn latency(&mut self) -> u64 {
        let network = &self.plan.network;
        network.latency + self.chance.below(network.jitter + 1)
    }

    // ---- the server ----

    fn take_server(&mut self) {
        for got in std::mem::take(&mut self.server.shared.got) {
            self.oracle.got(&got);
        }
        for name in std::mem::take(&mut self.server.shared.doubled) {
            self.oracle.doubled(&name);
        }
        for fault in std::mem::take(&mut self.server.shared.faults) {
            self.oracle
                .fault(format!("the server is told what it may be: {fault}"));
        }
        for out in std::mem::take(&mut self.server.shared.out) {
            self.trace.note(self.now, "s", &out);
            self.take_out(out);
        }
    }

    fn take_out(&mut self, out: Out) {
        match out {
            Out::Frame(link, wire) => {
                let at = self.down(link);
                self.schedule(at, Happening::FrameDown(link, wire));
            }
            Out::Close(link) => {
                let at = self.down(link);
                self.schedule(at, Happening::LostDown(link, Lost::Closed));
            }
            Out::Answer(link, frames) => {
                let at = self.down(link);
                if self.chance.per_mille(self.plan.network.lose_answer) {
                    self.oracle.seen.note(Seen::AnswerLost);
                    self.schedule(at, Happening::LostDown(link, Lost::Failed));
                } else {
                    self.schedule(at, Happening::AnswerDown(link, frames));
                }
            }
            Out::Refuse(link) => {
                let at = self.down(link);
                self.schedule(at, Happening::LostDown(link, Lost::Failed));
            }
        }
    }

    // ---- steps and faults ----

    fn step(&mut self) {
        if self.steps == 0 {
            return;
        }
        self.steps -= 1;
        let pause = self.app.chance.between(1, self.plan.pause);
        self.schedule(self.now + pause, Happening::Step);
        self.break_network();
        self.server.step(self.now);
        self.take_server();
        self.step_app();
    }

    fn break_network(&mut self) {
        let network = self.plan.network.clone();
        if self.chance.per_mille(network.stall) {
            self.oracle.seen.note(Seen::Stalled);
            self.links.stalled_until = self.now + self.chance.between(500, 15_000);
        }
        if self.chance.per_mille(network.cut) {
            self.oracle.seen.note(Seen::LinksCut);
            self.cut(true);
        }
        if self.chance.per_mille(network.half_open) {
            self.oracle.seen.note(Seen::HalfOpen);
            self.cut(false);
        }
    }

    fn cut(&mut self, client_hears: bool) {
        let lost = *self.chance.pick(&[Lost::Failed, Lost::Closed]);
        for (link, kind) in self.links.cut() {
            let at = self.now + self.latency();
            match kind {
                Kind::Socket => self.schedule(at, Happening::CloseUp(link)),
                Kind::Get => self.schedule(at, Happening::GivenUp(link)),
                Kind::Post => {}
            }
            if client_hears {
                let lost = if kind == Kind::Socket {
                    lost
                } else {
                    Lost::Failed
                };
                self.schedule(at + 1, Happening::LostDown(link, lost));
            } else if self.plan.config.open_timeout.is_none() {
                // It may be one that is being opened, which only the network's own patience ends then.
                self.hung.push(link);
            }
        }
    }

    /// Sleeps to the end of the sleep.
    pub(crate) fn wake(&mut self) {
        self.run_until(self.asleep_until);
    }

    /// No more faults. What hangs ends; what is broken behind the client's back stays so, for the client to find out.
    pub(crate) fn heal(&mut self) {
        self.steps = 0;
        let network = &mut self.plan.network;
        network.refuse = 0;
        network.hang = 0;
        network.lose_request = 0;
        network.lose_answer = 0;
        network.no_websocket = false;
        self.plan.app.late_auth = 0;
        self.links.stalled_until = 0;
        self.server.heal(self.now);
        for link in std::mem::take(&mut self.hung) {
            self.schedule(self.now + 1, Happening::LostDown(link, Lost::Failed));
        }
    }

    /// Whether the client still counts on some link.
    pub(crate) fn has_live_links(&self) -> bool {
        self.links.live().next().is_some()
    }

    fn hear(&mut self, event: Heard) {
        self.react(event);
    }
}
