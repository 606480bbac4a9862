//! What waits while there is no connection, and what gives way.

use tidewire_core::{Ack, Config, Delivery, Misuse, OfflinePolicy};

use crate::bench::{Bench, EIO4, no_jitter};

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
        bench.emit(r#"["a"]"#, Ack::None, Delivery::Once).unwrap();
        bench.emit(r#"["b"]"#, Ack::None, Delivery::Once).unwrap();
        let third = bench.emit(r#"["c"]"#, Ack::None, Delivery::Once);
        assert_eq!(third.is_err(), policy == OfflinePolicy::Refuse);
        assert_eq!(bench.news, told);
        let waiting: Vec<String> = bench
            .client
            .offline(bench.nsp)
            .map(|json| String::from_utf8_lossy(&json[2..json.len() - 2]).into_owned())
            .collect();
        assert_eq!(waiting, kept);
        bench.hear(EIO4);
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
    bench
        .emit(r#"["a"]"#, Ack::Unlimited, Delivery::Once)
        .unwrap();
    bench
        .emit(r#"["b"]"#, Ack::Unlimited, Delivery::Once)
        .unwrap();
    assert_eq!(bench.news, ["0 Dropped"]);
    bench.client.clear_offline(bench.nsp);
    bench.look();
    assert_eq!(bench.news[1..], ["1 Dropped"]);
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
        bench.emit(r#"["too long"]"#, Ack::None, Delivery::Once),
        Err(Misuse::BufferFull)
    );
}

#[test]
fn a_buffer_of_nothing_takes_nothing_and_is_not_asked_while_there_is_a_connection() {
    let config = Config {
        offline_packets: 0,
        offline_policy: OfflinePolicy::DropOldest,
        ..no_jitter()
    };
    let mut bench = Bench::connected(config, r#"{"sid":"a"}"#);
    let emit = |bench: &mut Bench, delivery| bench.emit(r#"["a"]"#, Ack::None, delivery);
    assert!(emit(&mut bench, Delivery::Once).is_ok());
    assert!(emit(&mut bench, Delivery::Volatile).is_ok());
    bench.lose();
    assert_eq!(emit(&mut bench, Delivery::Once), Err(Misuse::BufferFull));
    assert!(emit(&mut bench, Delivery::Volatile).is_ok());
}

#[test]
fn what_was_sent_takes_no_room_any_more() {
    let config = Config {
        offline_bytes: 5,
        ..no_jitter()
    };
    let mut bench = Bench::new(config);
    for _ in 0..3 {
        bench.emit(r#"["a"]"#, Ack::None, Delivery::Once).unwrap();
        assert_eq!(
            bench.emit("", Ack::None, Delivery::Once).map(|_| ()),
            Ok(()),
            "nothing needs no room"
        );
        bench.hear(EIO4);
        bench.hear(r#"40/chat,{"sid":"a"}"#);
        bench.lose();
        bench.wait(5_000);
    }
}
