//! Binary both ways: attachments behind their header, in each Engine.IO version's form.

use tidewire_core::{Ack, Config, EngineVersion, Misuse};

use crate::support::{config, on, on_all, outgoing};

const TWO: &str = r#"["bin",{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}]"#;

#[test]
fn v3_attachments_begin_with_a_type_byte_and_v4_ones_do_not() {
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
            let heard = pair.server_received();
            assert_eq!(heard[0], format!("452-/chat,{TWO}"));
            assert_eq!(heard[1..], expected);
        });
    }
}

#[test]
fn binary_events_come_in() {
    on_all(|pair| {
        pair.connect_to("/chat");
        pair.server_sends(&format!("452-/chat,{TWO}"));
        pair.with_server(|server| server.attach(&[4, 4]));
        pair.run(50);
        assert_eq!(pair.client_events(), [""; 0], "one is missing");
        pair.with_server(|server| server.attach(&[]));
        pair.run(50);
        assert_eq!(pair.client_events(), [format!("/chat {TWO} <0404> <>")]);
        assert_eq!(pair.live_payloads(), 0);
    });
}

#[test]
fn binary_goes_there_and_back_in_an_ack() {
    on_all(|pair| {
        let root = pair.connect_to("/");
        let both = outgoing(TWO).with(&[1]).with(&[2]);
        pair.try_emit(root, both.ack(Ack::Unlimited)).unwrap();
        pair.run(100);
        assert_eq!(pair.client_events(), [format!("/ ack 0 {TWO} <01> <02>")]);
    });
}

#[test]
fn a_question_may_be_binary_and_so_may_its_answer() {
    on_all(|pair| {
        pair.connect_to("/chat");
        pair.server_received();
        pair.server_sends(r#"451-/chat,12["q",{"_placeholder":true,"num":0}]"#);
        pair.with_server(|server| server.attach(&[9]));
        pair.run(50);
        let expected = [r#"/chat ["q",{"_placeholder":true,"num":0}] <09> (ack)"#];
        assert_eq!(pair.client_events(), expected);
        let reply = pair.replies[0];
        let answer = r#"[{"_placeholder":true,"num":0}]"#;
        pair.reply(reply, answer, &[&[8]]).unwrap();
        pair.run(50);
        let part = match pair.server.engine_version {
            EngineVersion::Eio3 => "<0408>",
            EngineVersion::Eio4 => "<08>",
        };
        assert_eq!(
            pair.server_received(),
            [&format!("461-/chat,12{answer}"), part]
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
        // Contiguity is the oracle's and the model server's to watch.
        pair.run(200);
        let events = |text: &&String| text.starts_with("42") || text.starts_with("452-");
        assert_eq!(pair.server_received().iter().filter(events).count(), 6);
    });
}

#[test]
fn a_binary_answer_nobody_awaits_is_taken_whole_and_dropped() {
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
fn engine_packets_may_stand_between_attachments() {
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
fn a_heartbeat_that_is_due_does_not_part_a_packet_on_the_wire() {
    on_all(|pair| {
        let root = pair.connect_to("/");
        // At the very moment of the ping, and around it.
        for at in 24_900..24_925 {
            pair.run(if at == 24_900 { 24_900 - 100 } else { 1 });
            let three = outgoing(TWO).with(&[1]).with(&[2]);
            pair.try_emit(root, three).unwrap();
        }
    });
}

#[test]
fn in_v3_other_engine_packets_may_come_as_binary() {
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
fn as_many_as_the_bound_go_and_one_more_is_refused() {
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
