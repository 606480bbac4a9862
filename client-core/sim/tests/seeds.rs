//! The simulation as every test run has it: the seeds that once failed, and a thousand more.

use tidewire_sim::{Coverage, Native, kept_seeds, plan_of, run, run_bytes, run_seed, script_of};

/// How many seeds beside the kept ones.
const SEEDS: u64 = 1_000;

#[track_caller]
fn must_hold(seed: u64, seen: &mut Coverage) {
    let report = run_seed(seed);
    let again = format!("to see it: cargo xtask sim --seeds 1 --seed {seed}");
    assert_eq!(report.fault, None, "seed {seed}; {again}");
    seen.add(&report.seen);
}

#[test]
fn seeds_that_once_failed_hold() {
    for kept in kept_seeds().unwrap() {
        must_hold(kept.seed, &mut Coverage::default());
    }
}

/// Everything that can happen does: what never does would be a hole nobody sees.
#[test]
fn a_thousand_seeds_hold_and_leave_no_hole() {
    let mut seen = Coverage::default();
    (0..SEEDS).for_each(|seed| must_hold(seed, &mut seen));
    print!("{}", seen.table());
    assert_eq!(seen.holes(), [""; 0]);
}

#[test]
fn a_seed_is_always_the_same_run() {
    for seed in 0..50 {
        let (plan, chance) = plan_of(seed);
        let make = |config| -> Box<dyn tidewire_sim::Machine> { Box::new(Native::new(config)) };
        let told = run(&plan, &chance, &make, true);
        let again = run_seed(seed);
        assert_eq!(told.hash, again.hash, "seed {seed}");
        assert!(told.lines.len() > 10, "seed {seed}");
    }
}

#[test]
fn different_seeds_are_different_runs() {
    let mut hashes: Vec<u64> = (0..50).map(|seed| run_seed(seed).hash).collect();
    hashes.sort_unstable();
    hashes.dedup();
    assert_eq!(hashes.len(), 50);
}

/// Another build of the machine lives through what is written down.
#[test]
fn a_script_begins_with_the_settings_and_ends_with_its_number() {
    let script = script_of(1);
    assert!(script.len() > 100, "{}", script.len());
    assert!(script[0].starts_with("[\"new\",{"), "{}", script[0]);
    let end = script.last().unwrap();
    assert!(end.starts_with("[\"end\",1,"), "{end}");
    assert_eq!(script, script_of(1));
}

/// Any bytes are a run, and those that are used up are followed by more.
#[test]
fn bytes_of_a_fuzzer_hold() {
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
