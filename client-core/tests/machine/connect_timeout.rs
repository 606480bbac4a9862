//! A server that does not answer CONNECT.

use tidewire_core::{Config, EngineVersion, Millis};

use crate::support::{config, on, on_all, on_all_with};

#[test]
fn connect_is_given_up_after_connect_timeout() {
    on_all(|pair| {
        let root = pair.connect_to("/");
        pair.server.rules.unanswered.insert("/chat");
        let chat = pair.namespace("/chat");
        pair.connect(chat);
        pair.run(19_999);
        assert_eq!(pair.client_events(), [""; 0]);
        pair.run(1);
        assert_eq!(pair.client_events(), ["/chat connect error: Timeout"]);
        assert!(pair.client.is_connected(root));
    });
}

#[test]
fn a_connect_that_comes_after_that_is_answered_by_disconnect() {
    on_all(|pair| {
        pair.connect_to("/");
        pair.server.rules.unanswered.insert("/chat");
        let chat = pair.namespace("/chat");
        pair.connect(chat);
        pair.run(20_000);
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
        pair.run(21_000);
        pair.server_received();
        pair.connect(chat);
        pair.run(100);
        assert_eq!(
            pair.server_received(),
            [""; 0],
            "the server is still at the first one"
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
fn connecting_again_after_a_timeout_waits_as_long_once_more_and_then_asks_anew() {
    on_all(|pair| {
        pair.connect_to("/");
        pair.server.rules.unanswered.insert("/chat");
        let chat = pair.namespace("/chat");
        pair.connect(chat);
        pair.run(20_000);
        assert_eq!(pair.client_events(), ["/chat connect error: Timeout"]);
        pair.server_received();
        for asked in [false, true, false, true] {
            pair.run(1_000);
            pair.connect(chat);
            pair.run(10_000);
            // Asking again while it is wanted already does not make the wait longer.
            pair.connect(chat);
            pair.run(9_999);
            assert_eq!(pair.client_events(), [""; 0]);
            pair.run(1);
            assert_eq!(pair.client_events(), ["/chat connect error: Timeout"]);
            assert_eq!(
                pair.server_received().contains(&"40/chat,".to_owned()),
                asked
            );
        }
    });
}

#[test]
fn a_connect_that_nobody_waits_for_any_more_is_answered_by_disconnect() {
    on_all(|pair| {
        pair.connect_to("/");
        pair.server.rules.unanswered.insert("/chat");
        let chat = pair.namespace("/chat");
        for _ in 0..2 {
            pair.connect(chat);
            pair.run(20_000);
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
fn a_v3_root_that_does_not_come_in_time_is_given_up_with_all_behind_it() {
    on(EngineVersion::Eio3, config(), |pair| {
        pair.server.rules.unanswered.insert("/");
        for name in ["/chat", "/"] {
            let nsp = pair.namespace(name);
            pair.connect(nsp);
        }
        pair.run(100);
        // Something that gives the Engine.IO version away.
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
fn a_v3_namespace_has_its_whole_time_after_root_came() {
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
