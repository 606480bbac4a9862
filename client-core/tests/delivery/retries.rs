//! Retries: events that are sent again until an ack arrives.

use bytes::Bytes;
use tidewire_core::{Ack, AckId, Config, Delivery, Emit, Millis, Misuse, OfflinePolicy};

use crate::single_client::{EIO4, SingleClient, no_jitter};

const SECOND: Ack = Ack::Within(Millis(1_000));
const NAMES: [&str; 5] = [r#"["a"]"#, r#"["b"]"#, r#"["c"]"#, r#"["d"]"#, r#"["e"]"#];

/// Returns a connected client without frames and events so far.
fn connected(window: usize) -> SingleClient {
    let config = Config {
        retry_window: window,
        ..no_jitter()
    };
    let mut client = SingleClient::connected(config, r#"{"sid":"a"}"#);
    (client.sent, client.events) = Default::default();
    client
}

/// Emits the first `count` names with a number of retries; `ack` has the timeout of each.
fn emit(client: &mut SingleClient, count: usize, ack: Ack, retries: u32) -> Vec<AckId> {
    let delivery = Delivery::AtLeastOnce { retries };
    NAMES[..count]
        .iter()
        .map(|json| client.emit(json, ack, delivery).unwrap().unwrap())
        .collect()
}

/// Returns the names of the events sent since the last call, in order.
fn sent(client: &mut SingleClient) -> String {
    let frames = std::mem::take(&mut client.sent);
    let events = frames.iter().filter(|frame| frame.starts_with("42"));
    let names = events.map(|frame| frame.split('"').nth(1).unwrap());
    names.collect::<Vec<_>>().join(" ")
}

/// Delivers the ack of an event.
fn acknowledge(client: &mut SingleClient, ack: AckId) {
    client.receive(&format!("43/chat,{}[]", ack.get()));
}

/// Loses the connection and reconnects.
fn reconnect(client: &mut SingleClient) {
    client.lose_connection();
    client.advance(5_000);
    client.receive(EIO4);
    client.receive(r#"40/chat,{"sid":"b"}"#);
}

#[test]
fn the_retry_window_limits_events_in_flight_and_each_ack_frees_a_place() {
    let mut client = connected(2);
    let acks = emit(&mut client, 5, SECOND, 3);
    assert_eq!(sent(&mut client), "a b");
    acknowledge(&mut client, acks[1]);
    assert_eq!(sent(&mut client), "c");
    acknowledge(&mut client, acks[0]);
    assert_eq!(sent(&mut client), "d");
    assert_eq!(client.events, ["1 acked", "0 acked"]);
    assert_eq!(client.machine.offline(client.nsp).count(), 1);
}

#[test]
fn a_retry_window_of_zero_means_one() {
    let mut client = connected(0);
    emit(&mut client, 2, Ack::None, 1);
    assert_eq!(sent(&mut client), "a");
}

#[test]
fn an_event_without_an_ack_is_retried_as_often_as_configured() {
    let mut client = connected(2);
    emit(&mut client, 3, SECOND, 2);
    assert_eq!(sent(&mut client), "a b");
    for _ in 0..2 {
        client.advance(999);
        assert_eq!(sent(&mut client), "");
        client.advance(1);
        assert_eq!(sent(&mut client), "a b");
    }
    client.advance(1_000);
    assert_eq!(client.events, ["0 Timeout", "1 Timeout"]);
    assert_eq!(sent(&mut client), "c");
}

#[test]
fn the_first_ack_of_a_retried_event_counts_and_later_ones_are_ignored() {
    let mut client = connected(2);
    let acks = emit(&mut client, 1, SECOND, 2);
    client.advance(1_000);
    acknowledge(&mut client, acks[0]);
    acknowledge(&mut client, acks[0]);
    client.advance(10_000);
    assert_eq!(client.events, ["0 acked"]);
    assert_eq!(sent(&mut client), "a a");
}

#[test]
fn events_without_an_ack_are_sent_again_in_order_after_a_lost_connection() {
    let mut client = connected(3);
    let acks = emit(&mut client, 5, Ack::Unlimited, 2);
    acknowledge(&mut client, acks[1]);
    assert_eq!(sent(&mut client), "a b c d");
    reconnect(&mut client);
    assert_eq!(sent(&mut client), "a c d");
    acknowledge(&mut client, acks[0]);
    assert_eq!(sent(&mut client), "e");
    let acked = [
        "1 acked",
        "transport close",
        "connected, recovered false",
        "0 acked",
    ];
    assert_eq!(client.events, acked);
}

#[test]
fn a_last_retry_lost_with_its_connection_is_reported_after_disconnected() {
    let mut client = connected(1);
    emit(&mut client, 2, Ack::None, 1);
    reconnect(&mut client);
    client.lose_connection();
    let first = ["transport close", "connected, recovered false"];
    assert_eq!(client.events[..2], first);
    assert_eq!(client.events[2..], ["transport close", "0 Disconnected"]);
    client.advance(5_000);
    client.receive(EIO4);
    client.receive(r#"40/chat,{"sid":"b"}"#);
    assert_eq!(sent(&mut client), "a a b");
}

#[test]
fn the_ack_timeout_does_not_run_while_offline() {
    let mut client = SingleClient::new(no_jitter());
    emit(&mut client, 1, SECOND, 0);
    client.advance(10_000);
    assert_eq!(client.events, [""; 0]);
    client.receive(EIO4);
    client.receive(r#"40/chat,{"sid":"a"}"#);
    client.advance(999);
    assert_eq!(client.events, ["connected, recovered false"]);
    client.advance(1);
    assert_eq!(client.events[1..], ["0 Timeout"]);
    assert_eq!(sent(&mut client), "a");
}

#[test]
fn an_ack_timeout_of_zero_is_one_millisecond() {
    let mut client = connected(4);
    emit(&mut client, 1, Ack::Within(Millis(0)), u32::MAX);
    assert_eq!(sent(&mut client), "a");
    client.advance(1);
    client.advance(1_000);
    assert_eq!(sent(&mut client), "a a");
}

#[test]
fn cancelling_frees_a_place_in_the_window() {
    let mut client = connected(1);
    let acks = emit(&mut client, 4, SECOND, 5);
    let cancel = |client: &mut SingleClient, at: usize| {
        let (now, nsp) = (client.time(), client.nsp);
        client.machine.cancel(now, nsp, acks[at]);
        client.drain();
    };
    cancel(&mut client, 1);
    cancel(&mut client, 0);
    assert_eq!(sent(&mut client), "a c");
    acknowledge(&mut client, acks[2]);
    assert_eq!(sent(&mut client), "d");
    assert_eq!(client.events, ["2 acked"]);
}

#[test]
fn clearing_drops_unsent_events_and_reports_whether_others_may_have_arrived() {
    let mut client = connected(1);
    emit(&mut client, 3, SECOND, 5);
    client.machine.clear_offline(client.nsp);
    client.drain();
    assert_eq!(client.events, ["1 Dropped", "2 Dropped"]);
    client.lose_connection();
    client.machine.clear_offline(client.nsp);
    client.drain();
    assert_eq!(client.events[2..], ["transport close", "0 Disconnected"]);
    client.advance(5_000);
    client.receive(EIO4);
    client.receive(r#"40/chat,{"sid":"b"}"#);
    assert_eq!(sent(&mut client), "a");
}

#[test]
fn retried_events_beyond_the_buffer_are_refused_with_any_policy_until_an_ack_frees_space() {
    for policy in [
        OfflinePolicy::Refuse,
        OfflinePolicy::DropOldest,
        OfflinePolicy::DropNewest,
    ] {
        let config = Config {
            offline_packets: 3,
            offline_bytes: 12,
            offline_policy: policy,
            ..no_jitter()
        };
        let mut client = SingleClient::connected(config, r#"{"sid":"a"}"#);
        let delivery = Delivery::AtLeastOnce { retries: 1 };
        let acks = emit(&mut client, 2, SECOND, 1);
        // 15 bytes are too many.
        assert_eq!(
            client.emit(NAMES[2], SECOND, delivery),
            Err(Misuse::BufferFull)
        );
        acknowledge(&mut client, acks[0]);
        assert!(client.emit(NAMES[2], SECOND, delivery).is_ok());
        assert!(client.emit("[]", SECOND, delivery).is_ok());
        // Four events are too many, even empty ones.
        assert_eq!(client.emit("", SECOND, delivery), Err(Misuse::BufferFull));
    }
}

#[test]
fn attachments_are_sent_with_each_retry() {
    let mut client = connected(1);
    let emit = Emit {
        payload: Bytes::from_static(br#"["a",{"_placeholder":true,"num":0}]"#),
        attachments: vec![Bytes::from_static(b"!")],
        ack: SECOND,
        delivery: Delivery::AtLeastOnce { retries: 1 },
        compress: true,
    };
    let now = client.time();
    client.machine.emit(now, client.nsp, emit).unwrap();
    client.drain();
    client.advance(1_000);
    let head = r#"451-/chat,0["a",{"_placeholder":true,"num":0}]"#;
    assert_eq!(client.sent, [head, "!", head, "!"]);
}

#[test]
fn a_disconnect_by_the_application_counts_as_a_try_and_the_next_connection_sends_the_rest() {
    let mut client = connected(8);
    emit(&mut client, 1, SECOND, 0);
    emit(&mut client, 2, SECOND, 1);
    let (now, nsp) = (client.time(), client.nsp);
    client.machine.disconnect(now, nsp);
    client.drain();
    assert_eq!(client.events, ["io client disconnect", "0 Disconnected"]);
    assert_eq!(sent(&mut client), "a a b");
    client.machine.connect(now, nsp);
    client.drain();
    client.receive(EIO4);
    client.receive(r#"40/chat,{"sid":"b"}"#);
    assert_eq!(sent(&mut client), "a b");
}

#[test]
fn an_ack_of_an_unsent_event_is_ignored() {
    let mut client = connected(1);
    let acks = emit(&mut client, 2, SECOND, 1);
    acknowledge(&mut client, acks[1]);
    assert_eq!(client.events, [""; 0]);
    acknowledge(&mut client, acks[0]);
    acknowledge(&mut client, acks[1]);
    assert_eq!(client.events, ["0 acked", "1 acked"]);
    assert_eq!(sent(&mut client), "a b");
}

#[test]
fn acknowledged_events_do_not_count_for_the_limit() {
    let config = Config {
        offline_bytes: NAMES[0].len(),
        ..no_jitter()
    };
    let mut client = SingleClient::connected(config, r#"{"sid":"a"}"#);
    for _ in 0..3 {
        let acks = emit(&mut client, 1, SECOND, 1);
        acknowledge(&mut client, acks[0]);
    }
    assert_eq!(sent(&mut client), "a a a");
}
