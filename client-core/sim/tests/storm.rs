//! Small storms in every test run: properties of every reconnection config, and the reason for the default.

use tidewire_core::{Millis, Reconnection};
use tidewire_sim::storm::{BUCKET, Capacity, Curve, Outage, Overflow, Plan, run};

/// Returns a storm with a restart of 5 s and a server that accepts 2 % of the clients per second.
fn restart(clients: usize, reconnection: Reconnection) -> Plan {
    Plan {
        clients,
        seed: 7,
        reconnection,
        outage: Outage::Restarts(vec![(0, 5_000)]),
        server: Capacity {
            accepts_per_second: (clients / 50) as u32,
            backlog: clients / 50,
            overflow: Overflow::Refused,
            refusal_cost_percent: 5,
        },
        limit: 200_000,
    }
}

fn partition(clients: usize, silent: u8, unreachable: u8) -> Plan {
    let outage = Outage::Partition {
        heals: 60_000,
        silent,
        unreachable,
    };
    Plan {
        outage,
        ..restart(clients, Reconnection::default())
    }
}

/// Runs a storm and checks the properties that hold for every reconnection config.
fn must_pass(plan: &Plan) -> Curve {
    let curve = run(plan);
    assert!(curve.back(1.0).is_some(), "all reconnect");
    assert!(
        curve.peak(0) <= most_attempts(plan),
        "{} attempts per second, at most {} are possible",
        curve.peak(0),
        most_attempts(plan)
    );
    let shortest = u64::from(shortest_delay(&plan.reconnection));
    assert!(
        curve.shortest_pause >= shortest,
        "{} < {shortest}",
        curve.shortest_pause
    );
    must_respect_the_capacity(plan, &curve);
    curve
}

/// Returns the most attempts per second that a plan allows.
///
/// The jitter of the first delay spreads the first wave. With more than half of the delay as jitter the waves overlap, each spread
/// twice as far as the one before: at most twice as many attempts. Randomness adds at most five standard deviations to a bucket.
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

/// Checks that the server accepts no more than its capacity allows.
fn must_respect_the_capacity(plan: &Plan, curve: &Curve) {
    let rate = u64::from(plan.server.accepts_per_second);
    let most = (rate * BUCKET).div_ceil(1_000) + 1;
    assert!(curve.accepted.iter().all(|count| u64::from(*count) <= most));
    let accepted: u64 = curve.accepted.iter().copied().map(u64::from).sum();
    assert!(accepted >= curve.lost);
    assert!(curve.total_attempts() >= accepted);
    assert!(curve.connected.iter().all(|count| *count <= curve.clients));
}

#[test]
fn all_clients_reconnect_after_a_restart() {
    let curve = must_pass(&restart(20_000, Reconnection::default()));
    assert_eq!(curve.lost, 20_000, "each connection is lost once");
    // The server needs 50 s of work, whatever the clients do.
    assert!(curve.back(1.0) >= Some(55_000));
}

#[test]
fn all_clients_reconnect_with_any_config() {
    let full_jitter = Reconnection {
        randomization_percent: 100,
        ..Reconnection::default()
    };
    let late = Reconnection {
        delay: Millis::from_secs(5),
        ..Reconnection::default()
    };
    for reconnection in [Reconnection::reference(), full_jitter, late] {
        must_pass(&restart(2_000, reconnection));
    }
}

#[test]
fn all_clients_reconnect_after_a_partition() {
    for (silent, unreachable) in [(100, 0), (0, 100), (30, 30)] {
        let curve = must_pass(&partition(2_000, silent, unreachable));
        let cut = 20 * u64::from(silent + unreachable);
        // The draws decide which clients are cut off; the others stay connected.
        assert!(curve.lost.abs_diff(cut) <= 100, "{} of {cut}", curve.lost);
    }
}

#[test]
fn a_server_that_restarts_again_and_again_is_reached_at_last() {
    let restarts = (0..5).map(|n| (n * 10_000, n * 10_000 + 9_000));
    let plan = Plan {
        outage: Outage::Restarts(restarts.collect()),
        ..restart(2_000, Reconnection::default())
    };
    let curve = must_pass(&plan);
    assert!(
        curve.lost > 2_000,
        "some clients lose the connection more than once"
    );
}

/// A server that is busy with refusing accepts no client. Growing delays leave it capacity; those of the reference stay at 5 s.
#[test]
fn a_weak_server_recovers_with_the_default_but_not_with_the_reference() {
    let weak = |reconnection| {
        let mut plan = restart(2_000, reconnection);
        plan.outage = Outage::Restarts(vec![(0, 10_000)]);
        plan.server.refusal_cost_percent = 20;
        plan
    };
    must_pass(&weak(Reconnection::default()));
    assert_eq!(run(&weak(Reconnection::reference())).back(0.95), None);
}

#[test]
fn a_storm_depends_only_on_its_plan_and_seed() {
    let plan = restart(500, Reconnection::default());
    assert_eq!(run(&plan), run(&plan));
    let other = Plan {
        seed: 8,
        ..plan.clone()
    };
    assert_ne!(run(&plan), run(&other));
}
