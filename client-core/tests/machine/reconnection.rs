//! Reconnection after a loss, and the namespaces that must not reconnect.

use tidewire_core::{Config, EngineVersion, Lost};

use crate::support::network::{Side, Transmit};
use crate::support::wire::Wire;
use crate::support::{config, on_all, on_both, on_both_with};

#[test]
fn all_namespaces_reconnect_with_new_ids() {
    on_both(|pair| {
        let (root, chat) = (pair.connect_to("/"), pair.connect_to("/chat"));
        let before = pair.ids.clone();
        pair.end_connection(Lost::Closed);
        pair.run(1_200);
        let expected = [
            "/ disconnected: transport close",
            "/chat disconnected: transport close",
            "closed: transport close",
            "attempt 1 in 1000 ms",
            "opened",
            "/ connected",
            "/chat connected",
        ];
        assert_eq!(pair.client_events(), expected);
        for nsp in [root, chat] {
            assert_ne!(pair.ids[&nsp], before[&nsp]);
        }
    });
}

#[test]
fn a_broken_connection_is_a_transport_error() {
    on_both(|pair| {
        pair.connect_to("/");
        pair.end_connection(Lost::Failed);
        pair.run(100);
        let expected = [
            "/ disconnected: transport error",
            "closed: transport error",
            "attempt 1 in 1000 ms",
        ];
        assert_eq!(pair.client_events(), expected);
    });
}

#[test]
fn a_restarted_server_is_reached_and_gets_buffered_emits() {
    on_both(|pair| {
        let chat = pair.connect_to("/chat");
        pair.emit(chat, r#"["before"]"#);
        pair.run(100);
        pair.server.rules.up = false;
        pair.end_connection(Lost::Closed);
        pair.run(2_000);
        pair.emit(chat, r#"["meanwhile"]"#);
        pair.run(2_000);
        pair.server.rules.up = true;
        pair.server_received();
        pair.run(4_000);
        let expected = [
            "/chat disconnected: transport close",
            "closed: transport close",
            "attempt 1 in 1000 ms",
            "open failed: Transport",
            "attempt 2 in 2000 ms",
            "open failed: Transport",
            "attempt 3 in 4000 ms",
            "opened",
            "/chat connected",
        ];
        assert_eq!(pair.client_events(), expected);
        assert_eq!(
            pair.server_received(),
            ["40/chat,", r#"42/chat,["meanwhile"]"#]
        );
    });
}

#[test]
fn a_connecting_namespace_connects_again_after_a_loss() {
    on_all(|pair| {
        pair.server.rules.unanswered.insert("/chat");
        let chat = pair.namespace("/chat");
        pair.connect(chat);
        pair.run(100);
        pair.server.rules.unanswered.clear();
        pair.end_connection(Lost::Closed);
        pair.run(1_200);
        assert!(pair.client.is_connected(chat));
        assert_eq!(pair.server_received(), ["40/chat,", "40/chat,"]);
    });
}

#[test]
fn a_kicked_namespace_does_not_reconnect_with_the_others() {
    on_all(|pair| {
        let (root, chat) = (pair.connect_to("/"), pair.connect_to("/chat"));
        pair.with_server(|server| server.kick("/chat"));
        pair.run(100);
        assert_eq!(
            pair.client_events(),
            ["/chat disconnected: io server disconnect"]
        );
        pair.end_connection(Lost::Closed);
        pair.run(60_000);
        assert!(pair.client.is_connected(root));
        assert!(!pair.client.is_connected(chat));
        pair.connect(chat);
        pair.run(100);
        assert!(
            pair.client.is_connected(chat),
            "connect() connects it again"
        );
    });
}

#[test]
fn when_the_last_namespace_is_kicked_the_connection_closes_for_good() {
    on_all(|pair| {
        pair.connect_to("/");
        pair.with_server(|server| server.kick("/"));
        pair.run(60_000);
        let expected = [
            "/ disconnected: io server disconnect",
            "closed: forced close",
        ];
        assert_eq!(pair.client_events(), expected);
        assert_eq!(pair.server.opens.len(), 1);
        assert_eq!(pair.server.connections(), 0);
    });
}

#[test]
fn a_namespace_disconnected_by_the_application_does_not_reconnect() {
    on_all(|pair| {
        let (root, chat) = (pair.connect_to("/"), pair.connect_to("/chat"));
        pair.disconnect(chat);
        pair.end_connection(Lost::Closed);
        pair.run(10_000);
        assert!(pair.client.is_connected(root));
        assert!(!pair.client.is_connected(chat));
    });
}

#[test]
fn a_namespace_may_disconnect_or_connect_between_two_connections() {
    on_all(|pair| {
        let (root, chat) = (pair.connect_to("/"), pair.connect_to("/chat"));
        pair.end_connection(Lost::Closed);
        pair.run(100);
        pair.client_events();
        pair.disconnect(chat);
        let late = pair.namespace("/late");
        pair.connect(late);
        pair.run(200);
        assert_eq!(pair.client_events(), [""; 0]);
        pair.run(1_000);
        assert_eq!(
            pair.client_events(),
            ["opened", "/ connected", "/late connected"]
        );
        assert!(pair.client.is_connected(root));
    });
}

#[test]
fn connect_during_the_delay_joins_the_next_attempt() {
    on_all(|pair| {
        pair.server.rules.up = false;
        let root = pair.namespace("/");
        pair.connect(root);
        pair.run(2_000);
        let expected = [
            "open failed: Transport",
            "attempt 1 in 1000 ms",
            "open failed: Transport",
            "attempt 2 in 2000 ms",
        ];
        assert_eq!(pair.client_events(), expected);
        pair.connect(root);
        let late = pair.namespace("/late");
        pair.connect(late);
        pair.run(2_000);
        assert_eq!(
            pair.client_events(),
            ["open failed: Transport", "attempt 3 in 4000 ms"]
        );
        pair.server.rules.up = true;
        pair.run(5_000);
        assert_eq!(
            pair.client_events(),
            ["opened", "/ connected", "/late connected"]
        );
        assert_eq!(pair.server.opens.len(), 4);
    });
}

#[test]
fn open_during_the_delay_starts_an_attempt_and_resets_the_backoff() {
    on_all(|pair| {
        pair.server.rules.up = false;
        let root = pair.namespace("/");
        pair.connect(root);
        pair.run(4_000);
        pair.client_events();
        pair.open();
        pair.run(100);
        assert_eq!(
            pair.client_events(),
            ["open failed: Transport", "attempt 1 in 1000 ms"]
        );
        pair.server.rules.up = true;
        pair.open();
        pair.run(60_000);
        assert_eq!(
            pair.client_events(),
            ["opened", "/ connected"],
            "the planned attempt is cancelled"
        );
        assert_eq!(pair.server.opens.len(), 5);
    });
}

#[test]
fn switching_reconnection_off_during_the_delay_cancels_the_attempt() {
    on_all(|pair| {
        let root = pair.connect_to("/");
        pair.end_connection(Lost::Closed);
        pair.run(100);
        let off = Config {
            reconnection: None,
            ..config()
        };
        pair.client.configure(off);
        pair.client_events();
        pair.run(60_000);
        assert_eq!(pair.client_events(), [""; 0]);
        assert_eq!(pair.client.next_timeout(), None);
        pair.connect(root);
        pair.run(100);
        assert_eq!(pair.client_events(), ["opened", "/ connected"]);
    });
}

#[test]
fn disconnecting_all_during_the_delay_ends_the_attempts() {
    on_all(|pair| {
        let root = pair.connect_to("/");
        pair.end_connection(Lost::Closed);
        pair.run(100);
        pair.client_events();
        pair.disconnect(root);
        pair.run(60_000);
        assert_eq!(pair.client_events(), [""; 0]);
        assert_eq!(pair.client.next_timeout(), None);
        assert_eq!(pair.server.opens.len(), 1);
    });
}

#[test]
fn without_reconnection_a_lost_connection_stays_lost_until_connect() {
    let once = Config {
        reconnection: None,
        ..config()
    };
    on_both_with(&once, |pair| {
        let root = pair.connect_to("/");
        pair.end_connection(Lost::Closed);
        pair.run(60_000);
        let expected = ["/ disconnected: transport close", "closed: transport close"];
        assert_eq!(pair.client_events(), expected);
        assert_eq!(pair.client.next_timeout(), None);
        pair.server.rules.up = false;
        pair.connect(root);
        pair.run(60_000);
        assert_eq!(pair.client_events(), ["open failed: Transport"]);
        pair.server.rules.up = true;
        pair.connect(root);
        pair.run(100);
        assert_eq!(pair.client_events(), ["opened", "/ connected"]);
    });
}

#[test]
fn a_partial_packet_is_dropped_with_its_connection() {
    on_all(|pair| {
        pair.connect_to("/");
        pair.server_sends(
            r#"452-["b",{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}]"#,
        );
        pair.with_server(|server| server.attach(&[1]));
        pair.run(100);
        assert_eq!(pair.live_payloads(), 2);
        pair.end_connection(Lost::Closed);
        pair.run(100);
        assert_eq!(pair.live_payloads(), 0);
        pair.run(1_200);
        pair.client_events();
        pair.server_sends(r#"42["fresh"]"#);
        pair.run(100);
        assert_eq!(pair.client_events(), [r#"/ ["fresh"]"#]);
    });
}

#[test]
fn a_partial_packet_is_dropped_when_the_application_disconnects() {
    on_all(|pair| {
        let root = pair.connect_to("/");
        pair.server_sends(r#"451-["b",{"_placeholder":true,"num":0}]"#);
        pair.run(100);
        pair.disconnect(root);
        assert_eq!(pair.live_payloads(), 0);
        pair.connect(root);
        pair.run(100);
        pair.client_events();
        pair.server_sends(r#"42["fresh"]"#);
        pair.run(100);
        assert_eq!(pair.client_events(), [r#"/ ["fresh"]"#]);
    });
}

#[test]
fn an_open_failure_after_close_is_not_reported_as_closed() {
    on_all(|pair| {
        let root = pair.connect_to("/");
        pair.close();
        pair.client_events();
        pair.server.rules.up = false;
        pair.connect(root);
        pair.run(100);
        assert_eq!(
            pair.client_events(),
            ["open failed: Transport", "attempt 1 in 1000 ms"]
        );
    });
}

#[test]
fn late_events_of_the_last_link_are_ignored() {
    on_both(|pair| {
        let root = pair.connect_to("/");
        let last = pair.server.link();
        pair.disconnect(root);
        pair.run(50);
        pair.connect_to("/");
        for text in [r#"42["late"]"#, "41", "42{", "nonsense"] {
            let late = Transmit::Frame(Wire::text(text));
            pair.network.send(pair.now, Side::Client, last, late);
        }
        for lost in [Lost::Closed, Lost::Failed] {
            pair.network
                .send(pair.now, Side::Client, last, Transmit::End(lost));
        }
        pair.run(500);
        assert_eq!(pair.client_events(), [""; 0]);
        assert!(pair.client.is_connected(root));
    });
}

#[test]
fn late_events_of_a_dropped_link_are_ignored() {
    on_all(|pair| {
        let root = pair.connect_to("/");
        pair.network.latency = 300;
        pair.server_sends(r#"42["late"]"#);
        pair.server_sends("43/chat,0[1]");
        pair.with_server(|server| server.kick("/"));
        pair.end_connection(Lost::Failed);
        pair.disconnect(root);
        pair.connect(root);
        pair.run(250);
        let expected = [
            "/ disconnected: io client disconnect",
            "closed: forced close",
        ];
        assert_eq!(pair.client_events(), expected);
        pair.run(2_000);
        assert_eq!(pair.client_events(), ["opened", "/ connected"]);
        assert_eq!(pair.live_payloads(), 0);
    });
}

#[test]
fn the_eio3_root_state_does_not_survive_the_connection() {
    on_all(|pair| {
        let (root, chat) = (pair.connect_to("/"), pair.connect_to("/chat"));
        pair.disconnect(root);
        pair.end_connection(Lost::Closed);
        pair.run(1_200);
        pair.server_received();
        pair.connect(root);
        pair.run(100);
        let expected: &[&str] = match pair.server.engine_version {
            EngineVersion::Eio3 => &[],
            EngineVersion::Eio4 => &["40"],
        };
        assert_eq!(pair.server_received(), expected);
        assert!(pair.client.is_connected(root) && pair.client.is_connected(chat));
    });
}
