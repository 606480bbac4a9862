//! The offline buffer: its limits, and its policies when it is full.

use tidewire_core::{Ack, Config, Delivery, Misuse, OfflinePolicy};

use crate::single_client::{EIO4, SingleClient, no_jitter};

#[test]
fn a_full_offline_buffer_refuses_or_drops_as_configured() {
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
    for (policy, buffered, events) in policies {
        let config = Config {
            offline_packets: 2,
            offline_policy: policy,
            ..no_jitter()
        };
        let mut client = SingleClient::new(config);
        client.emit(r#"["a"]"#, Ack::None, Delivery::Once).unwrap();
        client.emit(r#"["b"]"#, Ack::None, Delivery::Once).unwrap();
        let third = client.emit(r#"["c"]"#, Ack::None, Delivery::Once);
        assert_eq!(third.is_err(), policy == OfflinePolicy::Refuse);
        assert_eq!(client.events, events);
        let waiting: Vec<String> = client
            .machine
            .offline(client.nsp)
            .map(|json| String::from_utf8_lossy(&json[2..json.len() - 2]).into_owned())
            .collect();
        assert_eq!(waiting, buffered);
        client.receive(EIO4);
        client.receive(r#"40/chat,{"sid":"a"}"#);
        let expected: Vec<String> = buffered
            .iter()
            .map(|name| format!(r#"42/chat,["{name}"]"#))
            .collect();
        assert_eq!(client.sent[1..], expected);
    }
}

#[test]
fn acks_of_dropped_or_cleared_emits_are_settled() {
    let config = Config {
        offline_packets: 1,
        offline_policy: OfflinePolicy::DropOldest,
        ..no_jitter()
    };
    let mut client = SingleClient::new(config);
    client
        .emit(r#"["a"]"#, Ack::Unlimited, Delivery::Once)
        .unwrap();
    client
        .emit(r#"["b"]"#, Ack::Unlimited, Delivery::Once)
        .unwrap();
    assert_eq!(client.events, ["0 Dropped"]);
    client.machine.clear_offline(client.nsp);
    client.drain();
    assert_eq!(client.events[1..], ["1 Dropped"]);
    assert_eq!(client.machine.offline(client.nsp).count(), 0);
}

#[test]
fn a_removed_emit_is_not_sent_and_its_ack_is_lost() {
    let mut client = SingleClient::new(no_jitter());
    for (event, ack) in [
        (r#"["a"]"#, Ack::None),
        (r#"["b"]"#, Ack::Unlimited),
        (r#"["c"]"#, Ack::None),
        (r#"["d"]"#, Ack::None),
    ] {
        client.emit(event, ack, Delivery::Once).unwrap();
    }
    for at in [2, 1, 7] {
        client.machine.remove_offline(client.nsp, at);
    }
    client.drain();
    assert_eq!(client.events, ["0 Dropped"]);
    client.receive(EIO4);
    client.receive(r#"40/chat,{"sid":"a"}"#);
    assert_eq!(client.sent[1..], [r#"42/chat,["a"]"#, r#"42/chat,["d"]"#]);
}

#[test]
fn an_emit_larger_than_the_buffer_is_refused_with_any_policy() {
    let config = Config {
        offline_bytes: 4,
        offline_policy: OfflinePolicy::DropOldest,
        ..no_jitter()
    };
    let mut client = SingleClient::new(config);
    assert_eq!(
        client.emit(r#"["too long"]"#, Ack::None, Delivery::Once),
        Err(Misuse::BufferFull)
    );
}

#[test]
fn a_buffer_of_size_zero_refuses_emits_only_while_offline() {
    let config = Config {
        offline_packets: 0,
        offline_policy: OfflinePolicy::DropOldest,
        ..no_jitter()
    };
    let mut client = SingleClient::connected(config, r#"{"sid":"a"}"#);
    let emit = |client: &mut SingleClient, delivery| client.emit(r#"["a"]"#, Ack::None, delivery);
    assert!(emit(&mut client, Delivery::Once).is_ok());
    assert!(emit(&mut client, Delivery::Volatile).is_ok());
    client.lose_connection();
    assert_eq!(emit(&mut client, Delivery::Once), Err(Misuse::BufferFull));
    assert!(emit(&mut client, Delivery::Volatile).is_ok());
}

#[test]
fn sent_emits_do_not_count_for_the_limit() {
    let config = Config {
        offline_bytes: 5,
        ..no_jitter()
    };
    let mut client = SingleClient::new(config);
    for _ in 0..3 {
        client.emit(r#"["a"]"#, Ack::None, Delivery::Once).unwrap();
        assert_eq!(
            client.emit("", Ack::None, Delivery::Once).map(|_| ()),
            Ok(()),
            "an empty payload always fits"
        );
        client.receive(EIO4);
        client.receive(r#"40/chat,{"sid":"a"}"#);
        client.lose_connection();
        client.advance(5_000);
    }
}
