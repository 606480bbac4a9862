//! Binary in both directions: attachments follow their header, encoded as the Engine.IO version requires.

use tidewire_core::{Ack, Config, EngineVersion, Misuse};

use crate::support::{HANDSHAKE, PING_INTERVAL, config, on, on_all, outgoing};

const TWO: &str = r#"["bin",{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}]"#;

#[test]
fn eio3_attachments_begin_with_a_type_byte_and_eio4_ones_do_not() {
    for (engine_version, expected) in [
        (EngineVersion::Eio3, ["<0401ff>", "<04>"]),
        (EngineVersion::Eio4, ["<01ff>", "<>"]),
    ] {
        on(engine_version, config(), |pair| {
            let chat = pair.connect_to("/chat");
            pair.server_received();
            pair.try_emit(chat, outgoing(TWO).with(&[1, 0xff]).with(&[]))
                .unwrap();
            pair.run(10);
            let received = pair.server_received();
            assert_eq!(received[0], format!("452-/chat,{TWO}"));
            assert_eq!(received[1..], expected);
        });
    }
}

#[test]
fn binary_events_are_received() {
    on_all(|pair| {
        pair.connect_to("/chat");
        pair.server_sends(&format!("452-/chat,{TWO}"));
        pair.with_server(|server| server.attach(&[4, 4]));
        pair.run(50);
        assert_eq!(pair.client_events(), [""; 0], "one attachment is missing");
        pair.with_server(|server| server.attach(&[]));
        pair.run(50);
        assert_eq!(pair.client_events(), [format!("/chat {TWO} <0404> <>")]);
        assert_eq!(pair.live_payloads(), 0);
    });
}

#[test]
fn an_ack_may_carry_binary() {
    on_all(|pair| {
        let root = pair.connect_to("/");
        let both = outgoing(TWO).with(&[1]).with(&[2]);
        pair.try_emit(root, both.ack(Ack::Unlimited)).unwrap();
        pair.run(100);
        assert_eq!(pair.client_events(), [format!("/ ack 0 {TWO} <01> <02>")]);
    });
}

#[test]
fn an_event_with_an_ack_may_be_binary_and_so_may_its_reply() {
    on_all(|pair| {
        pair.connect_to("/chat");
        pair.server_received();
        pair.server_sends(r#"451-/chat,12["q",{"_placeholder":true,"num":0}]"#);
        pair.with_server(|server| server.attach(&[9]));
        pair.run(50);
        let expected = [r#"/chat ["q",{"_placeholder":true,"num":0}] <09> (ack)"#];
        assert_eq!(pair.client_events(), expected);
        let reply = pair.replies[0];
        let json = r#"[{"_placeholder":true,"num":0}]"#;
        pair.reply(reply, json, &[&[8]]).unwrap();
        pair.run(50);
        let part = match pair.server.engine_version {
            EngineVersion::Eio3 => "<0408>",
            EngineVersion::Eio4 => "<08>",
        };
        assert_eq!(
            pair.server_received(),
            [&format!("461-/chat,12{json}"), part]
        );
    });
}

#[test]
fn buffered_binary_is_flushed_header_and_attachments_together() {
    on_all(|pair| {
        let (root, chat) = (pair.namespace("/"), pair.namespace("/chat"));
        for n in 0..3 {
            pair.try_emit(root, outgoing(TWO).with(&[n]).with(&[n]))
                .unwrap();
            pair.emit(chat, &format!("[{n}]"));
        }
        pair.connect(root);
        pair.connect(chat);
        // The oracle and the model server check that attachments follow directly.
        pair.run(200);
        let events = |text: &&String| text.starts_with("42") || text.starts_with("452-");
        assert_eq!(pair.server_received().iter().filter(events).count(), 6);
    });
}

#[test]
fn an_unknown_binary_ack_is_read_with_its_attachments_and_dropped() {
    on_all(|pair| {
        pair.connect_to("/");
        pair.server_sends(r#"461-77[{"_placeholder":true,"num":0}]"#);
        pair.with_server(|server| server.attach(&[1]));
        pair.server_sends(r#"42["next"]"#);
        pair.run(50);
        assert_eq!(pair.client_events(), [r#"/ ["next"]"#]);
        assert_eq!(pair.live_payloads(), 0);
    });
}

#[test]
fn engine_packets_may_arrive_between_attachments() {
    on_all(|pair| {
        pair.connect_to("/");
        pair.server_sends(&format!("452-{TWO}"));
        pair.with_server(|server| server.attach(&[1]));
        pair.server_sends("6");
        pair.server_sends("3");
        pair.with_server(|server| server.attach(&[2]));
        pair.run(50);
        assert_eq!(pair.client_events(), [format!("/ {TWO} <01> <02>")]);
    });
}

#[test]
fn a_due_heartbeat_does_not_split_a_packet() {
    on_all(|pair| {
        let root = pair.connect_to("/");
        // At the time of the ping, and around it.
        pair.run_until(HANDSHAKE + PING_INTERVAL - 15);
        for _ in 0..30 {
            let three = outgoing(TWO).with(&[1]).with(&[2]);
            pair.try_emit(root, three).unwrap();
            pair.run(1);
        }
    });
}

#[test]
fn with_eio3_other_engine_packets_may_be_binary() {
    on(EngineVersion::Eio3, config(), |pair| {
        pair.connect_to("/");
        for frame in [&[2u8][..], &[3], &[6], &[1]] {
            let wire = crate::support::wire::Wire::Binary(frame.into());
            pair.with_server(|server| server.send(wire));
        }
        pair.server_sends(r#"42["next"]"#);
        pair.run(50);
        assert_eq!(pair.client_events(), [r#"/ ["next"]"#]);
    });
}

#[test]
fn attachments_up_to_the_limit_are_sent_and_one_more_is_refused() {
    let narrow = Config {
        max_attachments: 2,
        ..config()
    };
    on(EngineVersion::Eio4, narrow, |pair| {
        let chat = pair.connect_to("/chat");
        let two = || outgoing(TWO).with(&[1]).with(&[2]);
        assert!(pair.try_emit(chat, two()).is_ok());
        let refused = pair.try_emit(chat, two().with(&[3]));
        assert_eq!(refused, Err(Misuse::TooManyAttachments));
    });
}
