//! A session over HTTP long-polling only: the handshake, normal traffic, the heartbeat.

use tidewire_core::{Ack, Config, EngineVersion, Lost, Millis};

use crate::support::body::Body;
use crate::support::{PING_INTERVAL, config, on, on_both_with, outgoing, polling};

const EIO3: EngineVersion = EngineVersion::Eio3;
const EIO4: EngineVersion = EngineVersion::Eio4;
const TWO: &str = r#"["bin",{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}]"#;

#[test]
fn the_body_format_of_the_handshake_detects_the_version() {
    on_both_with(&polling(), |pair| {
        let root = pair.namespace("/");
        pair.connect(root);
        assert_eq!(pair.client.ping_interval(), None);
        pair.run(20);
        assert_eq!(
            pair.client.engine_version(),
            Some(pair.server.engine_version)
        );
        pair.run(80);
        assert_eq!(pair.client_events(), ["opened", "/ connected"]);
        assert_eq!(
            pair.server.opens,
            [4],
            "the client requests version 4 of any server"
        );
        assert_eq!(pair.server.upgrades, 0);
        assert!(pair.server.is_polling());
        assert!(pair.server.get_link().is_some(), "a GET waits");
        assert_eq!(pair.client.ping_interval(), Some(Millis(25_000)));
    });
}

#[test]
fn the_first_body_may_hold_only_the_handshake_or_more_packets() {
    for packets_per_body in [1, 2, 3, usize::MAX] {
        on(EIO3, polling(), |pair| {
            pair.server.rules.packets_per_body = packets_per_body;
            let early = vec![r#"42["early",1]"#, r#"42["early",2]"#];
            pair.server.rules.early.insert("/", early);
            let (root, chat) = (pair.namespace("/"), pair.namespace("/chat"));
            pair.connect(root);
            pair.connect(chat);
            pair.run(300);
            let expected = [
                "opened",
                "/ connected",
                r#"/ ["early",1]"#,
                r#"/ ["early",2]"#,
                "/chat connected",
            ];
            assert_eq!(pair.client_events(), expected);
        });
    }
}

#[test]
fn a_body_of_handshake_root_events_and_another_namespace() {
    on(EIO3, polling(), |pair| {
        pair.server.rules.silent = true;
        let root = pair.namespace("/");
        pair.connect(root);
        pair.run(10);
        let open = r#"0{"sid":"x","pingInterval":25000,"pingTimeout":20000}"#;
        let body = format!(r#"{}:{open}2:4013:42["n","é😀"]8:40/chat,"#, open.len());
        pair.with_server(|server| server.answer_raw(Body::text(body)));
        pair.run(10);
        let expected = ["opened", "/ connected", r#"/ ["n","é😀"]"#];
        assert_eq!(pair.client_events(), expected);
        // The model server does not know this session.
        pair.server.forget_sessions();
    });
}

#[test]
fn a_server_of_another_version_than_configured_does_not_open() {
    for (server, configured, error) in [(EIO3, EIO4, "Handshake"), (EIO4, EIO3, "Transport")] {
        let config = Config {
            engine_version: Some(configured),
            ..polling()
        };
        on(server, config, |pair| {
            let root = pair.namespace("/");
            pair.connect(root);
            pair.run(100);
            let failed = format!("open failed: {error}");
            assert_eq!(pair.client_events(), [&failed, "attempt 1 in 1000 ms"]);
            pair.server.forget_sessions();
        });
    }
}

#[test]
fn a_configured_engine_version_is_requested() {
    for engine_version in [EIO3, EIO4] {
        let configured = Config {
            engine_version: Some(engine_version),
            ..polling()
        };
        on(engine_version, configured, |pair| {
            let root = pair.connect_to("/");
            assert_eq!(pair.server.opens, [engine_version.number()]);
            pair.emit_with_ack(root, "[1]", Ack::Unlimited);
            pair.run(100);
            assert_eq!(pair.client_events(), ["/ ack 0 [1]"]);
        });
    }
}

#[test]
fn a_bad_handshake_is_an_open_failure() {
    let bodies = [
        "",
        "<html>502 Bad Gateway</html>",
        "0",
        "0{}",
        "6\u{1e}0{}",
        "40",
        "1",
        "1:1",
        "2:40",
        "0:",
        "9:0{",
        r#"0{"sid":"x","pingInterval":25000}"#,
        r#"{"code":1,"message":"Session ID unknown"}"#,
    ];
    for body in bodies {
        on_both_with(&polling(), |pair| {
            pair.server.rules.silent = true;
            let root = pair.namespace("/");
            pair.connect(root);
            pair.run(100);
            pair.with_server(|server| server.answer_raw(Body::text(body)));
            pair.run(100);
            let expected = ["open failed: Handshake", "attempt 1 in 1000 ms"];
            assert_eq!(pair.client_events(), expected, "{body}");
            pair.server.forget_sessions();
            pair.server.rules.silent = false;
            pair.run(2_000);
            assert!(pair.client.is_connected(root));
        });
    }
}

#[test]
fn a_server_that_is_down_or_answers_another_status_is_an_open_failure() {
    on_both_with(&polling(), |pair| {
        pair.server.rules.accepts_requests = false;
        let root = pair.namespace("/");
        pair.connect(root);
        pair.run(100);
        assert_eq!(
            pair.client_events(),
            ["open failed: Transport", "attempt 1 in 1000 ms"]
        );
    });
}

#[test]
fn a_server_that_never_answers_fails_after_open_timeout() {
    on_both_with(&polling(), |pair| {
        pair.server.rules.silent = true;
        let root = pair.namespace("/");
        pair.connect(root);
        pair.run(20_000);
        assert_eq!(
            pair.client_events(),
            ["open failed: Timeout", "attempt 1 in 1000 ms"]
        );
        pair.run(100);
        assert_eq!(pair.server.connections(), 0, "the GET was dropped");
    });
}

#[test]
fn events_emitted_before_poll_go_in_one_post() {
    on_both_with(&polling(), |pair| {
        let (root, chat) = (pair.connect_to("/"), pair.connect_to("/chat"));
        pair.server.posts.clear();
        pair.emit_all(root, (0..50).map(|n| format!("[{n}]")));
        pair.run(100);
        let expected: Vec<String> = (0..50).map(|n| format!("42[{n}]")).collect();
        assert_eq!(pair.server.posts, [expected]);
        // While a POST is pending, further packets wait and then go in one POST.
        pair.server.rules.post_time = 200;
        pair.server.posts.clear();
        for n in 0..5 {
            pair.emit(root, &format!("[{n}]"));
            pair.emit(chat, &format!("[{n}]"));
            pair.run(10);
        }
        pair.run(1_000);
        let posts = pair.server.posts.clone();
        assert_eq!(posts.len(), 2);
        assert_eq!((posts[0].len(), posts[1].len()), (1, 9));
        assert_eq!(posts[1][0], "42/chat,[0]");
    });
}

#[test]
fn connects_of_several_namespaces_go_in_one_post() {
    on(EIO4, polling(), |pair| {
        let names = ["/", "/a", "/b", "/c"].map(|name| pair.namespace(name));
        for nsp in names {
            pair.connect(nsp);
        }
        pair.run(200);
        assert_eq!(pair.server.posts, [["40", "40/a,", "40/b,", "40/c,"]]);
        assert_eq!(pair.client_events().len(), 5);
    });
}

#[test]
fn auth_and_query_are_posted() {
    on(EIO4, polling(), |pair| {
        pair.auth = crate::support::Auth::Give(Some(r#"{"token":1}"#));
        let chat = pair.namespace("/chat");
        pair.connect(chat);
        pair.run(100);
        assert_eq!(pair.server.posts, [[r#"40/chat,{"token":1}"#]]);
    });
    on(EIO3, polling(), |pair| {
        let chat = pair.namespace_with("/chat", Some("room=1"));
        pair.connect(chat);
        pair.run(100);
        assert_eq!(pair.server.posts, [["40/chat?room=1,"]]);
    });
}

#[test]
fn binary_goes_both_ways_in_every_body_format_and_any_number_of_bodies() {
    for (octets, packets_per_body) in [(false, 1), (false, 2), (true, 1), (true, usize::MAX)] {
        on_both_with(&polling(), |pair| {
            pair.octets = octets;
            pair.server.rules.octets = octets;
            pair.server.rules.packets_per_body = packets_per_body;
            let chat = pair.connect_to("/chat");
            for n in 0..5 {
                let both = outgoing(TWO).with(&[n, 0xff, 4]).with(&[]);
                pair.try_emit(chat, both.ack(Ack::Unlimited)).unwrap();
                pair.server_sends(&format!("452-/chat,{TWO}"));
                pair.with_server(|server| server.attach(&[4, n]));
                pair.with_server(|server| server.attach(&[]));
                pair.server_sends(&format!("42/chat,[\"é\",{n}]"));
            }
            pair.run(2_000);
            let (acks, events): (Vec<_>, Vec<_>) = pair
                .client_events()
                .into_iter()
                .partition(|line| line.starts_with("/chat ack"));
            for n in 0..5 {
                assert_eq!(acks[n], format!("/chat ack {n} {TWO} <0{n}ff04> <>"));
                assert_eq!(events[2 * n], format!("/chat {TWO} <040{n}> <>"));
                assert_eq!(events[2 * n + 1], format!("/chat [\"é\",{n}]"));
            }
            assert_eq!(events.len(), 10);
        });
    }
}

#[test]
fn with_eio4_pings_arrive_by_get_and_pongs_are_posted() {
    on(EIO4, polling(), |pair| {
        let root = pair.connect_to("/");
        pair.server_received();
        pair.run(10 * PING_INTERVAL);
        assert_eq!(pair.server_received(), ["3"; 10]);
        assert!(pair.client.is_connected(root));
    });
}

#[test]
fn with_eio3_pings_are_posted() {
    on(EIO3, polling(), |pair| {
        let root = pair.connect_to("/");
        pair.server_received();
        pair.run(10 * (PING_INTERVAL + 100));
        assert_eq!(pair.server_received(), ["2"; 10]);
        assert!(pair.client.is_connected(root));
    });
}

#[test]
fn a_silent_server_times_out_and_its_requests_are_dropped() {
    on_both_with(&polling(), |pair| {
        let root = pair.connect_to("/");
        pair.server.rules.heartbeat = false;
        pair.run(50_000);
        let events = pair.client_events();
        let expected = [
            "/ disconnected: ping timeout",
            "closed: ping timeout",
            "attempt 1 in 1000 ms",
        ];
        assert_eq!(events[..3], expected);
        assert!(pair.client.is_connected(root));
        assert_eq!(pair.server.connections(), 1, "the old GET was dropped");
    });
}

#[test]
fn after_a_long_sleep_the_session_has_timed_out() {
    on_both_with(&polling(), |pair| {
        let root = pair.connect_to("/");
        pair.sleep(600_000);
        pair.run(5_000);
        let events = pair.client_events();
        assert_eq!(events[0], "/ disconnected: ping timeout");
        assert!(pair.client.is_connected(root));
    });
}

#[test]
fn a_slow_post_does_not_delay_incoming_packets() {
    on_both_with(&polling(), |pair| {
        let root = pair.connect_to("/");
        pair.server.rules.post_time = 3_000;
        pair.emit(root, "[1]");
        for n in 0..10 {
            pair.server_sends(&format!("42[{n}]"));
            pair.run(50);
        }
        assert_eq!(pair.client_events().len(), 10);
    });
}

#[test]
fn an_event_that_waits_for_a_post_is_sent_even_after_its_ack_timed_out() {
    on_both_with(&polling(), |pair| {
        let root = pair.connect_to("/");
        pair.server.rules.post_time = 1_000;
        pair.server_received();
        pair.emit(root, "[1]");
        pair.emit_with_ack(root, "[2]", Ack::Within(Millis(500)));
        pair.run(3_000);
        assert_eq!(pair.client_events(), ["/ ack 0 lost: Timeout"]);
        assert_eq!(pair.server_received(), ["42[1]", "420[2]"]);
    });
}

#[test]
fn over_a_websocket_the_polling_config_changes_nothing() {
    on_both_with(&config(), |pair| {
        pair.connect_to("/");
        assert_eq!((pair.server.gets, pair.server.posts.len()), (0, 0));
        pair.end_connection(Lost::Closed);
        pair.run(2_000);
        assert_eq!((pair.server.gets, pair.server.upgrades), (0, 0));
    });
}
