//! Acks of what the application emits: each settled exactly once, which the oracle watches.

use tidewire_core::{Ack, Config, Lost, Millis, Misuse};

use crate::support::{Answers, config, on_all, on_all_with, on_both, words};

const HALF_A_SECOND: Ack = Ack::Within(Millis(500));

#[test]
fn an_answer_settles_its_ack() {
    on_all(|pair| {
        let root = pair.join("/");
        let ack = pair.ask(root, r#"["q",1]"#, Ack::Unlimited);
        assert_eq!(ack.get(), 0);
        pair.run(100);
        assert_eq!(pair.news(), [r#"/ ack 0 ["q",1]"#]);
    });
}

#[test]
fn an_answer_may_be_empty_or_nothing() {
    on_all(|pair| {
        pair.server.rules.answers = Answers::Hold;
        let root = pair.join("/");
        pair.ask(root, r#"["q"]"#, Ack::Unlimited);
        pair.ask(root, r#"["q"]"#, Ack::Unlimited);
        pair.tell("430[]");
        pair.tell("431");
        pair.run(100);
        assert_eq!(pair.news(), ["/ ack 0 []", "/ ack 1 nothing"]);
    });
}

#[test]
fn a_second_answer_and_an_unknown_one_are_ignored() {
    on_all(|pair| {
        let root = pair.join("/");
        pair.ask(root, r#"["q"]"#, Ack::Unlimited);
        pair.run(100);
        pair.news();
        for text in [
            "430[2]",
            "4399[1]",
            "4318446744073709551616[1]",
            "43[1]",
            "43",
        ] {
            pair.tell(text);
        }
        pair.run(100);
        assert_eq!(pair.news(), [""; 0]);
        assert!(pair.client.is_connected(root));
    });
}

#[test]
fn an_answer_to_what_still_waits_in_the_buffer_is_ignored() {
    on_all(|pair| {
        pair.server.rules.unanswered.insert("/chat");
        let chat = pair.namespace("/chat");
        pair.connect(chat);
        pair.ask(chat, r#"["q"]"#, Ack::Unlimited);
        pair.run(100);
        pair.tell("43/chat,0[1]");
        pair.run(100);
        assert_eq!(pair.news(), ["opened"]);
        pair.serve(|server| server.grant("/chat"));
        pair.run(100);
        assert_eq!(pair.news(), ["/chat connected", r#"/chat ack 0 ["q"]"#]);
    });
}

#[test]
fn a_thousand_in_flight_are_answered_in_any_order() {
    on_all(|pair| {
        pair.server.rules.answers = Answers::Hold;
        let root = pair.join("/");
        for n in 0..1_000 {
            // Some with deadlines that never come, some without.
            let ack = match n % 3 {
                0 => Ack::Unlimited,
                _ => Ack::Within(Millis(60_000 - n)),
            };
            pair.ask(root, &format!("[{n}]"), ack);
        }
        pair.run(100);
        let mut held = std::mem::take(&mut pair.server.held);
        let mut expected = Vec::new();
        let mut chance = 1u64;
        while !held.is_empty() {
            chance = chance
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(7);
            let question = held.swap_remove((chance >> 33) as usize % held.len());
            expected.push(format!("/ ack {0} [{0}]", question.id));
            let answer = format!("[{}]", question.id);
            pair.serve(|server| server.answer(&question, &answer));
        }
        pair.run(100);
        assert_eq!(pair.news(), expected);
        assert_eq!(expected.len(), 1_000);
    });
}

#[test]
fn an_ack_times_out_at_its_deadline_and_a_late_answer_is_ignored() {
    on_all(|pair| {
        pair.server.rules.answers = Answers::Hold;
        let root = pair.join("/");
        pair.ask(root, r#"["q"]"#, HALF_A_SECOND);
        pair.run(499);
        assert_eq!(pair.news(), [""; 0]);
        pair.run(1);
        assert_eq!(pair.news(), ["/ ack 0 lost: Timeout"]);
        pair.tell("430[1]");
        pair.run(100);
        assert_eq!(pair.news(), [""; 0]);
    });
}

#[test]
fn deadlines_are_kept_whatever_order_they_come_in() {
    on_all(|pair| {
        pair.server.rules.answers = Answers::Hold;
        let root = pair.join("/");
        for span in [300, 100, 0, 200, 100] {
            pair.ask(root, r#"["q"]"#, Ack::Within(Millis(span)));
        }
        let mut heard = Vec::new();
        for _ in 0..5 {
            pair.run(50);
            heard.push(pair.news());
            pair.run(50);
        }
        let line = |n: &u32| format!("/ ack {n} lost: Timeout");
        let lines = |ids: &[u32]| -> Vec<String> { ids.iter().map(line).collect() };
        // What is due at 100, 200 and 300 is heard by the look after it.
        assert_eq!(heard[0], lines(&[2]));
        assert_eq!(heard[1], lines(&[1, 4]));
        assert_eq!(heard[2], lines(&[3]));
        assert_eq!(heard[3], lines(&[0]));
    });
}

#[test]
fn a_timeout_takes_an_emit_that_was_not_sent_out_of_the_buffer() {
    on_all(|pair| {
        let root = pair.namespace("/");
        pair.ask(root, r#"["too late"]"#, HALF_A_SECOND);
        pair.say(root, r#"["kept"]"#);
        pair.run(600);
        assert_eq!(pair.news(), ["/ ack 0 lost: Timeout"]);
        assert_eq!(pair.live_payloads(), 1);
        pair.connect(root);
        pair.run(100);
        assert_eq!(pair.heard().pop().as_deref(), Some(r#"42["kept"]"#));
        assert!(!pair.heard().iter().any(|text| text.contains("late")));
    });
}

#[test]
fn a_cancelled_ack_is_never_heard_of() {
    on_both(|pair| {
        pair.server.rules.answers = Answers::Hold;
        let root = pair.join("/");
        let (a, b) = (
            pair.ask(root, r#"["a"]"#, HALF_A_SECOND),
            pair.ask(root, r#"["b"]"#, Ack::Unlimited),
        );
        pair.cancel(root, a);
        pair.cancel(root, b);
        pair.cancel(root, b);
        pair.tell("430[1]");
        pair.run(1_000);
        pair.cut(Lost::Closed);
        pair.run(50);
        let expected = [
            "/ left: transport close",
            "closed: transport close",
            "attempt 1 in 1000",
        ];
        assert_eq!(pair.news(), expected);
    });
}

#[test]
fn cancelling_what_was_not_sent_takes_it_out_of_the_buffer() {
    on_all(|pair| {
        let root = pair.namespace("/");
        let ack = pair.ask(root, r#"["no"]"#, Ack::Unlimited);
        pair.cancel(root, ack);
        assert_eq!(pair.live_payloads(), 0);
        pair.connect(root);
        pair.run(100);
        assert!(!pair.heard().iter().any(|text| text.contains("no")));
    });
}

#[test]
fn acks_in_flight_are_lost_with_the_connection_after_disconnected() {
    on_both(|pair| {
        pair.server.rules.answers = Answers::Hold;
        let (root, chat) = (pair.join("/"), pair.join("/chat"));
        pair.ask(root, r#"["a"]"#, Ack::Unlimited);
        pair.ask(chat, r#"["b"]"#, HALF_A_SECOND);
        pair.ask(root, r#"["c"]"#, HALF_A_SECOND);
        pair.run(100);
        pair.cut(Lost::Closed);
        pair.run(100);
        let mut news = pair.news();
        assert_eq!(news.pop().as_deref(), Some("attempt 1 in 1000"));
        assert_eq!(news.pop().as_deref(), Some("closed: transport close"));
        let expected = [
            "/ left: transport close",
            "/ ack 0 lost: Disconnected",
            "/ ack 1 lost: Disconnected",
            "/chat left: transport close",
            "/chat ack 0 lost: Disconnected",
        ];
        assert_eq!(news, expected);
        pair.run(2_000);
        let again = pair.news();
        assert!(!again.iter().any(|line| line.contains("ack")), "{again:?}");
    });
}

#[test]
fn an_answer_of_the_last_connection_does_not_settle_an_ack_of_this_one() {
    on_all(|pair| {
        pair.server.rules.answers = Answers::Hold;
        let root = pair.join("/");
        pair.ask(root, r#"["old"]"#, Ack::Unlimited);
        pair.cut(Lost::Closed);
        pair.run(1_500);
        pair.news();
        let ack = pair.ask(root, r#"["new"]"#, Ack::Unlimited);
        pair.tell("430[0]");
        pair.run(100);
        assert_eq!(pair.news(), [""; 0]);
        assert_eq!(ack.get(), 1, "ids are never used twice");
    });
}

#[test]
fn an_ack_that_waits_in_the_buffer_survives_a_lost_connection() {
    on_all(|pair| {
        let root = pair.join("/");
        pair.cut(Lost::Closed);
        pair.run(100);
        pair.ask(root, r#"["kept"]"#, Ack::Unlimited);
        pair.server.rules.up = false;
        pair.run(1_000);
        pair.server.rules.up = true;
        pair.news();
        pair.run(3_000);
        assert_eq!(
            pair.news(),
            ["opened", "/ connected", r#"/ ack 0 ["kept"]"#]
        );
    });
}

#[test]
fn more_acks_than_the_bound_are_the_callers_fault() {
    let narrow = Config {
        max_acks: 2,
        ..config()
    };
    on_all_with(&narrow, |pair| {
        pair.server.rules.answers = Answers::Hold;
        let (root, chat) = (pair.join("/"), pair.join("/chat"));
        pair.ask(root, "[0]", Ack::Unlimited);
        pair.ask(root, "[1]", Ack::Unlimited);
        let full = pair.emit(root, words("[2]").ack(Ack::Unlimited));
        assert_eq!(full, Err(Misuse::TooManyAcks));
        pair.say(root, "[3]");
        pair.ask(chat, "[4]", Ack::Unlimited);
        pair.tell("431[]");
        pair.run(100);
        pair.ask(root, "[5]", Ack::Unlimited);
    });
}
