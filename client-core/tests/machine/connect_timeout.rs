//! A server that does not answer CONNECT.

use tidewire_core::{Config, EngineVersion, Millis};

use crate::support::{config, on, on_all, on_all_with};

/// The default of `Config::connect_timeout`, in milliseconds.
const CONNECT_TIMEOUT: u64 = 20_000;

#[test]
fn connect_fails_after_connect_timeout() {
    on_all(|pair| {
        let root = pair.connect_to("/");
        pair.server.rules.unanswered.insert("/chat");
        let chat = pair.namespace("/chat");
        pair.connect(chat);
        pair.run(CONNECT_TIMEOUT - 1);
        assert_eq!(pair.client_events(), [""; 0]);
        pair.run(1);
        assert_eq!(pair.client_events(), ["/chat connect error: Timeout"]);
        assert!(pair.client.is_connected(root));
    });
}

#[test]
fn a_late_connect_is_answered_by_disconnect() {
    on_all(|pair| {
        pair.connect_to("/");
        pair.server.rules.unanswered.insert("/chat");
        let chat = pair.namespace("/chat");
        pair.connect(chat);
        pair.run(CONNECT_TIMEOUT);
        pair.client_events();
        pair.server_received();
        pair.with_server(|server| server.accept_connect("/chat"));
        pair.server_sends(r#"42/chat,["unwanted"]"#);
        pair.run(100);
        assert_eq!(pair.server_received(), ["41/chat,"]);
        assert_eq!(pair.client_events(), [""; 0]);
        assert!(!pair.client.is_connected(chat));
        pair.server.rules.unanswered.clear();
        pair.connect(chat);
        pair.run(100);
        assert_eq!(pair.client_events(), ["/chat connected"]);
    });
}

#[test]
fn connecting_again_after_a_timeout_waits_for_the_old_answer_first() {
    on_all(|pair| {
        pair.connect_to("/");
        pair.server.rules.unanswered.insert("/chat");
        let chat = pair.namespace("/chat");
        pair.connect(chat);
        pair.emit(chat, r#"["kept"]"#);
        pair.run(CONNECT_TIMEOUT + 1_000);
        pair.server_received();
        pair.connect(chat);
        pair.run(100);
        assert_eq!(
            pair.server_received(),
            [""; 0],
            "the first CONNECT is still pending"
        );
        pair.server.rules.unanswered.clear();
        pair.with_server(|server| server.accept_connect("/chat"));
        pair.run(100);
        let expected = ["41/chat,", "40/chat,", r#"42/chat,["kept"]"#];
        assert_eq!(pair.server_received(), expected);
        assert_eq!(
            pair.client_events(),
            ["/chat connect error: Timeout", "/chat connected"]
        );
    });
}

#[test]
fn connecting_again_after_a_timeout_waits_once_more_and_then_sends_connect() {
    on_all(|pair| {
        pair.connect_to("/");
        pair.server.rules.unanswered.insert("/chat");
        let chat = pair.namespace("/chat");
        pair.connect(chat);
        pair.run(CONNECT_TIMEOUT);
        assert_eq!(pair.client_events(), ["/chat connect error: Timeout"]);
        pair.server_received();
        for sends_connect in [false, true, false, true] {
            pair.run(1_000);
            pair.connect(chat);
            pair.run(CONNECT_TIMEOUT / 2);
            // A second `connect` does not extend the timeout.
            pair.connect(chat);
            pair.run(CONNECT_TIMEOUT / 2 - 1);
            assert_eq!(pair.client_events(), [""; 0]);
            pair.run(1);
            assert_eq!(pair.client_events(), ["/chat connect error: Timeout"]);
            assert_eq!(
                pair.server_received().contains(&"40/chat,".to_owned()),
                sends_connect
            );
        }
    });
}

#[test]
fn an_unwanted_connect_is_answered_by_disconnect() {
    on_all(|pair| {
        pair.connect_to("/");
        pair.server.rules.unanswered.insert("/chat");
        let chat = pair.namespace("/chat");
        for _ in 0..2 {
            pair.connect(chat);
            pair.run(CONNECT_TIMEOUT);
        }
        pair.server_received();
        pair.client_events();
        pair.with_server(|server| server.accept_connect("/chat"));
        pair.run(100);
        assert_eq!(pair.server_received(), ["41/chat,"]);
        assert_eq!(pair.client_events(), [""; 0]);
    });
}

#[test]
fn when_the_only_namespace_is_not_answered_the_connection_closes() {
    on_all(|pair| {
        pair.server.rules.unanswered.insert("/chat");
        let chat = pair.namespace("/chat");
        pair.connect(chat);
        pair.run(60_000);
        let expected = [
            "opened",
            "/chat connect error: Timeout",
            "closed: forced close",
        ];
        assert_eq!(pair.client_events(), expected);
        assert_eq!(pair.server.connections(), 0);
    });
}

#[test]
fn a_missing_eio3_root_times_out_with_all_namespaces_that_wait_for_it() {
    on(EngineVersion::Eio3, config(), |pair| {
        pair.server.rules.unanswered.insert("/");
        for name in ["/chat", "/"] {
            let nsp = pair.namespace(name);
            pair.connect(nsp);
        }
        pair.run(100);
        // A packet that detects the Engine.IO version.
        pair.server_sends(r#"42["early"]"#);
        pair.run(60_000);
        let expected = [
            "opened",
            "/chat connect error: Timeout",
            "/ connect error: Timeout",
            "closed: forced close",
        ];
        assert_eq!(pair.client_events(), expected);
    });
}

#[test]
fn without_connect_timeout_an_answer_is_awaited_for_ever() {
    let patient = Config {
        connect_timeout: None,
        ..config()
    };
    on_all_with(&patient, |pair| {
        pair.server.rules.unanswered.insert("/chat");
        let chat = pair.namespace("/chat");
        pair.connect(chat);
        pair.run(3_600_000);
        assert_eq!(pair.client_events(), ["opened"]);
        pair.with_server(|server| server.accept_connect("/chat"));
        pair.run(100);
        assert_eq!(pair.client_events(), ["/chat connected"]);
    });
}

#[test]
fn the_timeout_of_an_eio3_namespace_starts_after_root_is_connected() {
    let hasty = Config {
        connect_timeout: Some(Millis(500)),
        ..config()
    };
    on(EngineVersion::Eio3, hasty, |pair| {
        pair.server.rules.root_delay = 400;
        pair.server.rules.unanswered.insert("/chat");
        let chat = pair.namespace("/chat");
        pair.connect(chat);
        pair.run(700);
        assert_eq!(pair.client_events(), ["opened"]);
        pair.with_server(|server| server.accept_connect("/chat"));
        pair.run(100);
        assert_eq!(pair.client_events(), ["/chat connected"]);
    });
}
