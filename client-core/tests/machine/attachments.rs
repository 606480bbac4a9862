//! Binary both ways: attachments behind their header, in each Engine.IO version's form.

use tidewire_core::{Ack, Config, EngineVersion, Misuse};

use crate::support::{config, on, on_all, words};

const TWO: &str = r#"["bin",{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}]"#;

#[test]
fn v3_attachments_begin_with_a_type_byte_and_v4_ones_do_not() {
    for (engine_version, expected) in [
        (EngineVersion::Eio3, ["<0401ff>", "<04>"]),
        (EngineVersion::Eio4, ["<01ff>", "<>"]),
    ] {
        on(engine_version, config(), |pair| {
            let chat = pair.join("/chat");
            pair.heard();
            pair.emit(chat, words(TWO).with(&[1, 0xff]).with(&[]))
                .unwrap();
            pair.run(10);
            let heard = pair.heard();
            assert_eq!(heard[0], format!("452-/chat,{TWO}"));
            assert_eq!(heard[1..], expected);
        });
    }
}

#[test]
fn binary_events_come_in() {
    on_all(|pair| {
        pair.join("/chat");
        pair.tell(&format!("452-/chat,{TWO}"));
        pair.serve(|server| server.attach(&[4, 4]));
        pair.run(50);
        assert_eq!(pair.news(), [""; 0], "one is missing");
        pair.serve(|server| server.attach(&[]));
        pair.run(50);
        assert_eq!(pair.news(), [format!("/chat {TWO} <0404> <>")]);
        assert_eq!(pair.live_payloads(), 0);
    });
}

#[test]
fn binary_goes_there_and_back_in_an_ack() {
    on_all(|pair| {
        let root = pair.join("/");
        let both = words(TWO).with(&[1]).with(&[2]);
        pair.emit(root, both.ack(Ack::Unlimited)).unwrap();
        pair.run(100);
        assert_eq!(pair.news(), [format!("/ ack 0 {TWO} <01> <02>")]);
    });
}

#[test]
fn a_question_may_be_binary_and_so_may_its_answer() {
    on_all(|pair| {
        pair.join("/chat");
        pair.heard();
        pair.tell(r#"451-/chat,12["q",{"_placeholder":true,"num":0}]"#);
        pair.serve(|server| server.attach(&[9]));
        pair.run(50);
        let expected = [r#"/chat ["q",{"_placeholder":true,"num":0}] <09> ?"#];
        assert_eq!(pair.news(), expected);
        let question = pair.questions[0];
        let answer = r#"[{"_placeholder":true,"num":0}]"#;
        pair.reply(question, answer, &[&[8]]).unwrap();
        pair.run(50);
        let part = match pair.server.engine_version {
            EngineVersion::Eio3 => "<0408>",
            EngineVersion::Eio4 => "<08>",
        };
        assert_eq!(pair.heard(), [&format!("461-/chat,12{answer}"), part]);
    });
}

#[test]
fn buffered_binary_is_flushed_header_and_attachments_together() {
    on_all(|pair| {
        let (root, chat) = (pair.namespace("/"), pair.namespace("/chat"));
        for n in 0..3 {
            pair.emit(root, words(TWO).with(&[n]).with(&[n])).unwrap();
            pair.say(chat, &format!("[{n}]"));
        }
        pair.connect(root);
        pair.connect(chat);
        // Contiguity is the oracle's and the model server's to watch.
        pair.run(200);
        let events = |text: &&String| text.starts_with("42") || text.starts_with("452-");
        assert_eq!(pair.heard().iter().filter(events).count(), 6);
    });
}

#[test]
fn a_binary_answer_nobody_awaits_is_taken_whole_and_dropped() {
    on_all(|pair| {
        pair.join("/");
        pair.tell(r#"461-77[{"_placeholder":true,"num":0}]"#);
        pair.serve(|server| server.attach(&[1]));
        pair.tell(r#"42["next"]"#);
        pair.run(50);
        assert_eq!(pair.news(), [r#"/ ["next"]"#]);
        assert_eq!(pair.live_payloads(), 0);
    });
}

#[test]
fn engine_packets_may_stand_between_attachments() {
    on_all(|pair| {
        pair.join("/");
        pair.tell(&format!("452-{TWO}"));
        pair.serve(|server| server.attach(&[1]));
        pair.tell("6");
        pair.tell("3");
        pair.serve(|server| server.attach(&[2]));
        pair.run(50);
        assert_eq!(pair.news(), [format!("/ {TWO} <01> <02>")]);
    });
}

#[test]
fn a_heartbeat_that_is_due_does_not_part_a_packet_on_the_wire() {
    on_all(|pair| {
        let root = pair.join("/");
        // At the very moment of the ping, and around it.
        for at in 24_900..24_925 {
            pair.run(if at == 24_900 { 24_900 - 100 } else { 1 });
            let three = words(TWO).with(&[1]).with(&[2]);
            pair.emit(root, three).unwrap();
        }
    });
}

#[test]
fn in_v3_other_engine_packets_may_come_as_binary() {
    on(EngineVersion::Eio3, config(), |pair| {
        pair.join("/");
        for frame in [&[2u8][..], &[3], &[6], &[1]] {
            let wire = crate::support::wire::Wire::Binary(frame.into());
            pair.serve(|server| server.say(wire));
        }
        pair.tell(r#"42["next"]"#);
        pair.run(50);
        assert_eq!(pair.news(), [r#"/ ["next"]"#]);
    });
}

#[test]
fn as_many_as_the_bound_go_and_one_more_is_refused() {
    let narrow = Config {
        max_attachments: 2,
        ..config()
    };
    on(EngineVersion::Eio4, narrow, |pair| {
        let chat = pair.join("/chat");
        let two = || words(TWO).with(&[1]).with(&[2]);
        assert!(pair.emit(chat, two()).is_ok());
        let refused = pair.emit(chat, two().with(&[3]));
        assert_eq!(refused, Err(Misuse::TooManyAttachments));
    });
}
