//! The auth payload: asked for at each connect, sent to 4.x servers alone.

use tidewire_core::{EngineVersion, Lost, Nsp};

use crate::support::{Auth, Pair, config, on};

const EIO4: EngineVersion = EngineVersion::Eio4;

#[test]
fn the_payload_goes_out_with_connect() {
    on(EIO4, config(), |pair| {
        pair.auth = Auth::Give(Some(r#"{"token":"t"}"#));
        pair.connect_to("/");
        pair.connect_to("/chat");
        let expected = [r#"40{"token":"t"}"#, r#"40/chat,{"token":"t"}"#];
        assert_eq!(pair.server_received(), expected);
    });
}

#[test]
fn it_is_asked_for_anew_at_each_connect() {
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
        let asked: Vec<_> = pair
            .server_received()
            .into_iter()
            .filter(|text| text != "41/chat,")
            .collect();
        assert_eq!(
            asked,
            [r#"40/chat,{"n":1}"#, r#"40/chat,{"n":2}"#, "40/chat,"]
        );
    });
}

#[test]
fn connect_waits_for_it_without_a_limit() {
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
fn it_is_taken_once_and_only_when_wanted() {
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
fn an_answer_after_disconnect_does_not_connect() {
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
fn an_answer_to_the_last_connection_serves_the_next() {
    on(EIO4, config(), |pair| {
        pair.auth = Auth::Later;
        let chat = pair.namespace("/chat");
        pair.connect(chat);
        pair.run(100);
        pair.end_connection(Lost::Closed);
        pair.run(500);
        pair.authorize(chat, Some(r#"{"early":1}"#));
        pair.run(1_000);
        assert_eq!(
            pair.server_received(),
            [""; 0],
            "there was nobody to send it to"
        );
        pair.authorize(chat, Some(r#"{"slow":1}"#));
        pair.run(100);
        assert_eq!(pair.server_received(), [r#"40/chat,{"slow":1}"#]);
    });
}

#[test]
fn a_v3_server_is_not_sent_any() {
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
fn whoever_leaves_while_it_is_awaited_is_asked_again_at_once() {
    is_asked_again_after(Pair::disconnect);
}

#[test]
fn a_kick_from_what_was_never_asked_for_leaves_nothing_to_wait_for() {
    is_asked_again_after(|pair, _| {
        pair.server_sends("41/chat,");
        pair.run(100);
    });
}

/// A namespace that is out again while its auth is awaited, and wanted anew.
fn is_asked_again_after(end: impl FnOnce(&mut Pair, Nsp)) {
    on(EIO4, config(), |pair| {
        pair.auth = Auth::Later;
        // Which keeps the connection.
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
