//! The simulation in every test run: the seeds that once failed, and 1,000 more.

use std::cell::Cell;
use std::rc::Rc;

use tidewire_sim::{
    Coverage, Lanes, Machine, Native, Taken, plan_of, regression_seeds, run, run_bytes, run_seed,
    script_of,
};

/// The number of seeds besides those of `seeds.txt`.
const SEEDS: u64 = 1_000;

#[track_caller]
fn must_pass(seed: u64, seen: &mut Coverage) {
    let report = run_seed(seed);
    let command = format!("to repeat: cargo xtask sim --seeds 1 --seed {seed}");
    assert_eq!(report.fault, None, "seed {seed}; {command}");
    seen.add(&report.seen);
}

#[test]
fn seeds_that_once_failed_pass() {
    for regressions in regression_seeds().unwrap() {
        must_pass(regressions.seed, &mut Coverage::default());
    }
}

/// A fault that never happens is a hole in the simulation.
#[test]
fn a_thousand_seeds_pass_and_every_fault_happens() {
    let mut seen = Coverage::default();
    (0..SEEDS).for_each(|seed| must_pass(seed, &mut seen));
    print!("{}", seen.table());
    assert_eq!(seen.holes(), [""; 0]);
}

#[test]
fn a_seed_is_always_the_same_run() {
    for seed in 0..50 {
        let (plan, rng) = plan_of(seed);
        let make = |config| -> Box<dyn Machine> { Box::new(Native::new(config)) };
        let first = run(&plan, &rng, &make, true);
        let again = run_seed(seed);
        assert_eq!(first.hash, again.hash, "seed {seed}");
        assert!(first.lines.len() > 10, "seed {seed}");
    }
}

/// The fast lane does the same as the slow one, and takes most of the events.
#[test]
fn both_lanes_agree_in_every_output() {
    let taken: Rc<Cell<Taken>> = Rc::default();
    for seed in 0..SEEDS {
        let (plan, rng) = plan_of(seed);
        let make =
            |config| -> Box<dyn Machine> { Box::new(Lanes::new(config, seed < 100, &taken)) };
        let both = run(&plan, &rng, &make, false);
        assert_eq!(both.fault, None, "seed {seed}");
        assert_eq!(both.hash, run_seed(seed).hash, "seed {seed}");
    }
    let Taken { received, sent } = taken.get();
    assert!(received > 10_000, "{received} events");
    assert!(sent > 5_000, "{sent} events");
}

#[test]
fn different_seeds_are_different_runs() {
    let mut hashes: Vec<u64> = (0..50).map(|seed| run_seed(seed).hash).collect();
    hashes.sort_unstable();
    hashes.dedup();
    assert_eq!(hashes.len(), 50);
}

/// The npm tests replay scripts on the WebAssembly build.
#[test]
fn a_script_begins_with_the_config_and_ends_with_its_hash() {
    let script = script_of(1);
    assert!(script.len() > 100, "{}", script.len());
    assert!(script[0].starts_with("[\"new\",{"), "{}", script[0]);
    let end = script.last().unwrap();
    assert!(end.starts_with("[\"end\",1,"), "{end}");
    assert_eq!(script, script_of(1));
}

/// Any bytes are a run, however few they are.
#[test]
fn runs_from_fuzzer_bytes_pass() {
    for bytes in [
        &b""[..],
        &[0; 3],
        &[0xff; 40],
        b"any bytes, of whatever kind",
    ] {
        let report = run_bytes(bytes);
        assert_eq!(report.fault, None, "{bytes:?}");
    }
}
