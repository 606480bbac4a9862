//! The machine under test as it is natively: a [`Client`] behind the [`Machine`] trait.

use crate::sorted::SortedMap;
use std::collections::VecDeque;

use tidewire_core::wire::head::{event_header, normalized_namespace};
use tidewire_core::wire::packet::BadPacket;
use tidewire_core::{
    Ack, AckId, Action, Client, Config, Delivery, Emit, EngineVersion, Event, Frame, HEAD_LIMIT,
    Link, Nsp, Output as CoreOutput, Packet, Refusal, Reply, TAIL_LIMIT, Time,
};

use crate::machine::{AppEvent, CallResult, Input, Machine, Output};
use crate::payload::{CountedPayload, PayloadCounter};
use crate::wire::Wire;

/// The events that the fast lanes have taken.
#[derive(Clone, Copy, Debug, Default)]
pub struct Taken {
    /// From the server.
    pub received: usize,
    /// To the server.
    pub sent: usize,
}

/// The native machine.
pub struct Native {
    client: Client<CountedPayload>,
    counter: PayloadCounter,
    nsps: Vec<Nsp>,
    names: Vec<String>,
    links: SortedMap<u32, Link>,
    acks: SortedMap<(usize, u64), AckId>,
    replies: Vec<Reply>,
    /// The outputs of the fast lanes that were not polled yet; `None` if every input takes the slow one.
    fast_lane: Option<VecDeque<Output>>,
    taken: Taken,
}

impl Native {
    /// Creates a machine that takes every packet by `Client::handle_packet`, and every event by `Client::emit`.
    pub fn new(config: Config) -> Native {
        Native::create(config, None)
    }

    /// Creates a machine that takes plain events by `Client::take_event`, and writes those for `Client::websocket_for_events`.
    pub fn with_fast_lane(config: Config) -> Native {
        Native::create(config, Some(VecDeque::new()))
    }

    /// Returns how many events the fast lanes have taken.
    pub fn taken(&self) -> Taken {
        self.taken
    }

    /// Returns the whole state of the machine, as text to compare.
    pub fn state(&self) -> String {
        format!("{:?}", self.client)
    }

    fn create(config: Config, fast_lane: Option<VecDeque<Output>>) -> Native {
        Native {
            fast_lane,
            taken: Taken::default(),
            client: Client::new(config),
            counter: PayloadCounter::default(),
            nsps: Vec::new(),
            names: Vec::new(),
            links: SortedMap::new(),
            acks: SortedMap::new(),
            replies: Vec::new(),
        }
    }

    fn text(&self, text: &str) -> CountedPayload {
        self.counter.payload(Wire::Text(text.to_owned()))
    }

    /// Gives a packet to the machine: to the fast lane first, if it has one.
    fn packet(&mut self, now: Time, link: Link, wire: &Wire) {
        let frame = frame(&self.counter, wire);
        if self.fast_lane.is_none() {
            return self.client.handle_packet(now, link, frame);
        }
        match self.client.take_event(now, link, frame) {
            Ok(incoming) => {
                let event = self.app_event(Event::Message(incoming));
                self.push(Output::Event(event));
                self.taken.received += 1;
            }
            Err(frame) => self.client.handle_packet(now, link, frame),
        }
    }

    fn binary(&self, parts: &[Vec<u8>]) -> Vec<CountedPayload> {
        let payload = |part: &Vec<u8>| self.counter.payload(Wire::Binary(part.clone()));
        parts.iter().map(payload).collect()
    }

    /// Adds an output of a fast lane.
    fn push(&mut self, output: Output) {
        self.fast_lane.get_or_insert_default().push_back(output);
    }

    fn emit(&mut self, now: Time, nsp: usize, emit: Emit<CountedPayload>) -> CallResult {
        if self.writes(now, nsp, &emit) {
            return CallResult::Done;
        }
        match self.client.emit(now, self.nsps[nsp], emit) {
            Ok(None) => CallResult::Done,
            Ok(Some(ack)) => {
                self.acks.insert((nsp, ack.get()), ack);
                CallResult::Ack(ack.get())
            }
            Err(misuse) => CallResult::Misuse(misuse),
        }
    }

    /// Writes an event itself, if it has a fast lane that takes the event.
    fn writes(&mut self, now: Time, nsp: usize, emit: &Emit<CountedPayload>) -> bool {
        let is_plain =
            emit.attachments.is_empty() && (emit.ack, emit.delivery) == (Ack::None, Delivery::Once);
        if self.fast_lane.is_none() || !is_plain {
            return false;
        }
        let Some(link) = self.client.websocket_for_events(now, self.nsps[nsp]) else {
            return false;
        };
        let mut frame = event_header(&self.names[nsp]);
        frame.extend_from_slice(emit.payload.content().bytes());
        let frame = String::from_utf8(frame).expect("a name and JSON are UTF-8");
        self.push(Output::Send(link.id(), Wire::Text(frame)));
        self.taken.sent += 1;
        true
    }

    fn response(&mut self, now: Time, link: Link, version: EngineVersion, frames: &[Option<Wire>]) {
        let counter = self.counter.clone();
        let frames = frames.iter().map(|wire| match wire {
            Some(wire) => Ok(frame(&counter, wire)),
            None => Err(BadPacket),
        });
        self.client.handle_response(now, link, version, frames);
    }

    fn output(&mut self, output: CoreOutput<CountedPayload>) -> Output {
        match output {
            CoreOutput::Action(action) => self.action(action),
            CoreOutput::Event(event) => Output::Event(self.app_event(event)),
        }
    }

    fn action(&mut self, action: Action<CountedPayload>) -> Output {
        match action {
            Action::Open { link, target } => Output::Open(self.link(link), target),
            Action::Send { link, packet } => Output::Send(self.link(link), written(&packet)),
            Action::Get { link, target } => Output::Get(self.link(link), target),
            Action::Post {
                link,
                target,
                packets,
            } => Output::Post(
                self.link(link),
                target,
                packets.iter().map(written).collect(),
            ),
            Action::Drop { link } => Output::Drop(self.link(link)),
        }
    }

    fn link(&mut self, link: Link) -> u32 {
        self.links.insert(link.id(), link);
        link.id()
    }

    fn app_event(&mut self, event: Event<CountedPayload>) -> AppEvent {
        match event {
            Event::Opened => AppEvent::Opened,
            Event::Upgraded => AppEvent::Upgraded,
            Event::UpgradeFailed { link } => AppEvent::UpgradeFailed(self.link(link)),
            Event::OpenFailed(error) => AppEvent::OpenFailed(format!("{error:?}")),
            Event::Closed(reason) => AppEvent::Closed(reason.to_string()),
            Event::Malformed(malformed) => AppEvent::Malformed(malformed.as_str().to_owned()),
            Event::Reconnecting { attempt, delay } => {
                AppEvent::Reconnecting(attempt, u64::from(delay.0))
            }
            Event::ReconnectFailed => AppEvent::ReconnectFailed,
            Event::AuthRequired(nsp) => AppEvent::AuthRequired(nsp.index()),
            Event::Connected { nsp, recovered, .. } => AppEvent::Connected(nsp.index(), recovered),
            Event::ConnectError { nsp, refusal } => {
                AppEvent::ConnectError(nsp.index(), refusal_word(&refusal))
            }
            Event::Disconnected { nsp, reason, .. } => {
                AppEvent::Disconnected(nsp.index(), reason.to_string())
            }
            Event::ServerError { nsp, .. } => AppEvent::ServerError(nsp.index()),
            Event::Message(incoming) => {
                let reply_to = incoming.reply.map(|reply| {
                    self.replies.push(reply);
                    self.replies.len() - 1
                });
                let parts = incoming.attachments.iter().map(bytes).collect();
                AppEvent::Message(
                    incoming.nsp.index(),
                    text(incoming.payload.as_ref()),
                    parts,
                    reply_to,
                )
            }
            Event::EmitDropped { nsp, payload } => {
                AppEvent::EmitDropped(nsp.index(), text(Some(&payload)))
            }
            Event::Acked {
                nsp,
                ack,
                payload,
                attachments,
            } => AppEvent::Acked(
                nsp.index(),
                ack.get(),
                text(payload.as_ref()),
                attachments.len(),
            ),
            Event::AckLost { nsp, ack, why } => AppEvent::AckLost(nsp.index(), ack.get(), why),
        }
    }
}

impl Machine for Native {
    fn input(&mut self, now: u64, input: &Input) -> CallResult {
        let now = Time::from_millis(now);
        let nsp = |at: usize| self.nsps[at];
        match input {
            Input::Namespace(name) => {
                let nsp = self.client.namespace(name, None);
                self.nsps.push(nsp);
                self.names.push(normalized_namespace(name));
            }
            Input::Connect(at) => self.client.connect(now, nsp(*at)),
            Input::Authorize(at, auth) => {
                let auth = auth.as_ref().map(|auth| self.text(auth));
                self.client.authorize(now, self.nsps[*at], auth);
            }
            Input::Emit {
                nsp,
                text,
                attachments,
                ack,
                delivery,
            } => {
                let emit = Emit {
                    payload: self.text(text),
                    attachments: self.binary(attachments),
                    ack: *ack,
                    delivery: *delivery,
                    compress: true,
                };
                return self.emit(now, *nsp, emit);
            }
            Input::Reply {
                nsp,
                reply_to,
                text,
            } => {
                let (reply, payload) = (self.replies[*reply_to], self.text(text));
                let nsp = self.nsps[*nsp];
                if let Err(misuse) = self.client.reply(now, nsp, reply, payload, Vec::new()) {
                    return CallResult::Misuse(misuse);
                }
            }
            Input::Cancel(at, ack) => {
                let (nsp, ack) = (nsp(*at), self.acks[&(*at, *ack)]);
                self.client.cancel(now, nsp, ack);
            }
            Input::ClearOffline(at) => self.client.clear_offline(nsp(*at)),
            Input::Disconnect(at) => self.client.disconnect(now, nsp(*at)),
            Input::Close => self.client.close(now),
            Input::Opened(link) => self.client.handle_opened(now, self.links[link]),
            Input::Packet(link, wire) => self.packet(now, self.links[link], wire),
            Input::Response(link, version, frames) => {
                self.response(now, self.links[link], *version, frames);
            }
            Input::Lost(link, lost) => self.client.handle_lost(now, self.links[link], *lost),
            Input::Hint(hint) => self.client.handle_hint(now, *hint),
            Input::Timeout => self.client.handle_timeout(now),
        }
        CallResult::Done
    }

    fn poll(&mut self) -> Option<Output> {
        if let Some(output) = self.fast_lane.as_mut().and_then(VecDeque::pop_front) {
            return Some(output);
        }
        let Some(output) = self.client.poll() else {
            // As client-native does: it must change nothing.
            self.client.shrink();
            return None;
        };
        Some(self.output(output))
    }

    fn next_timeout(&self) -> Option<u64> {
        self.client.next_timeout().map(Time::as_millis)
    }

    fn is_connected(&self, nsp: usize) -> bool {
        self.client.is_connected(self.nsps[nsp])
    }

    fn offline(&self, nsp: usize) -> usize {
        self.client.offline(self.nsps[nsp]).count()
    }

    fn backlog(&self) -> usize {
        self.client.backlog()
    }

    fn live_payloads(&self) -> usize {
        self.counter.live()
    }
}

fn frame<'a>(counter: &PayloadCounter, wire: &'a Wire) -> Frame<'a, CountedPayload> {
    let bytes = wire.bytes();
    let head = &bytes[..bytes.len().min(HEAD_LIMIT)];
    let tail = &bytes[bytes.len().saturating_sub(TAIL_LIMIT)..];
    let load = counter.payload(wire.clone());
    match wire {
        Wire::Text(_) => Frame::text(head, load).with_tail(tail),
        Wire::Binary(_) => Frame::binary(head, load),
    }
}

fn written(packet: &Packet<CountedPayload>) -> Wire {
    let mut bytes = Vec::new();
    packet.write_head(&mut bytes);
    if let Some(payload) = packet.payload() {
        bytes.extend_from_slice(payload.content().bytes());
    }
    if packet.is_binary() {
        return Wire::Binary(bytes);
    }
    Wire::Text(String::from_utf8(bytes).expect("heads and JSON are UTF-8"))
}

fn text(payload: Option<&CountedPayload>) -> String {
    match payload.map(CountedPayload::content) {
        Some(Wire::Text(text)) => text,
        Some(Wire::Binary(_)) => unreachable!("JSON is text"),
        None => String::new(),
    }
}

fn bytes(payload: &CountedPayload) -> Vec<u8> {
    match payload.content() {
        Wire::Binary(bytes) => bytes,
        Wire::Text(text) => text.into_bytes(),
    }
}

fn refusal_word(refusal: &Refusal<CountedPayload>) -> String {
    match refusal {
        Refusal::Server(_) => "server".to_owned(),
        other => format!("{other:?}"),
    }
}
