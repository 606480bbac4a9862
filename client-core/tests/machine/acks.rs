//! Acks of emits. Each settles exactly once, which the oracle checks.

use tidewire_core::{Ack, Config, Lost, Millis, Misuse};

use crate::support::{AckPolicy, config, on_all, on_all_with, on_both, outgoing};

const HALF_A_SECOND: Ack = Ack::Within(Millis(500));

#[test]
fn an_ack_settles_its_emit() {
    on_all(|pair| {
        let root = pair.connect_to("/");
        let ack = pair.emit_with_ack(root, r#"["q",1]"#, Ack::Unlimited);
        assert_eq!(ack.get(), 0);
        pair.run(100);
        assert_eq!(pair.client_events(), [r#"/ ack 0 ["q",1]"#]);
    });
}

#[test]
fn the_timer_of_an_ack_ends_with_it() {
    on_all(|pair| {
        let root = pair.connect_to("/");
        pair.emit_with_ack(root, r#"["q",1]"#, Ack::Within(Millis(60_000)));
        pair.emit_with_ack(root, r#"["q",2]"#, Ack::Unlimited);
        pair.run(100);
        pair.client_events();
        pair.server.rules.ack_policy = AckPolicy::Hold;
        pair.emit_with_ack(root, r#"["lost"]"#, Ack::Within(Millis(60_000)));
        let unsent = pair.namespace("/unsent");
        let cancelled = pair.emit_with_ack(unsent, r#"["cancelled"]"#, Ack::Within(Millis(60_000)));
        pair.cancel(unsent, cancelled);
        pair.disconnect(root);
        pair.run(10_000);
        assert_eq!(pair.client.next_timeout(), None);
    });
}

#[test]
fn an_ack_may_be_an_empty_array_or_have_no_payload() {
    on_all(|pair| {
        pair.server.rules.ack_policy = AckPolicy::Hold;
        let root = pair.connect_to("/");
        pair.emit_with_ack(root, r#"["q"]"#, Ack::Unlimited);
        pair.emit_with_ack(root, r#"["q"]"#, Ack::Unlimited);
        pair.server_sends("430[]");
        pair.server_sends("431");
        pair.run(100);
        assert_eq!(pair.client_events(), ["/ ack 0 []", "/ ack 1 nothing"]);
    });
}

#[test]
fn a_second_ack_and_an_unknown_ack_are_ignored() {
    on_all(|pair| {
        let root = pair.connect_to("/");
        pair.emit_with_ack(root, r#"["q"]"#, Ack::Unlimited);
        pair.run(100);
        pair.client_events();
        for text in [
            "430[2]",
            "4399[1]",
            "4318446744073709551616[1]",
            "43[1]",
            "43",
        ] {
            pair.server_sends(text);
        }
        pair.run(100);
        assert_eq!(pair.client_events(), [""; 0]);
        assert!(pair.client.is_connected(root));
    });
}

#[test]
fn an_ack_of_a_buffered_emit_is_ignored() {
    on_all(|pair| {
        pair.server.rules.unanswered.insert("/chat");
        let chat = pair.namespace("/chat");
        pair.connect(chat);
        pair.emit_with_ack(chat, r#"["q"]"#, Ack::Unlimited);
        pair.run(100);
        pair.server_sends("43/chat,0[1]");
        pair.run(100);
        assert_eq!(pair.client_events(), ["opened"]);
        pair.with_server(|server| server.accept_connect("/chat"));
        pair.run(100);
        assert_eq!(
            pair.client_events(),
            ["/chat connected", r#"/chat ack 0 ["q"]"#]
        );
    });
}

#[test]
fn a_thousand_acks_in_flight_settle_in_any_order() {
    on_all(|pair| {
        pair.server.rules.ack_policy = AckPolicy::Hold;
        let root = pair.connect_to("/");
        for n in 0..1_000 {
            // Some have deadlines that are not reached, some have none.
            let ack = match n % 3 {
                0 => Ack::Unlimited,
                _ => Ack::Within(Millis(60_000 - n)),
            };
            pair.emit_with_ack(root, &format!("[{n}]"), ack);
        }
        pair.run(100);
        let mut unacknowledged = std::mem::take(&mut pair.server.pending_acks);
        let mut expected = Vec::new();
        let mut random = 1u64;
        while !unacknowledged.is_empty() {
            random = random
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(7);
            let pending =
                unacknowledged.swap_remove((random >> 33) as usize % unacknowledged.len());
            expected.push(format!("/ ack {0} [{0}]", pending.id));
            let json = format!("[{}]", pending.id);
            pair.with_server(|server| server.acknowledge(&pending, &json));
        }
        pair.run(100);
        assert_eq!(pair.client_events(), expected);
        assert_eq!(expected.len(), 1_000);
    });
}

#[test]
fn an_ack_times_out_at_its_deadline_and_a_late_ack_is_ignored() {
    on_all(|pair| {
        pair.server.rules.ack_policy = AckPolicy::Hold;
        let root = pair.connect_to("/");
        pair.emit_with_ack(root, r#"["q"]"#, HALF_A_SECOND);
        pair.run(499);
        assert_eq!(pair.client_events(), [""; 0]);
        pair.run(1);
        assert_eq!(pair.client_events(), ["/ ack 0 lost: Timeout"]);
        pair.server_sends("430[1]");
        pair.run(100);
        assert_eq!(pair.client_events(), [""; 0]);
    });
}

#[test]
fn deadlines_are_kept_in_any_order() {
    on_all(|pair| {
        pair.server.rules.ack_policy = AckPolicy::Hold;
        let root = pair.connect_to("/");
        for span in [300, 100, 0, 200, 100] {
            pair.emit_with_ack(root, r#"["q"]"#, Ack::Within(Millis(span)));
        }
        let mut batches = Vec::new();
        for _ in 0..5 {
            pair.run(50);
            batches.push(pair.client_events());
            pair.run(50);
        }
        let line = |n: &u32| format!("/ ack {n} lost: Timeout");
        let lines = |ids: &[u32]| -> Vec<String> { ids.iter().map(line).collect() };
        // The acks due at 100, 200 and 300 ms are lost by the next check.
        assert_eq!(batches[0], lines(&[2]));
        assert_eq!(batches[1], lines(&[1, 4]));
        assert_eq!(batches[2], lines(&[3]));
        assert_eq!(batches[3], lines(&[0]));
    });
}

#[test]
fn a_timeout_removes_an_unsent_emit_from_the_buffer() {
    on_all(|pair| {
        let root = pair.namespace("/");
        pair.emit_with_ack(root, r#"["too late"]"#, HALF_A_SECOND);
        pair.emit(root, r#"["kept"]"#);
        pair.run(600);
        assert_eq!(pair.client_events(), ["/ ack 0 lost: Timeout"]);
        assert_eq!(pair.live_payloads(), 1);
        pair.connect(root);
        pair.run(100);
        assert_eq!(
            pair.server_received().pop().as_deref(),
            Some(r#"42["kept"]"#)
        );
        assert!(
            !pair
                .server_received()
                .iter()
                .any(|text| text.contains("late"))
        );
    });
}

#[test]
fn a_cancelled_ack_is_never_reported() {
    on_both(|pair| {
        pair.server.rules.ack_policy = AckPolicy::Hold;
        let root = pair.connect_to("/");
        let (a, b) = (
            pair.emit_with_ack(root, r#"["a"]"#, HALF_A_SECOND),
            pair.emit_with_ack(root, r#"["b"]"#, Ack::Unlimited),
        );
        pair.cancel(root, a);
        pair.cancel(root, b);
        pair.cancel(root, b);
        pair.server_sends("430[1]");
        pair.run(1_000);
        pair.end_connection(Lost::Closed);
        pair.run(50);
        let expected = [
            "/ disconnected: transport close",
            "closed: transport close",
            "attempt 1 in 1000 ms",
        ];
        assert_eq!(pair.client_events(), expected);
    });
}

#[test]
fn cancelling_removes_an_unsent_emit_from_the_buffer() {
    on_all(|pair| {
        let root = pair.namespace("/");
        let ack = pair.emit_with_ack(root, r#"["no"]"#, Ack::Unlimited);
        pair.cancel(root, ack);
        assert_eq!(pair.live_payloads(), 0);
        pair.connect(root);
        pair.run(100);
        assert!(
            !pair
                .server_received()
                .iter()
                .any(|text| text.contains("no"))
        );
    });
}

#[test]
fn acks_in_flight_are_lost_with_the_connection_after_disconnected() {
    on_both(|pair| {
        pair.server.rules.ack_policy = AckPolicy::Hold;
        let (root, chat) = (pair.connect_to("/"), pair.connect_to("/chat"));
        pair.emit_with_ack(root, r#"["a"]"#, Ack::Unlimited);
        pair.emit_with_ack(chat, r#"["b"]"#, HALF_A_SECOND);
        pair.emit_with_ack(root, r#"["c"]"#, HALF_A_SECOND);
        pair.run(100);
        pair.end_connection(Lost::Closed);
        pair.run(100);
        let mut events = pair.client_events();
        assert_eq!(events.pop().as_deref(), Some("attempt 1 in 1000 ms"));
        assert_eq!(events.pop().as_deref(), Some("closed: transport close"));
        let expected = [
            "/ disconnected: transport close",
            "/ ack 0 lost: Disconnected",
            "/ ack 1 lost: Disconnected",
            "/chat disconnected: transport close",
            "/chat ack 0 lost: Disconnected",
        ];
        assert_eq!(events, expected);
        pair.run(2_000);
        let again = pair.client_events();
        assert!(!again.iter().any(|line| line.contains("ack")), "{again:?}");
    });
}

#[test]
fn an_ack_of_the_last_connection_does_not_settle_an_emit_of_this_one() {
    on_all(|pair| {
        pair.server.rules.ack_policy = AckPolicy::Hold;
        let root = pair.connect_to("/");
        pair.emit_with_ack(root, r#"["old"]"#, Ack::Unlimited);
        pair.end_connection(Lost::Closed);
        pair.run(1_500);
        pair.client_events();
        let ack = pair.emit_with_ack(root, r#"["new"]"#, Ack::Unlimited);
        pair.server_sends("430[0]");
        pair.run(100);
        assert_eq!(pair.client_events(), [""; 0]);
        assert_eq!(ack.get(), 1, "an id is never used twice");
    });
}

#[test]
fn the_ack_of_a_buffered_emit_survives_a_lost_connection() {
    on_all(|pair| {
        let root = pair.connect_to("/");
        pair.end_connection(Lost::Closed);
        pair.run(100);
        pair.emit_with_ack(root, r#"["kept"]"#, Ack::Unlimited);
        pair.server.rules.up = false;
        pair.run(1_000);
        pair.server.rules.up = true;
        pair.client_events();
        pair.run(3_000);
        assert_eq!(
            pair.client_events(),
            ["opened", "/ connected", r#"/ ack 0 ["kept"]"#]
        );
    });
}

#[test]
fn more_acks_than_the_limit_are_refused() {
    let narrow = Config {
        max_acks: 2,
        ..config()
    };
    on_all_with(&narrow, |pair| {
        pair.server.rules.ack_policy = AckPolicy::Hold;
        let (root, chat) = (pair.connect_to("/"), pair.connect_to("/chat"));
        pair.emit_with_ack(root, "[0]", Ack::Unlimited);
        pair.emit_with_ack(root, "[1]", Ack::Unlimited);
        let full = pair.try_emit(root, outgoing("[2]").ack(Ack::Unlimited));
        assert_eq!(full, Err(Misuse::TooManyAcks));
        pair.emit(root, "[3]");
        pair.emit_with_ack(chat, "[4]", Ack::Unlimited);
        pair.server_sends("431[]");
        pair.run(100);
        pair.emit_with_ack(root, "[5]", Ack::Unlimited);
    });
}
