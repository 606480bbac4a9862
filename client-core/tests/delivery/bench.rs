//! A machine of one namespace, fed by hand.

use bytes::Bytes;
use tidewire_core::{
    Ack, AckId, Action, Client, Config, Delivery, Emit, Event, Frame, Hint, Link, Lost, Misuse,
    Nsp, Output, Time,
};

pub(crate) const EIO4: &str =
    r#"0{"sid":"s","upgrades":[],"pingInterval":25000,"pingTimeout":20000,"maxPayload":1000}"#;
pub(crate) const EIO3: &str =
    r#"0{"sid":"s","upgrades":[],"pingInterval":25000,"pingTimeout":20000}"#;

/// A client of one namespace, and what it has said since the last look.
pub(crate) struct Bench {
    pub(crate) client: Client<Bytes>,
    pub(crate) nsp: Nsp,
    pub(crate) link: Option<Link>,
    pub(crate) now: u64,
    pub(crate) sent: Vec<String>,
    pub(crate) news: Vec<String>,
    /// What the application says who it is.
    pub(crate) auth: &'static str,
}

impl Bench {
    pub(crate) fn new(config: Config) -> Bench {
        let mut client = Client::new(config);
        let nsp = client.namespace("/chat", None);
        client.connect(Time::ZERO, nsp);
        let mut bench = Bench {
            client,
            nsp,
            link: None,
            now: 0,
            sent: Vec::new(),
            news: Vec::new(),
            auth: r#"{"token":"t"}"#,
        };
        bench.look();
        bench
    }

    /// Connected to a 4.x server, which has answered CONNECT with `session`.
    pub(crate) fn connected(config: Config, session: &str) -> Bench {
        let mut bench = Bench::new(config);
        bench.hear(EIO4);
        bench.hear(&format!("40/chat,{session}"));
        bench
    }

    pub(crate) fn time(&self) -> Time {
        Time::from_millis(self.now)
    }

    pub(crate) fn hear(&mut self, text: &str) {
        let bytes = Bytes::copy_from_slice(text.as_bytes());
        let frame = Frame::text(text.as_bytes(), bytes).with_tail(text.as_bytes());
        let (now, link) = (self.time(), self.link.unwrap());
        self.client.handle_packet(now, link, frame);
        self.look();
    }

    pub(crate) fn lose(&mut self) {
        self.lose_as(Lost::Closed);
    }

    pub(crate) fn lose_as(&mut self, lost: Lost) {
        let (now, link) = (self.time(), self.link.unwrap());
        self.client.handle_lost(now, link, lost);
        self.look();
    }

    pub(crate) fn wait(&mut self, millis: u64) {
        self.now += millis;
        self.client.handle_timeout(self.time());
        self.look();
    }

    pub(crate) fn hint(&mut self, hint: Hint) {
        self.client.handle_hint(self.time(), hint);
        self.look();
    }

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
        };
        let done = self.client.emit(self.time(), self.nsp, emit);
        self.look();
        done
    }

    pub(crate) fn look(&mut self) {
        while let Some(output) = self.client.poll() {
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
                    self.client.authorize(self.time(), nsp, Some(auth));
                }
                Output::Event(Event::Connected { recovered, .. }) => {
                    self.news.push(format!("connected, recovered {recovered}"));
                }
                Output::Event(Event::EmitDropped { payload, .. }) => {
                    self.news
                        .push(format!("dropped {}", String::from_utf8_lossy(&payload)));
                }
                Output::Event(Event::Acked { ack, .. }) => {
                    self.news.push(format!("{} answered", ack.get()));
                }
                Output::Event(Event::AckLost { ack, why, .. }) => {
                    self.news.push(format!("{} {why:?}", ack.get()));
                }
                Output::Event(Event::Disconnected { reason, .. }) => {
                    self.news.push(reason.to_string());
                }
                _ => {}
            }
        }
    }
}

pub(crate) fn no_jitter() -> Config {
    let mut config = Config::default();
    if let Some(rule) = &mut config.reconnection {
        rule.randomization_percent = 0;
    }
    config
}
