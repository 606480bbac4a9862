//! Recovery, the policies of the offline buffer, hints and the faster heartbeat: the machine alone, fed by hand.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use bytes::Bytes;
use tidewire_core::{
    Ack, AckError, Action, Client, Config, Dialect, Emit, Event, Frame, Hint, Link, Lost, Millis,
    Misuse, Nsp, OfflinePolicy, Output, Reason, Time,
};

const V4: &str =
    r#"0{"sid":"s","upgrades":[],"pingInterval":25000,"pingTimeout":20000,"maxPayload":1000}"#;
const V3: &str = r#"0{"sid":"s","upgrades":[],"pingInterval":25000,"pingTimeout":20000}"#;

/// A client of one namespace, and what it has said since the last look.
struct Bench {
    client: Client<Bytes>,
    nsp: Nsp,
    link: Option<Link>,
    now: u64,
    sent: Vec<String>,
    news: Vec<String>,
}

impl Bench {
    fn new(config: Config) -> Bench {
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
        };
        bench.look();
        bench
    }

    /// Connected to a 4.x server, which has answered CONNECT with `session`.
    fn connected(config: Config, session: &str) -> Bench {
        let mut bench = Bench::new(config);
        bench.hear(V4);
        bench.hear(&format!("40/chat,{session}"));
        bench
    }

    fn time(&self) -> Time {
        Time::from_millis(self.now)
    }

    fn hear(&mut self, text: &str) {
        let bytes = Bytes::copy_from_slice(text.as_bytes());
        let frame = Frame::text(text.as_bytes(), bytes).with_tail(text.as_bytes());
        let (now, link) = (self.time(), self.link.unwrap());
        self.client.handle_packet(now, link, frame);
        self.look();
    }

    fn lose(&mut self) {
        let (now, link) = (self.time(), self.link.unwrap());
        self.client.handle_lost(now, link, Lost::Closed);
        self.look();
    }

    fn wait(&mut self, millis: u64) {
        self.now += millis;
        self.client.handle_timeout(self.time());
        self.look();
    }

    fn hint(&mut self, hint: Hint) {
        self.client.handle_hint(self.time(), hint);
        self.look();
    }

    fn emit(&mut self, json: &'static str, ack: Ack, volatile: bool) -> Result<(), Misuse> {
        let payload = Bytes::from_static(json.as_bytes());
        let emit = Emit {
            payload,
            attachments: Vec::new(),
            ack,
            volatile,
        };
        let done = self.client.emit(self.time(), self.nsp, emit);
        self.look();
        done.map(drop)
    }

    fn look(&mut self) {
        while let Some(output) = self.client.poll() {
            match output {
                Output::Action(Action::Open { link, .. }) => self.link = Some(link),
                Output::Action(Action::Send { packet, .. }) => {
                    let mut frame = Vec::new();
                    packet.write_head(&mut frame);
                    frame.extend_from_slice(packet.payload().map_or(&[][..], |payload| payload));
                    self.sent.push(String::from_utf8(frame).unwrap());
                }
                Output::Event(Event::AuthWanted(nsp)) => {
                    let auth = Bytes::from_static(br#"{"token":"t"}"#);
                    self.client.authorize(self.time(), nsp, Some(auth));
                }
                Output::Event(Event::Connected { recovered, .. }) => {
                    self.news.push(format!("connected, recovered {recovered}"));
                }
                Output::Event(Event::EmitDropped { payload, .. }) => {
                    self.news
                        .push(format!("dropped {}", String::from_utf8_lossy(&payload)));
                }
                Output::Event(Event::AckLost { why, .. }) => self.news.push(format!("{why:?}")),
                Output::Event(Event::Disconnected { reason, .. }) => {
                    self.news.push(reason.to_string());
                }
                _ => {}
            }
        }
    }
}

fn no_jitter() -> Config {
    let mut config = Config::default();
    if let Some(rule) = &mut config.reconnection {
        rule.randomization_percent = 0;
    }
    config
}

#[test]
fn a_lost_session_is_asked_for_with_pid_and_offset_and_may_be_recovered_again_and_again() {
    let mut bench = Bench::connected(no_jitter(), r#"{"sid":"a","pid":"p"}"#);
    assert_eq!(bench.news, ["connected, recovered false"]);
    for offset in ["o1", "o2"] {
        bench.hear(&format!(r#"42/chat,["x",1,"{offset}"]"#));
        bench.hear(r#"42/chat,["no offset",{"a":"b"}]"#);
        bench.lose();
        (bench.sent, bench.news) = Default::default();
        bench.wait(5_000);
        bench.hear(V4);
        let asked = format!(r#"40/chat,{{"pid":"p","offset":"{offset}","token":"t"}}"#);
        assert_eq!(bench.sent, [asked]);
        bench.hear(r#"40/chat,{"sid":"a","pid":"p"}"#);
        assert_eq!(bench.news, ["connected, recovered true"]);
    }
}

#[test]
fn another_pid_says_that_the_session_is_new_and_its_offset_too() {
    let mut bench = Bench::connected(no_jitter(), r#"{"sid":"a","pid":"p"}"#);
    bench.hear(r#"42/chat,["x","o1"]"#);
    bench.lose();
    bench.wait(5_000);
    bench.hear(V4);
    bench.hear(r#"40/chat,{"sid":"b","pid":"q"}"#);
    assert_eq!(bench.news.last().unwrap(), "connected, recovered false");
    bench.lose();
    bench.sent.clear();
    bench.wait(5_000);
    bench.hear(V4);
    assert_eq!(bench.sent, [r#"40/chat,{"token":"t"}"#]);
}

#[test]
fn a_packet_that_breaks_the_rules_is_not_asked_for_again() {
    let mut bench = Bench::connected(no_jitter(), r#"{"sid":"a","pid":"p"}"#);
    bench.hear(r#"42/chat,["x","o1"]"#);
    bench.hear("42/chat,{}");
    assert_eq!(bench.news.last().unwrap(), Reason::ParseError.as_str());
    bench.sent.clear();
    bench.wait(5_000);
    bench.hear(V4);
    assert_eq!(bench.sent, [r#"40/chat,{"token":"t"}"#]);
}

#[test]
fn a_full_offline_buffer_refuses_or_drops_as_it_is_told() {
    let policies = [
        (OfflinePolicy::Refuse, vec!["a", "b"], vec![]),
        (
            OfflinePolicy::DropOldest,
            vec!["b", "c"],
            vec![r#"dropped ["a"]"#],
        ),
        (
            OfflinePolicy::DropNewest,
            vec!["a", "b"],
            vec![r#"dropped ["c"]"#],
        ),
    ];
    for (policy, kept, told) in policies {
        let config = Config {
            offline_packets: 2,
            offline_policy: policy,
            ..no_jitter()
        };
        let mut bench = Bench::new(config);
        bench.emit(r#"["a"]"#, Ack::None, false).unwrap();
        bench.emit(r#"["b"]"#, Ack::None, false).unwrap();
        let third = bench.emit(r#"["c"]"#, Ack::None, false);
        assert_eq!(third.is_err(), policy == OfflinePolicy::Refuse);
        assert_eq!(bench.news, told);
        let waiting: Vec<String> = bench
            .client
            .offline(bench.nsp)
            .map(|json| String::from_utf8_lossy(&json[2..json.len() - 2]).into_owned())
            .collect();
        assert_eq!(waiting, kept);
        bench.hear(V4);
        bench.hear(r#"40/chat,{"sid":"a"}"#);
        let expected: Vec<String> = kept
            .iter()
            .map(|name| format!(r#"42/chat,["{name}"]"#))
            .collect();
        assert_eq!(bench.sent[1..], expected);
    }
}

#[test]
fn acks_of_emits_that_gave_way_or_were_cleared_are_settled() {
    let config = Config {
        offline_packets: 1,
        offline_policy: OfflinePolicy::DropOldest,
        ..no_jitter()
    };
    let mut bench = Bench::new(config);
    bench.emit(r#"["a"]"#, Ack::Unlimited, false).unwrap();
    bench.emit(r#"["b"]"#, Ack::Unlimited, false).unwrap();
    assert_eq!(bench.news, [format!("{:?}", AckError::Dropped)]);
    bench.client.clear_offline(bench.nsp);
    bench.look();
    assert_eq!(bench.news.len(), 2);
    assert_eq!(bench.client.offline(bench.nsp).count(), 0);
}

#[test]
fn an_emit_that_could_never_fit_is_refused_whatever_the_policy() {
    let config = Config {
        offline_bytes: 4,
        offline_policy: OfflinePolicy::DropOldest,
        ..no_jitter()
    };
    let mut bench = Bench::new(config);
    assert_eq!(
        bench.emit(r#"["too long"]"#, Ack::None, false),
        Err(Misuse::BufferFull)
    );
}

#[test]
fn volatile_events_are_dropped_while_the_transport_is_congested() {
    let mut bench = Bench::connected(no_jitter(), r#"{"sid":"a"}"#);
    bench.sent.clear();
    bench.hint(Hint::Congested);
    bench.emit(r#"["v"]"#, Ack::None, true).unwrap();
    bench.emit(r#"["kept"]"#, Ack::None, false).unwrap();
    bench.hint(Hint::Writable);
    bench.emit(r#"["w"]"#, Ack::None, true).unwrap();
    assert_eq!(bench.sent, [r#"42/chat,["kept"]"#, r#"42/chat,["w"]"#]);
}

#[test]
fn a_network_that_comes_or_goes_is_believed_at_once() {
    let mut bench = Bench::connected(no_jitter(), r#"{"sid":"a"}"#);
    let first = bench.link;
    bench.hint(Hint::Offline);
    assert_eq!(bench.news.last().unwrap(), Reason::TransportClose.as_str());
    assert_eq!(bench.link, first);
    bench.hint(Hint::Online);
    assert_ne!(bench.link, first, "it tries again without waiting");
}

#[test]
fn nothing_is_tried_in_the_background() {
    let mut bench = Bench::connected(no_jitter(), r#"{"sid":"a"}"#);
    let first = bench.link;
    bench.hint(Hint::Background);
    bench.lose();
    bench.wait(60_000);
    assert_eq!(bench.link, first);
    bench.hint(Hint::Foreground);
    assert_ne!(bench.link, first);
}

#[test]
fn a_dead_peer_is_found_within_the_grace_that_is_wanted() {
    let config = Config {
        ping_grace: Some(Millis(1_000)),
        ..no_jitter()
    };
    let mut bench = Bench::connected(config, r#"{"sid":"a"}"#);
    bench.wait(25_999);
    assert!(bench.client.is_connected(bench.nsp));
    bench.wait(1);
    assert_eq!(bench.news.last().unwrap(), Reason::PingTimeout.as_str());
}

#[test]
fn an_old_server_is_pinged_as_often_as_is_wanted_and_at_once_in_the_foreground() {
    let config = Config {
        ping_every: Some(Millis(2_000)),
        ping_grace: Some(Millis(500)),
        dialect: Some(Dialect::V3),
        ..no_jitter()
    };
    let mut bench = Bench::new(config);
    for packet in [V3, "40", "40/chat,"] {
        bench.hear(packet);
    }
    bench.sent.clear();
    bench.wait(2_000);
    assert_eq!(bench.sent, ["2"]);
    bench.hear("3");
    bench.hint(Hint::Foreground);
    assert_eq!(bench.sent, ["2", "2"]);
    bench.wait(499);
    assert!(bench.client.is_connected(bench.nsp));
    bench.wait(1);
    assert_eq!(bench.news.last().unwrap(), Reason::PingTimeout.as_str());
}
