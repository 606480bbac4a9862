//! One client of a storm: the real machine, with the state of its host and its network.

use tidewire_core::{
    Action, Client, Config, Event, Frame, Link, Lost, Nsp, Output, Packet, Payload, Reconnection,
    Time,
};

use crate::rng::Rng;

/// A payload without content, because the machine only needs its length.
#[derive(Debug)]
pub(super) struct Length(usize);

impl Payload for Length {
    fn size(&self) -> usize {
        self.0
    }

    fn strip_head(self, head: &[u8]) -> Self {
        Length(self.0 - head.len())
    }

    fn clone_ref(&self) -> Self {
        Length(self.0)
    }
}

/// The handshake of a 4.x server, its answer to CONNECT, and its ping. All clients share the ids, because nothing depends on them.
const HANDSHAKE: &str = r#"0{"sid":"lv_VI97HAXpY6yYWAAAC","upgrades":[],"pingInterval":25000,"pingTimeout":20000,"maxPayload":1000000}"#;
const CONNECT_REPLY: &str = r#"40{"sid":"wZX3oN0bSVIhsaknAAAI"}"#;
const PING: &str = "2";

/// The ping interval of the handshake, in milliseconds.
pub(super) const PING_INTERVAL: u64 = 25_000;

/// An output of a machine that matters to the storm.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ClientOutput {
    /// Open a connection on the current link.
    Open,
    /// CONNECT was sent.
    SendConnect,
    /// The namespace is connected.
    Connected,
    /// The namespace is disconnected.
    Disconnected,
}

#[derive(Debug)]
pub(super) struct StormClient {
    machine: Client<Length>,
    /// The link that is opening or open.
    link: Option<Link>,
    /// When the machine is woken next, in milliseconds.
    wake_at: u64,
    /// The one-way latency, in milliseconds.
    pub(super) latency: u8,
    /// A random number below 100 that decides the effect of a partition.
    pub(super) partition_draw: u8,
    /// When the last attempt since the start of the outage began.
    pub(super) last_attempt: Option<u64>,
}

impl StormClient {
    pub(super) fn new(reconnection: &Reconnection, rng: &mut Rng) -> StormClient {
        StormClient {
            machine: Client::new(Config {
                reconnection: Some(reconnection.clone()),
                seed: rng.next(),
                ..Config::default()
            }),
            link: None,
            wake_at: u64::MAX,
            latency: 5 + rng.below(95) as u8,
            partition_draw: rng.below(100) as u8,
            last_attempt: None,
        }
    }

    /// Returns whether the client holds the link.
    pub(super) fn holds(&self, link: Link) -> bool {
        self.link == Some(link)
    }

    pub(super) fn link(&self) -> Option<Link> {
        self.link
    }

    // ---- inputs of the machine ----

    pub(super) fn start(&mut self, now: u64) {
        let root = self.machine.namespace("/", None);
        self.machine.connect(Time::from_millis(now), root);
    }

    /// The server has accepted the connection.
    pub(super) fn on_open(&mut self, now: u64, link: Link) {
        self.machine.handle_opened(Time::from_millis(now), link);
        self.receive(now, link, HANDSHAKE);
    }

    pub(super) fn on_connect(&mut self, now: u64, link: Link) {
        self.receive(now, link, CONNECT_REPLY);
    }

    pub(super) fn on_ping(&mut self, now: u64, link: Link) {
        self.receive(now, link, PING);
    }

    pub(super) fn lost(&mut self, now: u64, link: Link, lost: Lost) {
        self.link.take_if(|held| *held == link);
        self.machine.handle_lost(Time::from_millis(now), link, lost);
    }

    pub(super) fn on_timeout(&mut self, now: u64) {
        if self.wake_at <= now {
            self.wake_at = u64::MAX;
        }
        self.machine.handle_timeout(Time::from_millis(now));
    }

    fn receive(&mut self, now: u64, link: Link, text: &'static str) {
        let frame = Frame::text(text.as_bytes(), Length(text.len()));
        self.machine
            .handle_packet(Time::from_millis(now), link, frame);
    }

    // ---- outputs of the machine ----

    /// Returns the next output that matters to the storm.
    pub(super) fn next_output(&mut self, now: u64) -> Option<ClientOutput> {
        while let Some(output) = self.machine.poll() {
            let relevant = match output {
                Output::Action(action) => self.act(action),
                Output::Event(event) => self.on_event(now, &event),
            };
            if relevant.is_some() {
                return relevant;
            }
        }
        None
    }

    /// Returns when to wake the machine, within a span of time, if that is sooner than planned.
    pub(super) fn wake_at(&mut self, (soonest, latest): (u64, u64)) -> Option<u64> {
        let wanted = self.machine.next_timeout()?.as_millis();
        let wake_at = wanted.clamp(soonest, latest);
        let sooner = wake_at < self.wake_at;
        sooner.then(|| {
            self.wake_at = wake_at;
            wake_at
        })
    }

    fn act(&mut self, action: Action<Length>) -> Option<ClientOutput> {
        match action {
            Action::Open { link, .. } => {
                self.link = Some(link);
                Some(ClientOutput::Open)
            }
            Action::Drop { link } => {
                self.link.take_if(|held| *held == link);
                None
            }
            Action::Send { packet, .. } => {
                matches!(packet, Packet::Message(_)).then_some(ClientOutput::SendConnect)
            }
            // The client uses WebSocket only.
            Action::Get { .. } | Action::Post { .. } => None,
        }
    }

    fn on_event(&mut self, now: u64, event: &Event<Length>) -> Option<ClientOutput> {
        match event {
            Event::AuthRequired(root) => {
                self.authorize(now, *root);
                None
            }
            Event::Connected { .. } => Some(ClientOutput::Connected),
            Event::Disconnected { .. } => Some(ClientOutput::Disconnected),
            _ => None,
        }
    }

    fn authorize(&mut self, now: u64, root: Nsp) {
        self.machine.authorize(Time::from_millis(now), root, None);
    }
}
