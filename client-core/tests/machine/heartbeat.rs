//! The heartbeat of both Engine.IO versions: which side pings, and when the peer times out.

use tidewire_core::{EngineVersion, Time};

use crate::support::body::Body;
use crate::support::{
    Auth, HANDSHAKE, LATENCY, PING_INTERVAL, PING_TIMEOUT, config, on, on_all, on_both, polling,
};

const EIO3: EngineVersion = EngineVersion::Eio3;
const EIO4: EngineVersion = EngineVersion::Eio4;

#[test]
fn an_eio4_server_pings_and_the_client_answers() {
    on(EIO4, config(), |pair| {
        let root = pair.connect_to("/");
        pair.server_received();
        pair.run(10 * PING_INTERVAL);
        assert_eq!(pair.server_received(), ["3"; 10]);
        assert!(pair.client.is_connected(root));
    });
}

#[test]
fn over_polling_one_pong_answers_the_pings_that_came_before_it_is_posted() {
    on(EIO4, polling(), |pair| {
        let root = pair.connect_to("/");
        pair.server_received();
        for _ in 0..3 {
            let pings = ["2"; 1_000].join("\u{1e}");
            pair.with_server(|server| server.answer_raw(Body::text(pings)));
            pair.run(100);
            assert_eq!(pair.server_received(), ["3"]);
        }
        assert_eq!(pair.client.backlog(), 0);
        assert!(pair.client.is_connected(root));
    });
}

#[test]
fn with_eio3_the_client_pings_an_interval_after_the_last_pong() {
    on(EIO3, config(), |pair| {
        let root = pair.connect_to("/");
        let first_ping = HANDSHAKE + PING_INTERVAL;
        pair.run_until(first_ping + LATENCY - 1);
        assert_eq!(pair.server_received(), [""; 0]);
        pair.run(1);
        assert_eq!(pair.server_received(), ["2"]);
        // The next interval begins when the pong arrives.
        let second_ping = first_ping + 2 * LATENCY + PING_INTERVAL;
        pair.run_until(second_ping + LATENCY - 1);
        assert_eq!(pair.server_received(), [""; 0]);
        pair.run(1);
        assert_eq!(pair.server_received(), ["2"]);
        pair.run(250_000);
        assert!(pair.client.is_connected(root));
    });
}

#[test]
fn an_eio4_server_without_pings_times_out_after_interval_and_timeout() {
    on(EIO4, config(), |pair| {
        pair.connect_to("/");
        pair.server.rules.heartbeat = false;
        // The timeout counts from the handshake; events do not extend it.
        for _ in 0..4 {
            pair.run(11_000);
            pair.server_sends(r#"42["chatter"]"#);
        }
        pair.run_until(HANDSHAKE + PING_INTERVAL + PING_TIMEOUT - 1);
        assert_eq!(pair.client_events(), [r#"/ ["chatter"]"#; 4]);
        pair.run(1);
        let expected = [
            "/ disconnected: ping timeout",
            "closed: ping timeout",
            "attempt 1 in 1000 ms",
        ];
        assert_eq!(pair.client_events(), expected);
        pair.run(100);
        assert_eq!(pair.server.connections(), 0);
    });
}

#[test]
fn an_eio3_server_without_pongs_times_out() {
    on(EIO3, config(), |pair| {
        pair.connect_to("/");
        pair.server.rules.heartbeat = false;
        pair.run_until(HANDSHAKE + PING_INTERVAL + PING_TIMEOUT - 1);
        assert_eq!(pair.client_events(), [""; 0]);
        pair.run(1);
        let expected = [
            "/ disconnected: ping timeout",
            "closed: ping timeout",
            "attempt 1 in 1000 ms",
        ];
        assert_eq!(pair.client_events(), expected);
    });
}

#[test]
fn packets_before_a_ping_are_not_a_pong_of_an_eio3_server() {
    on(EIO3, config(), |pair| {
        let root = pair.connect_to("/");
        pair.server.rules.heartbeat = false;
        pair.run(24_000);
        pair.server_sends(r#"42["chatter"]"#);
        pair.run_until(HANDSHAKE + PING_INTERVAL + PING_TIMEOUT - 1);
        assert!(pair.client.is_connected(root));
        pair.run(1);
        assert!(!pair.client.is_connected(root));
    });
}

#[test]
fn any_packet_after_a_ping_keeps_an_eio3_server_alive() {
    on(EIO3, config(), |pair| {
        let root = pair.connect_to("/");
        pair.server.rules.heartbeat = false;
        for _ in 0..20 {
            pair.run(15_000);
            pair.server_sends("6");
        }
        assert!(pair.client.is_connected(root));
        assert_eq!(
            pair.server_received(),
            ["2"],
            "the next ping waits for the pong"
        );
        pair.run(LATENCY + PING_INTERVAL + PING_TIMEOUT - 1);
        assert!(pair.client.is_connected(root));
        pair.run(1);
        assert!(!pair.client.is_connected(root));
    });
}

#[test]
fn after_a_long_sleep_the_first_call_detects_the_ping_timeout() {
    on_all(|pair| {
        let root = pair.connect_to("/");
        pair.sleep(3_600_000);
        // The first call detects it, because a timer of the host may be late.
        pair.client.is_connected(root);
        pair.emit(root, r#"["awake"]"#);
        let expected = [
            "/ disconnected: ping timeout",
            "closed: ping timeout",
            "attempt 1 in 1000 ms",
        ];
        assert_eq!(pair.client_events(), expected);
        pair.run(1_100);
        assert_eq!(pair.client_events(), ["opened", "/ connected"]);
        assert_eq!(
            pair.server_received().pop().as_deref(),
            Some(r#"42["awake"]"#)
        );
    });
}

#[test]
fn frames_that_waited_through_a_long_sleep_are_dropped() {
    on_all(|pair| {
        pair.connect_to("/");
        pair.asleep = true;
        pair.run(1_000);
        pair.server_sends(r#"42["while asleep"]"#);
        pair.run(100_000);
        pair.asleep = false;
        pair.run(100);
        let expected = [
            "/ disconnected: ping timeout",
            "closed: ping timeout",
            "attempt 1 in 1000 ms",
        ];
        assert_eq!(pair.client_events(), expected);
        assert_eq!(pair.live_payloads(), 0);
    });
}

#[test]
fn a_short_sleep_does_not_end_the_connection() {
    on_all(|pair| {
        let root = pair.connect_to("/");
        for _ in 0..5 {
            pair.run(7_000);
            pair.sleep(15_000);
            pair.run(1_000);
        }
        assert!(pair.client.is_connected(root));
        assert_eq!(pair.client_events(), [""; 0]);
    });
}

#[test]
fn a_clock_that_jumps_back_does_no_harm() {
    on_all(|pair| {
        let root = pair.connect_to("/");
        pair.client.handle_timeout(Time::ZERO);
        pair.run(60_000);
        assert!(pair.client.is_connected(root));
    });
}

#[test]
fn the_server_sets_the_heartbeat() {
    on_all(|pair| {
        pair.server.rules.ping_interval = 300;
        pair.server.rules.ping_timeout = 200;
        let root = pair.connect_to("/");
        pair.run(10_000);
        assert!(pair.client.is_connected(root));
        let beats = pair.server_received().len();
        assert!((28..=36).contains(&beats), "{beats} heartbeats in 10 s");
        pair.server.rules.heartbeat = false;
        pair.run(600);
        assert!(!pair.client.is_connected(root));
    });
}

#[test]
fn unexpected_pongs_and_noops_are_ignored() {
    on_both(|pair| {
        let root = pair.connect_to("/");
        pair.server_received();
        for text in ["3", "3probe", "6", "5", "1", "6noise"] {
            pair.server_sends(text);
        }
        pair.run(1_000);
        assert_eq!(pair.client_events(), [""; 0]);
        assert_eq!(pair.server_received(), [""; 0]);
        assert!(pair.client.is_connected(root));
    });
}

#[test]
fn a_ping_with_data_is_answered_with_eio4_and_not_with_eio3() {
    on_all(|pair| {
        pair.connect_to("/");
        pair.server_received();
        pair.server_sends("2data");
        pair.run(100);
        let expected: &[&str] = match pair.server.engine_version {
            EIO3 => &[],
            EIO4 => &["3"],
        };
        assert_eq!(pair.server_received(), expected);
    });
}

#[test]
fn the_heartbeat_runs_while_the_engine_version_is_unknown() {
    on(EIO3, config(), |pair| {
        // `/` never connects: the version stays unknown, but the session must not last for ever.
        pair.server.rules.unanswered.insert("/");
        pair.server.rules.heartbeat = false;
        pair.auth = Auth::Later;
        let root = pair.namespace("/");
        pair.connect(root);
        pair.run(45_100);
        assert_eq!(
            pair.client_events(),
            ["opened", "closed: ping timeout", "attempt 1 in 1000 ms"]
        );
    });
}
