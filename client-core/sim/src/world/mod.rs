//! The world of a run, in virtual time: the machine with its host and application, the network, the server.

mod application;
mod network;
mod taping;

use crate::sorted::SortedMap;
use std::collections::VecDeque;

use tidewire_core::{Lost, Target};

use crate::app::App;
use crate::coverage::Seen;
use crate::injected::Injected;
use crate::links::Links;
use crate::machine::{CallResult, Input, Machine, Output};
use crate::oracle::Oracle;
use crate::plan::Plan;
use crate::rng::Rng;
use crate::server::Server;
use crate::tape::Tape;
use crate::trace::Trace;
use crate::wire::Wire;

/// Something that happens at a planned time.
#[derive(Clone, Debug)]
enum Scheduled {
    OpenSocket(u32, Target),
    FrameToServer(u32, Wire),
    CloseToServer(u32),
    GetToServer(u32, Target),
    PostToServer(u32, Target, Vec<Wire>),
    AbortToServer(u32),
    OpenedToClient(u32, Target),
    FrameToClient(u32, Wire),
    LostToClient(u32, Lost),
    ResponseToClient(u32, Vec<Wire>),
    AppInput(Input),
    Injected(Injected),
    Step,
}

impl Scheduled {
    /// Returns whether the client device must be awake for it.
    fn needs_awake_client(&self) -> bool {
        matches!(
            self,
            Scheduled::OpenedToClient(..)
                | Scheduled::FrameToClient(..)
                | Scheduled::LostToClient(..)
                | Scheduled::ResponseToClient(..)
                | Scheduled::AppInput(_)
                | Scheduled::Step
        )
    }
}

/// The most steps at one time; more are an endless loop.
const MAX_AT_ONCE: u32 = 20_000;

pub(crate) struct World<'m> {
    pub(crate) now: u64,
    pub(crate) plan: Plan,
    pub(crate) machine: &'m mut dyn Machine,
    pub(crate) oracle: Oracle,
    pub(crate) app: App,
    pub(crate) trace: Trace,
    /// Everything that a picture of the run shows, if it is wanted.
    pub(crate) tape: Option<Tape>,
    pub(crate) server: Server,
    rng: Rng,
    links: Links,
    queue: SortedMap<(u64, u64), Scheduled>,
    count: u64,
    /// The time until which the client device sleeps.
    asleep_until: u64,
    /// Links whose opening hangs.
    hung: Vec<u32>,
    steps: u32,
    at_once: u32,
}

impl<'m> World<'m> {
    pub(crate) fn new(
        plan: &Plan,
        rng: &Rng,
        machine: &'m mut dyn Machine,
        keep_lines: bool,
    ) -> World<'m> {
        let server = Server::new(plan, rng.fork(1));
        World {
            now: 1_000,
            oracle: Oracle::new(&plan.namespaces, plan.engine_version, &plan.config),
            app: App::new(rng.fork(2)),
            trace: Trace::new(keep_lines),
            tape: None,
            server,
            rng: rng.fork(3),
            links: Links::default(),
            queue: SortedMap::new(),
            count: 0,
            asleep_until: 0,
            hung: Vec::new(),
            steps: plan.steps,
            at_once: 0,
            plan: plan.clone(),
            machine,
        }
    }

    // ---- time ----

    /// Creates the namespaces and plans the first step.
    pub(crate) fn begin(&mut self) {
        for name in self.plan.namespaces.clone() {
            self.input(&Input::Namespace(name.to_owned()));
        }
        self.schedule(self.now, Scheduled::Step);
    }

    /// Returns whether the application has steps left.
    pub(crate) fn is_stepping(&self) -> bool {
        self.steps > 0
    }

    /// Runs until the time `end`, or until a law is broken.
    pub(crate) fn run_until(&mut self, end: u64) {
        while self.oracle.faults.is_empty() {
            let Some(at) = self.next_at().filter(|at| *at <= end) else {
                self.now = self.now.max(end);
                return;
            };
            self.at_once = if at > self.now { 0 } else { self.at_once + 1 };
            if self.at_once > MAX_AT_ONCE {
                return self.oracle.fault("time advances");
            }
            self.now = self.now.max(at);
            self.advance();
            self.tape_seen();
        }
    }

    fn next_at(&self) -> Option<u64> {
        let queue = self.queue.keys().next().map(|(at, _)| *at);
        let machine = self.machine.next_timeout();
        let machine = machine.map(|at| at.max(self.asleep_until));
        let server = self.server.next_timeout();
        [queue, machine, server].into_iter().flatten().min()
    }

    fn advance(&mut self) {
        if self.server.next_timeout().is_some_and(|at| at <= self.now) {
            self.server.tick(self.now);
            return self.take_server();
        }
        let awake = self.asleep_until <= self.now;
        if awake && self.machine.next_timeout().is_some_and(|at| at <= self.now) {
            return self.handle_timeout();
        }
        let first = self.queue.keys().next().copied();
        if let Some(key) = first.filter(|(at, _)| *at <= self.now) {
            let Some(scheduled) = self.queue.remove(&key) else {
                return;
            };
            if scheduled.needs_awake_client() && self.asleep_until > self.now {
                self.queue.insert((self.asleep_until, key.1), scheduled);
                return;
            }
            self.tape_ends(key.1, &scheduled);
            self.deliver(scheduled);
        }
    }

    fn handle_timeout(&mut self) {
        self.input(&Input::Timeout);
        if self.machine.next_timeout().is_some_and(|at| at <= self.now) {
            self.oracle
                .fault("a deadline that was met is not due again");
        }
    }

    fn schedule(&mut self, at: u64, scheduled: Scheduled) {
        self.count += 1;
        self.tape_sent(at, &scheduled);
        self.queue.insert((at, self.count), scheduled);
    }

    /// Gives the machine an input from the application after `delay` milliseconds.
    pub(crate) fn schedule_input(&mut self, delay: u64, input: Input) {
        self.schedule(self.now + delay, Scheduled::AppInput(input));
    }

    pub(crate) fn sleep(&mut self, span: u64) {
        self.asleep_until = self.now + span;
    }

    // ---- the machine ----

    /// Gives the machine an input and carries out its outputs.
    pub(crate) fn input(&mut self, input: &Input) -> CallResult {
        self.trace.note(self.now, ">", input);
        self.tape_input(input);
        let result = self.machine.input(self.now, input);
        self.trace.note(self.now, "=", &result);
        if let Input::Emit { nsp, .. } = input {
            self.app.on_emit_result(*nsp, result, &mut self.oracle);
        }
        self.drain();
        result
    }

    fn drain(&mut self) {
        let mut events = VecDeque::new();
        while let Some(output) = self.machine.poll() {
            self.trace.note(self.now, "<", &output);
            self.tape_output(&output);
            self.oracle.on_output(self.now, &output);
            match output {
                Output::Event(event) => events.push_back(event),
                action => self.act(action),
            }
        }
        if self.machine.backlog() > 0 {
            self.oracle.seen.note(Seen::Backlog);
        }
        for event in events {
            self.react(event);
        }
    }

    // ---- steps and faults ----

    fn step(&mut self) {
        if self.steps == 0 {
            return;
        }
        self.steps -= 1;
        let pause = self.app.rng.between(1, self.plan.pause);
        self.schedule(self.now + pause, Scheduled::Step);
        self.break_network();
        self.server.step(self.now);
        self.take_server();
        self.step_app();
    }

    /// Runs until the client device is awake.
    pub(crate) fn wake(&mut self) {
        self.run_until(self.asleep_until);
    }

    /// Ends all faults. Hanging links fail; a half-open link stays broken until the client detects it.
    pub(crate) fn heal(&mut self) {
        self.steps = 0;
        self.tape_healed();
        let network = &mut self.plan.network;
        network.refuse = 0;
        network.hang = 0;
        network.lose_request = 0;
        network.lose_response = 0;
        network.no_websocket = false;
        network.no_webtransport = false;
        self.plan.app.late_auth = 0;
        self.links.stalled_until = 0;
        self.server.heal(self.now);
        for link in std::mem::take(&mut self.hung) {
            self.schedule(self.now + 1, Scheduled::LostToClient(link, Lost::Failed));
        }
    }

    /// Returns whether the client holds a link.
    pub(crate) fn has_live_links(&self) -> bool {
        self.links.live().next().is_some()
    }
}
