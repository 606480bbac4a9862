//! A machine with one namespace; the test is its host and its server.

use bytes::Bytes;
use tidewire_core::{
    Ack, AckId, Action, Client, Config, Delivery, Emit, Event, Frame, Hint, Link, Lost, Misuse,
    Nsp, Output, Time,
};

/// The handshake of a 4.x server.
pub(crate) const EIO4: &str =
    r#"0{"sid":"s","upgrades":[],"pingInterval":25000,"pingTimeout":20000,"maxPayload":1000}"#;
/// The handshake of a 2.x server.
pub(crate) const EIO3: &str =
    r#"0{"sid":"s","upgrades":[],"pingInterval":25000,"pingTimeout":20000}"#;

/// A machine with the namespace `/chat`, and the frames and events of it.
pub(crate) struct SingleClient {
    pub(crate) machine: Client<Bytes>,
    pub(crate) nsp: Nsp,
    pub(crate) link: Option<Link>,
    pub(crate) now: u64,
    pub(crate) sent: Vec<String>,
    pub(crate) events: Vec<String>,
    /// The auth payload of the application.
    pub(crate) auth: &'static str,
}

impl SingleClient {
    /// Creates a machine and opens its connection.
    pub(crate) fn new(config: Config) -> SingleClient {
        let mut machine = Client::new(config);
        let nsp = machine.namespace("/chat", None);
        machine.connect(Time::ZERO, nsp);
        let mut client = SingleClient {
            machine,
            nsp,
            link: None,
            now: 0,
            sent: Vec::new(),
            events: Vec::new(),
            auth: r#"{"token":"t"}"#,
        };
        client.drain();
        client
    }

    /// Creates a machine connected to a 4.x server, which has answered CONNECT with `session`.
    pub(crate) fn connected(config: Config, session: &str) -> SingleClient {
        let mut client = SingleClient::new(config);
        client.receive(EIO4);
        client.receive(&format!("40/chat,{session}"));
        client
    }

    pub(crate) fn time(&self) -> Time {
        Time::from_millis(self.now)
    }

    /// Delivers a text frame.
    pub(crate) fn receive(&mut self, text: &str) {
        let bytes = Bytes::copy_from_slice(text.as_bytes());
        let frame = Frame::text(text.as_bytes(), bytes).with_tail(text.as_bytes());
        let (now, link) = (self.time(), self.link.unwrap());
        self.machine.handle_packet(now, link, frame);
        self.drain();
    }

    /// Closes the WebSocket.
    pub(crate) fn lose_connection(&mut self) {
        self.lose_with(Lost::Closed);
    }

    /// Ends the WebSocket as `lost` says.
    pub(crate) fn lose_with(&mut self, lost: Lost) {
        let (now, link) = (self.time(), self.link.unwrap());
        self.machine.handle_lost(now, link, lost);
        self.drain();
    }

    /// Advances the time by `millis` milliseconds and fires timers.
    pub(crate) fn advance(&mut self, millis: u64) {
        self.now += millis;
        self.machine.handle_timeout(self.time());
        self.drain();
    }

    /// Gives a hint.
    pub(crate) fn hint(&mut self, hint: Hint) {
        self.machine.handle_hint(self.time(), hint);
        self.drain();
    }

    /// Emits an event.
    pub(crate) fn emit(
        &mut self,
        json: &'static str,
        ack: Ack,
        delivery: Delivery,
    ) -> Result<Option<AckId>, Misuse> {
        let payload = Bytes::from_static(json.as_bytes());
        let emit = Emit {
            payload,
            attachments: Vec::new(),
            ack,
            delivery,
            compress: true,
        };
        let result = self.machine.emit(self.time(), self.nsp, emit);
        self.drain();
        result
    }

    /// Handles all outputs of the machine.
    pub(crate) fn drain(&mut self) {
        while let Some(output) = self.machine.poll() {
            match output {
                Output::Action(Action::Open { link, .. }) => self.link = Some(link),
                Output::Action(Action::Send { packet, .. }) => {
                    let mut frame = Vec::new();
                    packet.write_head(&mut frame);
                    frame.extend_from_slice(packet.payload().map_or(&[][..], |payload| payload));
                    self.sent.push(String::from_utf8(frame).unwrap());
                }
                Output::Event(Event::AuthRequired(nsp)) => {
                    let auth = Bytes::from_static(self.auth.as_bytes());
                    self.machine.authorize(self.time(), nsp, Some(auth));
                }
                Output::Event(Event::Connected { recovered, .. }) => {
                    self.events
                        .push(format!("connected, recovered {recovered}"));
                }
                Output::Event(Event::EmitDropped { payload, .. }) => {
                    self.events
                        .push(format!("dropped {}", String::from_utf8_lossy(&payload)));
                }
                Output::Event(Event::Acked { ack, .. }) => {
                    self.events.push(format!("{} acked", ack.get()));
                }
                Output::Event(Event::AckLost { ack, why, .. }) => {
                    self.events.push(format!("{} {why:?}", ack.get()));
                }
                Output::Event(Event::Disconnected { reason, .. }) => {
                    self.events.push(reason.to_string());
                }
                _ => {}
            }
        }
    }
}

/// Returns the default config without jitter.
pub(crate) fn no_jitter() -> Config {
    let mut config = Config::default();
    if let Some(rule) = &mut config.reconnection {
        rule.randomization_percent = 0;
    }
    config
}
