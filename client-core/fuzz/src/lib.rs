//! Fuzz targets for the core. A target is a function of bytes that panics when a law is broken.
//!
//! `cargo xtask fuzz <target>` runs a target under libFuzzer, which needs a nightly compiler. The tests of this crate run all targets
//! on the seeds in `seeds/<target>` and on mutated copies of them, with any compiler. A failing input becomes a seed. A seed is a
//! list of bytes, so it stays valid when names change.
//!
//! Layers, bottom up: host, mutator -> bodies, handshakes, heads, machine -> this file.
#![expect(
    clippy::panic,
    reason = "a panic tells the fuzzer that a law is broken"
)]

mod bodies;
mod handshakes;
mod heads;
mod host;
mod machine;
mod mutator;

pub use mutator::Mutator;

/// A fuzz target.
#[derive(Clone, Copy, Debug)]
pub struct Target {
    /// The name on the command line.
    pub name: &'static str,
    /// Runs the target on an input.
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
///
/// Panics if a law is broken or if no target has this name.
pub fn run(name: &str, data: &[u8]) {
    let target = TARGETS.iter().find(|target| target.name == name);
    (target.expect("a target of the list").run)(data);
}

/// Runs a whole simulation whose random numbers are the bytes.
fn simulation(data: &[u8]) {
    if let Some(fault) = tidewire_sim::run_bytes(data).fault {
        panic!("{fault}");
    }
}
