//! The auth payload: required at each connect, sent only to 4.x servers.

use tidewire_core::{Config, EngineVersion, Lost, Nsp};

use crate::support::{Auth, Pair, config, on};

const EIO4: EngineVersion = EngineVersion::Eio4;

#[test]
fn the_auth_payload_is_sent_with_connect() {
    on(EIO4, config(), |pair| {
        pair.auth = Auth::Give(Some(r#"{"token":"t"}"#));
        pair.connect_to("/");
        pair.connect_to("/chat");
        let expected = [r#"40{"token":"t"}"#, r#"40/chat,{"token":"t"}"#];
        assert_eq!(pair.server_received(), expected);
    });
}

#[test]
fn a_2x_server_gets_the_query_of_the_moment_where_auth_is_required() {
    let config = Config {
        auth_on_eio3: true,
        ..config()
    };
    on(EngineVersion::Eio3, config, |pair| {
        pair.auth = Auth::Later;
        pair.connect_to("/");
        let chat = pair.namespace_with("/chat", Some("n=1"));
        pair.connect(chat);
        pair.run(5_000);
        assert_eq!(pair.auth_required, ["/chat"]);
        assert_eq!(pair.server_received(), [""; 0]);
        for (query, expected) in [("n=2", "40/chat?n=2,"), ("", "40/chat,")] {
            pair.namespace_with("/chat", Some(query));
            pair.authorize(chat, Some("{}"));
            pair.run(100);
            assert_eq!(pair.server_received(), [expected]);
            pair.disconnect(chat);
            pair.run(100);
            pair.server_received();
            pair.connect(chat);
            pair.run(100);
        }
        assert_eq!(pair.auth_required, ["/chat"; 3]);
    });
}

#[test]
fn auth_is_required_at_each_connect() {
    on(EIO4, config(), |pair| {
        pair.auth = Auth::Give(Some(r#"{"n":1}"#));
        let chat = pair.connect_to("/chat");
        pair.auth = Auth::Give(Some(r#"{"n":2}"#));
        pair.end_connection(Lost::Closed);
        pair.run(1_500);
        pair.auth = Auth::Give(None);
        pair.disconnect(chat);
        pair.connect(chat);
        pair.run(100);
        assert_eq!(pair.auth_required, ["/chat"; 3]);
        let connects: Vec<_> = pair
            .server_received()
            .into_iter()
            .filter(|text| text != "41/chat,")
            .collect();
        assert_eq!(
            connects,
            [r#"40/chat,{"n":1}"#, r#"40/chat,{"n":2}"#, "40/chat,"]
        );
    });
}

#[test]
fn connect_waits_for_auth_without_a_limit() {
    on(EIO4, config(), |pair| {
        pair.auth = Auth::Later;
        let chat = pair.namespace("/chat");
        pair.connect(chat);
        pair.run(120_000);
        assert_eq!(pair.client_events(), ["opened"]);
        pair.authorize(chat, Some("{}"));
        pair.run(100);
        assert_eq!(pair.client_events(), ["/chat connected"]);
    });
}

#[test]
fn auth_is_accepted_once_and_only_when_required() {
    on(EIO4, config(), |pair| {
        pair.auth = Auth::Later;
        let chat = pair.namespace("/chat");
        pair.authorize(chat, Some(r#"{"n":0}"#));
        pair.connect(chat);
        pair.authorize(chat, Some(r#"{"n":1}"#));
        pair.run(100);
        pair.authorize(chat, Some(r#"{"n":2}"#));
        pair.authorize(chat, Some(r#"{"n":3}"#));
        pair.run(100);
        pair.authorize(chat, Some(r#"{"n":4}"#));
        assert_eq!(pair.server_received(), [r#"40/chat,{"n":2}"#]);
    });
}

#[test]
fn auth_after_disconnect_does_not_connect() {
    on(EIO4, config(), |pair| {
        pair.auth = Auth::Later;
        let (root, chat) = (pair.namespace("/"), pair.namespace("/chat"));
        pair.connect(root);
        pair.connect(chat);
        pair.run(100);
        pair.disconnect(chat);
        pair.authorize(chat, None);
        pair.authorize(root, None);
        pair.run(100);
        assert_eq!(pair.server_received(), ["40"]);
        assert_eq!(pair.client_events(), ["opened", "/ connected"]);
    });
}

#[test]
fn auth_for_the_last_connection_is_used_for_the_next() {
    on(EIO4, config(), |pair| {
        pair.auth = Auth::Later;
        let chat = pair.namespace("/chat");
        pair.connect(chat);
        pair.run(100);
        pair.end_connection(Lost::Closed);
        pair.run(500);
        pair.authorize(chat, Some(r#"{"early":1}"#));
        pair.run(1_000);
        assert_eq!(pair.server_received(), [""; 0], "the connection was lost");
        pair.authorize(chat, Some(r#"{"slow":1}"#));
        pair.run(100);
        assert_eq!(pair.server_received(), [r#"40/chat,{"slow":1}"#]);
    });
}

#[test]
fn an_eio3_server_gets_no_auth_payload() {
    on(EngineVersion::Eio3, config(), |pair| {
        let chat = pair.namespace("/chat");
        pair.connect(chat);
        pair.run(30);
        pair.authorize(chat, Some(r#"{"token":"t"}"#));
        pair.run(100);
        assert_eq!(pair.auth_required, [""; 0]);
        assert_eq!(pair.server_received(), ["40/chat,"]);
    });
}

#[test]
fn auth_is_required_again_after_a_disconnect_while_it_was_awaited() {
    auth_is_required_again_after(Pair::disconnect);
}

#[test]
fn auth_is_required_again_after_a_kick_while_it_was_awaited() {
    auth_is_required_again_after(|pair, _| {
        pair.server_sends("41/chat,");
        pair.run(100);
    });
}

/// Ends a namespace while its auth is awaited, and connects it again.
fn auth_is_required_again_after(end: impl Fn(&mut Pair, Nsp)) {
    on(EIO4, config(), |pair| {
        pair.auth = Auth::Later;
        // `/` keeps the connection open.
        let root = pair.namespace("/");
        let chat = pair.namespace("/chat");
        pair.connect(root);
        pair.connect(chat);
        pair.run(100);
        end(pair, chat);
        pair.connect(chat);
        pair.run(100);
        assert_eq!(pair.auth_required, ["/", "/chat", "/chat"]);
        pair.authorize(chat, None);
        pair.run(100);
        assert!(pair.client.is_connected(chat));
    });
}
