//! Detection of the Engine.IO version: from the packets of the server, and remembered.

use tidewire_core::{Config, EngineVersion, Lost, Millis};

use crate::support::{
    Auth, HANDSHAKE, LATENCY, PING_INTERVAL, config, on, on_both, outgoing, upgrading,
};

const EIO3: EngineVersion = EngineVersion::Eio3;
const EIO4: EngineVersion = EngineVersion::Eio4;

#[test]
fn max_payload_detects_eio4_at_once() {
    on(EIO4, config(), |pair| {
        let root = pair.namespace("/");
        pair.connect(root);
        pair.run(20);
        assert_eq!(pair.client.engine_version(), Some(EIO4));
    });
}

#[test]
fn a_connect_of_root_before_the_client_sends_one_detects_eio3() {
    on(EIO3, config(), |pair| {
        pair.server.rules.root_delay = 500;
        let root = pair.namespace("/");
        pair.connect(root);
        pair.run(400);
        assert_eq!(pair.client_events(), ["opened"]);
        assert_eq!(pair.client.engine_version(), None);
        pair.run(200);
        assert_eq!(pair.client_events(), ["/ connected"]);
        assert_eq!(pair.client.engine_version(), Some(EIO3));
    });
}

#[test]
fn an_event_before_connect_detects_eio3() {
    on(EIO3, config(), |pair| {
        pair.server.rules.root_delay = 500;
        let root = pair.namespace("/");
        pair.connect(root);
        pair.run(100);
        pair.server_sends(r#"42["welcome"]"#);
        pair.run(100);
        assert_eq!(pair.client.engine_version(), Some(EIO3));
        assert_eq!(pair.client_events(), ["opened"]);
        pair.run(500);
        assert_eq!(pair.client_events(), ["/ connected", r#"/ ["welcome"]"#]);
    });
}

#[test]
fn a_silent_server_without_max_payload_is_eio4_after_the_detection_time() {
    on(EIO4, config(), |pair| {
        pair.server.rules.sends_max_payload = false;
        let root = pair.namespace("/");
        pair.connect(root);
        pair.run(1_019);
        assert_eq!(pair.client.engine_version(), None);
        assert_eq!(pair.server_received(), [""; 0]);
        pair.run(100);
        assert_eq!(pair.client.engine_version(), Some(EIO4));
        assert_eq!(pair.client_events(), ["opened", "/ connected"]);
    });
}

#[test]
fn a_ping_from_the_server_detects_eio4() {
    on(EIO4, config(), |pair| {
        pair.server.rules.sends_max_payload = false;
        pair.server.rules.ping_interval = 300;
        let root = pair.namespace("/");
        pair.connect(root);
        pair.run(319);
        assert_eq!(pair.client.engine_version(), None);
        pair.run(100);
        assert_eq!(pair.client.engine_version(), Some(EIO4));
        assert_eq!(pair.client_events(), ["opened", "/ connected"]);
        assert_eq!(pair.server_received(), ["3", "40"]);
    });
}

#[test]
fn a_connect_without_payload_after_the_detection_time_still_detects_eio3() {
    on(EIO3, config(), |pair| {
        pair.server.rules.root_delay = 3_000;
        let root = pair.namespace("/");
        pair.auth = Auth::Later;
        pair.connect(root);
        pair.run(2_000);
        assert_eq!(
            pair.client.engine_version(),
            Some(EIO4),
            "without evidence of EIO3"
        );
        pair.run(1_500);
        assert_eq!(pair.client.engine_version(), Some(EIO3));
        assert_eq!(pair.client_events(), ["opened", "/ connected"]);
        pair.authorize(root, None);
        pair.try_emit(root, outgoing(r#"["b"]"#).with(&[7]))
            .unwrap();
        pair.run(100);
        let expected = [r#"451-["b"]"#, "<0407>"];
        assert_eq!(pair.server_received(), expected, "binary encoded for EIO3");
    });
}

#[test]
fn after_late_detection_namespaces_that_waited_for_auth_connect_with_eio3() {
    on(EIO3, config(), |pair| {
        pair.server.rules.root_delay = 3_000;
        pair.auth = Auth::Later;
        let chat = pair.namespace_with("/chat", Some("room=1"));
        pair.connect(chat);
        pair.run(4_000);
        assert_eq!(pair.client.engine_version(), Some(EIO3));
        pair.authorize(chat, Some(r#"{"token":1}"#));
        pair.run(100);
        assert_eq!(pair.server_received(), ["40/chat?room=1,"]);
        assert_eq!(pair.client_events(), ["opened", "/chat connected"]);
    });
}

#[test]
fn the_first_ping_to_a_late_eio3_server_counts_from_the_handshake() {
    on(EIO3, config(), |pair| {
        // The handshake arrives after 20 ms; `/` takes longer than the server would wait for a ping.
        pair.server.rules.root_delay = 8_000;
        pair.server.rules.ping_timeout = 5_000;
        pair.auth = Auth::Later;
        let root = pair.namespace("/");
        pair.connect(root);
        pair.run_until(HANDSHAKE + PING_INTERVAL - 1);
        assert_eq!(pair.server_received(), [""; 0]);
        pair.run(1 + LATENCY);
        assert_eq!(pair.server_received(), ["2"]);
        pair.run(60_000);
        assert_eq!(pair.client_events(), ["opened", "/ connected"]);
    });
}

#[test]
fn a_detected_eio4_server_is_remembered() {
    // Detected by the answer to CONNECT in the first case, by the ping in the second.
    for (interval, answers_connect) in [(25_000, true), (300, false)] {
        on(EIO4, config(), |pair| {
            pair.server.rules.sends_max_payload = false;
            pair.server.rules.ping_interval = interval;
            let root = pair.namespace("/");
            if !answers_connect {
                pair.server.rules.unanswered.insert("/");
            }
            pair.connect(root);
            pair.run(1_500);
            assert_eq!(pair.client.is_connected(root), answers_connect);
            pair.server.rules.unanswered.clear();
            pair.end_connection(Lost::Closed);
            // The delay, and the time until the handshake.
            pair.run(1_000 + 30);
            assert_eq!(
                pair.client.engine_version(),
                Some(EIO4),
                "no second detection"
            );
            pair.run(20);
            assert!(pair.client.is_connected(root));
        });
    }
}

#[test]
fn a_remembered_eio4_server_that_is_now_eio3_is_detected() {
    on(EIO4, config(), |pair| {
        pair.server.rules.sends_max_payload = false;
        let root = pair.namespace("/");
        pair.connect(root);
        pair.run(1_500);
        pair.server.engine_version = EIO3;
        pair.end_connection(Lost::Closed);
        pair.auth = Auth::Later;
        pair.run(2_000);
        assert_eq!(pair.client.engine_version(), Some(EIO3));
        assert!(pair.client.is_connected(root));
    });
}

/// A second CONNECT for `/` would run the connection handlers of a 2.x server twice.
#[test]
fn a_server_that_no_longer_names_max_payload_is_not_assumed_to_be_eio4() {
    on(EIO4, config(), |pair| {
        let root = pair.connect_to("/");
        pair.server.engine_version = EIO3;
        pair.server.rules.root_delay = 500;
        pair.end_connection(Lost::Closed);
        pair.run(1_000 + 400);
        assert_eq!(pair.client.engine_version(), None);
        pair.run(400);
        assert_eq!(pair.client.engine_version(), Some(EIO3));
        assert!(pair.client.is_connected(root));
        assert_eq!(
            pair.server_received(),
            ["40"],
            "CONNECT to the first server alone"
        );
    });
}

#[test]
fn a_remembered_eio3_server_that_is_now_eio4_is_detected() {
    on(EIO3, config(), |pair| {
        let root = pair.connect_to("/");
        for sends_max_payload in [true, false] {
            pair.server.engine_version = EIO4;
            pair.server.rules.sends_max_payload = sends_max_payload;
            pair.end_connection(Lost::Closed);
            // A remembered EIO3 server has ten times the detection time.
            pair.run(15_000);
            assert_eq!(pair.client.engine_version(), Some(EIO4));
            assert!(pair.client.is_connected(root));
            pair.server.engine_version = EIO3;
            pair.end_connection(Lost::Closed);
            pair.auth = Auth::Later;
            pair.run(5_000);
            assert_eq!(pair.client.engine_version(), Some(EIO3));
            pair.auth = Auth::Give(None);
        }
    });
}

#[test]
fn a_server_that_refuses_eio4_is_asked_for_eio3_in_the_same_attempt() {
    for polling in [false, true] {
        let transports = if polling { upgrading() } else { config() };
        on(EIO3, transports, |pair| {
            pair.server.rules.accepted_versions = Some(&[3]);
            let chat = pair.namespace("/chat");
            pair.connect(chat);
            pair.run(300);
            assert_eq!(pair.server.opens, [4, 3]);
            assert_eq!(pair.client.engine_version(), Some(EIO3));
            let mut expected = vec!["opened", "/chat connected"];
            expected.extend(polling.then_some("upgraded"));
            assert_eq!(pair.client_events(), expected);
            pair.run(60_000);
            assert!(
                pair.client.is_connected(chat),
                "the heartbeat is that of EIO3"
            );
        });
    }
}

#[test]
fn the_version_that_was_accepted_is_asked_for_first_until_it_is_refused() {
    on(EIO3, config(), |pair| {
        pair.server.rules.accepted_versions = Some(&[3]);
        let root = pair.connect_to("/");
        pair.end_connection(Lost::Closed);
        pair.run(1_500);
        assert!(pair.client.is_connected(root));
        assert_eq!(pair.server.opens, [4, 3, 3]);
        pair.server.engine_version = EIO4;
        pair.server.rules.accepted_versions = Some(&[4]);
        pair.end_connection(Lost::Closed);
        pair.run(5_000);
        assert!(pair.client.is_connected(root));
        assert_eq!(pair.server.opens, [4, 3, 3, 3, 4]);
        pair.end_connection(Lost::Closed);
        pair.run(5_000);
        assert_eq!(pair.server.opens, [4, 3, 3, 3, 4, 4]);
    });
}

#[test]
fn a_server_that_refuses_both_versions_is_asked_twice_in_each_attempt() {
    for (configured, try_all_transports, asked) in [
        (None, false, &[4, 3][..]),
        (None, true, &[4, 3, 4, 3]),
        (Some(EIO4), false, &[4]),
        (Some(EIO4), true, &[4, 4]),
    ] {
        let configured = Config {
            engine_version: configured,
            try_all_transports,
            ..upgrading()
        };
        on(EIO4, configured, |pair| {
            pair.server.rules.accepted_versions = Some(&[]);
            let root = pair.namespace("/");
            pair.connect(root);
            pair.run(500);
            assert_eq!(pair.server.opens, asked);
            assert_eq!(
                pair.client_events(),
                ["open failed: Transport", "attempt 1 in 1000 ms"]
            );
            pair.run(1_000);
            assert_eq!(pair.server.opens, [asked, asked].concat());
        });
    }
}

#[test]
fn a_newer_server_that_accepts_eio3_too_is_asked_for_eio4_again() {
    // socket.io 4.5 and later with `allowEIO3`, behind a proxy that refused one request.
    for transports in [config(), upgrading()] {
        on(EIO3, transports, |pair| {
            pair.server.rules.accepted_versions = Some(&[3]);
            pair.server.rules.is_newer_than_eio3 = true;
            let root = pair.namespace("/");
            pair.connect(root);
            pair.run(500);
            assert_eq!(pair.server.opens, [4, 3, 4]);
            assert_eq!(
                pair.client_events(),
                ["open failed: Transport", "attempt 1 in 1000 ms"]
            );
            assert_eq!(pair.server.connections(), 0, "no session is left behind");
            pair.server.engine_version = EIO4;
            pair.server.rules.accepted_versions = None;
            pair.run(1_500);
            assert_eq!(pair.server.opens, [4, 3, 4, 4]);
            assert!(pair.client.is_connected(root));
        });
    }
}

#[test]
fn a_configured_engine_version_is_not_detected() {
    for engine_version in [EIO3, EIO4] {
        let configured = Config {
            engine_version: Some(engine_version),
            detection: Millis(u32::MAX),
            ..config()
        };
        on(engine_version, configured, |pair| {
            pair.server.rules.sends_max_payload = false;
            pair.connect_to("/");
            assert_eq!(pair.client.engine_version(), Some(engine_version));
        });
    }
}

#[test]
fn a_server_of_another_version_than_configured_is_refused() {
    let configured = Config {
        engine_version: Some(EIO4),
        ..config()
    };
    on(EIO3, configured, |pair| {
        pair.auth = Auth::Later;
        let root = pair.namespace("/");
        pair.connect(root);
        pair.run(100);
        let expected = [
            "opened",
            "/ connect error: WrongVersion",
            "closed: forced close",
        ];
        assert_eq!(pair.client_events(), expected);
    });
}

#[test]
fn the_detection_time_is_the_configured_one() {
    let hasty = Config {
        detection: Millis(50),
        ..config()
    };
    on(EIO4, hasty, |pair| {
        pair.server.rules.sends_max_payload = false;
        let root = pair.namespace("/");
        pair.connect(root);
        pair.run(70);
        assert_eq!(pair.client.engine_version(), Some(EIO4));
    });
}

#[test]
fn closing_within_the_detection_time_leaves_nothing() {
    on_both(|pair| {
        pair.server.rules.sends_max_payload = false;
        pair.server.rules.root_delay = 500;
        let root = pair.namespace("/");
        pair.connect(root);
        pair.run(100);
        pair.disconnect(root);
        pair.run(2_000);
        assert_eq!(pair.client_events(), ["opened", "closed: forced close"]);
        assert_eq!(pair.client.next_timeout(), None);
    });
}

#[test]
fn a_late_eio3_server_that_got_an_eio4_connect_still_connects() {
    on(EIO3, config(), |pair| {
        pair.server.rules.root_delay = 3_000;
        pair.server.rules.allows_repeated_connect = true;
        let root = pair.namespace("/");
        pair.connect(root);
        pair.emit(root, r#"["kept"]"#);
        pair.run(5_000);
        assert_eq!(pair.client.engine_version(), Some(EIO3));
        assert_eq!(pair.client_events(), ["opened", "/ connected"]);
        assert_eq!(pair.server_received(), ["40", r#"42["kept"]"#]);
    });
}

#[test]
fn a_remembered_eio3_server_with_a_slow_root_is_not_taken_for_eio4() {
    on(EIO3, config(), |pair| {
        pair.connect_to("/");
        pair.server.rules.root_delay = 5_000;
        pair.end_connection(Lost::Closed);
        pair.run(4_000);
        assert_eq!(pair.client.engine_version(), None);
        pair.run(5_000);
        assert_eq!(pair.client.engine_version(), Some(EIO3));
    });
}
