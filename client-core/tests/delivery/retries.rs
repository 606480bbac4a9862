//! Events that are sent again until they are answered.

use bytes::Bytes;
use tidewire_core::{Ack, AckId, Config, Delivery, Emit, Millis, Misuse, OfflinePolicy};

use crate::bench::{Bench, EIO4, no_jitter};

const SECOND: Ack = Ack::Within(Millis(1_000));
const NAMES: [&str; 5] = [r#"["a"]"#, r#"["b"]"#, r#"["c"]"#, r#"["d"]"#, r#"["e"]"#];

/// Joined, with what was said until then forgotten.
fn joined(window: usize) -> Bench {
    let config = Config {
        retry_window: window,
        ..no_jitter()
    };
    let mut bench = Bench::connected(config, r#"{"sid":"a"}"#);
    (bench.sent, bench.news) = Default::default();
    bench
}

/// Emits the first `count` of the names, each with `retries` and the time `ack` for a try.
fn emit(bench: &mut Bench, count: usize, ack: Ack, retries: u32) -> Vec<AckId> {
    let delivery = Delivery::AtLeastOnce { retries };
    NAMES[..count]
        .iter()
        .map(|json| bench.emit(json, ack, delivery).unwrap().unwrap())
        .collect()
}

/// The names of the events sent since the last look, in order.
fn sent(bench: &mut Bench) -> String {
    let frames = std::mem::take(&mut bench.sent);
    let events = frames.iter().filter(|frame| frame.starts_with("42"));
    let names = events.map(|frame| frame.split('"').nth(1).unwrap());
    names.collect::<Vec<_>>().join(" ")
}

fn answer(bench: &mut Bench, ack: AckId) {
    bench.hear(&format!("43/chat,{}[]", ack.get()));
}

/// Loses the connection and comes back.
fn return_after_loss(bench: &mut Bench) {
    bench.lose();
    bench.wait(5_000);
    bench.hear(EIO4);
    bench.hear(r#"40/chat,{"sid":"b"}"#);
}

#[test]
fn a_window_of_events_is_on_its_way_and_each_answer_lets_the_next_one_go() {
    let mut bench = joined(2);
    let acks = emit(&mut bench, 5, SECOND, 3);
    assert_eq!(sent(&mut bench), "a b");
    answer(&mut bench, acks[1]);
    assert_eq!(sent(&mut bench), "c");
    answer(&mut bench, acks[0]);
    assert_eq!(sent(&mut bench), "d");
    assert_eq!(bench.news, ["1 answered", "0 answered"]);
    assert_eq!(bench.client.offline(bench.nsp).count(), 1);
}

#[test]
fn a_window_of_nothing_lets_one_go() {
    let mut bench = joined(0);
    emit(&mut bench, 2, Ack::None, 1);
    assert_eq!(sent(&mut bench), "a");
}

#[test]
fn an_event_without_an_answer_is_sent_again_as_often_as_was_asked_for() {
    let mut bench = joined(2);
    emit(&mut bench, 3, SECOND, 2);
    assert_eq!(sent(&mut bench), "a b");
    for _ in 0..2 {
        bench.wait(999);
        assert_eq!(sent(&mut bench), "");
        bench.wait(1);
        assert_eq!(sent(&mut bench), "a b");
    }
    bench.wait(1_000);
    assert_eq!(bench.news, ["0 Timeout", "1 Timeout"]);
    assert_eq!(sent(&mut bench), "c");
}

#[test]
fn an_answer_to_any_try_settles_the_ack_and_later_ones_are_ignored() {
    let mut bench = joined(2);
    let acks = emit(&mut bench, 1, SECOND, 2);
    bench.wait(1_000);
    answer(&mut bench, acks[0]);
    answer(&mut bench, acks[0]);
    bench.wait(10_000);
    assert_eq!(bench.news, ["0 answered"]);
    assert_eq!(sent(&mut bench), "a a");
}

#[test]
fn a_lost_connection_sends_what_was_not_answered_again_in_order() {
    let mut bench = joined(3);
    let acks = emit(&mut bench, 5, Ack::Unlimited, 2);
    answer(&mut bench, acks[1]);
    assert_eq!(sent(&mut bench), "a b c d");
    return_after_loss(&mut bench);
    assert_eq!(sent(&mut bench), "a c d");
    answer(&mut bench, acks[0]);
    assert_eq!(sent(&mut bench), "e");
    let acked = [
        "1 answered",
        "transport close",
        "connected, recovered false",
        "0 answered",
    ];
    assert_eq!(bench.news, acked);
}

#[test]
fn the_last_try_is_lost_with_its_connection_and_told_after_the_disconnection() {
    let mut bench = joined(1);
    emit(&mut bench, 2, Ack::None, 1);
    return_after_loss(&mut bench);
    bench.lose();
    let first = ["transport close", "connected, recovered false"];
    assert_eq!(bench.news[..2], first);
    assert_eq!(bench.news[2..], ["transport close", "0 Disconnected"]);
    bench.wait(5_000);
    bench.hear(EIO4);
    bench.hear(r#"40/chat,{"sid":"b"}"#);
    assert_eq!(sent(&mut bench), "a a b");
}

#[test]
fn a_try_takes_no_time_while_there_is_no_connection() {
    let mut bench = Bench::new(no_jitter());
    emit(&mut bench, 1, SECOND, 0);
    bench.wait(10_000);
    assert_eq!(bench.news, [""; 0]);
    bench.hear(EIO4);
    bench.hear(r#"40/chat,{"sid":"a"}"#);
    bench.wait(999);
    assert_eq!(bench.news, ["connected, recovered false"]);
    bench.wait(1);
    assert_eq!(bench.news[1..], ["0 Timeout"]);
    assert_eq!(sent(&mut bench), "a");
}

#[test]
fn without_time_for_a_try_each_gets_a_millisecond() {
    let mut bench = joined(4);
    emit(&mut bench, 1, Ack::Within(Millis(0)), u32::MAX);
    assert_eq!(sent(&mut bench), "a");
    bench.wait(1);
    bench.wait(1_000);
    assert_eq!(sent(&mut bench), "a a");
}

#[test]
fn cancelling_makes_room_for_the_next() {
    let mut bench = joined(1);
    let acks = emit(&mut bench, 4, SECOND, 5);
    let cancel = |bench: &mut Bench, at: usize| {
        let (now, nsp) = (bench.time(), bench.nsp);
        bench.client.cancel(now, nsp, acks[at]);
        bench.look();
    };
    cancel(&mut bench, 1);
    cancel(&mut bench, 0);
    assert_eq!(sent(&mut bench), "a c");
    answer(&mut bench, acks[2]);
    assert_eq!(sent(&mut bench), "d");
    assert_eq!(bench.news, ["2 answered"]);
}

#[test]
fn clearing_forgets_what_is_not_on_its_way_and_says_whether_it_may_have_arrived() {
    let mut bench = joined(1);
    emit(&mut bench, 3, SECOND, 5);
    bench.client.clear_offline(bench.nsp);
    bench.look();
    assert_eq!(bench.news, ["1 Dropped", "2 Dropped"]);
    bench.lose();
    bench.client.clear_offline(bench.nsp);
    bench.look();
    assert_eq!(bench.news[2..], ["transport close", "0 Disconnected"]);
    bench.wait(5_000);
    bench.hear(EIO4);
    bench.hear(r#"40/chat,{"sid":"b"}"#);
    assert_eq!(sent(&mut bench), "a");
}

#[test]
fn one_that_finds_no_room_is_refused_whatever_the_policy_and_room_comes_back() {
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
        let mut bench = Bench::connected(config, r#"{"sid":"a"}"#);
        let delivery = Delivery::AtLeastOnce { retries: 1 };
        let acks = emit(&mut bench, 2, SECOND, 1);
        // Fifteen bytes are too many.
        assert_eq!(
            bench.emit(NAMES[2], SECOND, delivery),
            Err(Misuse::BufferFull)
        );
        answer(&mut bench, acks[0]);
        assert!(bench.emit(NAMES[2], SECOND, delivery).is_ok());
        assert!(bench.emit("[]", SECOND, delivery).is_ok());
        // Four are too many, whatever their size.
        assert_eq!(bench.emit("", SECOND, delivery), Err(Misuse::BufferFull));
    }
}

#[test]
fn attachments_go_along_each_time() {
    let mut bench = joined(1);
    let emit = Emit {
        payload: Bytes::from_static(br#"["a",{"_placeholder":true,"num":0}]"#),
        attachments: vec![Bytes::from_static(b"!")],
        ack: SECOND,
        delivery: Delivery::AtLeastOnce { retries: 1 },
    };
    let now = bench.time();
    bench.client.emit(now, bench.nsp, emit).unwrap();
    bench.look();
    bench.wait(1_000);
    let head = r#"451-/chat,0["a",{"_placeholder":true,"num":0}]"#;
    assert_eq!(bench.sent, [head, "!", head, "!"]);
}

#[test]
fn a_disconnection_by_the_application_counts_as_a_try_and_what_is_left_goes_with_the_next_connection()
 {
    let mut bench = joined(8);
    emit(&mut bench, 1, SECOND, 0);
    emit(&mut bench, 2, SECOND, 1);
    let (now, nsp) = (bench.time(), bench.nsp);
    bench.client.disconnect(now, nsp);
    bench.look();
    assert_eq!(bench.news, ["io client disconnect", "0 Disconnected"]);
    assert_eq!(sent(&mut bench), "a a b");
    bench.client.connect(now, nsp);
    bench.look();
    bench.hear(EIO4);
    bench.hear(r#"40/chat,{"sid":"b"}"#);
    assert_eq!(sent(&mut bench), "a b");
}

#[test]
fn an_answer_to_what_was_not_sent_yet_is_ignored() {
    let mut bench = joined(1);
    let acks = emit(&mut bench, 2, SECOND, 1);
    answer(&mut bench, acks[1]);
    assert_eq!(bench.news, [""; 0]);
    answer(&mut bench, acks[0]);
    answer(&mut bench, acks[1]);
    assert_eq!(bench.news, ["0 answered", "1 answered"]);
    assert_eq!(sent(&mut bench), "a b");
}

#[test]
fn what_was_answered_takes_no_room_any_more() {
    let config = Config {
        offline_bytes: NAMES[0].len(),
        ..no_jitter()
    };
    let mut bench = Bench::connected(config, r#"{"sid":"a"}"#);
    for _ in 0..3 {
        let acks = emit(&mut bench, 1, SECOND, 1);
        answer(&mut bench, acks[0]);
    }
    assert_eq!(sent(&mut bench), "a a a");
}
