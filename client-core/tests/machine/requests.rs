//! Requests that are lost, refused, or answered with bad bodies.

use tidewire_core::{Ack, EngineVersion, Lost};

use crate::support::body::Body;
use crate::support::network::{Side, Transmit};
use crate::support::{Pair, on, on_both_with, outgoing, polling};

const EIO3: EngineVersion = EngineVersion::Eio3;
const EIO4: EngineVersion = EngineVersion::Eio4;

const LOST: [&str; 3] = [
    "/ disconnected: transport error",
    "closed: transport error",
    "attempt 1 in 1000 ms",
];

/// Checks that the session was lost, and that later emits arrive on the next one.
fn recovers(pair: &mut Pair) {
    assert_eq!(pair.client_events(), LOST);
    let root = pair.namespace("/");
    assert!(!pair.client.is_connected(root));
    for n in 0..3 {
        pair.emit(root, &format!("[\"kept\",{n}]"));
    }
    let ack = pair.emit_with_ack(root, "[\"with ack\"]", Ack::Unlimited);
    pair.server_received();
    pair.run(2_000);
    assert_eq!(pair.client_events()[..2], ["opened", "/ connected"]);
    let received: Vec<String> = pair
        .server_received()
        .into_iter()
        .filter(|text| text != "40")
        .collect();
    let mut expected: Vec<String> = (0..3).map(|n| format!("42[\"kept\",{n}]")).collect();
    expected.push(format!("42{}[\"with ack\"]", ack.get()));
    assert_eq!(received, expected);
}

#[test]
fn a_lost_get_is_a_transport_error() {
    on_both_with(&polling(), |pair| {
        pair.connect_to("/");
        pair.lose_get();
        pair.run(20);
        recovers(pair);
        pair.run(60_000);
    });
}

#[test]
fn a_lost_post_is_a_transport_error_and_its_acks_are_lost() {
    on_both_with(&polling(), |pair| {
        let root = pair.connect_to("/");
        pair.server.rules.loses_posts = true;
        pair.emit_with_ack(root, "[1]", Ack::Unlimited);
        pair.run(30);
        let mut expected = LOST.to_vec();
        expected.insert(1, "/ ack 0 lost: Disconnected");
        assert_eq!(pair.client_events(), expected);
        assert_eq!(pair.server.connections(), 0, "the GET was dropped");
        pair.server.rules.loses_posts = false;
        pair.run(2_000);
        assert_eq!(pair.client_events(), ["opened", "/ connected"]);
    });
}

#[test]
fn a_session_that_the_server_has_forgotten_is_a_transport_error() {
    on_both_with(&polling(), |pair| {
        let root = pair.connect_to("/");
        pair.server.forget_sessions();
        pair.emit(root, "[1]");
        pair.run(30);
        assert_eq!(pair.server.refusals, 1, "400: unknown session");
        recovers(pair);
    });
}

#[test]
fn a_restarting_server_loses_get_and_post_and_is_reached_again() {
    on_both_with(&polling(), |pair| {
        let root = pair.connect_to("/");
        pair.server.rules.post_time = 500;
        pair.emit(root, "[1]");
        pair.run(100);
        pair.end_connection(Lost::Failed);
        pair.run(20);
        pair.server.rules.post_time = 0;
        recovers(pair);
    });
}

#[test]
fn a_close_packet_in_a_body_is_a_transport_close() {
    on_both_with(&polling(), |pair| {
        let root = pair.connect_to("/");
        pair.with_server(|server| server.send_all(&[r#"42["before"]"#, "1", r#"42["after"]"#]));
        pair.server.forget_sessions();
        pair.run(20);
        let expected = [
            r#"/ ["before"]"#,
            "/ disconnected: transport close",
            "closed: transport close",
            "attempt 1 in 1000 ms",
        ];
        assert_eq!(pair.client_events(), expected);
        pair.run(2_000);
        assert!(pair.client.is_connected(root));
        let close = |post: &Vec<String>| post.contains(&"1".to_string());
        assert!(
            !pair.server.posts.iter().any(close),
            "the session is lost, so no close is posted"
        );
    });
}

#[test]
fn packets_before_a_bad_packet_are_handled() {
    let bodies = [
        (EIO4, "42[\"a\"]\u{1e}42[\"b\"]\u{1e}x\u{1e}42[\"c\"]"),
        (EIO4, "42[\"a\"]\u{1e}42[\"b\"]\u{1e}"),
        (EIO4, "42[\"a\"]\u{1e}42[\"b\"]\u{1e}\u{1e}42[\"c\"]"),
        (EIO3, "7:42[\"a\"]7:42[\"b\"]1:x7:42[\"c\"]"),
        (EIO3, "7:42[\"a\"]7:42[\"b\"]9:42[\"c\"]"),
        (EIO3, "7:42[\"a\"]7:42[\"b\"]<html>"),
    ];
    for (engine_version, body) in bodies {
        on(engine_version, polling(), |pair| {
            pair.connect_to("/");
            pair.with_server(|server| server.answer_raw(Body::text(body)));
            pair.run(10);
            let mut expected = vec![r#"/ ["a"]"#, r#"/ ["b"]"#];
            expected.extend(LOST);
            assert_eq!(pair.client_events(), expected, "{body:?}");
            pair.run(60_000);
        });
    }
}

#[test]
fn a_bad_body_is_a_transport_error() {
    let bodies = ["", "<html>504 Gateway Time-out</html>", "{}", "7", "x:1"];
    for body in bodies {
        on_both_with(&polling(), |pair| {
            pair.connect_to("/");
            pair.with_server(|server| server.answer_raw(Body::text(body)));
            pair.run(10);
            recovers(pair);
            pair.run(60_000);
        });
    }
}

#[test]
fn an_empty_body_is_followed_by_another_get() {
    on(EIO3, polling(), |pair| {
        let root = pair.connect_to("/");
        for body in ["0:", "0:0:"] {
            let gets = pair.server.gets;
            pair.with_server(|server| server.answer_raw(Body::text(body)));
            pair.run(30);
            assert_eq!(pair.server.gets, gets + 1);
        }
        assert_eq!(pair.client_events(), [""; 0]);
        assert!(pair.client.is_connected(root));
    });
}

#[test]
fn after_a_parse_error_the_rest_of_the_body_is_ignored_and_a_close_is_posted() {
    on_both_with(&polling(), |pair| {
        pair.connect_to("/");
        pair.server_received();
        let texts = [r#"42["a"]"#, "42{", r#"42["b"]"#, "41"];
        pair.with_server(|server| server.send_all(&texts));
        pair.run(30);
        let expected = [
            r#"/ ["a"]"#,
            "malformed: BadPayload",
            "/ disconnected: parse error",
            "closed: parse error",
            "attempt 1 in 1000 ms",
        ];
        assert_eq!(pair.client_events(), expected);
        assert_eq!(pair.server_received(), ["1"]);
        assert_eq!(pair.server.connections(), 0);
    });
}

#[test]
fn a_kick_in_one_body_is_reported_in_order_and_followed_by_a_close() {
    on(EIO3, polling(), |pair| {
        pair.server.rules.unanswered.insert("/ptop");
        let ptop = pair.namespace("/ptop");
        pair.connect(ptop);
        pair.run(100);
        pair.client_events();
        pair.server_received();
        let deny = r#"42/ptop,["/ptop#sid1",{"deny":1}]"#;
        pair.with_server(|server| server.send_all(&[deny, "40/ptop,", "41", "41/ptop,", "1"]));
        pair.run(200);
        let expected = [
            "/ptop connected",
            r#"/ptop ["/ptop#sid1",{"deny":1}]"#,
            "/ptop disconnected: io server disconnect",
            "closed: forced close",
        ];
        assert_eq!(pair.client_events(), expected);
        assert_eq!(pair.server_received(), ["1"]);
        assert_eq!(pair.client.next_timeout(), None, "it does not reconnect");
    });
}

#[test]
fn responses_of_dropped_links_are_ignored() {
    on_both_with(&polling(), |pair| {
        let root = pair.connect_to("/");
        pair.network.latency = 300;
        let get = pair.server.get_link().unwrap();
        pair.server_sends(r#"42["late"]"#);
        pair.disconnect(root);
        pair.connect(root);
        pair.run(250);
        let expected = [
            "/ disconnected: io client disconnect",
            "closed: forced close",
        ];
        assert_eq!(pair.client_events(), expected);
        pair.run(3_000);
        assert_eq!(pair.client_events(), ["opened", "/ connected"]);
        for body in ["42[\"late\"]", "7:42[\"late\"]", "1", "1:1", ""] {
            let late = Transmit::GetResponse(Body::text(body));
            pair.network.send(pair.now, Side::Client, get, late);
        }
        let end = Transmit::End(Lost::Failed);
        pair.network.send(pair.now, Side::Client, get, end);
        pair.run(1_000);
        assert_eq!(pair.client_events(), [""; 0]);
        assert_eq!(pair.live_payloads(), 0);
    });
}

#[test]
fn a_post_response_after_the_session_is_lost_is_ignored() {
    on_both_with(&polling(), |pair| {
        let root = pair.connect_to("/");
        pair.server.rules.post_time = 300;
        pair.emit(root, "[1]");
        pair.run(50);
        pair.lose_get();
        pair.run(20);
        assert_eq!(pair.client_events(), LOST);
        pair.run(5_000);
        assert!(pair.client.is_connected(root));
        pair.run(60_000);
    });
}

#[test]
fn a_partial_packet_is_dropped_with_its_session() {
    on_both_with(&polling(), |pair| {
        let root = pair.connect_to("/");
        pair.server_sends(
            r#"452-["b",{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}]"#,
        );
        pair.with_server(|server| server.attach(&[1]));
        pair.run(100);
        assert_eq!(pair.live_payloads(), 2);
        pair.end_connection(Lost::Failed);
        pair.run(3_000);
        assert_eq!(pair.live_payloads(), 0);
        pair.try_emit(root, outgoing("[1]").ack(Ack::Unlimited))
            .unwrap();
        pair.run(100);
        assert_eq!(pair.client_events().pop().as_deref(), Some("/ ack 0 [1]"));
    });
}
