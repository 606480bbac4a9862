//! Small storms as every test run has them: what must hold of each way to come back, and why the default is what it is.

use tidewire_core::{Millis, Reconnection};
use tidewire_sim::storm::{BUCKET, Capacity, Curve, Overflow, Plan, Trouble, run};

/// A storm of a restart that takes 5 s, with a server that can take a fiftieth of the clients in a second.
fn restart(clients: usize, reconnection: Reconnection) -> Plan {
    Plan {
        clients,
        seed: 7,
        reconnection,
        trouble: Trouble::Restarts(vec![(0, 5_000)]),
        server: Capacity {
            accepts_per_second: (clients / 50) as u32,
            waiting_room: clients / 50,
            overflow: Overflow::Refused,
            turning_away_percent: 5,
        },
        limit: 200_000,
    }
}

fn partition(clients: usize, silent: u8, unreachable: u8) -> Plan {
    let trouble = Trouble::Partition {
        heals: 60_000,
        silent,
        unreachable,
    };
    Plan {
        trouble,
        ..restart(clients, Reconnection::default())
    }
}

/// What holds of every storm, however the clients come back.
fn must_hold(plan: &Plan) -> Curve {
    let curve = run(plan);
    assert!(curve.back(1.0).is_some(), "all come back");
    assert!(
        curve.peak(0) <= most_attempts(plan),
        "{} attempts a second, at most {} can be",
        curve.peak(0),
        most_attempts(plan)
    );
    let shortest = u64::from(shortest_delay(&plan.reconnection));
    assert!(
        curve.shortest_pause >= shortest,
        "{} < {shortest}",
        curve.shortest_pause
    );
    must_be_the_servers(plan, &curve);
    curve
}

/// No backoff spreads a first wave further than its jitter goes. With more than half of the delay as jitter the waves overlap,
/// each spread twice as far as the one before it: twice as many at most. Chance adds five standard deviations to a bucket.
fn most_attempts(plan: &Plan) -> u64 {
    let rule = &plan.reconnection;
    let spread = 2 * rule.delay.0 * u32::from(rule.randomization_percent) / 100;
    let waves = 1 + u64::from(rule.randomization_percent > 50);
    let expected = waves * plan.clients as u64 * BUCKET / u64::from(spread);
    (expected + 5 * expected.isqrt()) * 1_000 / BUCKET
}

fn shortest_delay(rule: &Reconnection) -> u32 {
    rule.delay.0 - rule.delay.0 * u32::from(rule.randomization_percent) / 100
}

/// The server does what it can, and no more.
fn must_be_the_servers(plan: &Plan, curve: &Curve) {
    let rate = u64::from(plan.server.accepts_per_second);
    let most = (rate * BUCKET).div_ceil(1_000) + 1;
    assert!(curve.accepted.iter().all(|count| u64::from(*count) <= most));
    let accepted: u64 = curve.accepted.iter().copied().map(u64::from).sum();
    assert!(accepted >= curve.lost);
    assert!(curve.total_attempts() >= accepted);
    assert!(curve.connected.iter().all(|count| *count <= curve.clients));
}

#[test]
fn a_crowd_comes_back_after_a_restart() {
    let curve = must_hold(&restart(20_000, Reconnection::default()));
    assert_eq!(curve.lost, 20_000, "each connection is lost once");
    // The server needs 50 s of work, whatever the clients do.
    assert!(curve.back(1.0) >= Some(55_000));
}

#[test]
fn a_crowd_comes_back_however_it_does() {
    let full_jitter = Reconnection {
        randomization_percent: 100,
        ..Reconnection::default()
    };
    let late = Reconnection {
        delay: Millis::from_secs(5),
        ..Reconnection::default()
    };
    for reconnection in [Reconnection::reference(), full_jitter, late] {
        must_hold(&restart(2_000, reconnection));
    }
}

#[test]
fn a_crowd_comes_back_after_a_partition() {
    for (silent, unreachable) in [(100, 0), (0, 100), (30, 30)] {
        let curve = must_hold(&partition(2_000, silent, unreachable));
        let cut = 20 * u64::from(silent + unreachable);
        // Chance decides who is cut off; the others are not disturbed.
        assert!(curve.lost.abs_diff(cut) <= 100, "{} of {cut}", curve.lost);
    }
}

#[test]
fn a_server_that_falls_again_and_again_is_reached_in_the_end() {
    let falls = (0..5).map(|n| (n * 10_000, n * 10_000 + 9_000));
    let plan = Plan {
        trouble: Trouble::Restarts(falls.collect()),
        ..restart(2_000, Reconnection::default())
    };
    let curve = must_hold(&plan);
    assert!(curve.lost > 2_000, "some have lost it more than once");
}

/// A server that is kept busy with turning clients away takes nobody. Clients that wait longer each time let it breathe;
/// those of the reference, which come every 5 s for ever, do not.
#[test]
fn the_default_lets_a_weak_server_recover_where_the_reference_does_not() {
    let weak = |reconnection| {
        let mut plan = restart(2_000, reconnection);
        plan.trouble = Trouble::Restarts(vec![(0, 10_000)]);
        plan.server.turning_away_percent = 20;
        plan
    };
    must_hold(&weak(Reconnection::default()));
    assert_eq!(run(&weak(Reconnection::reference())).back(0.95), None);
}

#[test]
fn a_storm_is_decided_by_its_seed() {
    let plan = restart(500, Reconnection::default());
    assert_eq!(run(&plan), run(&plan));
    let other = Plan {
        seed: 8,
        ..plan.clone()
    };
    assert_ne!(run(&plan), run(&other));
}
