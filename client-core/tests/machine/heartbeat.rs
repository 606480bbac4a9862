//! The heartbeat of both Engine.IO versions: who pings, and when silence is death.

use tidewire_core::{EngineVersion, Time};

use crate::support::{Auth, config, on, on_all, on_both};

const EIO3: EngineVersion = EngineVersion::Eio3;
const EIO4: EngineVersion = EngineVersion::Eio4;

#[test]
fn a_v4_server_pings_and_the_client_answers() {
    on(EIO4, config(), |pair| {
        let root = pair.connect_to("/");
        pair.server_received();
        pair.run(25_000 * 10);
        assert_eq!(pair.server_received(), ["3"; 10]);
        assert!(pair.client.is_connected(root));
    });
}

#[test]
fn a_v3_client_pings_each_interval_after_the_last_pong() {
    on(EIO3, config(), |pair| {
        let root = pair.connect_to("/");
        // The handshake came at 20, the sign of v3 with it; a ping takes 10 there.
        pair.run(25_000 - 100 + 29);
        assert_eq!(pair.server_received(), [""; 0]);
        pair.run(1);
        assert_eq!(pair.server_received(), ["2"]);
        // The pong takes 10 back, and then another interval begins.
        pair.run(25_000 + 19);
        assert_eq!(pair.server_received(), [""; 0]);
        pair.run(1);
        assert_eq!(pair.server_received(), ["2"]);
        pair.run(250_000);
        assert!(pair.client.is_connected(root));
    });
}

#[test]
fn a_v4_server_that_stops_pinging_is_dead_after_interval_and_timeout() {
    on(EIO4, config(), |pair| {
        pair.connect_to("/");
        pair.server.rules.heartbeat = false;
        // From the handshake at 20; events do not keep a server alive that does not ping.
        for _ in 0..4 {
            pair.run(11_000);
            pair.server_sends(r#"42["chatter"]"#);
        }
        pair.run(45_019 - 44_100);
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
fn a_v3_server_that_does_not_answer_is_dead_after_timeout() {
    on(EIO3, config(), |pair| {
        pair.connect_to("/");
        pair.server.rules.heartbeat = false;
        pair.run(45_019 - 100);
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
fn what_a_v3_server_said_before_a_ping_is_no_answer_to_it() {
    on(EIO3, config(), |pair| {
        let root = pair.connect_to("/");
        pair.server.rules.heartbeat = false;
        pair.run(24_000);
        pair.server_sends(r#"42["chatter"]"#);
        pair.run(45_019 - 24_100);
        assert!(pair.client.is_connected(root));
        pair.run(1);
        assert!(!pair.client.is_connected(root));
    });
}

#[test]
fn anything_a_v3_server_says_keeps_it_alive() {
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
        pair.run(45_009);
        assert!(pair.client.is_connected(root));
        pair.run(1);
        assert!(!pair.client.is_connected(root));
    });
}

#[test]
fn a_device_that_slept_finds_the_peer_dead_at_its_first_call() {
    on_all(|pair| {
        let root = pair.connect_to("/");
        pair.sleep(3_600_000);
        // Not by a timer of the host's, which may be late, but by whatever comes first.
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
fn frames_that_waited_through_a_long_sleep_are_of_a_dead_connection() {
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
fn a_short_sleep_is_no_death() {
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
fn the_heartbeat_is_the_servers() {
    on_all(|pair| {
        pair.server.rules.ping_interval = 300;
        pair.server.rules.ping_timeout = 200;
        let root = pair.connect_to("/");
        pair.run(10_000);
        assert!(pair.client.is_connected(root));
        let beats = pair.server_received().len();
        assert!((28..=36).contains(&beats), "{beats} beats in 10 s");
        pair.server.rules.heartbeat = false;
        pair.run(600);
        assert!(!pair.client.is_connected(root));
    });
}

#[test]
fn pongs_and_noops_nobody_wanted_are_ignored() {
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
fn a_v4_ping_with_data_is_answered_and_a_v3_one_is_not() {
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
fn the_heartbeat_runs_while_the_engine_version_is_not_known() {
    on(EIO3, config(), |pair| {
        // `/` never comes: a session that is neither, and must not last for ever.
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
