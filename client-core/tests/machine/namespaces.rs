//! Several namespaces over one connection.

use tidewire_core::{Ack, EngineVersion};

use crate::support::{AckPolicy, config, on, on_all};

#[test]
fn names_are_normalized_and_recognized() {
    on_all(|pair| {
        let chat = pair.namespace("/chat");
        let root = pair.namespace("/");
        assert_eq!(pair.client.namespace("chat", Some("late=1")), chat);
        assert_eq!(pair.client.namespace("", None), root);
        assert_eq!((chat.index(), root.index()), (0, 1));
    });
}

#[test]
fn each_namespace_is_connected_over_the_same_connection() {
    on_all(|pair| {
        for name in ["/", "/chat", "/admin"] {
            let nsp = pair.namespace(name);
            pair.connect(nsp);
        }
        pair.run(200);
        let expected = [
            "opened",
            "/ connected",
            "/chat connected",
            "/admin connected",
        ];
        assert_eq!(pair.client_events(), expected);
        assert_eq!(pair.server.opens.len(), 1);
    });
}

#[test]
fn each_namespace_has_the_id_from_the_server() {
    on_all(|pair| {
        let root = pair.connect_to("/");
        let chat = pair.connect_to("/chat");
        let expected = match pair.server.engine_version {
            EngineVersion::Eio3 => ["sid1", "/chat#sid1"],
            EngineVersion::Eio4 => ["sid1/", "sid1/chat"],
        };
        assert_eq!([&*pair.ids[&root], &*pair.ids[&chat]], expected);
    });
}

#[test]
fn root_needs_connect_with_eio4_and_none_with_eio3() {
    on(EngineVersion::Eio3, config(), |pair| {
        pair.connect_to("/");
        assert_eq!(pair.server_received(), [""; 0]);
    });
    on(EngineVersion::Eio4, config(), |pair| {
        pair.connect_to("/");
        assert_eq!(pair.server_received(), ["40"]);
    });
}

#[test]
fn the_query_is_in_connect_with_eio3_and_not_with_eio4() {
    for (engine_version, expected) in [
        (EngineVersion::Eio3, "40/chat?room=1&x=%20,"),
        (EngineVersion::Eio4, "40/chat,"),
    ] {
        on(engine_version, config(), |pair| {
            let chat = pair.namespace_with("/chat", Some("room=1&x=%20"));
            pair.connect(chat);
            pair.run(100);
            assert_eq!(pair.server_received(), [expected]);
            assert!(pair.client.is_connected(chat));
        });
    }
}

#[test]
fn with_eio3_a_namespace_sends_connect_after_root_is_connected() {
    on(EngineVersion::Eio3, config(), |pair| {
        pair.server.rules.root_delay = 600;
        let chat = pair.namespace_with("/chat", Some("room=1"));
        pair.connect(chat);
        pair.run(600);
        assert_eq!(pair.server_received(), [""; 0]);
        pair.run(100);
        assert_eq!(pair.server_received(), ["40/chat?room=1,"]);
        assert_eq!(pair.client_events(), ["opened", "/chat connected"]);
    });
}

#[test]
fn events_and_ack_ids_of_namespaces_are_separate() {
    on_all(|pair| {
        pair.server.rules.ack_policy = AckPolicy::Hold;
        let (root, chat) = (pair.connect_to("/"), pair.connect_to("/chat"));
        assert_eq!(
            pair.emit_with_ack(root, r#"["q"]"#, Ack::Unlimited).get(),
            0
        );
        assert_eq!(
            pair.emit_with_ack(chat, r#"["q"]"#, Ack::Unlimited).get(),
            0
        );
        pair.run(50);
        pair.server_sends("43/chat,0[1]");
        pair.server_sends(r#"42/chat,["to chat"]"#);
        pair.server_sends(r#"42["to root"]"#);
        pair.server_sends("430[2]");
        pair.run(50);
        let expected = [
            "/chat ack 0 [1]",
            r#"/chat ["to chat"]"#,
            r#"/ ["to root"]"#,
            "/ ack 0 [2]",
        ];
        assert_eq!(pair.client_events(), expected);
    });
}

#[test]
fn each_namespace_has_its_own_buffer() {
    on_all(|pair| {
        pair.server.rules.unanswered.insert("/slow");
        let (fast, slow) = (pair.namespace("/fast"), pair.namespace("/slow"));
        pair.connect(fast);
        pair.connect(slow);
        pair.emit(slow, r#"["s"]"#);
        pair.emit(fast, r#"["f"]"#);
        pair.run(100);
        assert_eq!(
            pair.server_received().pop().as_deref(),
            Some(r#"42/fast,["f"]"#)
        );
        assert!(!pair.client.is_connected(slow));
        pair.with_server(|server| server.accept_connect("/slow"));
        pair.run(100);
        assert_eq!(pair.server_received(), [r#"42/slow,["s"]"#]);
    });
}

#[test]
fn connecting_a_connected_or_connecting_namespace_changes_nothing() {
    on_all(|pair| {
        let chat = pair.namespace("/chat");
        pair.connect(chat);
        pair.connect(chat);
        pair.run(25);
        pair.connect(chat);
        pair.run(100);
        pair.connect(chat);
        pair.run(100);
        assert_eq!(pair.client_events(), ["opened", "/chat connected"]);
        assert_eq!(pair.server_received(), ["40/chat,"]);
    });
}

#[test]
fn packets_of_an_unknown_namespace_are_ignored() {
    on_all(|pair| {
        let root = pair.connect_to("/");
        pair.namespace("/known");
        for name in ["/known", "/stranger"] {
            for text in [
                format!(r#"42{name},["x"]"#),
                format!(r#"42{name},7["x"]"#),
                format!("43{name},0[1]"),
                format!(r#"44{name},"no""#),
                format!("41{name},"),
                format!(r#"451-{name},["b",{{"_placeholder":true,"num":0}}]"#),
            ] {
                pair.server_sends(&text);
            }
            pair.with_server(|server| server.attach(&[1]));
        }
        pair.server_sends("40/stranger,");
        pair.server_sends(r#"40/stranger,{"sid":"x"}"#);
        pair.run(100);
        assert_eq!(pair.client_events(), [""; 0]);
        assert!(pair.client.is_connected(root));
        assert_eq!(pair.live_payloads(), 0);
    });
}

#[test]
fn disconnecting_one_namespace_keeps_the_others() {
    on_all(|pair| {
        let (root, chat) = (pair.connect_to("/"), pair.connect_to("/chat"));
        pair.server_received();
        pair.disconnect(chat);
        pair.emit(root, r#"["still"]"#);
        pair.run(100);
        assert_eq!(
            pair.client_events(),
            ["/chat disconnected: io client disconnect"]
        );
        assert_eq!(pair.server_received(), ["41/chat,", r#"42["still"]"#]);
        pair.connect(chat);
        pair.run(100);
        assert_eq!(pair.client_events(), ["/chat connected"]);
        assert_eq!(pair.server.opens.len(), 1);
    });
}

#[test]
fn a_namespace_may_be_added_at_any_time() {
    on_all(|pair| {
        pair.connect_to("/");
        pair.run(30_000);
        let late = pair.namespace("/late");
        pair.connect(late);
        pair.run(100);
        assert_eq!(pair.client_events(), ["/late connected"]);
    });
}
