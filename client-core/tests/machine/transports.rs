//! The order of transports, and the next one after a failure.

use tidewire_core::{Config, Lost, Millis, Transport};

use crate::support::{UpgradePolicy, on_both_with, upgrading};

const WEBSOCKET_FIRST: [Transport; 2] = [Transport::WebSocket, Transport::Polling];

fn all() -> Config {
    Config {
        try_all_transports: true,
        ..upgrading()
    }
}

fn all_websocket_first() -> Config {
    Config {
        transports: WEBSOCKET_FIRST.to_vec(),
        ..all()
    }
}

fn remembering() -> Config {
    Config {
        remember_upgrade: true,
        ..upgrading()
    }
}

#[test]
fn only_the_first_transport_is_tried_unless_configured() {
    on_both_with(&upgrading(), |pair| {
        pair.server.rules.accepts_requests = false;
        let root = pair.namespace("/");
        pair.connect(root);
        pair.run(500);
        assert_eq!(
            pair.client_events(),
            ["open failed: Transport", "attempt 1 in 1000 ms"]
        );
        assert_eq!((pair.server.gets, pair.server.opens.len()), (1, 1));
    });
}

#[test]
fn where_websockets_are_blocked_polling_is_next() {
    on_both_with(&all_websocket_first(), |pair| {
        pair.server.rules.accepts_websockets = false;
        let root = pair.namespace("/");
        pair.connect(root);
        pair.run(500);
        assert_eq!(pair.client_events(), ["opened", "/ connected"]);
        assert!(pair.server.is_polling());
        assert_eq!(
            pair.server.upgrades, 0,
            "no upgrade to a transport that has just failed"
        );
        assert!(pair.client.is_connected(root));
    });
}

#[test]
fn where_requests_are_blocked_a_websocket_is_next() {
    on_both_with(&all(), |pair| {
        pair.server.rules.accepts_requests = false;
        let root = pair.namespace("/");
        pair.connect(root);
        pair.run(500);
        assert_eq!(pair.client_events(), ["opened", "/ connected"]);
        assert!(!pair.server.is_polling());
        assert_eq!(pair.server.opens.len(), 2);
        assert!(pair.client.is_connected(root));
    });
}

#[test]
fn when_all_fail_the_attempt_fails_once_and_the_next_begins_with_the_first() {
    on_both_with(&all(), |pair| {
        pair.server.rules.up = false;
        let root = pair.namespace("/");
        pair.connect(root);
        pair.run(500);
        assert_eq!(
            pair.client_events(),
            ["open failed: Transport", "attempt 1 in 1000 ms"]
        );
        assert_eq!((pair.server.gets, pair.server.opens.len()), (1, 2));
        pair.server.rules.up = true;
        pair.run(1_500);
        assert_eq!(pair.client_events(), ["opened", "/ connected", "upgraded"]);
        assert_eq!((pair.server.opens.len(), pair.server.upgrades), (3, 1));
    });
}

#[test]
fn a_bad_handshake_is_a_reason_to_try_the_next_too() {
    on_both_with(&all_websocket_first(), |pair| {
        pair.server.rules.silent = true;
        let root = pair.namespace("/");
        pair.connect(root);
        pair.run(50);
        pair.server.rules.silent = false;
        pair.server_sends("nonsense");
        pair.run(500);
        assert_eq!(pair.client_events(), ["opened", "/ connected"]);
        assert!(pair.server.is_polling());
        assert_eq!(pair.server.connections(), 1, "the WebSocket was dropped");
    });
}

#[test]
fn open_timeout_covers_all_transports_together() {
    let hasty = Config {
        open_timeout: Some(Millis(1_000)),
        ..all()
    };
    on_both_with(&hasty, |pair| {
        pair.server.rules.silent = true;
        let root = pair.namespace("/");
        pair.connect(root);
        pair.run(800);
        pair.lose_get();
        pair.run(199);
        assert_eq!(pair.client_events(), [""; 0], "a WebSocket is opening");
        pair.run(1);
        assert_eq!(
            pair.client_events(),
            ["open failed: Timeout", "attempt 1 in 1000 ms"]
        );
        pair.server.forget_sessions();
    });
}

#[test]
fn with_remember_upgrade_the_next_connection_begins_with_a_websocket() {
    on_both_with(&remembering(), |pair| {
        let root = pair.connect_to("/");
        pair.run(300);
        let gets = pair.server.gets;
        pair.end_connection(Lost::Closed);
        pair.run(3_000);
        assert!(pair.client.is_connected(root) && !pair.server.is_polling());
        assert_eq!((pair.server.gets, pair.server.upgrades), (gets, 1));
    });
    on_both_with(&upgrading(), |pair| {
        pair.connect_to("/");
        pair.run(300);
        pair.end_connection(Lost::Closed);
        pair.run(3_000);
        assert_eq!(pair.server.upgrades, 2, "not configured");
    });
}

#[test]
fn a_remembered_websocket_needs_no_list_of_transports() {
    let none = Config {
        transports: Vec::new(),
        ..remembering()
    };
    on_both_with(&none, |pair| {
        let root = pair.connect_to("/");
        pair.end_connection(Lost::Closed);
        pair.run(3_000);
        assert!(pair.client.is_connected(root) && !pair.server.is_polling());
    });
}

#[test]
fn a_remembered_websocket_that_cannot_be_opened_is_forgotten() {
    for silent in [false, true] {
        on_both_with(&remembering(), |pair| {
            let root = pair.connect_to("/");
            pair.run(300);
            pair.client_events();
            pair.server.rules.accepts_websockets = false;
            pair.server.rules.silent = silent;
            pair.server.rules.accepts_websockets = silent;
            pair.end_connection(Lost::Closed);
            pair.run(1_500 + 20_000 * u64::from(silent));
            let error = if silent { "Timeout" } else { "Transport" };
            assert_eq!(pair.client_events()[3], format!("open failed: {error}"));
            pair.server.rules.silent = false;
            pair.server.rules.upgrade_policy = UpgradePolicy::Refuse;
            pair.run(5_000);
            assert!(pair.client.is_connected(root) && pair.server.is_polling());
        });
    }
}

#[test]
fn an_upgrade_that_failed_is_not_remembered() {
    on_both_with(&remembering(), |pair| {
        pair.server.rules.upgrade_policy = UpgradePolicy::Refuse;
        pair.connect_to("/");
        pair.run(300);
        pair.end_connection(Lost::Closed);
        pair.run(3_000);
        assert_eq!(pair.server.upgrades, 2, "polling again, then an upgrade");
    });
}

#[test]
fn a_remembered_websocket_that_fails_leaves_all_others_to_try() {
    let both = Config {
        remember_upgrade: true,
        ..all()
    };
    on_both_with(&both, |pair| {
        let root = pair.connect_to("/");
        pair.run(300);
        pair.server.rules.accepts_websockets = false;
        pair.end_connection(Lost::Closed);
        pair.run(1_500);
        assert!(pair.client.is_connected(root) && pair.server.is_polling());
        let events = pair.client_events();
        assert!(!events.iter().any(|line| line.starts_with("open failed")));
    });
}

#[test]
fn without_any_transport_a_websocket_is_used() {
    let none = Config {
        transports: Vec::new(),
        ..upgrading()
    };
    on_both_with(&none, |pair| {
        pair.connect_to("/");
        assert!(!pair.server.is_polling());
    });
}

#[test]
fn an_attempt_that_begins_again_has_the_new_configuration() {
    let websocket = Config {
        transports: vec![Transport::WebSocket],
        ..Config::default()
    };
    on_both_with(&websocket, |pair| {
        let now = pair.time();
        pair.client.open(now);
        pair.client.configure(upgrading());
        pair.client.reopen(now);
        pair.open();
        assert!(pair.server.is_polling());
        pair.run(500);
        assert_eq!(pair.client_events(), ["opened", "upgraded"]);
        pair.client.reopen(now);
        pair.open();
        assert_eq!(pair.client_events(), [""; 0], "no attempt is running");
    });
}
