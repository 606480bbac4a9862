//! Recovery of a lost session by a 4.x server.

use tidewire_core::{Ack, Delivery, Lost, Reason};

use crate::single_client::{EIO4, SingleClient, no_jitter};

#[test]
fn a_lost_session_is_recovered_with_pid_and_offset_any_number_of_times() {
    let mut client = SingleClient::connected(no_jitter(), r#"{"sid":"a","pid":"p"}"#);
    assert_eq!(client.events, ["connected, recovered false"]);
    for offset in ["o1", "o2"] {
        client.receive(&format!(r#"42/chat,["x",1,"{offset}"]"#));
        client.receive(r#"42/chat,["no offset",{"a":"b"}]"#);
        client.lose_connection();
        (client.sent, client.events) = Default::default();
        client.advance(5_000);
        client.receive(EIO4);
        let connect = format!(r#"40/chat,{{"pid":"p","offset":"{offset}","token":"t"}}"#);
        assert_eq!(client.sent, [connect]);
        client.receive(r#"40/chat,{"sid":"a","pid":"p"}"#);
        assert_eq!(client.events, ["connected, recovered true"]);
    }
}

#[test]
fn another_pid_means_a_new_session_without_an_offset() {
    let mut client = SingleClient::connected(no_jitter(), r#"{"sid":"a","pid":"p"}"#);
    client.receive(r#"42/chat,["x","o1"]"#);
    client.lose_connection();
    client.advance(5_000);
    client.receive(EIO4);
    client.receive(r#"40/chat,{"sid":"b","pid":"q"}"#);
    assert_eq!(client.events.last().unwrap(), "connected, recovered false");
    client.lose_connection();
    client.sent.clear();
    client.advance(5_000);
    client.receive(EIO4);
    assert_eq!(client.sent, [r#"40/chat,{"token":"t"}"#]);
}

#[test]
fn a_malformed_packet_is_not_recovered() {
    let mut client = SingleClient::connected(no_jitter(), r#"{"sid":"a","pid":"p"}"#);
    client.receive(r#"42/chat,["x","o1"]"#);
    client.receive("42/chat,{}");
    assert_eq!(client.events.last().unwrap(), Reason::ParseError.as_str());
    client.sent.clear();
    client.advance(5_000);
    client.receive(EIO4);
    assert_eq!(client.sent, [r#"40/chat,{"token":"t"}"#]);
}

#[test]
fn a_session_is_not_recovered_after_too_large_a_packet_but_after_a_lost_link() {
    for (lost, reason, connect) in [
        (
            Lost::TooLarge,
            Reason::ParseError,
            r#"40/chat,{"token":"t"}"#,
        ),
        (
            Lost::Failed,
            Reason::TransportError,
            r#"40/chat,{"pid":"p","offset":"o1","token":"t"}"#,
        ),
    ] {
        let mut client = SingleClient::connected(no_jitter(), r#"{"sid":"a","pid":"p"}"#);
        client.receive(r#"42/chat,["x","o1"]"#);
        client.lose_with(lost);
        assert_eq!(client.events.last().unwrap(), reason.as_str());
        client.sent.clear();
        client.advance(5_000);
        client.receive(EIO4);
        assert_eq!(client.sent, [connect]);
    }
}

#[test]
fn the_last_argument_of_an_ack_is_not_an_offset() {
    let mut client = SingleClient::connected(no_jitter(), r#"{"sid":"a","pid":"p"}"#);
    client.receive(r#"42/chat,["x","o1"]"#);
    let ack = client.emit("[]", Ack::Unlimited, Delivery::Once);
    let ack = ack.unwrap().unwrap();
    client.receive(&format!(r#"43/chat,{}["word"]"#, ack.get()));
    client.lose_connection();
    client.sent.clear();
    client.advance(5_000);
    client.receive(EIO4);
    assert_eq!(
        client.sent,
        [r#"40/chat,{"pid":"p","offset":"o1","token":"t"}"#]
    );
}

#[test]
fn an_empty_auth_payload_adds_no_comma() {
    let mut client = SingleClient::connected(no_jitter(), r#"{"sid":"a","pid":"p"}"#);
    client.auth = "{}";
    client.receive(r#"42/chat,["x","o1"]"#);
    client.lose_connection();
    client.sent.clear();
    client.advance(5_000);
    client.receive(EIO4);
    assert_eq!(client.sent, [r#"40/chat,{"pid":"p","offset":"o1"}"#]);
}

#[test]
fn packet_tails_are_needed_once_the_server_offers_recovery() {
    let plain = SingleClient::connected(no_jitter(), r#"{"sid":"a"}"#);
    assert!(!plain.machine.recovers());
    let mut client = SingleClient::connected(no_jitter(), r#"{"sid":"a","pid":"p"}"#);
    assert!(client.machine.recovers());
    client.lose_connection();
    assert!(
        client.machine.recovers(),
        "the session may still be recovered"
    );
}
