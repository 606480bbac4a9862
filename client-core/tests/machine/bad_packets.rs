//! Packets that break the rules of Socket.IO: a `parse error`, after which no emit is lost.

use tidewire_core::{Config, EngineVersion};

use crate::support::wire::Wire;
use crate::support::{Pair, config, on, on_all, on_both_with, outgoing};

const EIO3: EngineVersion = EngineVersion::Eio3;
const EIO4: EngineVersion = EngineVersion::Eio4;
const BOTH: &[EngineVersion] = &[EIO3, EIO4];

/// Returns 10 MiB of one letter.
fn endless(letter: &str) -> String {
    letter.repeat(10 << 20)
}

fn send(pair: &mut Pair, frames: &[&str]) {
    for frame in frames {
        match *frame {
            "<>" => pair.with_server(|server| server.attach(&[])),
            "<1>" => pair.with_server(|server| server.attach(&[1])),
            text => pair.server_sends(text),
        }
    }
    pair.run(20);
}

/// Checks that the frames end a connection as malformed, in each phase, and that emits arrive on the next one.
fn breaks(engine_versions: &[EngineVersion], frames: &[&str], why: &str) {
    for engine_version in engine_versions {
        on(*engine_version, config(), |pair| {
            breaks_when_connected(pair, frames, why);
        });
        on(*engine_version, config(), |pair| {
            breaks_when_connecting(pair, frames, why);
        });
    }
}

fn breaks_when_connected(pair: &mut Pair, frames: &[&str], why: &str) {
    let chat = pair.connect_to("/chat");
    send(pair, frames);
    let expected = [
        &format!("malformed: {why}"),
        "/chat disconnected: parse error",
        "closed: parse error",
        "attempt 1 in 1000 ms",
    ];
    assert_eq!(pair.client_events(), expected, "{frames:.80?}");
    pair.emit(chat, r#"["after"]"#);
    pair.run(1_100);
    assert_eq!(
        pair.server_received().pop().as_deref(),
        Some(r#"42/chat,["after"]"#)
    );
    assert_eq!(pair.client_events(), ["opened", "/chat connected"]);
}

fn breaks_when_connecting(pair: &mut Pair, frames: &[&str], why: &str) {
    pair.server.rules.unanswered.insert("/chat");
    let chat = pair.namespace("/chat");
    pair.connect(chat);
    pair.emit(chat, r#"["before"]"#);
    pair.run(100);
    send(pair, frames);
    let expected = [
        "opened",
        &format!("malformed: {why}"),
        "closed: parse error",
        "attempt 1 in 1000 ms",
    ];
    assert_eq!(pair.client_events(), expected, "{frames:.80?}");
    pair.server.rules.unanswered.clear();
    pair.run(1_200);
    assert_eq!(
        pair.server_received().pop().as_deref(),
        Some(r#"42/chat,["before"]"#)
    );
}

/// Checks that the frames are ignored.
fn ignored(engine_versions: &[EngineVersion], frames: &[&str]) {
    for engine_version in engine_versions {
        on(*engine_version, config(), |pair| {
            let chat = pair.connect_to("/chat");
            pair.server_received();
            send(pair, frames);
            pair.emit(chat, r#"["after"]"#);
            pair.run(100);
            assert_eq!(pair.client_events(), [""; 0], "{frames:?}");
            assert_eq!(pair.server_received(), [r#"42/chat,["after"]"#]);
        });
    }
}

#[test]
fn unknown_types_break_eio4_and_are_ignored_with_eio3() {
    for text in ["47", "49", "4x", "4[]", "4-1", "4\u{e9}", "4/chat,"] {
        breaks(&[EIO4], &[text], "UnknownType");
        ignored(&[EIO3], &[text]);
    }
}

#[test]
fn payloads_of_the_wrong_type() {
    for text in [
        "42{}",
        "42[]",
        "42[{}]",
        "42[null,1]",
        r#"42"x""#,
        "42/chat,{}",
        "42/chat,7[[]]",
        "43{}",
        "43/chat,0null",
        "41{}",
        r#"41/chat,"bye""#,
        "40true",
        "44true",
        "44/chat,7.5",
    ] {
        breaks(BOTH, &[text], "BadPayload");
    }
    for text in [
        r#"42["connect"]"#,
        r#"42/chat,["disconnect",1]"#,
        "40[]",
        "44[]",
        "44null",
    ] {
        breaks(&[EIO4], &[text], "BadPayload");
    }
}

#[test]
fn eio3_has_no_reserved_event_names() {
    on(EIO3, config(), |pair| {
        pair.connect_to("/chat");
        send(pair, &[r#"42/chat,["connect"]"#]);
        assert_eq!(pair.client_events(), [r#"/chat ["connect"]"#]);
    });
}

#[test]
fn illegal_counts_of_attachments() {
    for text in [
        "45",
        "45-[]",
        "450-[\"b\"]",
        "45x-[\"b\"]",
        "451[\"b\"]",
        "451.5-[\"b\"]",
        "46-0[]",
    ] {
        breaks(BOTH, &[text], "BadAttachmentCount");
    }
}

#[test]
fn too_many_attachments() {
    breaks(BOTH, &[r#"451001-["b"]"#], "TooManyAttachments");
    breaks(
        BOTH,
        &[r#"4599999999999999999999-/chat,["b"]"#],
        "TooManyAttachments",
    );
    let narrow = Config {
        max_attachments: 2,
        ..config()
    };
    on_both_with(&narrow, |pair| {
        pair.connect_to("/chat");
        send(pair, &[r#"452-/chat,["b"]"#, "<>", "<>"]);
        assert_eq!(pair.client_events(), [r#"/chat ["b"] <> <>"#]);
        send(pair, &[r#"453-/chat,["b"]"#]);
        assert_eq!(pair.client_events()[0], "malformed: TooManyAttachments");
    });
}

#[test]
fn text_between_attachments() {
    let text = r#"452-/chat,["b"]"#;
    for between in [r#"42["x"]"#, text, "40/chat,", "4"] {
        breaks(BOTH, &[text, "<1>", between], "TextForBinary");
        breaks(BOTH, &[text, between], "TextForBinary");
    }
}

#[test]
fn binary_without_a_header() {
    breaks(BOTH, &["<1>"], "UnexpectedBinary");
    breaks(BOTH, &["<>"], "UnexpectedBinary");
    breaks(
        BOTH,
        &[r#"451-/absent,["b"]"#, "<1>", "<1>"],
        "UnexpectedBinary",
    );
}

#[test]
fn headers_without_an_end() {
    for front in ["42/", "42/chat,", "42/chat?", "40/", "41/", "44/"] {
        breaks(
            BOTH,
            &[&(front.to_string() + &endless("7"))],
            "HeaderTooLong",
        );
    }
    breaks(
        BOTH,
        &[&(String::from("451-/") + &endless("é"))],
        "HeaderTooLong",
    );
    breaks(
        BOTH,
        &[&(String::from("4") + &endless(" "))],
        "HeaderTooLong",
    );
    breaks(
        BOTH,
        &[&(String::from("45") + &endless("1"))],
        "BadAttachmentCount",
    );
    breaks(
        BOTH,
        &[&(String::from("42[") + &endless(" "))],
        "BadPayload",
    );
    breaks(
        BOTH,
        &[&(String::from("42[") + &endless("["))],
        "BadPayload",
    );
}

#[test]
fn a_large_unknown_packet_is_ignored_like_a_small_one() {
    breaks(
        &[EIO4],
        &[&(String::from("4") + &endless("x"))],
        "UnknownType",
    );
    ignored(&[EIO3], &[&(String::from("4") + &endless("x"))]);
}

#[test]
fn a_packet_with_more_bytes_than_the_limit() {
    let narrow = || Config {
        max_packet_bytes: 40,
        ..config()
    };
    on_both_with(&narrow(), |pair| {
        let chat = pair.connect_to("/chat");
        // The payload of the header counts, and attachments without their type byte.
        pair.server_sends(r#"452-/chat,["b"]"#);
        pair.with_server(|server| server.attach(&[0; 30]));
        pair.with_server(|server| server.attach(&[0; 5]));
        pair.run(20);
        assert_eq!(pair.client_events().len(), 1);
        pair.server_sends(r#"452-/chat,["b"]"#);
        pair.with_server(|server| server.attach(&[0; 30]));
        pair.run(20);
        assert_eq!(pair.client_events(), [""; 0]);
        pair.with_server(|server| server.attach(&[0; 6]));
        pair.run(20);
        assert_eq!(pair.client_events()[0], "malformed: PacketTooLarge");
        assert_eq!(pair.live_payloads(), 0);
        pair.emit(chat, "[1]");
        pair.run(1_100);
        assert!(pair.client.is_connected(chat));
    });
    on_both_with(&narrow(), |pair| {
        pair.connect_to("/chat");
        pair.server_sends(&format!(r#"42/chat,["{}"]"#, "x".repeat(36)));
        pair.run(20);
        assert_eq!(pair.client_events().len(), 1);
        pair.server_sends(&format!(r#"42/chat,["{}"]"#, "x".repeat(37)));
        pair.run(20);
        assert_eq!(
            pair.client_events()[0],
            "malformed: PacketTooLarge",
            "text alone has the same limit"
        );
    });
}

#[test]
fn events_before_a_malformed_packet_are_reported_and_later_ones_are_not() {
    on_all(|pair| {
        let root = pair.connect_to("/");
        pair.try_emit(root, outgoing("[0]").ack(tidewire_core::Ack::Unlimited))
            .unwrap();
        pair.run(100);
        pair.client_events();
        pair.server_sends(r#"42["first"]"#);
        pair.server_sends("42{");
        pair.server_sends(r#"42["unheard"]"#);
        pair.with_server(|server| server.send(Wire::Binary(vec![4, 1])));
        pair.run(500);
        let expected = [
            r#"/ ["first"]"#,
            "malformed: BadPayload",
            "/ disconnected: parse error",
            "closed: parse error",
            "attempt 1 in 1000 ms",
        ];
        assert_eq!(pair.client_events(), expected);
        assert_eq!(pair.live_payloads(), 0);
    });
}

#[test]
fn a_header_must_leave_room_for_an_event_name() {
    // A host gives the machine 512 bytes, of which `42/` and `,` are four.
    for (letters, event) in [(488, "/n"), (489, "malformed: HeaderTooLong")] {
        on(EIO3, config(), |pair| {
            let nsp = format!("/{}", "n".repeat(letters));
            pair.connect_to(&nsp);
            pair.server_sends(&format!(r#"42{nsp},["{}"]"#, "x".repeat(600)));
            pair.run(20);
            assert!(pair.client_events()[0].starts_with(event), "{letters}");
        });
    }
}

#[test]
fn a_session_id_beyond_the_head_limit() {
    let name = "n".repeat(488);
    breaks(
        &[EIO4],
        &[&format!(r#"40/{name},{{"sid":"0123456789abcdef"}}"#)],
        "HeaderTooLong",
    );
}
