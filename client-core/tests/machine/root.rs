//! `/` of a 2.x server, which the server connects by itself and on which all other namespaces depend.

use tidewire_core::{Config, EngineVersion, Lost, Misuse, Reply};

use crate::support::{Pair, config, on};

fn on_eio3(test: impl Fn(&mut Pair)) {
    on(EngineVersion::Eio3, config(), test);
}

#[test]
fn an_unwanted_root_is_connected_without_an_event() {
    on_eio3(|pair| {
        pair.connect_to("/chat");
        pair.server_sends(r#"42["to root"]"#);
        pair.run(100);
        assert_eq!(pair.client_events(), [""; 0]);
        let root = pair.namespace("/");
        pair.connect(root);
        assert_eq!(
            pair.client_events(),
            ["/ connected"],
            "`/` was connected already"
        );
    });
}

#[test]
fn a_refused_root_refuses_all_namespaces_that_wait_for_it() {
    on_eio3(|pair| {
        pair.server.rules.refused.insert("/", r#""auth failed""#);
        for name in ["/chat", "/", "/ptop"] {
            let nsp = pair.namespace(name);
            pair.connect(nsp);
        }
        pair.run(60_000);
        let expected = [
            "opened",
            r#"/chat connect error: "auth failed""#,
            r#"/ptop connect error: "auth failed""#,
            r#"/ connect error: "auth failed""#,
            "closed: forced close",
        ];
        assert_eq!(pair.client_events(), expected);
        assert_eq!(pair.server_received(), [""; 0]);
    });
}

#[test]
fn an_unwanted_root_that_is_refused_refuses_the_others_too() {
    on_eio3(|pair| {
        pair.server.rules.refused.insert("/", r#"{"code":401}"#);
        let chat = pair.namespace("/chat");
        pair.connect(chat);
        pair.run(100);
        let expected = [
            "opened",
            r#"/chat connect error: {"code":401}"#,
            "closed: forced close",
        ];
        assert_eq!(pair.client_events(), expected);
    });
}

#[test]
fn an_error_of_root_reaches_all_connected_namespaces() {
    on_eio3(|pair| {
        let root = pair.connect_to("/");
        let chat = pair.connect_to("/chat");
        pair.server.rules.unanswered.insert("/slow");
        let slow = pair.namespace("/slow");
        pair.connect(slow);
        pair.run(100);
        pair.server_sends(r#"44"oops""#);
        pair.run(100);
        assert_eq!(
            pair.client_events(),
            [r#"/chat error: "oops""#, r#"/ error: "oops""#]
        );
        assert!(pair.client.is_connected(root) && pair.client.is_connected(chat));
        pair.with_server(|server| server.accept_connect("/slow"));
        pair.run(100);
        assert_eq!(pair.client_events(), ["/slow connected"]);
    });
}

#[test]
fn a_kick_from_root_refuses_the_namespaces_that_wait_for_it() {
    on_eio3(|pair| {
        pair.server.rules.root_delay = 500;
        let chat = pair.namespace("/chat");
        pair.connect(chat);
        pair.run(100);
        pair.server_sends(r#"42["sid1",{"deny":1}]"#);
        pair.with_server(|server| server.kick("/"));
        pair.with_server(|server| server.end_connection(Lost::Closed));
        pair.run(60_000);
        let expected = [
            "opened",
            "/chat connect error: nothing",
            "closed: forced close",
        ];
        assert_eq!(pair.client_events(), expected);
    });
}

#[test]
fn a_kicked_client_does_not_reconnect() {
    on_eio3(|pair| {
        // EGG.md, quirk 13: the deny, CONNECT anyway, then everything is closed.
        pair.server
            .rules
            .early
            .insert("/ptop", vec![r#"42/ptop,["/ptop#sid1",{"deny":1}]"#]);
        let ptop = pair.namespace("/ptop");
        pair.connect(ptop);
        pair.run(40);
        pair.with_server(|server| server.kick("/"));
        pair.with_server(|server| server.kick("/ptop"));
        pair.with_server(|server| server.end_connection(Lost::Closed));
        pair.run(60_000);
        let expected = [
            "opened",
            "/ptop connected",
            r#"/ptop ["/ptop#sid1",{"deny":1}]"#,
            "/ptop disconnected: io server disconnect",
            "closed: forced close",
        ];
        assert_eq!(pair.client_events(), expected);
        assert_eq!(pair.server.opens.len(), 1);
    });
}

#[test]
fn a_deny_without_a_connect_is_a_refusal() {
    on_eio3(|pair| {
        // EGG.md, quirk 16: without redis the kick itself throws.
        pair.connect_to("/");
        pair.server.rules.unanswered.insert("/ptop");
        let ptop = pair.namespace("/ptop");
        pair.connect(ptop);
        pair.run(100);
        pair.server_sends(r#"42/ptop,["/ptop#sid1",{"deny":1}]"#);
        pair.server_sends(r#"44/ptop,"nsp.adapter.remoteDisconnect is not a function""#);
        pair.run(100);
        let expected = [r#"/ptop connect error: "nsp.adapter.remoteDisconnect is not a function""#];
        assert_eq!(pair.client_events(), expected);
        assert_eq!(pair.live_payloads(), 0, "early events are gone");
    });
}

#[test]
fn a_disconnected_root_can_connect_again() {
    on_eio3(|pair| {
        let (root, chat) = (pair.connect_to("/"), pair.connect_to("/chat"));
        pair.server_received();
        pair.disconnect(root);
        pair.run(100);
        pair.connect(root);
        pair.run(100);
        assert_eq!(pair.server_received(), ["41", "40"]);
        assert_eq!(
            pair.client_events(),
            ["/ disconnected: io client disconnect", "/ connected"]
        );
        assert!(pair.client.is_connected(chat));
    });
}

#[test]
fn after_root_is_disconnected_other_namespaces_connect_it_first() {
    on_eio3(|pair| {
        let (root, chat) = (pair.connect_to("/"), pair.connect_to("/chat"));
        pair.server_received();
        pair.disconnect(root);
        let late = pair.namespace_with("/late", Some("q=1"));
        pair.connect(late);
        pair.run(100);
        assert_eq!(pair.server_received(), ["41", "40", "40/late?q=1,"]);
        assert!(pair.client.is_connected(late) && pair.client.is_connected(chat));
        assert!(
            !pair.client.is_connected(root),
            "`/` is connected again, but unwanted"
        );
    });
}

#[test]
fn root_is_connected_once_for_several_namespaces() {
    on_eio3(|pair| {
        let (root, _chat) = (pair.connect_to("/"), pair.connect_to("/chat"));
        pair.server_received();
        pair.disconnect(root);
        pair.connect(root);
        let late = pair.namespace("/late");
        pair.connect(late);
        pair.run(100);
        assert_eq!(pair.server_received(), ["41", "40", "40/late,"]);
        assert!(pair.client.is_connected(root) && pair.client.is_connected(late));
        pair.disconnect(root);
        for name in ["/later", "/latest"] {
            let nsp = pair.namespace(name);
            pair.connect(nsp);
        }
        pair.run(100);
        assert_eq!(
            pair.server_received(),
            ["41", "40", "40/later,", "40/latest,"]
        );
    });
}

#[test]
fn a_root_unwanted_at_its_connect_is_disconnected_and_can_connect_again() {
    on_eio3(|pair| {
        pair.server.rules.root_delay = 500;
        let (root, chat) = (pair.namespace("/"), pair.namespace("/chat"));
        pair.connect(root);
        pair.connect(chat);
        pair.run(100);
        pair.server_sends("6");
        pair.server_sends(r#"42["early"]"#);
        pair.run(50);
        pair.disconnect(root);
        pair.run(600);
        pair.server_received();
        assert_eq!(pair.client_events(), ["opened", "/chat connected"]);
        assert!(
            !pair
                .server
                .connected_namespaces()
                .contains(&"/".to_string())
        );
        pair.connect(root);
        pair.run(100);
        assert_eq!(pair.server_received(), ["40"]);
        assert_eq!(pair.client_events(), ["/ connected"]);
    });
}

#[test]
fn a_root_refused_the_second_time_can_connect_a_third_time() {
    on_eio3(|pair| {
        let (root, chat) = (pair.connect_to("/"), pair.connect_to("/chat"));
        pair.disconnect(root);
        pair.server.rules.refused.insert("/", r#""not now""#);
        pair.connect(root);
        pair.run(100);
        let refused = [
            "/ disconnected: io client disconnect",
            r#"/chat error: "not now""#,
            r#"/ connect error: "not now""#,
        ];
        assert_eq!(pair.client_events(), refused);
        pair.server.rules.refused.clear();
        pair.connect(root);
        pair.run(100);
        assert_eq!(pair.client_events(), ["/ connected"]);
        assert!(pair.client.is_connected(chat));
    });
}

#[test]
fn a_kick_from_root_alone_keeps_the_others_and_root_can_connect_again() {
    on_eio3(|pair| {
        let (root, chat) = (pair.connect_to("/"), pair.connect_to("/chat"));
        pair.with_server(|server| server.kick("/"));
        pair.run(100);
        assert_eq!(
            pair.client_events(),
            ["/ disconnected: io server disconnect"]
        );
        assert!(pair.client.is_connected(chat));
        pair.server_received();
        pair.connect(root);
        pair.run(100);
        assert_eq!(pair.server_received(), ["40"]);
        assert_eq!(pair.client_events(), ["/ connected"]);
    });
}

/// socket.io 2 buffers a CONNECT that arrives after it has disconnected the client from `/` (`Client.connectBuffer`).
#[test]
fn a_kick_from_root_refuses_pending_connects() {
    on_eio3(|pair| {
        pair.connect_to("/");
        pair.server.rules.unanswered.insert("/chat");
        let chat = pair.namespace("/chat");
        pair.connect(chat);
        pair.run(100);
        pair.with_server(|server| server.kick("/"));
        pair.run(100);
        let expected = [
            "/chat connect error: nothing",
            "/ disconnected: io server disconnect",
            "closed: forced close",
        ];
        assert_eq!(pair.client_events(), expected);
        pair.server.rules.unanswered.clear();
        pair.connect(chat);
        pair.run(100);
        assert_eq!(pair.client_events(), ["opened", "/chat connected"]);
    });
}

#[test]
fn an_event_with_an_ack_of_an_unwanted_root_has_no_reply() {
    on_eio3(|pair| {
        let chat = pair.connect_to("/chat");
        pair.server_sends(r#"427["event to root"]"#);
        pair.server_sends(r#"42/chat,7["event"]"#);
        pair.run(100);
        let replies: Vec<(_, Reply)> = pair.replies.clone();
        assert_eq!(replies.len(), 1);
        assert_eq!(replies[0].0, chat);
        pair.reply(replies[0], "[1]", &[]).unwrap();
        pair.disconnect(chat);
        assert_eq!(pair.reply(replies[0], "[1]", &[]), Err(Misuse::StaleReply));
    });
}

#[test]
fn a_root_that_timed_out_is_requested_again() {
    on_eio3(|pair| {
        let root = pair.connect_to("/");
        pair.connect_to("/chat");
        pair.disconnect(root);
        pair.server.rules.unanswered.insert("/");
        pair.server.rules.allows_repeated_connect = true;
        let late = pair.namespace("/late");
        pair.server_received();
        for _ in 0..2 {
            pair.connect(late);
            pair.run(20_000);
            assert!(pair.server_received().contains(&"40".to_owned()));
        }
        pair.server.rules.unanswered.clear();
        pair.client_events();
        pair.connect(late);
        pair.run(100);
        assert_eq!(pair.client_events(), ["/late connected"]);
    });
}

#[test]
fn a_missing_root_is_awaited_twice_and_then_requested() {
    let old = Config {
        engine_version: Some(EngineVersion::Eio3),
        ..config()
    };
    on(EngineVersion::Eio3, old, |pair| {
        pair.server.rules.unanswered.insert("/");
        pair.server.rules.allows_repeated_connect = true;
        let (root, chat) = (pair.namespace("/"), pair.namespace("/chat"));
        pair.connect(root);
        pair.run(15_000);
        // This namespace keeps the connection open, and its timeout is not extended.
        pair.connect(chat);
        pair.run(7_000);
        assert_eq!(pair.client_events(), ["opened", "/ connect error: Timeout"]);
        pair.connect(root);
        let late = pair.namespace("/late");
        pair.connect(late);
        pair.run(8_000);
        pair.disconnect(chat);
        pair.disconnect(late);
        pair.connect(chat);
        assert_eq!(pair.server_received(), ["2"], "`/` may still connect");
        pair.client_events();
        pair.run(14_000);
        assert_eq!(pair.client_events(), ["/ connect error: Timeout"]);
        pair.connect(late);
        pair.run(100);
        assert_eq!(pair.server_received(), ["40"]);
    });
}
