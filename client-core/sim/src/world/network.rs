//! The network of a run: delivers frames in flight, carries out actions of both sides, and breaks links.

use tidewire_core::{EngineVersion, Lost, Target, Transport};

use super::{Scheduled, World};
use crate::coverage::Seen;
use crate::links::Kind;
use crate::machine::{Input, Output};
use crate::server::LinkAction;
use crate::wire::Wire;

impl World<'_> {
    // ---- delivery ----

    pub(super) fn deliver(&mut self, scheduled: Scheduled) {
        match scheduled {
            Scheduled::OpenSocket(link, target) => self.deliver_open(link, &target),
            Scheduled::FrameToServer(link, wire) if self.links.passes(link) => {
                self.server.frame(self.now, link, wire);
                self.take_server();
            }
            Scheduled::CloseToServer(link) => {
                self.server.socket_closed(self.now, link);
                self.take_server();
            }
            Scheduled::GetToServer(link, target) if self.links.passes(link) => {
                self.server.get(self.now, link, &target);
                self.take_server();
            }
            Scheduled::PostToServer(link, target, frames) if self.links.passes(link) => {
                self.server.post(self.now, link, &target, frames);
                self.take_server();
            }
            Scheduled::AbortToServer(link) => self.server.request_aborted(link),
            Scheduled::OpenedToClient(link, target) => {
                if self.reaches_client(link) {
                    self.open_stream(link, &target);
                    self.oracle.link_opened(link);
                    self.input(&Input::Opened(link));
                }
            }
            Scheduled::FrameToClient(link, wire) => {
                if self.links.passes(link) && self.reaches_client(link) {
                    self.input(&Input::Packet(link, wire));
                }
            }
            Scheduled::LostToClient(link, lost) => {
                if self.reaches_client(link) {
                    self.links.end(link);
                    self.oracle.link_ends(link);
                    self.input(&Input::Lost(link, lost));
                }
            }
            Scheduled::ResponseToClient(link, frames) => self.deliver_response(link, frames),
            Scheduled::AppInput(input) => self.apply_input(&input),
            Scheduled::Injected(fault) => self.inject(fault),
            Scheduled::Step => self.step(),
            Scheduled::FrameToServer(..)
            | Scheduled::GetToServer(..)
            | Scheduled::PostToServer(..) => {}
        }
    }

    /// Returns whether the machine gets an event of a link. Only a careless host reports one of a dropped link.
    fn reaches_client(&mut self, link: u32) -> bool {
        let Some(state) = self.links.get(link) else {
            return false;
        };
        if state.live {
            return true;
        }
        let careless = state.dropped && self.rng.per_mille(self.plan.network.late_link_events);
        if careless {
            self.oracle.seen.note(Seen::LateLinkEvent);
        }
        careless
    }

    fn deliver_open(&mut self, link: u32, target: &Target) {
        if !self.links.passes(link) {
            return;
        }
        if self.server.refuses(target) {
            return self.take_link_action(LinkAction::RefuseVersion(link));
        }
        let at = self.arrival_at_client(link);
        self.schedule(at, Scheduled::OpenedToClient(link, target.clone()));
        self.server.socket(self.now, link, target);
        self.take_server();
    }

    /// Sends the first packet of a WebTransport, as the host does before it tells the machine.
    fn open_stream(&mut self, link: u32, target: &Target) {
        let live = self.links.get(link).is_some_and(|state| state.live);
        if live && target.transport == Transport::WebTransport {
            let packet = String::from_utf8_lossy(&target.stream_open_packet()).into_owned();
            let at = self.arrival_at_server(link);
            self.schedule(at, Scheduled::FrameToServer(link, Wire::Text(packet)));
        }
    }

    fn deliver_response(&mut self, link: u32, frames: Vec<Wire>) {
        if !self.links.passes(link) || !self.reaches_client(link) {
            return;
        }
        self.links.end(link);
        self.oracle.link_ends(link);
        let frames = frames.into_iter().map(Some).collect();
        self.input(&Input::Response(link, self.plan.engine_version, frames));
    }

    // ---- actions of the machine ----

    pub(super) fn act(&mut self, action: Output) {
        match action {
            Output::Open(link, target) => self.open_socket(link, target),
            Output::Send(link, wire) => {
                let at = self.arrival_at_server(link);
                self.schedule(at, Scheduled::FrameToServer(link, wire));
            }
            Output::Get(link, target) => {
                self.links.begin(link, Kind::Get, self.now);
                let at = self.arrival_at_server(link);
                if !self.fails(link, target.sid.is_none()) {
                    self.schedule(at, Scheduled::GetToServer(link, target));
                }
            }
            Output::Post(link, target, frames) => {
                self.links.begin(link, Kind::Post, self.now);
                let at = self.arrival_at_server(link);
                if !self.fails(link, false) {
                    self.schedule(at, Scheduled::PostToServer(link, target, frames));
                }
            }
            Output::Drop(link) => self.drop_link(link),
            Output::Event(_) => {}
        }
    }

    fn open_socket(&mut self, link: u32, target: Target) {
        self.links.begin(link, Kind::Socket, self.now);
        let at = self.arrival_at_server(link);
        let network = &self.plan.network;
        let blocked = match target.transport {
            Transport::WebTransport => {
                network.no_webtransport || self.plan.engine_version == EngineVersion::Eio3
            }
            _ => network.no_websocket,
        };
        if blocked && !self.rng.one_in(3) {
            return self.fail(link);
        }
        if !blocked && !self.fails(link, true) {
            return self.schedule(at, Scheduled::OpenSocket(link, target));
        }
        if blocked {
            self.hang(link);
        }
    }

    /// Returns whether an attempt or a request fails before it reaches the server.
    fn fails(&mut self, link: u32, opens: bool) -> bool {
        let network = &self.plan.network;
        let (refuse, hang) = match opens {
            true => (network.refuse, network.hang),
            false => (network.lose_request, 0),
        };
        if self.rng.per_mille(refuse) {
            self.oracle.seen.note(if opens {
                Seen::ConnectionRefused
            } else {
                Seen::RequestLost
            });
            self.fail(link);
            return true;
        }
        if self.rng.per_mille(hang) {
            self.hang(link);
            return true;
        }
        false
    }

    fn fail(&mut self, link: u32) {
        let at = self.arrival_at_client(link) + 1;
        self.schedule(at, Scheduled::LostToClient(link, Lost::Failed));
    }

    fn hang(&mut self, link: u32) {
        self.oracle.seen.note(Seen::ConnectionHung);
        self.hung.push(link);
    }

    fn drop_link(&mut self, link: u32) {
        let kind = self.links.get(link).map(|state| state.kind);
        let at = self.arrival_at_server(link);
        self.links.drop(link);
        match kind {
            Some(Kind::Socket) => self.schedule(at, Scheduled::CloseToServer(link)),
            Some(Kind::Get) => self.schedule(at, Scheduled::AbortToServer(link)),
            _ => {}
        }
    }

    /// Returns when a frame sent now reaches the server.
    fn arrival_at_server(&mut self, link: u32) -> u64 {
        let at = self.now + self.latency();
        self.links.arrival(link, at, true)
    }

    /// Returns when a frame sent now reaches the client.
    fn arrival_at_client(&mut self, link: u32) -> u64 {
        let at = self.now + self.latency();
        self.links.arrival(link, at, false)
    }

    fn latency(&mut self) -> u64 {
        let network = &self.plan.network;
        network.latency + self.rng.below(network.jitter + 1)
    }

    // ---- actions of the server ----

    pub(super) fn take_server(&mut self) {
        for received in std::mem::take(&mut self.server.shared.received) {
            self.oracle.on_received(&received);
        }
        for name in std::mem::take(&mut self.server.shared.doubled) {
            self.oracle.doubled(&name);
        }
        for fault in std::mem::take(&mut self.server.shared.faults) {
            self.oracle
                .fault(format!("the client keeps the protocol: {fault}"));
        }
        for out in std::mem::take(&mut self.server.shared.out) {
            self.trace.note(self.now, "s", &out);
            self.take_link_action(out);
        }
    }

    fn take_link_action(&mut self, out: LinkAction) {
        match out {
            LinkAction::Frame(link, wire) => {
                let at = self.arrival_at_client(link);
                self.schedule(at, Scheduled::FrameToClient(link, wire));
            }
            LinkAction::Close(link) => {
                let at = self.arrival_at_client(link);
                self.schedule(at, Scheduled::LostToClient(link, Lost::Closed));
            }
            LinkAction::Response(link, frames) => {
                let at = self.arrival_at_client(link);
                if self.rng.per_mille(self.plan.network.lose_response) {
                    self.oracle.seen.note(Seen::ResponseLost);
                    self.schedule(at, Scheduled::LostToClient(link, Lost::Failed));
                } else {
                    self.schedule(at, Scheduled::ResponseToClient(link, frames));
                }
            }
            LinkAction::RefuseVersion(link) => {
                let at = self.arrival_at_client(link);
                self.schedule(at, Scheduled::LostToClient(link, Lost::Refused));
            }
            LinkAction::Refuse(link) => {
                let at = self.arrival_at_client(link);
                self.schedule(at, Scheduled::LostToClient(link, Lost::Failed));
            }
        }
    }

    // ---- faults ----

    /// Stalls or cuts links, each with the frequency of the plan.
    pub(super) fn break_network(&mut self) {
        let network = self.plan.network.clone();
        if self.rng.per_mille(network.stall) {
            self.oracle.seen.note(Seen::Stalled);
            self.links.stalled_until = self.now + self.rng.between(500, 15_000);
        }
        if self.rng.per_mille(network.cut) {
            self.oracle.seen.note(Seen::LinksCut);
            self.cut(true);
        }
        if self.rng.per_mille(network.half_open) {
            self.oracle.seen.note(Seen::HalfOpen);
            self.cut(false);
        }
    }

    pub(super) fn cut(&mut self, client_notices: bool) {
        let lost = *self.rng.pick(&[Lost::Failed, Lost::Closed]);
        for (link, kind) in self.links.cut() {
            let at = self.now + self.latency();
            match kind {
                Kind::Socket => self.schedule(at, Scheduled::CloseToServer(link)),
                Kind::Get => self.schedule(at, Scheduled::AbortToServer(link)),
                Kind::Post => {}
            }
            if client_notices {
                let lost = if kind == Kind::Socket {
                    lost
                } else {
                    Lost::Failed
                };
                self.schedule(at + 1, Scheduled::LostToClient(link, lost));
            } else if self.plan.config.open_timeout.is_none() {
                // A link that is still opening ends only by a network timeout.
                self.hung.push(link);
            }
        }
    }
}
