//! The close of a polling session: queued packets and a close packet are posted, within a timeout.

use bytes::Bytes;
use tidewire_core::wire::packet::BadPacket;
use tidewire_core::{Ack, Action, Client, EngineVersion, Event, Frame, Output, Time};

use crate::support::body::Body;
use crate::support::{on, on_both_with, outgoing, polling, upgrading};

#[test]
fn queued_packets_and_a_close_packet_go_in_one_post() {
    on_both_with(&polling(), |pair| {
        let (root, chat) = (pair.connect_to("/"), pair.connect_to("/chat"));
        pair.server.posts.clear();
        pair.emit_all(chat, ["[1]".into(), "[2]".into()]);
        pair.run(100);
        pair.server.posts.clear();
        pair.disconnect(chat);
        pair.run(100);
        pair.disconnect(root);
        let expected = [
            "/chat disconnected: io client disconnect",
            "/ disconnected: io client disconnect",
            "closed: forced close",
        ];
        assert_eq!(pair.client_events(), expected);
        pair.run(100);
        assert_eq!(pair.server.posts, [vec!["41/chat,"], vec!["41", "1"]]);
        assert_eq!(pair.server.connections(), 0);
        assert_eq!(pair.client.next_timeout(), None);
    });
}

#[test]
fn the_pending_post_comes_first_and_queued_packets_follow() {
    on_both_with(&polling(), |pair| {
        let root = pair.connect_to("/");
        pair.server.rules.post_time = 400;
        pair.server.posts.clear();
        pair.emit(root, "[1]");
        pair.run(100);
        let two = outgoing(r#"["b"]"#).with(&[1]).ack(Ack::Unlimited);
        pair.try_emit(root, two).unwrap();
        pair.emit(root, "[2]");
        pair.close();
        pair.run(200);
        assert_eq!(pair.server.posts, [["42[1]"]]);
        pair.run(2_000);
        let attachment = match pair.server.engine_version {
            EngineVersion::Eio3 => "<0401>",
            EngineVersion::Eio4 => "<01>",
        };
        let rest = [r#"451-0["b"]"#, attachment, "42[2]", "41", "1"];
        assert_eq!(pair.server.posts[1], rest);
        assert_eq!(pair.server.posts.len(), 2);
        assert_eq!(pair.live_payloads(), 0);
    });
}

#[test]
fn a_close_too_large_for_one_post_takes_several() {
    on(EngineVersion::Eio4, polling(), |pair| {
        pair.server.rules.max_payload = 200;
        let root = pair.connect_to("/");
        pair.server.posts.clear();
        pair.server.rules.post_time = 10;
        for n in 0..10 {
            pair.emit(root, &format!("[{n}]"));
        }
        pair.close();
        pair.run(1_000);
        let all: Vec<String> = pair.server.posts.concat();
        let mut expected: Vec<String> = (0..10).map(|n| format!("42[{n}]")).collect();
        expected.extend(["41".into(), "1".into()]);
        assert_eq!(all, expected);
        assert!(pair.server.posts.len() > 3);
        assert_eq!(pair.server.refusals, 0);
    });
}

#[test]
fn a_close_without_a_response_times_out() {
    on_both_with(&polling(), |pair| {
        let root = pair.connect_to("/");
        pair.server.rules.post_time = 60_000;
        pair.emit(root, "[1]");
        pair.run(100);
        pair.emit(root, "[2]");
        pair.close();
        pair.run(4_900);
        assert!(pair.client.next_timeout().is_some());
        pair.run(200);
        assert_eq!(pair.client.next_timeout(), None);
        assert_eq!(pair.live_payloads(), 0, "the queue is dropped");
        assert_eq!(pair.server.connections(), 0, "the GET was dropped");
        assert_eq!(pair.server_received().pop().as_deref(), Some("42[1]"));
    });
}

#[test]
fn a_new_connection_may_open_while_an_old_one_closes() {
    on_both_with(&polling(), |pair| {
        let root = pair.connect_to("/");
        pair.server.rules.post_time = 1_000;
        pair.emit(root, "[1]");
        pair.run(100);
        pair.emit(root, "[2]");
        pair.close();
        pair.client_events();
        pair.server.rules.post_time = 0;
        pair.connect(root);
        pair.run(100);
        assert_eq!(pair.client_events(), ["opened", "/ connected"]);
        assert_eq!(
            pair.server.connections(),
            2,
            "the old session is still closing"
        );
        pair.emit_with_ack(root, "[3]", Ack::Unlimited);
        pair.run(2_000);
        assert_eq!(pair.server.connections(), 1);
        assert_eq!(pair.client_events(), ["/ ack 0 [3]"]);
        let received = pair.server_received();
        for text in ["42[2]", "41", "1"] {
            assert_eq!(
                received.iter().filter(|own| *own == text).count(),
                1,
                "{text}"
            );
        }
    });
}

#[test]
fn a_lost_get_does_not_stop_the_close() {
    on_both_with(&polling(), |pair| {
        let root = pair.connect_to("/");
        pair.server.rules.post_time = 300;
        pair.emit(root, "[1]");
        pair.run(100);
        pair.emit(root, "[2]");
        pair.lose_get();
        pair.close();
        pair.run(1_000);
        let received = pair.server_received();
        assert_eq!(
            received[received.len() - 4..],
            ["42[1]", "42[2]", "41", "1"]
        );
        assert_eq!(pair.client.next_timeout(), None);
    });
}

#[test]
fn a_lost_post_ends_the_close() {
    on_both_with(&polling(), |pair| {
        let root = pair.connect_to("/");
        pair.server.rules.loses_posts = true;
        pair.emit(root, "[1]");
        pair.emit(root, "[2]");
        pair.close();
        pair.run(100);
        assert_eq!(pair.client.next_timeout(), None);
        assert_eq!(pair.server.connections(), 0, "the GET was dropped");
        assert_eq!(pair.live_payloads(), 0);
    });
}

#[test]
fn packets_that_arrive_while_closing_are_ignored() {
    on_both_with(&polling(), |pair| {
        let root = pair.connect_to("/");
        pair.server.rules.post_time = 300;
        pair.emit(root, "[1]");
        pair.run(50);
        pair.close();
        pair.client_events();
        for text in [r#"42["late"]"#, "42{", "41"] {
            pair.server_sends(text);
        }
        pair.run(1_000);
        assert_eq!(pair.client_events(), [""; 0]);
        assert_eq!(pair.live_payloads(), 0);
    });
}

#[test]
fn a_session_abandoned_while_opening_is_closed_after_its_handshake() {
    for after in 0..60 {
        on_both_with(&polling(), |pair| {
            pair.server.rules.root_delay = 10;
            let root = pair.namespace("/");
            pair.connect(root);
            pair.run(after);
            pair.disconnect(root);
            pair.run(100);
            assert_eq!(pair.server.connections(), 0, "after {after}");
            assert_eq!(pair.server_received().pop().as_deref(), Some("1"));
            assert_eq!(pair.client.next_timeout(), None);
        });
    }
}

#[test]
fn a_missing_handshake_is_awaited_until_the_close_timeout() {
    on_both_with(&polling(), |pair| {
        pair.server.rules.silent = true;
        let root = pair.namespace("/");
        pair.connect(root);
        pair.run(1_000);
        pair.disconnect(root);
        pair.run(5_100);
        assert_eq!(pair.server.connections(), 0, "the GET was dropped");
        assert_eq!(pair.client.next_timeout(), None);
        assert_eq!(pair.client_events(), [""; 0]);
    });
}

#[test]
fn a_bad_response_instead_of_the_handshake_does_no_harm() {
    for body in ["", "nonsense", "1", "0{}", "2:40", "42[1]"] {
        on_both_with(&polling(), |pair| {
            pair.server.rules.silent = true;
            let root = pair.namespace("/");
            pair.connect(root);
            pair.run(100);
            pair.disconnect(root);
            pair.with_server(|server| server.answer_raw(Body::text(body)));
            pair.run(100);
            assert_eq!(pair.client.next_timeout(), None, "{body}");
            assert_eq!(pair.client_events(), [""; 0]);
            pair.server.forget_sessions();
        });
    }
}

#[test]
fn disconnecting_while_opening_and_connecting_again_opens_a_second_session() {
    on_both_with(&upgrading(), |pair| {
        let root = pair.namespace("/");
        pair.connect(root);
        pair.run(5);
        pair.disconnect(root);
        pair.connect(root);
        pair.run(500);
        assert_eq!(pair.client_events(), ["opened", "/ connected", "upgraded"]);
        assert_eq!(pair.server.connections(), 1);
        assert_eq!(pair.server.opens.len(), 2);
    });
}

/// A session that is closed before its handshake waits for it, to post a close packet. The next session does not depend on it.
#[test]
fn an_early_close_without_a_handshake_leaves_the_next_session_alone() {
    let mut client: Client<Bytes> = Client::new(polling());
    let now = Time::from_millis(0);
    let root = client.namespace("/", None);
    client.connect(now, root);
    client.disconnect(now, root);
    client.connect(now, root);
    let mut gets = Vec::new();
    while let Some(output) = client.poll() {
        if let Output::Action(Action::Get { link, .. }) = output {
            gets.push(link);
        }
    }
    assert_eq!(gets.len(), 2);
    let none: [Result<Frame<'_, Bytes>, BadPacket>; 0] = [];
    client.handle_response(now, gets[0], EngineVersion::Eio4, none);
    assert!(client.poll().is_none());
    let open = br#"0{"sid":"s","upgrades":[],"pingInterval":25000,"pingTimeout":20000}"#;
    let frame = Frame::text(open, Bytes::from_static(open));
    client.handle_response(now, gets[1], EngineVersion::Eio4, [Ok(frame)]);
    let opened = Output::Event(Event::<Bytes>::Opened);
    assert_eq!(
        format!("{:?}", client.poll()),
        format!("{:?}", Some(opened))
    );
}
