//! Events in both directions.

use tidewire_core::{Ack, AckError, Config, Lost, Misuse};

use crate::support::{config, on_all, on_all_with, on_both, outgoing};

#[test]
fn events_are_sent_in_order_and_at_once() {
    on_both(|pair| {
        let (root, chat) = (pair.connect_to("/"), pair.connect_to("/chat"));
        pair.server_received();
        for n in 0..100 {
            pair.emit(root, &format!(r#"["n",{n}]"#));
            pair.emit(chat, &format!(r#"["m",{n}]"#));
        }
        pair.run(10);
        let expected: Vec<_> = (0..100)
            .flat_map(|n| [format!(r#"42["n",{n}]"#), format!(r#"42/chat,["m",{n}]"#)])
            .collect();
        assert_eq!(pair.server_received(), expected);
    });
}

#[test]
fn events_are_received_in_order_with_an_unchanged_payload() {
    on_all(|pair| {
        pair.connect_to("/");
        let payloads = [
            r#"["plain"]"#,
            r#"["spaced" , 1 ]"#,
            r#"["héé😀","\ud83d"]"#,
            "[7,1]",
            "[-1]",
            r#"["",null,[],{}]"#,
            r#"["{\"nested\":\"]\"}"]"#,
        ];
        for payload in payloads {
            pair.server_sends(&format!("42{payload}"));
        }
        pair.run(100);
        assert_eq!(
            pair.client_events(),
            payloads.map(|payload| format!("/ {payload}"))
        );
    });
}

#[test]
fn a_large_payload_is_moved_without_being_read() {
    on_all(|pair| {
        pair.connect_to("/chat");
        let payload = format!(r#"["big","{}"]"#, "é".repeat(500_000));
        pair.server_sends(&format!("42/chat,{payload}"));
        pair.run(100);
        assert_eq!(pair.client_events(), [format!("/chat {payload}")]);
    });
}

#[test]
fn an_event_without_a_payload_is_reported_without_one() {
    on_all(|pair| {
        pair.connect_to("/");
        pair.server_sends("42");
        pair.server_sends("427");
        pair.run(100);
        assert_eq!(pair.client_events(), ["/ nothing", "/ nothing (ack)"]);
    });
}

#[test]
fn a_volatile_event_is_sent_when_connected() {
    on_all(|pair| {
        let root = pair.connect_to("/");
        pair.server_received();
        let taken = pair.try_emit(root, outgoing(r#"["now"]"#).volatile());
        assert_eq!(taken, Ok(None));
        pair.run(100);
        assert_eq!(pair.server_received(), [r#"42["now"]"#]);
    });
}

#[test]
fn a_volatile_event_is_dropped_when_not_connected() {
    on_all(|pair| {
        let chat = pair.namespace("/chat");
        let volatile = || outgoing(r#"["gone"]"#).volatile();
        pair.try_emit(chat, volatile()).unwrap();
        pair.connect(chat);
        pair.try_emit(chat, volatile()).unwrap();
        pair.run(25);
        pair.try_emit(chat, volatile().with(&[1])).unwrap();
        pair.run(100);
        pair.end_connection(Lost::Closed);
        pair.run(500);
        pair.try_emit(chat, volatile()).unwrap();
        assert_eq!(pair.live_payloads(), 0);
        pair.run(2_000);
        assert!(
            !pair
                .server_received()
                .iter()
                .any(|text| text.contains("gone"))
        );
    });
}

#[test]
fn a_dropped_volatile_event_with_an_ack_is_reported() {
    on_all(|pair| {
        let root = pair.namespace("/");
        let ack = pair
            .try_emit(root, outgoing(r#"["v"]"#).volatile().ack(Ack::Unlimited))
            .unwrap();
        assert!(ack.is_some());
        assert_eq!(
            pair.client_events(),
            [format!("/ ack 0 lost: {:?}", AckError::Dropped)]
        );
    });
}

#[test]
fn emits_after_a_ping_timeout_wait_for_the_next_connection() {
    on_all(|pair| {
        let root = pair.connect_to("/");
        pair.server_received();
        pair.sleep(60_000);
        // The heartbeat deadline has passed, which the emit itself detects.
        pair.emit(root, r#"["kept"]"#);
        let expected = [
            "/ disconnected: ping timeout",
            "closed: ping timeout",
            "attempt 1 in 1000 ms",
        ];
        assert_eq!(pair.client_events(), expected);
        pair.run(1_100);
        assert_eq!(
            pair.server_received().pop().as_deref(),
            Some(r#"42["kept"]"#)
        );
    });
}

#[test]
fn too_many_attachments_are_refused_and_change_nothing() {
    let narrow = Config {
        max_attachments: 2,
        ..config()
    };
    on_all_with(&narrow, |pair| {
        let root = pair.connect_to("/");
        pair.server_received();
        let three = outgoing(r#"["x"]"#).with(&[1]).with(&[2]).with(&[3]);
        let taken = pair.try_emit(root, three.ack(Ack::Unlimited));
        assert_eq!(taken, Err(Misuse::TooManyAttachments));
        pair.server_sends(r#"425["q"]"#);
        pair.run(100);
        let reply = pair.replies[0];
        let parts: [&[u8]; 3] = [&[1], &[2], &[3]];
        let replied = pair.reply(reply, "[]", &parts);
        assert_eq!(replied, Err(Misuse::TooManyAttachments));
        assert_eq!(pair.reply(reply, "[]", &parts[..2]), Ok(()));
        pair.run(100);
        assert_eq!(pair.server_received().len(), 3);
    });
}
