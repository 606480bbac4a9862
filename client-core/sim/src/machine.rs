//! The machine under test as a box with plain data on both sides, so that another build of it (in WebAssembly) can stand here too.

use std::collections::BTreeMap;

use tidewire_core::wire::packet::BadPacket;
use tidewire_core::{
    Ack, AckError, Action, Client, Config, Delivery, Emit, EngineVersion, Event, Frame, HEAD_LIMIT,
    Hint, Link, Lost, Misuse, Nsp, Output, Packet, Refusal, Reply, TAIL_LIMIT, Target, Time,
    Transport,
};

use crate::load::{Ledger, Load};
use crate::wire::Wire;

/// What is done to a machine. Links and namespaces are numbers, counted by the machine.
#[derive(Clone, Debug)]
pub enum Input {
    /// Opens a namespace.
    Namespace(String),
    /// Connects it.
    Connect(usize),
    /// Gives its auth payload.
    Authorize(usize, Option<String>),
    /// Emits an event.
    Emit {
        /// The namespace.
        nsp: usize,
        /// The JSON.
        text: String,
        /// Binary.
        attachments: Vec<Vec<u8>>,
        /// Whether an answer is awaited.
        ack: Ack,
        /// What happens if it cannot go.
        delivery: Delivery,
    },
    /// Answers the question that came as the `n`th of all.
    Reply {
        /// The namespace.
        nsp: usize,
        /// Which question.
        question: usize,
        /// The JSON.
        text: String,
    },
    /// Stops awaiting an ack.
    Cancel(usize, u64),
    /// Forgets what waits.
    ClearOffline(usize),
    /// Leaves a namespace.
    Disconnect(usize),
    /// Leaves all.
    Close,
    /// A WebSocket is open.
    Opened(u32),
    /// A frame has come.
    Packet(u32, Wire),
    /// A request has been answered; `None` in it cannot be read.
    Answer(u32, EngineVersion, Vec<Option<Wire>>),
    /// A link has ended.
    Lost(u32, Lost),
    /// The host knows something.
    Hint(Hint),
    /// Time has passed.
    Timeout,
}

/// What a machine gives back at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Taken {
    /// Nothing to say.
    Yes,
    /// An emit, and the ack it awaits.
    Ack(u64),
    /// A command that could not be carried out.
    Misuse(Misuse),
}

/// What a machine wants done or known.
#[derive(Clone, Debug)]
pub enum Said {
    /// Open a WebSocket.
    Open(u32, Target),
    /// Send a frame over it.
    Send(u32, Wire),
    /// Ask for packets.
    Get(u32, Target),
    /// Send packets.
    Post(u32, Target, Vec<Wire>),
    /// Give a link up.
    Drop(u32),
    /// The application's events; payloads as text.
    Heard(Heard),
}

/// An event for the application.
#[derive(Clone, Debug)]
pub enum Heard {
    /// The session is open.
    Opened,
    /// It has upgraded.
    Upgraded,
    /// It has not.
    UpgradeFailed,
    /// It could not be opened.
    OpenFailed(String),
    /// It is over.
    Closed(String),
    /// A packet broke the rules.
    Malformed(String),
    /// A pause, and then an attempt.
    Reconnecting(u32, u64),
    /// No attempt is left.
    ReconnectFailed,
    /// The auth payload of a namespace is wanted.
    AuthWanted(usize),
    /// A namespace is connected; whether its session was restored.
    Connected(usize, bool),
    /// A namespace is refused.
    Refused(usize, String),
    /// A namespace is disconnected.
    Disconnected(usize, String),
    /// The server reports a failure.
    ServerError(usize),
    /// An event: its JSON, its attachments, and the number of the question if it is one.
    Message(usize, String, Vec<Vec<u8>>, Option<usize>),
    /// An emit gave way.
    EmitDropped(usize, String),
    /// An answer.
    Acked(usize, u64, String, usize),
    /// No answer will come.
    AckLost(usize, u64, AckError),
}

/// A machine.
pub trait Machine {
    /// Does something to it.
    fn input(&mut self, now: u64, input: &Input) -> Taken;
    /// What it says next.
    fn poll(&mut self) -> Option<Said>;
    /// When it wants to be called.
    fn next_timeout(&self) -> Option<u64>;
    /// Whether a namespace is connected.
    fn is_connected(&self, nsp: usize) -> bool;
    /// How many emits wait for a namespace.
    fn offline(&self, nsp: usize) -> usize;
    /// How many packets wait for a POST.
    fn backlog(&self) -> usize;
    /// How many payloads it holds.
    fn live_payloads(&self) -> usize;
}

/// The machine as it is natively.
pub struct Native {
    client: Client<Load>,
    ledger: Ledger,
    nsps: Vec<Nsp>,
    links: BTreeMap<u32, Link>,
    acks: BTreeMap<(usize, u64), tidewire_core::AckId>,
    questions: Vec<Reply>,
}

impl Native {
    /// A machine that has done nothing yet.
    pub fn new(config: Config) -> Native {
        Native {
            client: Client::new(config),
            ledger: Ledger::default(),
            nsps: Vec::new(),
            links: BTreeMap::new(),
            acks: BTreeMap::new(),
            questions: Vec::new(),
        }
    }

    fn text(&self, text: &str) -> Load {
        self.ledger.load(Wire::Text(text.to_owned()))
    }

    fn binary(&self, parts: &[Vec<u8>]) -> Vec<Load> {
        let load = |part: &Vec<u8>| self.ledger.load(Wire::Binary(part.clone()));
        parts.iter().map(load).collect()
    }

    fn emit(&mut self, now: Time, nsp: usize, emit: Emit<Load>) -> Taken {
        match self.client.emit(now, self.nsps[nsp], emit) {
            Ok(None) => Taken::Yes,
            Ok(Some(ack)) => {
                self.acks.insert((nsp, ack.get()), ack);
                Taken::Ack(ack.get())
            }
            Err(misuse) => Taken::Misuse(misuse),
        }
    }

    fn answer(&mut self, now: Time, link: Link, form: EngineVersion, frames: &[Option<Wire>]) {
        let ledger = self.ledger.clone();
        let frames = frames.iter().map(|wire| match wire {
            Some(wire) => Ok(frame(&ledger, wire)),
            None => Err(BadPacket),
        });
        self.client.handle_response(now, link, form, frames);
    }

    fn said(&mut self, output: Output<Load>) -> Said {
        match output {
            Output::Action(action) => self.action(action),
            Output::Event(event) => Said::Heard(self.heard(event)),
        }
    }

    fn action(&mut self, action: Action<Load>) -> Said {
        match action {
            Action::Open { link, target } => Said::Open(self.link(link), target),
            Action::Send { link, packet } => Said::Send(self.link(link), written(&packet)),
            Action::Get { link, target } => Said::Get(self.link(link), target),
            Action::Post {
                link,
                target,
                packets,
            } => Said::Post(
                self.link(link),
                target,
                packets.iter().map(written).collect(),
            ),
            Action::Drop { link } => Said::Drop(self.link(link)),
        }
    }

    fn link(&mut self, link: Link) -> u32 {
        self.links.insert(link.id(), link);
        link.id()
    }

    fn heard(&mut self, event: Event<Load>) -> Heard {
        match event {
            Event::Opened => Heard::Opened,
            Event::Upgraded => Heard::Upgraded,
            Event::UpgradeFailed => Heard::UpgradeFailed,
            Event::OpenFailed(error) => Heard::OpenFailed(format!("{error:?}")),
            Event::Closed(reason) => Heard::Closed(reason.to_string()),
            Event::Malformed(malformed) => Heard::Malformed(malformed.to_string()),
            Event::Reconnecting { attempt, delay } => {
                Heard::Reconnecting(attempt, u64::from(delay.0))
            }
            Event::ReconnectFailed => Heard::ReconnectFailed,
            Event::AuthRequired(nsp) => Heard::AuthWanted(nsp.index()),
            Event::Connected { nsp, recovered, .. } => Heard::Connected(nsp.index(), recovered),
            Event::ConnectError { nsp, refusal } => {
                Heard::Refused(nsp.index(), refusal_word(&refusal))
            }
            Event::Disconnected { nsp, reason } => {
                Heard::Disconnected(nsp.index(), reason.to_string())
            }
            Event::ServerError { nsp, .. } => Heard::ServerError(nsp.index()),
            Event::Message(incoming) => {
                let question = incoming.reply.map(|reply| {
                    self.questions.push(reply);
                    self.questions.len() - 1
                });
                let parts = incoming.attachments.iter().map(bytes).collect();
                Heard::Message(
                    incoming.nsp.index(),
                    text(incoming.payload.as_ref()),
                    parts,
                    question,
                )
            }
            Event::EmitDropped { nsp, payload } => {
                Heard::EmitDropped(nsp.index(), text(Some(&payload)))
            }
            Event::Acked {
                nsp,
                ack,
                payload,
                attachments,
            } => Heard::Acked(
                nsp.index(),
                ack.get(),
                text(payload.as_ref()),
                attachments.len(),
            ),
            Event::AckLost { nsp, ack, why } => Heard::AckLost(nsp.index(), ack.get(), why),
        }
    }
}

impl Machine for Native {
    fn input(&mut self, now: u64, input: &Input) -> Taken {
        let now = Time::from_millis(now);
        let nsp = |at: usize| self.nsps[at];
        match input {
            Input::Namespace(name) => {
                let nsp = self.client.namespace(name, None);
                self.nsps.push(nsp);
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
                };
                return self.emit(now, *nsp, emit);
            }
            Input::Reply {
                nsp,
                question,
                text,
            } => {
                let (reply, payload) = (self.questions[*question], self.text(text));
                let nsp = self.nsps[*nsp];
                if let Err(misuse) = self.client.reply(now, nsp, reply, payload, Vec::new()) {
                    return Taken::Misuse(misuse);
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
            Input::Packet(link, wire) => {
                let frame = frame(&self.ledger, wire);
                self.client.handle_packet(now, self.links[link], frame);
            }
            Input::Answer(link, form, frames) => self.answer(now, self.links[link], *form, frames),
            Input::Lost(link, lost) => self.client.handle_lost(now, self.links[link], *lost),
            Input::Hint(hint) => self.client.handle_hint(now, *hint),
            Input::Timeout => self.client.handle_timeout(now),
        }
        Taken::Yes
    }

    fn poll(&mut self) -> Option<Said> {
        let output = self.client.poll()?;
        Some(self.said(output))
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
        self.ledger.live()
    }
}

/// Whether a target is one of HTTP.
pub fn is_polling(target: &Target) -> bool {
    target.transport == Transport::Polling
}

fn frame<'a>(ledger: &Ledger, wire: &'a Wire) -> Frame<'a, Load> {
    let bytes = wire.bytes();
    let head = &bytes[..bytes.len().min(HEAD_LIMIT)];
    let tail = &bytes[bytes.len().saturating_sub(TAIL_LIMIT)..];
    let load = ledger.load(wire.clone());
    match wire {
        Wire::Text(_) => Frame::text(head, load).with_tail(tail),
        Wire::Binary(_) => Frame::binary(head, load),
    }
}

fn written(packet: &Packet<Load>) -> Wire {
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

fn text(payload: Option<&Load>) -> String {
    match payload.map(Load::content) {
        Some(Wire::Text(text)) => text,
        Some(Wire::Binary(_)) => unreachable!("JSON is text"),
        None => String::new(),
    }
}

fn bytes(payload: &Load) -> Vec<u8> {
    match payload.content() {
        Wire::Binary(bytes) => bytes,
        Wire::Text(text) => text.into_bytes(),
    }
}

fn refusal_word(refusal: &Refusal<Load>) -> String {
    match refusal {
        Refusal::Server(_) => "server".to_owned(),
        other => format!("{other:?}"),
    }
}
