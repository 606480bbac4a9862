//! What a fuzzer may do to the core, and the laws that must hold: a target is a function of bytes that panics when one is broken.
//!
//! `cargo xtask fuzz <target>` runs one under libFuzzer, which needs a nightly compiler; the tests of this crate run all of them on
//! the seeds in `seeds/<target>` and on changed copies of these, with any compiler. What a fuzzer finds becomes a seed.
#![expect(
    clippy::panic,
    reason = "a broken law is told to the fuzzer by a panic"
)]

mod bodies;
mod handshakes;
mod heads;
mod host;
mod machine;
mod mutate;

pub use mutate::Mutator;

/// A target.
#[derive(Clone, Copy, Debug)]
pub struct Target {
    /// What the command line calls it.
    pub name: &'static str,
    /// Runs it.
    pub run: fn(&[u8]),
}

/// All targets.
pub const TARGETS: &[Target] = &[
    Target {
        name: "heads",
        run: heads::run,
    },
    Target {
        name: "bodies",
        run: bodies::run,
    },
    Target {
        name: "handshakes",
        run: handshakes::run,
    },
    Target {
        name: "machine",
        run: machine::run,
    },
    Target {
        name: "simulation",
        run: simulation,
    },
];

/// Runs the target called `name`.
///
/// # Panics
/// When a law is broken, or there is no such target.
pub fn run(name: &str, data: &[u8]) {
    let target = TARGETS.iter().find(|target| target.name == name);
    (target.expect("a target of the list").run)(data);
}

/// The bytes are the chance of a whole simulated life.
fn simulation(data: &[u8]) {
    if let Some(fault) = tidewire_sim::run_bytes(data).fault {
        panic!("{fault}");
    }
}
