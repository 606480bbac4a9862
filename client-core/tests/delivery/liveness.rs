//! Hints from the host, and faster detection of dead peers.

use tidewire_core::{Ack, Config, Delivery, EngineVersion, Hint, Millis, Reason};

use crate::single_client::{EIO3, SingleClient, no_jitter};

#[test]
fn volatile_events_are_dropped_while_the_transport_is_congested() {
    let mut client = SingleClient::connected(no_jitter(), r#"{"sid":"a"}"#);
    client.sent.clear();
    client.hint(Hint::Congested);
    client
        .emit(r#"["v"]"#, Ack::None, Delivery::Volatile)
        .unwrap();
    client
        .emit(r#"["kept"]"#, Ack::None, Delivery::Once)
        .unwrap();
    client.hint(Hint::Writable);
    client
        .emit(r#"["w"]"#, Ack::None, Delivery::Volatile)
        .unwrap();
    assert_eq!(client.sent, [r#"42/chat,["kept"]"#, r#"42/chat,["w"]"#]);
}

#[test]
fn online_and_offline_hints_take_effect_at_once() {
    let mut client = SingleClient::connected(no_jitter(), r#"{"sid":"a"}"#);
    let first = client.link;
    client.hint(Hint::Offline);
    assert_eq!(
        client.events.last().unwrap(),
        Reason::TransportClose.as_str()
    );
    assert_eq!(client.link, first);
    client.hint(Hint::Online);
    assert_ne!(client.link, first, "it reconnects without a delay");
}

#[test]
fn the_client_does_not_reconnect_in_the_background() {
    let mut client = SingleClient::connected(no_jitter(), r#"{"sid":"a"}"#);
    let first = client.link;
    client.hint(Hint::Background);
    client.lose_connection();
    client.advance(60_000);
    assert_eq!(client.link, first);
    client.hint(Hint::Foreground);
    assert_ne!(client.link, first);
}

#[test]
fn a_dead_peer_is_detected_within_the_configured_grace() {
    let config = Config {
        ping_grace: Some(Millis(1_000)),
        ..no_jitter()
    };
    let mut client = SingleClient::connected(config, r#"{"sid":"a"}"#);
    client.advance(25_999);
    assert!(client.machine.is_connected(client.nsp));
    client.advance(1);
    assert_eq!(client.events.last().unwrap(), Reason::PingTimeout.as_str());
}

#[test]
fn an_eio3_server_is_pinged_at_the_configured_interval_and_at_once_in_the_foreground() {
    let config = Config {
        ping_every: Some(Millis(2_000)),
        ping_grace: Some(Millis(500)),
        engine_version: Some(EngineVersion::Eio3),
        ..no_jitter()
    };
    let mut client = SingleClient::new(config);
    for packet in [EIO3, "40", "40/chat,"] {
        client.receive(packet);
    }
    client.sent.clear();
    client.advance(2_000);
    assert_eq!(client.sent, ["2"]);
    client.receive("3");
    client.hint(Hint::Foreground);
    assert_eq!(client.sent, ["2", "2"]);
    client.advance(499);
    assert!(client.machine.is_connected(client.nsp));
    client.advance(1);
    assert_eq!(client.events.last().unwrap(), Reason::PingTimeout.as_str());
}
