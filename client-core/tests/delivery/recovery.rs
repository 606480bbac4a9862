//! A lost session restored by a 4.x server.

use tidewire_core::{Ack, Delivery, Lost, Reason};

use crate::bench::{Bench, EIO4, no_jitter};

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
        bench.hear(EIO4);
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
    bench.hear(EIO4);
    bench.hear(r#"40/chat,{"sid":"b","pid":"q"}"#);
    assert_eq!(bench.news.last().unwrap(), "connected, recovered false");
    bench.lose();
    bench.sent.clear();
    bench.wait(5_000);
    bench.hear(EIO4);
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
    bench.hear(EIO4);
    assert_eq!(bench.sent, [r#"40/chat,{"token":"t"}"#]);
}

#[test]
fn a_packet_that_is_too_large_to_be_read_is_not_asked_for_again_and_a_break_is_none() {
    for (lost, reason, asked) in [
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
        let mut bench = Bench::connected(no_jitter(), r#"{"sid":"a","pid":"p"}"#);
        bench.hear(r#"42/chat,["x","o1"]"#);
        bench.lose_as(lost);
        assert_eq!(bench.news.last().unwrap(), reason.as_str());
        bench.sent.clear();
        bench.wait(5_000);
        bench.hear(EIO4);
        assert_eq!(bench.sent, [asked]);
    }
}

#[test]
fn the_last_word_of_an_answer_is_no_offset() {
    let mut bench = Bench::connected(no_jitter(), r#"{"sid":"a","pid":"p"}"#);
    bench.hear(r#"42/chat,["x","o1"]"#);
    let ack = bench.emit("[]", Ack::Unlimited, Delivery::Once);
    let ack = ack.unwrap().unwrap();
    bench.hear(&format!(r#"43/chat,{}["word"]"#, ack.get()));
    bench.lose();
    bench.sent.clear();
    bench.wait(5_000);
    bench.hear(EIO4);
    assert_eq!(
        bench.sent,
        [r#"40/chat,{"pid":"p","offset":"o1","token":"t"}"#]
    );
}

#[test]
fn an_auth_payload_without_anything_in_it_leaves_no_comma() {
    let mut bench = Bench::connected(no_jitter(), r#"{"sid":"a","pid":"p"}"#);
    bench.auth = "{}";
    bench.hear(r#"42/chat,["x","o1"]"#);
    bench.lose();
    bench.sent.clear();
    bench.wait(5_000);
    bench.hear(EIO4);
    assert_eq!(bench.sent, [r#"40/chat,{"pid":"p","offset":"o1"}"#]);
}

#[test]
fn the_ends_of_packets_are_of_use_once_a_server_has_promised_to_restore() {
    let plain = Bench::connected(no_jitter(), r#"{"sid":"a"}"#);
    assert!(!plain.client.recovers());
    let mut bench = Bench::connected(no_jitter(), r#"{"sid":"a","pid":"p"}"#);
    assert!(bench.client.recovers());
    bench.lose();
    assert!(bench.client.recovers(), "it may still be restored");
}
