//! Runs every target on its seeds and on mutated copies of them.

use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use tidewire_fuzz::{Mutator, TARGETS, run};

/// Returns the seeds of a target, in the order of their names.
fn seeds(target: &str) -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("seeds")
        .join(target);
    let entries = fs::read_dir(&folder).expect("every target has seeds");
    let mut paths: Vec<_> = entries.map(|entry| entry.expect("a file").path()).collect();
    paths.sort();
    let read = |path: &_| fs::read(path).expect("a seed");
    paths.iter().map(read).collect()
}

fn must_hold(target: &str, data: &[u8]) {
    let outcome = catch_unwind(AssertUnwindSafe(|| run(target, data)));
    assert!(outcome.is_ok(), "{target} fails on {data:?}");
}

fn smoke(target: &str, copies: u32) {
    let seeds = seeds(target);
    assert!(seeds.len() >= 5, "{target} has too few seeds");
    seeds.iter().for_each(|seed| must_hold(target, seed));
    let mut mutator = Mutator::new(1);
    for _ in 0..copies {
        must_hold(target, &mutator.copy_of(&seeds));
    }
}

#[test]
fn heads() {
    smoke("heads", 50_000);
}

#[test]
fn bodies() {
    smoke("bodies", 30_000);
}

#[test]
fn handshakes() {
    smoke("handshakes", 10_000);
}

#[test]
fn machine() {
    smoke("machine", 3_000);
}

#[test]
fn simulation() {
    smoke("simulation", 150);
}

#[test]
fn each_target_has_a_test_of_its_name() {
    let names: Vec<&str> = TARGETS.iter().map(|target| target.name).collect();
    let tested = ["heads", "bodies", "handshakes", "machine", "simulation"];
    assert_eq!(names, tested);
}

/// Without it, a run whose targets do nothing would pass.
#[test]
fn a_broken_law_is_found() {
    let outcome = catch_unwind(|| run("no such target", b""));
    assert!(outcome.is_err());
}
