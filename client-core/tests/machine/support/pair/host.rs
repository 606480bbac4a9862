//! The client host of a [`Pair`]: it carries out actions, delivers frames and fires timers.

use tidewire_core::wire::packet::BadPacket;
use tidewire_core::wire::polling::engine_version_of;
use tidewire_core::{Action, EngineVersion, Event, Link, Lost, Output, Transport};

use super::{Auth, Pair};
use crate::support::body::{Body, format_of};
use crate::support::event_text::event_text;
use crate::support::network::{Side, Transmit};
use crate::support::payload::CountedPayload;
use crate::support::wire::Wire;

impl Pair {
    /// Delivers everything that is due, first to the server, then to the client.
    pub(super) fn step(&mut self) {
        while let Some((link, transmit)) = self.network.take(self.now, Side::Server) {
            self.server.handle(self.now, link, transmit);
        }
        self.server.wake(self.now);
        self.send_server_output();
        if self.asleep {
            return;
        }
        while let Some((link, transmit)) = self.network.take(self.now, Side::Client) {
            let now = self.time();
            match transmit {
                Transmit::Opened => {
                    self.fire_timers();
                    if let Some(packet) = self.open_packets.remove(&link) {
                        let frame = Transmit::Frame(packet);
                        self.network.send(self.now, Side::Server, link, frame);
                    }
                    self.oracle.link_opened(link);
                    self.client.handle_opened(now, link);
                }
                Transmit::GetResponse(body) => self.handle_body(link, &body),
                Transmit::PostResponse => self.handle_response(link, EngineVersion::Eio4, &[]),
                Transmit::Frame(wire) => {
                    self.fire_timers();
                    if wire == Wire::text("3probe") {
                        self.oracle.probe_answered(link);
                    }
                    self.handle_frame(link, &wire);
                }
                Transmit::End(lost) => {
                    self.fire_timers();
                    self.oracle.link_lost(link);
                    self.client.handle_lost(now, link, lost);
                }
                Transmit::Open(_) | Transmit::Get(_) | Transmit::Post(..) => {
                    unreachable!("only a client sends it")
                }
            }
            self.drain();
        }
        self.fire_timers();
    }

    /// Handles a frame, in the lane of this run.
    fn handle_frame(&mut self, link: Link, wire: &Wire) {
        let now = self.time();
        let frame = wire.frame(&self.counter);
        if !self.fast_lane {
            return self.client.handle_packet(now, link, frame);
        }
        match self.client.take_event(now, link, frame) {
            Ok(incoming) => self.on_event(Event::Message(incoming)),
            Err(frame) => self.client.handle_packet(now, link, frame),
        }
    }

    /// Handles the response to a GET.
    fn handle_body(&mut self, link: Link, body: &Body) {
        let version = self.body_versions[&link].unwrap_or(match body {
            Body::Text(text) => engine_version_of(text),
            Body::Octets(_) => EngineVersion::Eio3,
        });
        self.handle_response(link, version, &body.wires(version));
    }

    fn handle_response(
        &mut self,
        link: Link,
        version: EngineVersion,
        wires: &[Result<Wire, BadPacket>],
    ) {
        self.fire_timers();
        self.oracle.link_answered(link);
        let (now, counter) = (self.time(), &self.counter);
        let frames = wires.iter().map(|wire| match wire {
            Ok(wire) => Ok(wire.frame(counter)),
            Err(bad) => Err(*bad),
        });
        self.client.handle_response(now, link, version, frames);
    }

    /// Fires the timers that are due, and checks that they are not due any more.
    pub(super) fn fire_timers(&mut self) {
        for _ in 0..4 {
            if self.client.next_timeout().is_none_or(|at| at > self.time()) {
                return;
            }
            self.client.handle_timeout(self.time());
            self.drain();
        }
        unreachable!("a timer that stays due");
    }

    /// Handles all outputs of the client.
    pub(super) fn drain(&mut self) {
        while let Some(output) = self.client.poll() {
            match output {
                Output::Action(action) => self.act(&action),
                Output::Event(event) => self.on_event(event),
            }
        }
        let client = &self.client;
        self.oracle.quiet(|nsp| client.is_connected(nsp));
    }

    fn act(&mut self, action: &Action<CountedPayload>) {
        let version = self
            .server
            .checks_rules
            .then_some(self.server.engine_version);
        self.oracle.action(action, version);
        let (link, transmit) = match action {
            Action::Open { link, target } => {
                if target.transport == Transport::WebTransport {
                    let packet = target.stream_open_packet();
                    let packet = String::from_utf8(packet).expect("text is UTF-8");
                    self.open_packets.insert(*link, Wire::text(packet));
                }
                (*link, Transmit::Open(target.clone()))
            }
            Action::Send { link, packet } => (*link, Transmit::Frame(Wire::of(packet))),
            Action::Get { link, target } => {
                self.body_versions.insert(*link, target.body_version);
                (*link, Transmit::Get(target.clone()))
            }
            Action::Post {
                link,
                target,
                packets,
            } => {
                let version = target
                    .body_version
                    .expect("the body version of the session is known");
                let format = format_of(version, packets, self.octets);
                let body = Body::of_packets(packets, format);
                (*link, Transmit::Post(target.clone(), body))
            }
            Action::Drop { link } => {
                self.open_packets.remove(link);
                (*link, Transmit::End(Lost::Closed))
            }
        };
        self.network.send(self.now, Side::Server, link, transmit);
    }

    fn on_event(&mut self, event: Event<CountedPayload>) {
        self.oracle.event(&event);
        let oracle = &self.oracle;
        if self.shows_upgrades || !matches!(event, Event::Upgraded) {
            self.events
                .extend(event_text(&event, |nsp| oracle.name(nsp)));
        }
        match event {
            Event::AuthRequired(nsp) => {
                self.auth_required.push(self.oracle.name(nsp));
                if let Auth::Give(auth) = self.auth {
                    let auth = auth.map(|auth| self.counter.payload(auth));
                    self.client.authorize(self.time(), nsp, auth);
                }
            }
            Event::Connected { nsp, id, .. } => drop(self.ids.insert(nsp, id.to_string())),
            Event::Message(incoming) => self
                .replies
                .extend(incoming.reply.map(|reply| (incoming.nsp, reply))),
            _ => {}
        }
    }

    /// Hands the output of the server to the network.
    pub(super) fn send_server_output(&mut self) {
        while let Some((link, transmit)) = self.server.out.pop_front() {
            self.network.send(self.now, Side::Client, link, transmit);
        }
    }
}
