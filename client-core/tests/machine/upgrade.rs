//! The upgrade from polling to a WebSocket: no packet is lost, doubled or reordered, whether it succeeds or not.

use tidewire_core::{Ack, Config, EngineVersion, Lost, Millis, Nsp, Transport};

use crate::support::network::{Side, Transmit};
use crate::support::wire::Wire;
use crate::support::{Pair, UpgradePolicy, on, on_both, on_both_with, outgoing, upgrading};

const TWO: &str = r#"["b",{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}]"#;

/// Traffic in both directions. Every event must arrive once and in order.
pub(crate) struct Traffic {
    pub(crate) root: Nsp,
    client_sent: usize,
    server_sent: usize,
}

impl Traffic {
    /// Connects `/`.
    pub(crate) fn start(pair: &mut Pair) -> Traffic {
        let root = pair.namespace("/");
        pair.connect(root);
        Traffic {
            root,
            client_sent: 0,
            server_sent: 0,
        }
    }

    /// Sends from both sides every `step` ms for `millis` ms.
    pub(crate) fn run(&mut self, pair: &mut Pair, millis: u64, step: u64) {
        for _ in 0..millis / step {
            let binary = outgoing(format!("[{},0]", self.client_sent))
                .with(&[1])
                .with(&[2]);
            assert_eq!(pair.try_emit(self.root, binary), Ok(None));
            self.client_sent += 1;
            pair.emit(self.root, &format!("[{},1]", self.client_sent));
            self.client_sent += 1;
            if pair.server.connections() > 0 && !pair.server.connected_namespaces().is_empty() {
                pair.server_sends(&format!("42[{}]", self.server_sent));
                pair.server_sends(r#"452-["b"]"#);
                pair.with_server(|server| server.attach(&[3]));
                pair.with_server(|server| server.attach(&[4]));
                self.server_sent += 1;
            }
            pair.run(step);
        }
    }

    /// Checks that everything has arrived. Returns the other events of the client.
    pub(crate) fn finish(self, pair: &mut Pair) -> Vec<String> {
        pair.run(3_000);
        let client_sent: Vec<String> = (0..self.client_sent)
            .map(|n| match n % 2 {
                0 => format!("452-[{n},0]"),
                _ => format!("42[{n},1]"),
            })
            .collect();
        let event = |text: &String| text.starts_with("42[") || text.starts_with("452-");
        let received: Vec<String> = pair.server_received().into_iter().filter(event).collect();
        assert_eq!(received, client_sent, "received by the server");
        let (events, rest): (Vec<_>, Vec<_>) = pair
            .client_events()
            .into_iter()
            .partition(|line| line.starts_with("/ ["));
        let server_sent: Vec<String> = (0..self.server_sent)
            .flat_map(|n| [format!("/ [{n}]"), r#"/ ["b"] <03> <04>"#.into()])
            .collect();
        assert_eq!(events, server_sent, "received by the client");
        rest
    }
}

#[test]
fn the_session_upgrades_and_continues_over_the_websocket() {
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
                    let mut traffic = Traffic::start(pair);
                    traffic.run(pair, 100 + 14 * latency, step);
                    pair.run(5_000 * u64::from(packets_per_body == 1));
                    traffic.run(pair, 100, 10);
                    pair.run(20_000);
                    let expected = ["opened", "/ connected", "upgraded"];
                    assert_eq!(traffic.finish(pair), expected);
                    assert!(!pair.server.is_polling());
                });
            }
        }
    }
}

#[test]
fn a_failed_upgrade_leaves_the_session_on_polling_with_nothing_lost() {
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
            let mut traffic = Traffic::start(pair);
            traffic.run(pair, 600, 11);
            let mut rest = traffic.finish(pair);
            rest.sort();
            // A packet of the server may answer the held GET: then the upgrade succeeds.
            let end = match failure {
                UpgradePolicy::HoldGet => "upgraded",
                _ => "upgrade failed",
            };
            assert_eq!(rest, ["/ connected", "opened", end], "{failure:?}");
            assert_eq!(pair.server.is_polling(), failure != UpgradePolicy::HoldGet);
            assert_eq!(pair.server.upgrades, 1, "no second upgrade");
            assert_eq!(pair.server.probe_link(), None, "the WebSocket is dropped");
        });
    }
}

#[test]
fn a_binary_answer_to_the_probe_is_wrong() {
    on_both_with(&upgrading(), |pair| {
        pair.server.rules.upgrade_policy = UpgradePolicy::IgnoreProbe;
        pair.connect_to("/");
        let link = pair.server.probe_link().unwrap();
        let frame = Transmit::Frame(Wire::Binary(b"3probe".to_vec()));
        pair.network.send(pair.now, Side::Client, link, frame);
        pair.run(100);
        assert_eq!(pair.client_events(), ["upgrade failed"]);
    });
}

#[test]
fn an_unanswered_get_ends_the_upgrade_at_the_deadline() {
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
            "nothing is posted while upgrading"
        );
        pair.run(1_000);
        assert_eq!(pair.client_events(), ["upgrade failed"]);
        assert_eq!(pair.server_received(), ["42[1]"]);
        assert!(pair.server.is_polling());
    });
}

#[test]
fn other_packets_over_the_websocket_while_upgrading_are_ignored() {
    for noise in ["3probe", "6", "2", r#"42["early"]"#, "41", "nonsense", ""] {
        on_both_with(&upgrading(), |pair| {
            pair.server.rules.upgrade_policy = UpgradePolicy::HoldGet;
            let root = pair.connect_to("/");
            let link = pair.server.probe_link().unwrap();
            let frame = Transmit::Frame(Wire::text(noise));
            pair.network.send(pair.now, Side::Client, link, frame);
            pair.run(100);
            assert_eq!(pair.client_events(), [""; 0], "{noise}");
            // The packet answers the GET, and the upgrade succeeds.
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
                let mut traffic = Traffic::start(pair);
                traffic.run(pair, 21, 3);
                traffic.run(pair, after, 3);
                let upgrades = pair.server.connections() > 0 && pair.server.probe_link().is_some();
                if upgrades {
                    pair.with_server(|server| server.end_probe(lost));
                    pair.run(10);
                    if !pair.server.is_polling() || pair.has_event("upgraded") {
                        // The upgrade packet was in flight, so the connection is lost.
                        pair.run(60_000);
                        assert!(pair.client.is_connected(traffic.root));
                        return;
                    }
                }
                traffic.run(pair, 200, 7);
                let mut rest = traffic.finish(pair);
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
fn an_upgrade_that_is_disabled_or_not_offered_is_not_tried() {
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
fn a_lost_get_while_upgrading_ends_session_and_upgrade() {
    for after in [45, 55, 65, 75, 100] {
        on_both_with(&upgrading(), |pair| {
            let root = pair.namespace("/");
            pair.connect(root);
            pair.run(after);
            assert!(pair.server.probe_link().is_some(), "upgrading");
            pair.with_server(|server| server.end_connection(Lost::Failed));
            pair.run(5_000);
            let events = pair.client_events();
            let expected = ["closed: transport error", "attempt 1 in 1000 ms"];
            let at = events.iter().position(|line| line == expected[0]).unwrap();
            assert_eq!(events[at..][..2], expected);
            assert_eq!(
                *events.last().unwrap(),
                "upgraded",
                "on the next connection"
            );
            assert!(pair.client.is_connected(root));
        });
    }
}

#[test]
fn disconnecting_at_any_phase_of_an_upgrade_closes_once() {
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
            let received = pair.server_received();
            assert_eq!(received.contains(&"41".into()), connected, "after {after}");
            assert_eq!(pair.server.connections(), 0, "after {after}: {received:?}");
            assert_eq!(pair.client.next_timeout(), None);
        });
    }
}

#[test]
fn the_heartbeat_continues_after_an_upgrade() {
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
fn a_heartbeat_due_while_upgrading_goes_over_the_websocket() {
    // The EIO4 ping arrives with the answered GET, or the EIO3 ping is due while nothing may be posted.
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
        let events = pair.client_events();
        let expected = [
            "/ disconnected: io server disconnect",
            "closed: forced close",
        ];
        assert_eq!(events[events.len() - 2..], expected);
        pair.run(100);
        assert_eq!(pair.server.connections(), 0);
    });
}

#[test]
fn late_events_of_a_dropped_websocket_are_ignored() {
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
fn each_connection_upgrades_again() {
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
fn attachments_may_arrive_after_an_upgrade() {
    // Bodies so small that a header and its attachments are posted separately.
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
            let events = pair.client_events();
            assert!(events.contains(&format!("/ ack 0 {TWO} <01> <02>")));
            assert!(events.contains(&"upgraded".into()));
        });
    }
}
