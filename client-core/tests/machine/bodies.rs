//! The size of a POST.

use tidewire_core::{Ack, EngineVersion};

use crate::support::{on, on_both_with, outgoing, polling};

const EIO4: EngineVersion = EngineVersion::Eio4;

#[test]
fn a_body_is_not_larger_than_max_payload() {
    for max_payload in [60, 100, 150, 317, 1_000, 5_000] {
        on(EIO4, polling(), |pair| {
            pair.server.rules.max_payload = max_payload;
            let root = pair.connect_to("/");
            pair.server.posts.clear();
            pair.server.rules.post_time = 5;
            pair.emit_all(root, (0..40).map(|n| format!("[{n}]")));
            for n in 0..10 {
                let text = format!("[\"é{}\"]", "😀".repeat(n % 2));
                let binary = outgoing(text).with(&[7; 3]).with(&[]);
                pair.try_emit(root, binary.ack(Ack::Unlimited)).unwrap();
            }
            pair.run(10_000);
            assert_eq!(pair.server.refusals, 0, "no body was too large");
            assert_eq!(pair.server.posts.concat().len(), 70);
            assert_eq!(pair.client_events().len(), 10);
            assert!(
                max_payload < 1_000 || pair.server.posts.len() < 10,
                "the bodies are well filled"
            );
        });
    }
}

#[test]
fn the_encoded_size_counts_for_max_payload() {
    // Large texts, attachments that grow by a third in base64, and many empty attachments.
    let sizes = [(500, 0, 0), (5, 20, 90), (5, 3, 400), (5, 900, 0)];
    for (text, count, bytes) in sizes {
        on(EIO4, polling(), |pair| {
            pair.server.rules.max_payload = 1_000;
            let root = pair.connect_to("/");
            pair.server.posts.clear();
            let events = (0..3).map(|n| {
                let event = outgoing(format!("[{n},\"{}\"]", "x".repeat(text)));
                (0..count).fold(event, |event, _| event.with(&vec![7; bytes]))
            });
            let with_acks = events.map(|event| event.ack(Ack::Unlimited));
            for event in with_acks {
                pair.try_emit(root, event).unwrap();
            }
            pair.run(10_000);
            assert_eq!(pair.server.refusals, 0, "{text} {count} {bytes}");
            assert_eq!(pair.client_events().len(), 3);
        });
    }
}

#[test]
fn without_a_limit_all_packets_go_in_one_post() {
    on_both_with(&polling(), |pair| {
        pair.server.rules.sends_max_payload = false;
        let root = pair.connect_to("/");
        pair.server.posts.clear();
        pair.emit_all(root, (0..200).map(|n| format!("[{n}]")));
        pair.run(100);
        assert_eq!(pair.server.posts.len(), 1);
    });
}

#[test]
fn a_packet_larger_than_max_payload_is_posted_alone_and_refused_by_the_server() {
    on(EIO4, polling(), |pair| {
        pair.server.rules.max_payload = 300;
        let root = pair.connect_to("/");
        pair.server.posts.clear();
        let large = format!("[\"{}\"]", "x".repeat(400));
        pair.emit_all(root, ["[1]".into(), large, "[2]".into()]);
        pair.run(100);
        assert_eq!(pair.server.posts[0], ["42[1]"]);
        assert_eq!(pair.server.refusals, 1);
        let expected = [
            "/ disconnected: transport error",
            "closed: transport error",
            "attempt 1 in 1000 ms",
        ];
        assert_eq!(pair.client_events(), expected);
        pair.run(2_000);
        assert!(pair.client.is_connected(root));
    });
}

#[test]
fn an_eio3_server_has_no_limit_and_gets_all_packets() {
    on(EngineVersion::Eio3, polling(), |pair| {
        let root = pair.connect_to("/");
        pair.server.posts.clear();
        pair.emit_all(
            root,
            (0..5).map(|n| format!("[{n},\"{}\"]", "😀".repeat(1_000))),
        );
        pair.run(100);
        assert_eq!(pair.server.posts.len(), 1);
        assert_eq!(pair.server.posts[0].len(), 5);
    });
}
