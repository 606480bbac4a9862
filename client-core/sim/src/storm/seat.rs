//! One client of a storm: the real machine, and what its host and its network know of it.

use tidewire_core::{
    Action, Client, Config, Event, Frame, Link, Lost, Nsp, Output, Packet, Payload, Reconnection,
    Time,
};

use super::dice::Dice;

/// A payload without content: its length is all the machine asks for.
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

/// What a 4.x server says first, and its answer to CONNECT, and its ping. Every client could have ids of its own, but
/// nothing here depends on them.
const HANDSHAKE: &str = r#"0{"sid":"lv_VI97HAXpY6yYWAAAC","upgrades":[],"pingInterval":25000,"pingTimeout":20000,"maxPayload":1000000}"#;
const JOINED: &str = r#"40{"sid":"wZX3oN0bSVIhsaknAAAI"}"#;
const PING: &str = "2";

/// How often the server pings, as it says in its handshake.
pub(super) const PING_INTERVAL: u64 = 25_000;

/// What a machine wants of the storm around it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wish {
    /// A connection is to be opened: the link it holds.
    Open,
    /// CONNECT was sent.
    Join,
    /// The namespace is connected.
    Connected,
    /// The connection of a namespace is gone.
    Disconnected,
}

#[derive(Debug)]
pub(super) struct Seat {
    machine: Client<Length>,
    /// What is being opened or open.
    link: Option<Link>,
    /// When it is woken next.
    alarm: u64,
    /// The time a packet takes, in milliseconds.
    pub(super) distance: u8,
    /// Chance below 100 that decides what a partition means for this client.
    pub(super) lot: u8,
    /// When it last began to open, since the trouble began.
    pub(super) tried: Option<u64>,
}

impl Seat {
    pub(super) fn new(reconnection: &Reconnection, dice: &mut Dice) -> Seat {
        Seat {
            machine: Client::new(Config {
                reconnection: Some(reconnection.clone()),
                seed: dice.next(),
                ..Config::default()
            }),
            link: None,
            alarm: u64::MAX,
            distance: 5 + dice.below(95) as u8,
            lot: dice.below(100) as u8,
            tried: None,
        }
    }

    /// Whether an attempt or a connection is still wanted.
    pub(super) fn holds(&self, link: Link) -> bool {
        self.link == Some(link)
    }

    pub(super) fn link(&self) -> Option<Link> {
        self.link
    }

    // ---- what happens to the machine ----

    pub(super) fn start(&mut self, now: u64) {
        let root = self.machine.namespace("/", None);
        self.machine.connect(Time::from_millis(now), root);
    }

    /// The server has accepted.
    pub(super) fn opened(&mut self, now: u64, link: Link) {
        self.machine.handle_opened(Time::from_millis(now), link);
        self.hear(now, link, HANDSHAKE);
    }

    pub(super) fn joined(&mut self, now: u64, link: Link) {
        self.hear(now, link, JOINED);
    }

    pub(super) fn pinged(&mut self, now: u64, link: Link) {
        self.hear(now, link, PING);
    }

    pub(super) fn lost(&mut self, now: u64, link: Link, lost: Lost) {
        self.link.take_if(|held| *held == link);
        self.machine.handle_lost(Time::from_millis(now), link, lost);
    }

    pub(super) fn woken(&mut self, now: u64) {
        if self.alarm <= now {
            self.alarm = u64::MAX;
        }
        self.machine.handle_timeout(Time::from_millis(now));
    }

    fn hear(&mut self, now: u64, link: Link, text: &'static str) {
        let frame = Frame::text(text.as_bytes(), Length(text.len()));
        self.machine
            .handle_packet(Time::from_millis(now), link, frame);
    }

    // ---- what the machine wants ----

    /// The next thing it wants, until there is none.
    pub(super) fn wish(&mut self, now: u64) -> Option<Wish> {
        while let Some(output) = self.machine.poll() {
            let wish = match output {
                Output::Action(action) => self.act(action),
                Output::Event(event) => self.news(now, &event),
            };
            if wish.is_some() {
                return wish;
            }
        }
        None
    }

    /// When to wake it, within a span of time, if that is sooner than was planned.
    pub(super) fn alarm(&mut self, (soonest, latest): (u64, u64)) -> Option<u64> {
        let wanted = self.machine.next_timeout()?.as_millis();
        let alarm = wanted.clamp(soonest, latest);
        let sooner = alarm < self.alarm;
        sooner.then(|| {
            self.alarm = alarm;
            alarm
        })
    }

    fn act(&mut self, action: Action<Length>) -> Option<Wish> {
        match action {
            Action::Open { link, .. } => {
                self.link = Some(link);
                Some(Wish::Open)
            }
            Action::Drop { link } => {
                self.link.take_if(|held| *held == link);
                None
            }
            Action::Send { packet, .. } => {
                matches!(packet, Packet::Message(_)).then_some(Wish::Join)
            }
            // Its transport is the WebSocket alone.
            Action::Get { .. } | Action::Post { .. } => None,
        }
    }

    fn news(&mut self, now: u64, event: &Event<Length>) -> Option<Wish> {
        match event {
            Event::AuthRequired(root) => {
                self.authorize(now, *root);
                None
            }
            Event::Connected { .. } => Some(Wish::Connected),
            Event::Disconnected { .. } => Some(Wish::Disconnected),
            _ => None,
        }
    }

    fn authorize(&mut self, now: u64, root: Nsp) {
        self.machine.authorize(Time::from_millis(now), root, None);
    }
}
