//! The upgrade from polling to a WebSocket: nothing is lost, doubled or put out of order, whether it succeeds or not.

use tidewire_core::{Ack, Config, EngineVersion, Lost, Millis, Nsp, Transport};

use crate::support::network::{Side, Transmit};
use crate::support::wire::Wire;
use crate::support::{Pair, UpgradePolicy, on, on_both, on_both_with, outgoing, upgrading};

const TWO: &str = r#"["b",{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}]"#;

/// Both sides talk every `step` ms for `millis`; then everything must have arrived, once and in order.
struct Talk {
    root: Nsp,
    said: usize,
    told: usize,
}

impl Talk {
    /// Connects and begins to talk.
    fn start(pair: &mut Pair) -> Talk {
        let root = pair.namespace("/");
        pair.connect(root);
        Talk {
            root,
            said: 0,
            told: 0,
        }
    }

    fn go_on(&mut self, pair: &mut Pair, millis: u64, step: u64) {
        for _ in 0..millis / step {
            let binary = outgoing(format!("[{},0]", self.said)).with(&[1]).with(&[2]);
            assert_eq!(pair.try_emit(self.root, binary), Ok(None));
            self.said += 1;
            pair.emit(self.root, &format!("[{},1]", self.said));
            self.said += 1;
            if pair.server.connections() > 0 && !pair.server.connected_namespaces().is_empty() {
                pair.server_sends(&format!("42[{}]", self.told));
                pair.server_sends(r#"452-["b"]"#);
                pair.with_server(|server| server.attach(&[3]));
                pair.with_server(|server| server.attach(&[4]));
                self.told += 1;
            }
            pair.run(step);
        }
    }

    /// Gives the news that are not of this talk.
    fn finish(self, pair: &mut Pair) -> Vec<String> {
        pair.run(3_000);
        let said: Vec<String> = (0..self.said)
            .map(|n| match n % 2 {
                0 => format!("452-[{n},0]"),
                _ => format!("42[{n},1]"),
            })
            .collect();
        let event = |text: &String| text.starts_with("42[") || text.starts_with("452-");
        let heard: Vec<String> = pair.server_received().into_iter().filter(event).collect();
        assert_eq!(heard, said, "what the server has heard");
        let (events, rest): (Vec<_>, Vec<_>) = pair
            .client_events()
            .into_iter()
            .partition(|line| line.starts_with("/ ["));
        let told: Vec<String> = (0..self.told)
            .flat_map(|n| [format!("/ [{n}]"), r#"/ ["b"] <03> <04>"#.into()])
            .collect();
        assert_eq!(events, told, "what the client has heard");
        rest
    }
}

#[test]
fn the_session_upgrades_and_goes_on_over_the_websocket() {
    on_both_with(&upgrading(), |pair| {
        let root = pair.namespace("/");
        pair.connect(root);
        pair.run(500);
        assert_eq!(pair.client_events(), ["opened", "/ connected", "upgraded"]);
        assert!(!pair.server.is_polling());
        assert_eq!(pair.server.upgrades, 1);
        let (gets, posts) = (pair.server.gets, pair.server.posts.len());
        let id = pair.ids[&root].clone();
        pair.emit_with_ack(root, "[1]", Ack::Unlimited);
        pair.server_sends(r#"42["x"]"#);
        pair.run(100);
        assert_eq!(pair.client_events(), [r#"/ ["x"]"#, "/ ack 0 [1]"]);
        assert_eq!((pair.server.gets, pair.server.posts.len()), (gets, posts));
        assert_eq!(pair.ids[&root], id, "the same session");
    });
}

#[test]
fn traffic_both_ways_at_every_phase_of_an_upgrade() {
    for (latency, step) in [(1, 1), (10, 7), (10, 30), (40, 5), (90, 13), (250, 25)] {
        for post_time in [0, 15, 160] {
            for packets_per_body in [1, 3, usize::MAX] {
                on_both_with(&upgrading(), |pair| {
                    pair.network.latency = latency;
                    pair.server.rules.post_time = post_time;
                    pair.server.rules.packets_per_body = packets_per_body;
                    pair.server.rules.max_payload = 700;
                    let mut talk = Talk::start(pair);
                    talk.go_on(pair, 100 + 14 * latency, step);
                    pair.run(5_000 * u64::from(packets_per_body == 1));
                    talk.go_on(pair, 100, 10);
                    pair.run(20_000);
                    let expected = ["opened", "/ connected", "upgraded"];
                    assert_eq!(talk.finish(pair), expected);
                    assert!(!pair.server.is_polling());
                });
            }
        }
    }
}

#[test]
fn a_upgrade_that_fails_leaves_the_session_on_polling_with_nothing_lost() {
    let failures = [
        UpgradePolicy::Refuse,
        UpgradePolicy::NeverOpen,
        UpgradePolicy::IgnoreProbe,
        UpgradePolicy::HoldGet,
        UpgradePolicy::AnswerProbe("3"),
        UpgradePolicy::AnswerProbe("3probed"),
        UpgradePolicy::AnswerProbe("2probe"),
        UpgradePolicy::AnswerProbe("4probe"),
        UpgradePolicy::AnswerProbe("1"),
        UpgradePolicy::AnswerProbe("6"),
        UpgradePolicy::AnswerProbe(""),
        UpgradePolicy::AnswerProbe(r#"0{"sid":"x","pingInterval":1,"pingTimeout":1}"#),
    ];
    let hasty = Config {
        open_timeout: Some(Millis(300)),
        ..upgrading()
    };
    for failure in failures {
        on_both_with(&hasty, |pair| {
            pair.server.rules.upgrade_policy = failure;
            let mut talk = Talk::start(pair);
            talk.go_on(pair, 600, 11);
            let mut rest = talk.finish(pair);
            rest.sort();
            // The GET that a server does not free may be freed by what it has to say: then the upgrade succeeds.
            let end = match failure {
                UpgradePolicy::HoldGet => "upgraded",
                _ => "upgrade failed",
            };
            assert_eq!(rest, ["/ connected", "opened", end], "{failure:?}");
            assert_eq!(pair.server.is_polling(), failure != UpgradePolicy::HoldGet);
            assert_eq!(pair.server.upgrades, 1, "not tried again");
            assert_eq!(pair.server.probe_link(), None, "the WebSocket is dropped");
        });
    }
}

#[test]
fn a_binary_answer_to_the_probe_is_a_wrong_one() {
    on_both_with(&upgrading(), |pair| {
        pair.server.rules.upgrade_policy = UpgradePolicy::IgnoreProbe;
        pair.connect_to("/");
        let link = pair.server.probe_link().unwrap();
        let answer = Transmit::Frame(Wire::Binary(b"3probe".to_vec()));
        pair.network.send(pair.now, Side::Client, link, answer);
        pair.run(100);
        assert_eq!(pair.client_events(), ["upgrade failed"]);
    });
}

#[test]
fn a_get_that_is_not_freed_ends_the_upgrade_at_the_deadline() {
    on_both_with(&upgrading(), |pair| {
        pair.server.rules.upgrade_policy = UpgradePolicy::HoldGet;
        let root = pair.connect_to("/");
        pair.run(100);
        pair.emit(root, "[1]");
        pair.server_received();
        pair.run(19_000);
        assert_eq!(
            pair.server_received(),
            [""; 0],
            "nothing is posted while crossing"
        );
        pair.run(1_000);
        assert_eq!(pair.client_events(), ["upgrade failed"]);
        assert_eq!(pair.server_received(), ["42[1]"]);
        assert!(pair.server.is_polling());
    });
}

#[test]
fn what_else_comes_over_the_websocket_while_crossing_is_not_heard() {
    for noise in ["3probe", "6", "2", r#"42["early"]"#, "41", "nonsense", ""] {
        on_both_with(&upgrading(), |pair| {
            pair.server.rules.upgrade_policy = UpgradePolicy::HoldGet;
            let root = pair.connect_to("/");
            let link = pair.server.probe_link().unwrap();
            let frame = Transmit::Frame(Wire::text(noise));
            pair.network.send(pair.now, Side::Client, link, frame);
            pair.run(100);
            assert_eq!(pair.client_events(), [""; 0], "{noise}");
            // This frees the GET, and the upgrade is made.
            pair.server_sends(r#"42["x"]"#);
            pair.run(100);
            assert_eq!(pair.client_events(), [r#"/ ["x"]"#, "upgraded"], "{noise}");
            assert!(pair.client.is_connected(root));
        });
    }
}

#[test]
fn without_open_timeout_an_upgrade_has_no_deadline() {
    let patient = Config {
        open_timeout: None,
        ..upgrading()
    };
    on_both_with(&patient, |pair| {
        pair.server.rules.upgrade_policy = UpgradePolicy::IgnoreProbe;
        pair.connect_to("/");
        pair.run(600_000);
        assert_eq!(pair.client_events(), [""; 0]);
        assert!(pair.server.probe_link().is_some());
    });
}

#[test]
fn a_websocket_that_is_lost_while_upgrading_changes_nothing() {
    for lost in [Lost::Closed, Lost::Failed] {
        for after in (0..200).step_by(3) {
            on_both_with(&upgrading(), |pair| {
                let mut talk = Talk::start(pair);
                talk.go_on(pair, 21, 3);
                talk.go_on(pair, after, 3);
                let upgrades = pair.server.connections() > 0 && pair.server.probe_link().is_some();
                if upgrades {
                    pair.with_server(|server| server.end_probe(lost));
                    pair.run(10);
                    if !pair.server.is_polling() || pair.has_event("upgraded") {
                        // The switch was on its way: what is lost is the connection.
                        pair.run(60_000);
                        assert!(pair.client.is_connected(talk.root));
                        return;
                    }
                }
                talk.go_on(pair, 200, 7);
                let mut rest = talk.finish(pair);
                rest.sort();
                let end = if upgrades {
                    "upgrade failed"
                } else {
                    "upgraded"
                };
                assert_eq!(rest, ["/ connected", "opened", end]);
            });
        }
    }
}

#[test]
fn what_is_not_wanted_or_not_offered_is_not_tried() {
    let settings = [
        Config {
            upgrade: false,
            ..upgrading()
        },
        Config {
            transports: vec![Transport::Polling],
            ..upgrading()
        },
    ];
    for config in &settings {
        on_both_with(config, |pair| {
            pair.connect_to("/");
            pair.run(1_000);
            assert_eq!(pair.server.upgrades, 0);
            assert_eq!(pair.client_events(), [""; 0]);
        });
    }
    on_both_with(&upgrading(), |pair| {
        pair.server.rules.offers_upgrade = false;
        pair.connect_to("/");
        pair.run(1_000);
        assert_eq!(pair.server.upgrades, 0);
    });
}

#[test]
fn a_websocket_first_does_not_upgrade() {
    on_both(|pair| {
        pair.connect_to("/");
        pair.run(1_000);
        assert_eq!(pair.server.upgrades, 0);
    });
}

#[test]
fn a_get_that_is_lost_while_upgrading_is_the_end_of_both() {
    for after in [45, 55, 65, 75, 100] {
        on_both_with(&upgrading(), |pair| {
            let root = pair.namespace("/");
            pair.connect(root);
            pair.run(after);
            assert!(pair.server.probe_link().is_some(), "upgrading");
            pair.with_server(|server| server.end_connection(Lost::Failed));
            pair.run(5_000);
            let news = pair.client_events();
            let expected = ["closed: transport error", "attempt 1 in 1000 ms"];
            let at = news.iter().position(|line| line == expected[0]).unwrap();
            assert_eq!(news[at..][..2], expected);
            assert_eq!(*news.last().unwrap(), "upgraded", "on the next connection");
            assert!(pair.client.is_connected(root));
        });
    }
}

#[test]
fn leaving_at_any_phase_of_an_upgrade_says_goodbye_once() {
    for after in 0..220 {
        on_both_with(&upgrading(), |pair| {
            let root = pair.namespace("/");
            pair.connect(root);
            pair.emit(root, "[1]");
            pair.run(after);
            let connected = pair.client.is_connected(root);
            pair.server_received();
            pair.close();
            pair.run(200);
            let heard = pair.server_received();
            assert_eq!(heard.contains(&"41".into()), connected, "after {after}");
            assert_eq!(pair.server.connections(), 0, "after {after}: {heard:?}");
            assert_eq!(pair.client.next_timeout(), None);
        });
    }
}

#[test]
fn the_heartbeat_goes_on_after_an_upgrade() {
    on_both_with(&upgrading(), |pair| {
        let root = pair.connect_to("/");
        pair.run(300);
        pair.server_received();
        let posts = pair.server.posts.len();
        pair.run(100_500);
        let beats = match pair.server.engine_version {
            EngineVersion::Eio3 => ["2"; 4],
            EngineVersion::Eio4 => ["3"; 4],
        };
        assert_eq!(pair.server_received(), beats);
        assert_eq!(pair.server.posts.len(), posts);
        assert!(pair.client.is_connected(root));
    });
}

#[test]
fn a_beat_while_crossing_goes_over_the_websocket() {
    // The EIO4 server's ping comes by the GET it frees, or the EIO3 client's is due while nothing may be posted.
    for interval in (20..200).step_by(5) {
        on_both_with(&upgrading(), |pair| {
            pair.server.rules.ping_interval = interval;
            pair.server.rules.ping_timeout = 400;
            let root = pair.namespace("/");
            pair.connect(root);
            pair.run(5_000);
            assert_eq!(pair.client_events(), ["opened", "/ connected", "upgraded"]);
        });
    }
}

#[test]
fn a_kick_while_upgrading_ends_the_upgrade_too() {
    on_both_with(&upgrading(), |pair| {
        let root = pair.namespace("/");
        pair.connect(root);
        pair.run(75);
        pair.with_server(|server| server.kick("/"));
        pair.run(100);
        let news = pair.client_events();
        let expected = [
            "/ disconnected: io server disconnect",
            "closed: forced close",
        ];
        assert_eq!(news[news.len() - 2..], expected);
        pair.run(100);
        assert_eq!(pair.server.connections(), 0);
    });
}

#[test]
fn late_news_of_a_websocket_that_was_given_up_is_not_heard() {
    let hasty = Config {
        open_timeout: Some(Millis(100)),
        ..upgrading()
    };
    on_both_with(&hasty, |pair| {
        pair.server.rules.upgrade_policy = UpgradePolicy::IgnoreProbe;
        let root = pair.connect_to("/");
        let link = pair.server.probe_link().unwrap();
        pair.run(100);
        assert_eq!(pair.client_events(), ["upgrade failed"]);
        for text in ["3probe", r#"42["late"]"#, "1", ""] {
            let late = Transmit::Frame(Wire::text(text));
            pair.network.send(pair.now, Side::Client, link, late);
        }
        let end = Transmit::End(Lost::Failed);
        pair.network.send(pair.now, Side::Client, link, end);
        pair.run(100);
        assert_eq!(pair.client_events(), [""; 0]);
        assert!(pair.client.is_connected(root));
    });
}

#[test]
fn each_connection_upgrades_anew() {
    on_both_with(&upgrading(), |pair| {
        let root = pair.connect_to("/");
        pair.run(300);
        for upgrades in 2..5 {
            pair.end_connection(Lost::Closed);
            pair.run(6_000);
            assert!(pair.client.is_connected(root) && !pair.server.is_polling());
            assert_eq!(pair.server.upgrades, upgrades);
        }
    });
}

#[test]
fn attachments_may_be_on_the_other_side_of_an_upgrade() {
    // Bodies so small that a header and its attachments are posted one by one.
    for delay in (0..160).step_by(4) {
        on(EngineVersion::Eio4, upgrading(), |pair| {
            pair.server.rules.max_payload = 60;
            pair.server.rules.post_time = 30;
            let root = pair.namespace("/");
            pair.connect(root);
            pair.run(60 + delay);
            let both = outgoing(TWO).with(&[1]).with(&[2]);
            pair.try_emit(root, both.ack(Ack::Unlimited)).unwrap();
            pair.run(1_000);
            let news = pair.client_events();
            assert!(news.contains(&format!("/ ack 0 {TWO} <01> <02>")));
            assert!(news.contains(&"upgraded".into()));
        });
    }
}
