//! Frames that break the rules of Engine.IO, or that are useless.

use tidewire_core::{EngineVersion, Lost};

use crate::support::wire::Wire;
use crate::support::{config, on, on_all, on_both};

#[test]
fn empty_frames_and_unknown_types_are_transport_errors() {
    for text in ["", "7", "9", "x", "bAQID", "\u{e9}", "-", " 4", "{}"] {
        on_both(|pair| {
            let chat = pair.connect_to("/chat");
            pair.server_sends(text);
            pair.run(20);
            let expected = [
                "/chat disconnected: transport error",
                "closed: transport error",
                "attempt 1 in 1000 ms",
            ];
            assert_eq!(pair.client_events(), expected, "{text:?}");
            pair.emit(chat, r#"["after"]"#);
            pair.run(1_200);
            assert_eq!(
                pair.server_received().pop().as_deref(),
                Some(r#"42/chat,["after"]"#)
            );
        });
    }
}

#[test]
fn binary_of_an_unknown_type_is_ignored_with_eio3() {
    on(EngineVersion::Eio3, config(), |pair| {
        pair.connect_to("/chat");
        for bytes in [&[][..], &[7], &[255, 1], b"4"] {
            pair.with_server(|server| server.send(Wire::Binary(bytes.into())));
        }
        pair.server_sends(r#"42/chat,["next"]"#);
        pair.run(100);
        assert_eq!(pair.client_events(), [r#"/chat ["next"]"#]);
    });
}

#[test]
fn binary_while_the_engine_version_is_unknown_is_a_parse_error() {
    on(EngineVersion::Eio3, config(), |pair| {
        pair.server.rules.root_delay = 500;
        let root = pair.namespace("/");
        pair.connect(root);
        pair.run(100);
        pair.with_server(|server| server.send(Wire::Binary(vec![4, 1])));
        pair.run(100);
        let expected = [
            "opened",
            "malformed: UnexpectedBinary",
            "closed: parse error",
            "attempt 1 in 1000 ms",
        ];
        assert_eq!(pair.client_events(), expected);
        pair.run(2_000);
        assert!(pair.client.is_connected(root));
    });
}

#[test]
fn a_bare_message_is_a_connect_for_root() {
    // `Number("")` is 0, so the official parsers read type 0.
    on(EngineVersion::Eio4, config(), |pair| {
        let chat = pair.connect_to("/chat");
        pair.server_sends("4");
        pair.run(100);
        assert_eq!(pair.client_events(), [""; 0]);
        assert!(pair.client.is_connected(chat));
    });
}

#[test]
fn frames_before_handle_opened_are_handled() {
    // A host may skip `handle_opened`; the handshake opens the session.
    on_all(|pair| {
        let root = pair.namespace("/");
        pair.connect(root);
        pair.run(20);
        assert!(pair.client_events().contains(&"opened".to_string()));
        pair.run(100);
        assert!(pair.client.is_connected(root));
    });
}

#[test]
fn a_link_reported_lost_twice_is_lost_once() {
    on_both(|pair| {
        pair.connect_to("/");
        let link = pair.server.link();
        pair.end_connection(Lost::Closed);
        pair.run(100);
        pair.client_events();
        for lost in [Lost::Closed, Lost::Failed] {
            pair.client.handle_lost(pair.time(), link, lost);
        }
        pair.client.handle_opened(pair.time(), link);
        pair.run(500);
        assert_eq!(pair.client_events(), [""; 0]);
    });
}

#[test]
fn a_broken_handshake_after_a_good_connection_does_not_lose_emits() {
    on_both(|pair| {
        let root = pair.connect_to("/");
        pair.end_connection(Lost::Closed);
        pair.run(50);
        pair.emit(root, r#"["kept"]"#);
        pair.server.rules.silent = true;
        pair.run(1_100);
        pair.server_sends("<html>502 Bad Gateway</html>");
        pair.run(50);
        pair.server.rules.silent = false;
        pair.run(2_500);
        assert_eq!(
            pair.server_received().pop().as_deref(),
            Some(r#"42["kept"]"#)
        );
        let expected = [
            "/ disconnected: transport close",
            "closed: transport close",
            "attempt 1 in 1000 ms",
            "open failed: Handshake",
            "attempt 2 in 2000 ms",
            "opened",
            "/ connected",
        ];
        assert_eq!(pair.client_events(), expected);
    });
}
