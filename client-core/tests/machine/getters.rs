//! Getters, which may be called at any time.

use tidewire_core::{Millis, Transport};

use crate::support::{config, on_both_with, polling, upgrading};

#[test]
fn the_transport_is_that_of_the_open_session() {
    for (config, transport) in [
        (config(), Transport::WebSocket),
        (polling(), Transport::Polling),
        (upgrading(), Transport::WebSocket),
    ] {
        on_both_with(&config, |pair| {
            assert_eq!(pair.client.transport(), None);
            let root = pair.connect_to("/");
            pair.run(500);
            assert_eq!(pair.client.transport(), Some(transport));
            pair.disconnect(root);
            assert_eq!(pair.client.transport(), None);
        });
    }
}

#[test]
fn the_backlog_counts_packets_that_wait_for_the_pending_post() {
    on_both_with(&polling(), |pair| {
        let root = pair.connect_to("/");
        assert_eq!(pair.client.backlog(), 0);
        for n in 0..4 {
            pair.emit(root, &format!("[\"e\",{n}]"));
        }
        assert_eq!(pair.client.backlog(), 3);
        let bytes = pair.client.backlog_bytes();
        assert!((3 * 7..3 * 100).contains(&bytes), "{bytes}");
        pair.run(100);
        assert_eq!((pair.client.backlog(), pair.client.backlog_bytes()), (0, 0));
    });
}

#[test]
fn a_websocket_has_no_backlog() {
    on_both_with(&config(), |pair| {
        let root = pair.connect_to("/");
        for n in 0..4 {
            pair.emit(root, &format!("[\"e\",{n}]"));
        }
        assert_eq!(pair.client.backlog(), 0);
    });
}

#[test]
fn plain_events_go_to_the_websocket_of_a_connected_namespace() {
    for (config, over_websocket) in [(config(), true), (polling(), false), (upgrading(), true)] {
        on_both_with(&config, |pair| {
            let root = pair.client.namespace("/", None);
            assert_eq!(pair.client.websocket_for_events(pair.time(), root), None);
            pair.connect_to("/");
            pair.run(500);
            let link = pair.client.websocket_for_events(pair.time(), root);
            assert_eq!(link.is_some(), over_websocket);
            let chat = pair.client.namespace("/chat", None);
            assert_eq!(pair.client.websocket_for_events(pair.time(), chat), None);
            pair.disconnect(root);
            assert_eq!(pair.client.websocket_for_events(pair.time(), root), None);
        });
    }
}

#[test]
fn plain_events_do_not_go_to_a_websocket_whose_heartbeat_is_overdue() {
    on_both_with(&config(), |pair| {
        let root = pair.connect_to("/");
        pair.run(500);
        let link = pair.client.websocket_for_events(pair.time(), root);
        assert!(link.is_some());
        // The machine has not been told the time.
        let late = pair.time() + Millis(1_000_000);
        assert_eq!(pair.client.websocket_for_events(late, root), None);
    });
}
