//! The direct lane: when it is open, and what the machine is told by a host that uses it.

use bytes::Bytes;
use tidewire_core::{
    Ack, AckId, Action, Client, Config, Delivery, EngineVersion, Frame, Millis, Misuse, Output,
    Reason, Time, Transport,
};

use crate::single_client::{EIO3, EIO4, SingleClient, no_jitter};

const CONNECTED: &str = r#"{"sid":"a","pid":"p"}"#;

/// Creates a machine connected to a 2.x server.
fn eio3() -> SingleClient {
    let config = Config {
        engine_version: Some(EngineVersion::Eio3),
        ..no_jitter()
    };
    let mut client = SingleClient::new(config);
    for packet in [EIO3, "40", "40/chat,"] {
        client.receive(packet);
    }
    client
}

#[test]
fn the_lane_is_open_over_the_websocket_of_a_session_of_known_version() {
    let mut client = SingleClient::new(no_jitter());
    assert_eq!(client.machine.direct(), None, "it is not open");
    client.receive(EIO4);
    client.receive(&format!("40/chat,{CONNECTED}"));
    assert_eq!(client.machine.direct(), client.link);
    assert_eq!(eio3().machine.direct(), Some(client.link.unwrap()));
    client.lose_connection();
    assert_eq!(client.machine.direct(), None, "it is lost");
}

#[test]
fn the_lane_is_closed_while_outputs_wait_or_a_packet_waits_for_attachments() {
    let mut client = SingleClient::connected(no_jitter(), CONNECTED);
    client.receive(r#"451-/chat,["a",{"_placeholder":true,"num":0}]"#);
    assert_eq!(client.machine.direct(), None);
    let part = Bytes::from_static(&[1]);
    let frame = Frame::binary(&[1], part.clone());
    client
        .machine
        .handle_packet(Time::ZERO, client.link.unwrap(), frame);
    assert_eq!(client.machine.direct(), None, "the event is not polled");
    client.drain();
    assert_eq!(client.machine.direct(), client.link);
}

#[test]
fn over_polling_the_lane_is_the_get() {
    let config = Config {
        transports: vec![Transport::Polling],
        upgrade: false,
        ..no_jitter()
    };
    let mut machine: Client<Bytes> = Client::new(config);
    let nsp = machine.namespace("/", None);
    machine.connect(Time::ZERO, nsp);
    let mut gets = Vec::new();
    for body in [EIO4, r#"40{"sid":"a"}"#] {
        while let Some(output) = machine.poll() {
            match output {
                Output::Action(Action::Get { link, .. }) => gets.push(link),
                Output::Event(tidewire_core::Event::AuthRequired(nsp)) => {
                    machine.authorize(Time::ZERO, nsp, None);
                }
                _ => {}
            }
        }
        let frame = Frame::text(body.as_bytes(), Bytes::from_static(body.as_bytes()));
        let link = *gets.last().unwrap();
        machine.handle_response(Time::ZERO, link, EngineVersion::Eio4, [Ok(frame)]);
    }
    let mut next = None;
    while let Some(output) = machine.poll() {
        if let Output::Action(Action::Get { link, .. }) = output {
            next = Some(link);
        }
    }
    assert!(next.is_some());
    assert_eq!(machine.direct(), next);
}

#[test]
fn an_expected_ack_is_answered_once() {
    let mut client = SingleClient::connected(no_jitter(), CONNECTED);
    let (now, nsp) = (client.time(), client.nsp);
    let first = client
        .emit(r#"["a"]"#, Ack::Unlimited, Delivery::Once)
        .unwrap();
    let ack = client.machine.expect(now, nsp, None).unwrap();
    assert_eq!((first.unwrap().get(), ack.get()), (0, 1));
    assert!(client.machine.answered(nsp, ack));
    assert!(!client.machine.answered(nsp, ack));
    assert!(
        client.machine.answered(nsp, first.unwrap()),
        "that of an emit, too"
    );
    assert_eq!(client.machine.direct(), client.link);
}

#[test]
fn an_expected_ack_is_lost_after_its_limit_or_with_the_connection() {
    let mut client = SingleClient::connected(no_jitter(), CONNECTED);
    let (now, nsp) = (client.time(), client.nsp);
    client.events.clear();
    for limit in [Some(Millis(50)), None] {
        client.machine.expect(now, nsp, limit).unwrap();
    }
    assert_eq!(client.machine.next_timeout(), Some(Time::from_millis(50)));
    client.advance(50);
    client.lose_connection();
    let expected = [
        "0 Timeout",
        Reason::TransportClose.as_str(),
        "1 Disconnected",
    ];
    assert_eq!(client.events, expected);
}

#[test]
fn expected_acks_count_as_awaited() {
    let config = Config {
        max_acks: 1,
        ..no_jitter()
    };
    let mut client = SingleClient::connected(config, CONNECTED);
    let (now, nsp) = (client.time(), client.nsp);
    let ack = client.machine.expect(now, nsp, None).unwrap();
    let second = client.machine.expect(now, nsp, None);
    assert_eq!(second, Err(Misuse::TooManyAcks));
    assert!(client.machine.answered(nsp, ack));
    client.machine.expect(now, nsp, None).unwrap();
}

#[test]
fn the_ack_of_a_retried_event_lets_the_next_one_go() {
    let config = Config {
        retry_window: 1,
        ..no_jitter()
    };
    let mut client = SingleClient::connected(config, CONNECTED);
    let (now, nsp) = (client.time(), client.nsp);
    let retried = Delivery::AtLeastOnce { retries: 1 };
    let mut emit = |json| client.emit(json, Ack::Unlimited, retried).unwrap().unwrap();
    let (first, second) = (emit(r#"["a"]"#), emit(r#"["b"]"#));
    client.sent.clear();
    assert!(!client.machine.answered(nsp, first), "that is an input");
    assert!(
        !client.machine.answered_retried(now, nsp, second),
        "not sent"
    );
    assert!(client.machine.answered_retried(now, nsp, first));
    assert_eq!(client.machine.direct(), None, "the next one is not polled");
    client.drain();
    assert_eq!(client.sent, [r#"42/chat,1["b"]"#]);
    assert!(!client.machine.answered_retried(now, nsp, first), "twice");
    assert!(client.machine.answered_retried(now, nsp, second));
    assert_eq!(client.machine.direct(), client.link);
}

#[test]
fn the_machine_takes_the_packet_of_a_retried_ack_too() {
    let mut client = SingleClient::connected(no_jitter(), CONNECTED);
    let retried = Delivery::AtLeastOnce { retries: 1 };
    let ack = client.emit(r#"["a"]"#, Ack::Unlimited, retried).unwrap();
    assert!(!client.machine.answered(client.nsp, ack.unwrap()));
    client.events.clear();
    client.receive("43/chat,0[]");
    assert_eq!(client.events, ["0 acked"]);
}

#[test]
fn the_offset_of_a_noted_event_is_asked_for_after_a_loss() {
    let mut client = SingleClient::connected(no_jitter(), CONNECTED);
    for offset in [Some("o1".into()), None] {
        client.machine.note_event(Time::ZERO, client.nsp, offset);
    }
    client.lose_connection();
    client.sent.clear();
    client.advance(5_000);
    client.receive(EIO4);
    let connect = r#"40/chat,{"pid":"p","offset":"o1","token":"t"}"#;
    assert_eq!(client.sent, [connect]);
}

#[test]
fn an_eio3_server_is_alive_while_events_are_noted() {
    let mut client = eio3();
    client.advance(25_000);
    for _ in 0..5 {
        client.now += 15_000;
        client.machine.note_event(client.time(), client.nsp, None);
        client.advance(0);
    }
    assert!(client.machine.is_connected(client.nsp));
    client.advance(45_000);
    assert_eq!(client.events.last().unwrap(), Reason::PingTimeout.as_str());
}

#[test]
fn a_reply_to_an_event_of_the_lane_goes_to_its_connection_only() {
    let mut client = SingleClient::connected(no_jitter(), CONNECTED);
    let reply = client
        .machine
        .reply_to(client.nsp, AckId::from_number(7))
        .unwrap();
    client.sent.clear();
    let answer = |client: &mut SingleClient| {
        let payload = Bytes::from_static(b"[]");
        let result = client
            .machine
            .reply(client.time(), client.nsp, reply, payload, Vec::new());
        client.drain();
        result
    };
    answer(&mut client).unwrap();
    assert_eq!(client.sent, ["43/chat,7[]"]);
    client.lose_connection();
    client.advance(5_000);
    client.receive(EIO4);
    client.receive(&format!("40/chat,{CONNECTED}"));
    assert_eq!(answer(&mut client), Err(Misuse::StaleReply));
}
