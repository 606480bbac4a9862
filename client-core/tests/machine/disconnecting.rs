//! Disconnecting a namespace in any phase, and closing everything.

use tidewire_core::{Ack, EngineVersion};

use crate::support::{AckPolicy, config, on, on_all, on_both};

#[test]
fn disconnecting_the_last_namespace_sends_disconnect_and_closes_the_connection() {
    on_both(|pair| {
        let root = pair.connect_to("/");
        pair.server_received();
        pair.disconnect(root);
        let expected = [
            "/ disconnected: io client disconnect",
            "closed: forced close",
        ];
        assert_eq!(pair.client_events(), expected);
        pair.run(60_000);
        assert_eq!(pair.server_received(), ["41"]);
        assert_eq!(pair.server.connections(), 0);
        assert_eq!(pair.client_events(), [""; 0]);
        assert_eq!(pair.client.next_timeout(), None);
    });
}

#[test]
fn disconnecting_loses_the_acks_in_flight() {
    on_all(|pair| {
        pair.server.rules.ack_policy = AckPolicy::Hold;
        let root = pair.connect_to("/");
        pair.emit_with_ack(root, r#"["q"]"#, Ack::Unlimited);
        pair.disconnect(root);
        let expected = [
            "/ disconnected: io client disconnect",
            "/ ack 0 lost: Disconnected",
            "closed: forced close",
        ];
        assert_eq!(pair.client_events(), expected);
    });
}

#[test]
fn disconnecting_while_opening_drops_the_link_without_an_event() {
    on_all(|pair| {
        let root = pair.namespace("/");
        pair.connect(root);
        pair.run(5);
        pair.disconnect(root);
        pair.run(60_000);
        assert_eq!(pair.client_events(), [""; 0]);
        assert_eq!(pair.server.connections(), 0);
    });
}

#[test]
fn disconnecting_a_disconnected_namespace_changes_nothing() {
    on_all(|pair| {
        let (root, chat) = (pair.connect_to("/"), pair.namespace("/chat"));
        pair.server_received();
        pair.disconnect(chat);
        pair.run(100);
        assert_eq!(pair.server_received(), [""; 0]);
        pair.disconnect(root);
        pair.client_events();
        pair.disconnect(root);
        pair.run(100);
        assert_eq!(pair.client_events(), [""; 0]);
    });
}

#[test]
fn disconnecting_while_connect_is_pending_waits_for_the_answer() {
    on_all(|pair| {
        pair.connect_to("/");
        pair.server.rules.unanswered.insert("/chat");
        let chat = pair.namespace("/chat");
        pair.connect(chat);
        pair.run(100);
        pair.server_received();
        pair.disconnect(chat);
        pair.run(100);
        assert_eq!(
            pair.server_received(),
            [""; 0],
            "a 4.x server would close the connection"
        );
        pair.with_server(|server| server.accept_connect("/chat"));
        pair.run(100);
        assert_eq!(pair.server_received(), ["41/chat,"]);
        assert_eq!(pair.client_events(), [""; 0]);
    });
}

#[test]
fn disconnecting_and_connecting_again_while_connect_is_pending() {
    on_all(|pair| {
        pair.connect_to("/");
        pair.server.rules.unanswered.insert("/chat");
        let chat = pair.namespace("/chat");
        pair.connect(chat);
        pair.run(100);
        pair.server_received();
        pair.disconnect(chat);
        pair.connect(chat);
        pair.disconnect(chat);
        pair.connect(chat);
        pair.run(100);
        pair.server.rules.unanswered.clear();
        pair.with_server(|server| server.accept_connect("/chat"));
        pair.run(100);
        assert_eq!(pair.server_received(), ["41/chat,", "40/chat,"]);
        assert_eq!(pair.client_events(), ["/chat connected"]);
    });
}

#[test]
fn a_refusal_while_disconnecting_ends_it_and_a_later_connect_starts_again() {
    on_all(|pair| {
        pair.connect_to("/");
        pair.server.rules.unanswered.insert("/chat");
        let chat = pair.namespace("/chat");
        pair.connect(chat);
        pair.run(100);
        pair.server_received();
        pair.disconnect(chat);
        pair.connect(chat);
        pair.server.rules.unanswered.clear();
        pair.server.rules.allows_repeated_connect = true;
        pair.server_sends(r#"44/chat,"no""#);
        pair.run(100);
        assert_eq!(pair.server_received(), ["40/chat,"]);
        assert_eq!(pair.client_events(), ["/chat connected"]);
    });
}

#[test]
fn events_of_a_disconnecting_namespace_are_not_reported() {
    on_all(|pair| {
        pair.connect_to("/");
        let chat = pair.connect_to("/chat");
        pair.network.latency = 200;
        pair.server_sends(r#"42/chat,["in flight"]"#);
        pair.server_sends(r#"43/chat,0[1]"#);
        pair.disconnect(chat);
        pair.run(1_000);
        assert_eq!(
            pair.client_events(),
            ["/chat disconnected: io client disconnect"]
        );
    });
}

#[test]
fn close_disconnects_every_namespace_and_ends_the_connection() {
    on_both(|pair| {
        let (root, chat) = (pair.connect_to("/"), pair.connect_to("/chat"));
        pair.server_received();
        pair.close();
        let expected = [
            "/ disconnected: io client disconnect",
            "/chat disconnected: io client disconnect",
            "closed: forced close",
        ];
        assert_eq!(pair.client_events(), expected);
        pair.run(60_000);
        assert_eq!(pair.server_received(), ["41", "41/chat,"]);
        assert_eq!(pair.client.next_timeout(), None);
        assert_eq!(pair.server.opens.len(), 1);
        pair.connect(chat);
        pair.run(100);
        assert!(
            pair.client.is_connected(chat),
            "only connect() connects it again"
        );
        assert!(!pair.client.is_connected(root));
    });
}

#[test]
fn close_in_any_phase_leaves_no_timer_and_no_link() {
    for after in [0, 5, 15, 25, 35, 45, 1_500] {
        on_all(|pair| {
            pair.server.rules.root_delay = 30;
            pair.server.rules.sends_max_payload = false;
            let (root, chat) = (pair.namespace("/"), pair.namespace("/chat"));
            pair.connect(root);
            pair.connect(chat);
            pair.emit(chat, r#"["waits"]"#);
            pair.run(after);
            pair.close();
            pair.run(1_000);
            assert_eq!(pair.client.next_timeout(), None, "closed after {after}");
            assert_eq!(pair.server.connections(), 0);
        });
    }
}

#[test]
fn closing_twice_is_closing_once() {
    on_all(|pair| {
        pair.connect_to("/");
        pair.close();
        pair.client_events();
        pair.close();
        assert_eq!(pair.client_events(), [""; 0]);
    });
}

#[test]
fn events_emitted_before_close_are_sent() {
    on_both(|pair| {
        let root = pair.connect_to("/");
        pair.server_received();
        pair.emit(root, r#"["last"]"#);
        pair.close();
        pair.run(100);
        assert_eq!(pair.server_received(), [r#"42["last"]"#, "41"]);
        assert_ne!(
            pair.client.engine_version(),
            Some(EngineVersion::Eio4),
            "no session, no version"
        );
    });
}

/// A kick that crosses a DISCONNECT and a new CONNECT is for the previous connection. A 4.x server still answers the CONNECT; until
/// then the client does not send another one.
#[test]
fn a_kick_of_the_previous_connection_leaves_the_new_connect_pending() {
    on(EngineVersion::Eio4, config(), |pair| {
        pair.connect_to("/");
        let chat = pair.connect_to("/chat");
        pair.server_received();
        pair.with_server(|server| server.kick("/chat"));
        pair.disconnect(chat);
        pair.connect(chat);
        pair.run(15);
        let expected = [
            "/chat disconnected: io client disconnect",
            "/chat connect error: nothing",
        ];
        assert_eq!(pair.client_events(), expected);
        pair.connect(chat);
        pair.run(100);
        assert_eq!(pair.client_events(), ["/chat connected"]);
        let expected = ["41/chat,", "40/chat,", "41/chat,", "40/chat,"];
        assert_eq!(pair.server_received(), expected);
    });
}
