//! WebTransport: opening with it, upgrading to it, and the race with a WebSocket.

use tidewire_core::{Ack, Config, EngineVersion, Lost, Millis, Transport};

use crate::support::{
    Pair, UpgradePolicy, config, on, on_both_with, outgoing, upgrading, upgrading_to_all,
};
use crate::upgrade::Traffic;

/// How long a WebTransport is preferred, in milliseconds.
const PREFERRED: u64 = 200;

fn webtransport_first() -> Config {
    Config {
        transports: vec![Transport::WebTransport],
        ..config()
    }
}

/// Runs a test against a server that offers a WebTransport beside a WebSocket.
fn on_offer(config: Config, test: impl Fn(&mut Pair)) {
    on(EngineVersion::Eio4, config, |pair| {
        pair.server.rules.offers_webtransport = true;
        test(pair);
    });
}

fn transport(pair: &Pair) -> Option<Transport> {
    pair.client.transport()
}

#[test]
fn a_session_opens_over_a_webtransport_that_sends_first() {
    on(EngineVersion::Eio4, webtransport_first(), |pair| {
        let root = pair.namespace("/");
        pair.connect(root);
        pair.run(100);
        assert_eq!(pair.client_events(), ["opened", "/ connected"]);
        assert_eq!(transport(pair), Some(Transport::WebTransport));
        let binary = outgoing(r#"["b",{"_placeholder":true,"num":0}]"#).with(&[1]);
        assert_eq!(pair.try_emit(root, binary), Ok(None));
        pair.emit_with_ack(root, "[1]", Ack::Unlimited);
        pair.run(100);
        assert_eq!(pair.client_events(), ["/ ack 0 [1]"]);
        let received = pair.server_received();
        assert!(received.contains(&"<01>".to_owned()), "{received:?}");
        assert_eq!((pair.server.gets, pair.server.upgrades), (0, 0));
        pair.run(200_000);
        assert!(pair.client.is_connected(root), "the heartbeat goes on");
    });
}

#[test]
fn a_webtransport_that_ends_is_opened_again() {
    for (lost, reason) in [
        (Lost::Closed, "transport close"),
        (Lost::Failed, "transport error"),
        (Lost::TooLarge, "parse error"),
    ] {
        on(EngineVersion::Eio4, webtransport_first(), |pair| {
            let root = pair.namespace("/");
            pair.connect(root);
            pair.run(100);
            pair.client_events();
            pair.end_connection(lost);
            pair.run(50);
            let events = pair.client_events();
            assert!(
                events.iter().any(|event| event.contains(reason)),
                "{events:?}"
            );
            pair.run(60_000);
            assert!(pair.client.is_connected(root));
            assert_eq!(transport(pair), Some(Transport::WebTransport));
        });
    }
}

#[test]
fn a_webtransport_asks_for_engine_io_4_whatever_was_configured_or_remembered() {
    let settings = Config {
        engine_version: Some(EngineVersion::Eio3),
        ..webtransport_first()
    };
    on(EngineVersion::Eio4, settings, |pair| {
        pair.connect_to("/");
        assert_eq!(pair.client.engine_version(), Some(EngineVersion::Eio4));
    });
    let settings = Config {
        transports: vec![Transport::WebTransport, Transport::Polling],
        try_all_transports: true,
        ..config()
    };
    on(EngineVersion::Eio4, settings, |pair| {
        pair.server.rules.accepts_websockets = false;
        pair.server.rules.accepted_versions = Some(&[3]);
        let root = pair.namespace("/");
        pair.connect(root);
        pair.run(200);
        // No second WebTransport with the other version.
        assert_eq!(pair.server.opens, [4, 4, 3]);
    });
}

#[test]
fn the_session_upgrades_to_a_webtransport_rather_than_a_websocket() {
    on_offer(upgrading_to_all(), |pair| {
        let root = pair.namespace("/");
        pair.connect(root);
        pair.run(1_000);
        assert_eq!(pair.client_events(), ["opened", "/ connected", "upgraded"]);
        assert_eq!(transport(pair), Some(Transport::WebTransport));
        assert_eq!(pair.server.upgrades, 1, "no WebSocket");
        pair.emit_with_ack(root, "[1]", Ack::Unlimited);
        pair.server_sends(r#"42["x"]"#);
        pair.run(100);
        assert_eq!(pair.client_events(), [r#"/ ["x"]"#, "/ ack 0 [1]"]);
    });
}

#[test]
fn a_webtransport_is_tried_only_if_it_is_offered_and_configured() {
    let mut all = upgrading_to_all();
    on(EngineVersion::Eio4, all.clone(), |pair| {
        pair.connect_to("/");
        pair.run(1_000);
        assert_eq!(transport(pair), Some(Transport::WebSocket), "not offered");
    });
    on_offer(upgrading(), |pair| {
        pair.connect_to("/");
        pair.run(1_000);
        assert_eq!(transport(pair), Some(Transport::WebSocket), "not wanted");
    });
    on(EngineVersion::Eio3, all.clone(), |pair| {
        pair.server.rules.offers_webtransport = true;
        pair.connect_to("/");
        pair.run(1_000);
        assert_eq!(transport(pair), Some(Transport::WebSocket), "Engine.IO 3");
    });
    all.upgrade = false;
    on_offer(all, |pair| {
        pair.connect_to("/");
        pair.run(1_000);
        assert_eq!(transport(pair), Some(Transport::Polling), "no upgrade");
    });
}

#[test]
fn a_webtransport_that_fails_makes_way_for_the_websocket_at_once() {
    for failure in [
        UpgradePolicy::Refuse,
        UpgradePolicy::AnswerProbe("4probe"),
        UpgradePolicy::AnswerProbe(""),
    ] {
        on_offer(upgrading_to_all(), |pair| {
            pair.server.rules.webtransport_policy = failure;
            let mut traffic = Traffic::start(pair);
            traffic.run(pair, PREFERRED - 50, 7);
            assert_eq!(
                pair.server.upgrades, 2,
                "before the WebTransport's time is over"
            );
            traffic.run(pair, 500, 7);
            let mut rest = traffic.finish(pair);
            rest.sort();
            let expected = ["/ connected", "opened", "upgrade failed", "upgraded"];
            assert_eq!(rest, expected);
            assert_eq!(transport(pair), Some(Transport::WebSocket));
        });
    }
}

#[test]
fn a_webtransport_that_never_opens_costs_no_more_than_its_time() {
    on_offer(upgrading_to_all(), |pair| {
        pair.server.rules.webtransport_policy = UpgradePolicy::NeverOpen;
        let mut traffic = Traffic::start(pair);
        traffic.run(pair, PREFERRED, 7);
        assert_eq!(pair.server.upgrades, 1);
        traffic.run(pair, 300, 7);
        assert_eq!(transport(pair), Some(Transport::WebSocket));
        assert_eq!(
            traffic.finish(pair),
            ["opened", "/ connected", "upgraded"],
            "the WebTransport is dropped without a word"
        );
    });
}

#[test]
fn an_upgrade_with_a_short_limit_tries_the_websocket_too() {
    // An upgrade takes 60 ms on this network.
    for limit in [130, 199, 200, 201, 250] {
        let hasty = Config {
            open_timeout: Some(Millis(limit)),
            ..upgrading_to_all()
        };
        on_offer(hasty, |pair| {
            pair.server.rules.webtransport_policy = UpgradePolicy::NeverOpen;
            let mut traffic = Traffic::start(pair);
            traffic.run(pair, 500, 7);
            assert_eq!(pair.server.upgrades, 2, "{limit} ms");
            assert_eq!(transport(pair), Some(Transport::WebSocket), "{limit} ms");
            assert_eq!(traffic.finish(pair), ["opened", "/ connected", "upgraded"]);
        });
    }
}

#[test]
fn a_websocket_refused_beside_a_hanging_webtransport_is_tried_again() {
    on_offer(upgrading_to_all(), |pair| {
        // The server accepts one upgrade at a time, and this one hangs.
        pair.server.rules.webtransport_policy = UpgradePolicy::IgnoreProbe;
        let mut traffic = Traffic::start(pair);
        traffic.run(pair, 1_000, 11);
        assert_eq!(pair.server.upgrades, 2);
        assert!(pair.server.is_polling());
        pair.with_server(|server| server.end_probe(Lost::Closed));
        traffic.run(pair, 1_000, 11);
        assert_eq!(transport(pair), Some(Transport::WebSocket));
        assert_eq!(pair.server.upgrades, 3);
        let failed = "upgrade failed";
        assert_eq!(
            traffic.finish(pair),
            ["opened", "/ connected", failed, failed, "upgraded"]
        );
    });
}

#[test]
fn when_all_upgrades_fail_the_session_stays_on_polling_with_nothing_lost() {
    let failures = [
        UpgradePolicy::Refuse,
        UpgradePolicy::NeverOpen,
        UpgradePolicy::IgnoreProbe,
        UpgradePolicy::AnswerProbe("3"),
    ];
    let hasty = Config {
        open_timeout: Some(Millis(600)),
        ..upgrading_to_all()
    };
    for webtransport in failures {
        for websocket in failures {
            on_offer(hasty.clone(), |pair| {
                pair.server.rules.webtransport_policy = webtransport;
                pair.server.rules.upgrade_policy = websocket;
                let mut traffic = Traffic::start(pair);
                traffic.run(pair, 1_200, 11);
                let rest = traffic.finish(pair);
                let count = rest
                    .iter()
                    .filter(|event| *event == "upgrade failed")
                    .count();
                assert_eq!(count, 2, "{rest:?}");
                assert!(pair.server.is_polling() && pair.server.probe_link().is_none());
                assert!(pair.server.upgrades <= 3, "not again and again");
            });
        }
    }
}

#[test]
fn traffic_both_ways_at_every_phase_of_the_race() {
    // The slower the network, the nearer both come to winning.
    for (latency, step) in [
        (1, 1),
        (10, 7),
        (40, 5),
        (70, 11),
        (90, 13),
        (110, 9),
        (250, 25),
    ] {
        for post_time in [0, 15, 160] {
            on_offer(upgrading_to_all(), |pair| {
                pair.network.latency = latency;
                pair.server.rules.post_time = post_time;
                let mut traffic = Traffic::start(pair);
                traffic.run(pair, 100 + 20 * latency, step);
                pair.run(20_000);
                let rest = traffic.finish(pair);
                assert_eq!(
                    rest.last().map(String::as_str),
                    Some("upgraded"),
                    "{rest:?}"
                );
                assert!(!pair.server.is_polling());
            });
        }
    }
}

#[test]
fn a_link_that_is_lost_while_upgrading_changes_nothing() {
    for lost in [Lost::Closed, Lost::Failed, Lost::TooLarge] {
        for after in (0..400).step_by(7) {
            on_offer(upgrading_to_all(), |pair| {
                pair.network.latency = 40;
                let mut traffic = Traffic::start(pair);
                traffic.run(pair, 150, 3);
                pair.run(after);
                let upgrades = pair.server.connections() > 0 && pair.server.probe_link().is_some();
                if upgrades {
                    pair.with_server(|server| server.end_probe(lost));
                    pair.run(50);
                }
                if pair.has_event("upgraded") {
                    // The upgrade packet may have been in flight: then the connection was lost.
                    pair.run(60_000);
                    assert!(pair.client.is_connected(traffic.root));
                    return;
                }
                traffic.run(pair, 500, 7);
                let rest = traffic.finish(pair);
                assert_eq!(
                    rest.last().map(String::as_str),
                    Some("upgraded"),
                    "{rest:?}"
                );
            });
        }
    }
}

#[test]
fn the_application_may_leave_at_any_time_of_the_race() {
    for policy in [UpgradePolicy::Accept, UpgradePolicy::IgnoreProbe] {
        for after in (0..500).step_by(13) {
            on_offer(upgrading_to_all(), |pair| {
                pair.server.rules.webtransport_policy = policy;
                let root = pair.namespace("/");
                pair.connect(root);
                pair.run(after);
                pair.disconnect(root);
                pair.run(10_000);
                assert_eq!(pair.server.connections(), 0);
            });
        }
    }
}

#[test]
fn a_webtransport_that_has_just_failed_is_not_upgraded_to() {
    let settings = Config {
        transports: vec![
            Transport::WebTransport,
            Transport::Polling,
            Transport::WebSocket,
        ],
        try_all_transports: true,
        ..config()
    };
    on_offer(settings, |pair| {
        pair.server.rules.accepts_websockets = false;
        pair.connect_to("/");
        pair.run(PREFERRED);
        assert_eq!(pair.server.opens.len(), 2, "polling is next");
        assert_eq!(pair.server.upgrades, 1, "to a WebSocket");
    });
}

#[test]
fn only_a_websocket_is_remembered() {
    let settings = Config {
        remember_upgrade: true,
        ..upgrading_to_all()
    };
    on_both_with(&settings, |pair| {
        pair.server.rules.offers_webtransport = true;
        let root = pair.namespace("/");
        pair.connect(root);
        pair.run(2_000);
        let upgraded = transport(pair);
        let gets = pair.server.gets;
        pair.end_connection(Lost::Closed);
        pair.run(20_000);
        assert!(pair.client.is_connected(root));
        let opened_by_polling = pair.server.gets > gets;
        assert_eq!(opened_by_polling, upgraded == Some(Transport::WebTransport));
    });
}
