//! The delay before a reconnection attempt, and the limit of attempts.

use tidewire_core::{Config, Lost, Millis, Reconnection};

use crate::support::{Pair, config, on_all, on_all_with, on_both_with, steady};

/// Returns the delays reported since the last call, in milliseconds.
fn delays(pair: &mut Pair) -> Vec<u32> {
    let parse = |line: &String| {
        let (_, delay) = line.strip_prefix("attempt ")?.split_once(" in ")?;
        delay.strip_suffix(" ms")?.parse().ok()
    };
    pair.client_events().iter().filter_map(parse).collect()
}

#[test]
fn delays_double_up_to_the_longest() {
    on_all(|pair| {
        pair.server.rules.up = false;
        let root = pair.namespace("/");
        pair.connect(root);
        pair.run(22_000);
        assert_eq!(delays(pair), [1_000, 2_000, 4_000, 5_000, 5_000, 5_000]);
    });
}

#[test]
fn an_attempt_starts_after_the_reported_delay() {
    on_all(|pair| {
        pair.connect_to("/");
        pair.end_connection(Lost::Closed);
        pair.run(10);
        pair.run(999);
        assert_eq!(pair.server.opens.len(), 1);
        pair.run(11);
        assert_eq!(pair.server.opens.len(), 2);
    });
}

#[test]
fn jitter_depends_on_the_seed_alone() {
    let announced = |seed| {
        let mut announced = Vec::new();
        for _ in 0..2 {
            let jittery = Config {
                seed,
                ..Config::default()
            };
            let mut pair = Pair::new(tidewire_core::EngineVersion::Eio4, jittery);
            pair.server.rules.up = false;
            let root = pair.namespace("/");
            pair.connect(root);
            pair.run(20_000);
            announced.push(delays(&mut pair));
            pair.finish();
        }
        assert_eq!(announced[0], announced[1]);
        announced.swap_remove(0)
    };
    assert_ne!(announced(1), announced(2));
    assert!(
        announced(3)
            .iter()
            .all(|delay| (500..=30_000).contains(delay))
    );
}

#[test]
fn a_stable_connection_resets_the_backoff() {
    on_all(|pair| {
        pair.connect_to("/");
        for _ in 0..3 {
            pair.run(1_000);
            pair.end_connection(Lost::Closed);
            pair.run(1_200);
        }
        assert_eq!(delays(pair), [1_000; 3]);
    });
}

#[test]
fn a_packet_that_always_breaks_the_connection_does_not_reset_the_backoff() {
    on_all(|pair| {
        // The malformed packet directly follows the answer to CONNECT, each time.
        pair.server
            .rules
            .early
            .insert("/chat", vec!["42/chat,{poison}"]);
        let chat = pair.namespace("/chat");
        pair.connect(chat);
        pair.run(27_000);
        assert_eq!(
            delays(pair),
            [1_000, 2_000, 4_000, 5_000, 5_000, 5_000, 5_000]
        );
    });
}

#[test]
fn stable_after_is_configurable() {
    let patient = Config {
        reconnection: Some(Reconnection {
            stable_after: Millis(5_000),
            ..steady()
        }),
        ..config()
    };
    on_all_with(&patient, |pair| {
        let root = pair.connect_to("/");
        for (lives, expected) in [
            (4_000, 1_000),
            (4_000, 2_000),
            (4_000, 4_000),
            (5_000, 1_000),
        ] {
            pair.run(lives);
            pair.end_connection(Lost::Closed);
            pair.run(10);
            assert_eq!(delays(pair), [expected]);
            // Until the client has reconnected.
            pair.run(u64::from(expected) + 40);
            assert!(pair.client.is_connected(root));
        }
    });
}

#[test]
fn after_the_last_attempt_the_client_stops_until_connect() {
    let limited = Config {
        reconnection: Some(Reconnection {
            attempts: Some(2),
            ..steady()
        }),
        ..config()
    };
    on_both_with(&limited, |pair| {
        let root = pair.connect_to("/");
        pair.run(1_000);
        pair.server.rules.up = false;
        pair.end_connection(Lost::Closed);
        pair.emit(root, r#"["sent"]"#);
        pair.run(50);
        pair.emit(root, r#"["kept"]"#);
        pair.run(60_000);
        let expected = [
            "/ disconnected: transport close",
            "closed: transport close",
            "attempt 1 in 1000 ms",
            "open failed: Transport",
            "attempt 2 in 2000 ms",
            "open failed: Transport",
            "reconnect failed",
        ];
        assert_eq!(pair.client_events(), expected);
        assert_eq!(pair.client.next_timeout(), None);
        pair.server.rules.up = true;
        pair.server_received();
        pair.connect(root);
        pair.run(100);
        assert_eq!(pair.client_events(), ["opened", "/ connected"]);
        assert_eq!(
            pair.server_received().pop().as_deref(),
            Some(r#"42["kept"]"#)
        );
        pair.server.rules.up = false;
        pair.end_connection(Lost::Closed);
        pair.run(60_000);
        assert_eq!(
            delays(pair),
            [1_000, 2_000],
            "the attempts are counted from zero again"
        );
    });
}

#[test]
fn connections_that_do_not_last_use_up_no_attempts_and_let_the_delay_grow() {
    let limited = Config {
        reconnection: Some(Reconnection {
            attempts: Some(2),
            ..steady()
        }),
        ..config()
    };
    on_all_with(&limited, |pair| {
        let root = pair.connect_to("/");
        for expected in [1_000, 2_000, 4_000, 5_000, 5_000] {
            pair.end_connection(Lost::Closed);
            pair.run(10);
            assert_eq!(delays(pair), [expected]);
            // Until the client has reconnected and upgraded.
            pair.run(u64::from(expected) + 200);
            assert!(pair.client.is_connected(root));
        }
        pair.server.rules.up = false;
        pair.end_connection(Lost::Closed);
        pair.run(100_000);
        assert_eq!(delays(pair).len(), 2, "attempts that fail are counted");
        assert_eq!(pair.client.next_timeout(), None);
    });
}

#[test]
fn zero_attempts_fail_at_once() {
    let none = Config {
        reconnection: Some(Reconnection {
            attempts: Some(0),
            ..steady()
        }),
        ..config()
    };
    on_both_with(&none, |pair| {
        pair.connect_to("/");
        pair.end_connection(Lost::Closed);
        pair.run(100);
        let expected = [
            "/ disconnected: transport close",
            "closed: transport close",
            "reconnect failed",
        ];
        assert_eq!(pair.client_events(), expected);
    });
}

#[test]
fn a_delay_of_zero_reconnects_at_once() {
    let eager = Config {
        reconnection: Some(Reconnection {
            delay: Millis(0),
            ..steady()
        }),
        ..config()
    };
    on_all_with(&eager, |pair| {
        let root = pair.connect_to("/");
        pair.end_connection(Lost::Closed);
        pair.run(100);
        assert!(pair.client.is_connected(root));
    });
}
