//! Opening a session: from the first byte to the Engine.IO handshake.

use tidewire_core::{Config, EngineVersion, Lost, Millis, Target, Transport};

use crate::support::wire::Wire;
use crate::support::{config, on, on_all, on_all_with, on_both, on_both_with};

const EIO3: EngineVersion = EngineVersion::Eio3;
const EIO4: EngineVersion = EngineVersion::Eio4;

#[test]
fn nothing_happens_before_connect() {
    on_all(|pair| {
        pair.namespace("/");
        pair.run(60_000);
        assert_eq!(pair.server.opens, [0; 0]);
        assert_eq!(pair.client.next_timeout(), None);
    });
}

#[test]
fn the_handshake_is_reported_before_the_namespaces() {
    on_all(|pair| {
        let root = pair.namespace("/");
        pair.connect(root);
        pair.run(100);
        assert_eq!(pair.client_events(), ["opened", "/ connected"]);
        assert_eq!(
            pair.client.engine_version(),
            Some(pair.server.engine_version)
        );
    });
}

#[test]
fn the_client_requests_version_4_unless_configured() {
    on_all(|pair| {
        pair.connect_to("/");
        assert_eq!(pair.server.opens, [4]);
    });
    let configured = Config {
        engine_version: Some(EIO3),
        ..config()
    };
    on(EIO3, configured, |pair| {
        pair.connect_to("/");
        assert_eq!(pair.server.opens, [3]);
    });
}

#[test]
fn the_query_has_version_and_transport() {
    let mut query = String::from("user=1&");
    Target {
        transport: Transport::WebSocket,
        engine_version: EIO4,
        body_version: None,
        sid: None,
    }
    .write_query(&mut query);
    assert_eq!(query, "user=1&EIO=4&transport=websocket");
}

#[test]
fn a_server_that_is_down_is_an_open_failure() {
    on_all(|pair| {
        pair.server.rules.up = false;
        let root = pair.namespace("/");
        pair.connect(root);
        pair.run(100);
        assert_eq!(
            pair.client_events(),
            ["open failed: Transport", "attempt 1 in 1000 ms"]
        );
    });
}

#[test]
fn a_connection_that_ends_before_the_handshake_is_an_open_failure() {
    on_all(|pair| {
        pair.server.rules.silent = true;
        let root = pair.namespace("/");
        pair.connect(root);
        pair.run(100);
        pair.end_connection(Lost::Closed);
        pair.run(100);
        assert_eq!(
            pair.client_events(),
            ["open failed: Transport", "attempt 1 in 1000 ms"]
        );
    });
}

#[test]
fn an_accepted_connection_that_stays_silent_fails_after_open_timeout() {
    on_all(|pair| {
        pair.server.rules.silent = true;
        let root = pair.namespace("/");
        pair.connect(root);
        pair.run(20_000 - 1);
        assert_eq!(pair.client_events(), [""; 0]);
        pair.run(1);
        assert_eq!(
            pair.client_events(),
            ["open failed: Timeout", "attempt 1 in 1000 ms"]
        );
        pair.run(100);
        assert_eq!(pair.server.connections(), 0, "the link was dropped");
    });
}

#[test]
fn without_open_timeout_a_silent_server_is_awaited_for_ever() {
    let patient = Config {
        open_timeout: None,
        ..config()
    };
    on_all_with(&patient, |pair| {
        pair.server.rules.silent = true;
        let root = pair.namespace("/");
        pair.connect(root);
        pair.run(86_400_000);
        assert_eq!(pair.client_events(), [""; 0]);
        assert_eq!(pair.server.connections(), 1);
    });
}

#[test]
fn the_open_timeout_is_the_configured_one() {
    let hasty = Config {
        open_timeout: Some(Millis(300)),
        ..config()
    };
    on_both_with(&hasty, |pair| {
        pair.network.latency = 200;
        let root = pair.namespace("/");
        pair.connect(root);
        pair.run(300);
        assert_eq!(
            pair.client_events(),
            ["open failed: Timeout", "attempt 1 in 1000 ms"]
        );
    });
}

#[test]
fn a_bad_handshake_is_an_open_failure() {
    let frames = [
        Wire::text("HTTP/1.1 400 Bad Request"),
        Wire::text(""),
        Wire::text("0"),
        Wire::text("0{}"),
        Wire::text(r#"0{"sid":"","pingInterval":25000,"pingTimeout":20000}"#),
        Wire::text(r#"0{"sid":7,"pingInterval":25000,"pingTimeout":20000}"#),
        Wire::text(r#"0{"sid":"x","pingInterval":"soon","pingTimeout":20000}"#),
        Wire::text(r#"0{"sid":"x","pingInterval":25000}"#),
        Wire::text(r#"0{"sid":"x","pingInterval":25000,"pingTimeo"#),
        Wire::text(r#"0["sid"]"#),
        Wire::text(r#"4{"sid":"x","pingInterval":25000,"pingTimeout":20000}"#),
        Wire::text("40"),
        Wire::text("2probe"),
        Wire::Binary(br#"0{"sid":"x","pingInterval":25000,"pingTimeout":20000}"#.to_vec()),
        Wire::text(format!(
            r#"0{{"pad":"{}","sid":"x","pingInterval":1,"pingTimeout":1}}"#,
            "x".repeat(600)
        )),
    ];
    for frame in frames {
        on_both(|pair| {
            pair.server.rules.silent = true;
            let root = pair.namespace("/");
            pair.connect(root);
            pair.run(100);
            pair.with_server(|server| server.send(frame.clone()));
            pair.run(100);
            let expected = ["open failed: Handshake", "attempt 1 in 1000 ms"];
            assert_eq!(pair.client_events(), expected, "{frame}");
            assert_eq!(pair.server.connections(), 0, "the link was dropped");
        });
    }
}

#[test]
fn a_second_handshake_is_ignored() {
    on_all(|pair| {
        let root = pair.connect_to("/");
        let before = pair.ids.clone();
        pair.server_sends(r#"0{"sid":"other","upgrades":[],"pingInterval":1,"pingTimeout":1}"#);
        pair.server_sends(r#"42["x"]"#);
        pair.run(5_000);
        assert_eq!(pair.client_events(), [r#"/ ["x"]"#]);
        assert!(pair.client.is_connected(root));
        assert_eq!(pair.ids, before);
    });
}
