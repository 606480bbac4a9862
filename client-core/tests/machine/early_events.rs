//! Events that arrive before their namespace is connected: buffered in order, within a limit.

use tidewire_core::{Config, EngineVersion, Lost};

use crate::support::{config, on, on_all, on_all_with, on_both};

#[test]
fn early_events_are_reported_after_connected_and_after_the_flush() {
    on_all(|pair| {
        let early = vec![r#"42/chat,["one"]"#, r#"42/chat,["two",2]"#];
        pair.server.rules.early.insert("/chat", early);
        let chat = pair.namespace("/chat");
        pair.connect(chat);
        pair.emit(chat, r#"["mine"]"#);
        pair.run(100);
        let expected = [
            "opened",
            "/chat connected",
            r#"/chat ["one"]"#,
            r#"/chat ["two",2]"#,
        ];
        assert_eq!(pair.client_events(), expected);
        assert_eq!(
            pair.server_received().pop().as_deref(),
            Some(r#"42/chat,["mine"]"#)
        );
    });
}

#[test]
fn an_early_event_may_have_attachments() {
    on_all(|pair| {
        pair.server.rules.unanswered.insert("/chat");
        let chat = pair.namespace("/chat");
        pair.connect(chat);
        pair.run(100);
        pair.server_sends(r#"451-/chat,["bin",{"_placeholder":true,"num":0}]"#);
        pair.with_server(|server| server.attach(&[1, 2]));
        pair.with_server(|server| server.accept_connect("/chat"));
        pair.run(100);
        let expected = [
            "opened",
            "/chat connected",
            r#"/chat ["bin",{"_placeholder":true,"num":0}] <0102>"#,
        ];
        assert_eq!(pair.client_events(), expected);
    });
}

#[test]
fn an_early_event_with_an_ack_can_be_replied_to() {
    on_all(|pair| {
        let early = vec![r#"42/chat,3["who"]"#];
        pair.server.rules.early.insert("/chat", early);
        let chat = pair.namespace("/chat");
        pair.connect(chat);
        pair.run(100);
        let reply = pair.replies[0];
        pair.reply(reply, r#"["me"]"#, &[]).unwrap();
        pair.run(100);
        assert_eq!(
            pair.server_received().pop().as_deref(),
            Some(r#"43/chat,3["me"]"#)
        );
    });
}

#[test]
fn early_events_are_lost_with_their_connection() {
    on_both(|pair| {
        pair.server.rules.unanswered.insert("/chat");
        let chat = pair.namespace("/chat");
        pair.connect(chat);
        pair.run(100);
        pair.server_sends(r#"42/chat,["early"]"#);
        pair.run(100);
        assert_eq!(pair.live_payloads(), 1);
        pair.end_connection(Lost::Closed);
        pair.run(100);
        assert_eq!(pair.live_payloads(), 0);
        pair.server.rules.unanswered.clear();
        pair.run(1_000);
        let expected = [
            "opened",
            "closed: transport close",
            "attempt 1 in 1000 ms",
            "opened",
            "/chat connected",
        ];
        let events: Vec<_> = pair
            .client_events()
            .into_iter()
            .filter(|line| line != "x")
            .collect();
        assert_eq!(events, expected);
    });
}

#[test]
fn more_early_events_than_the_limit_break_the_connection() {
    let narrow = Config {
        early_events: 3,
        ..config()
    };
    on_all_with(&narrow, |pair| {
        pair.server.rules.unanswered.insert("/chat");
        let chat = pair.namespace("/chat");
        pair.connect(chat);
        pair.run(100);
        for _ in 0..3 {
            pair.server_sends(r#"42/chat,["early"]"#);
        }
        pair.run(100);
        assert_eq!(pair.client_events(), ["opened"]);
        pair.server_sends(r#"42/chat,["one too many"]"#);
        pair.run(100);
        let expected = [
            "malformed: TooManyEarlyEvents",
            "closed: parse error",
            "attempt 1 in 1000 ms",
        ];
        assert_eq!(pair.client_events(), expected);
        assert_eq!(pair.live_payloads(), 0);
    });
}

#[test]
fn an_eio3_server_may_send_everything_at_once() {
    on(EngineVersion::Eio3, config(), |pair| {
        // EGG.md, quirk 2: `40`, events of a middleware and an early event of `/`, at once.
        pair.server.rules.early.insert("/", vec![r#"42["first"]"#]);
        pair.server
            .rules
            .early
            .insert("/chat", vec![r#"42/chat,["hello"]"#]);
        let (root, chat) = (pair.namespace("/"), pair.namespace("/chat"));
        pair.connect(chat);
        pair.connect(root);
        pair.run(100);
        let expected = [
            "opened",
            "/ connected",
            r#"/ ["first"]"#,
            "/chat connected",
            r#"/chat ["hello"]"#,
        ];
        assert_eq!(pair.client_events(), expected);
    });
}

#[test]
fn early_events_are_limited_in_bytes_too() {
    let narrow = Config {
        max_packet_bytes: 40,
        ..config()
    };
    for (letters, events) in [(16, ["opened"].as_slice()), (17, &BROKEN), (20, &BROKEN)] {
        on_all_with(&narrow, |pair| {
            pair.server.rules.unanswered.insert("/chat");
            let chat = pair.namespace("/chat");
            pair.connect(chat);
            pair.run(100);
            // 20 bytes of payload, and as many or more.
            for letters in [16, letters] {
                pair.server_sends(&format!(r#"42/chat,["{}"]"#, "x".repeat(letters)));
            }
            pair.run(100);
            assert_eq!(pair.client_events(), events);
        });
    }
}

const BROKEN: [&str; 4] = [
    "opened",
    "malformed: TooManyEarlyEvents",
    "closed: parse error",
    "attempt 1 in 1000 ms",
];
