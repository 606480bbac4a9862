//! Simulations of the machine in virtual time: no network, no clock, everything drawn from one seed.
//!
//! A run begins with a [`Plan`]: which faults exist, and how often. The run consists of the machine with an application on top, a
//! network that loses, delays and cuts, and a strict server of either Engine.IO version, written from the protocol text alone. An
//! oracle checks its laws on all of them. At the end all faults stop, and every namespace must connect again; then the application
//! closes the connection, and no link, payload, deadline or ack may be left.
//!
//! * To run seeds: `cargo xtask sim --seeds N [--seed FIRST]`.
//! * To add a fault: a frequency in [`Plan`], a line where it happens, and a line in [`Coverage`], which shows that it does happen.
//! * To add a law: a sentence in `oracle`.
//! * A seed that failed goes into `seeds.txt`, with its reason.
//!
//! Layers, bottom up: rng, wire, sorted, coverage, links, trace, regressions, injected -> tape, plan, payload, machine -> native, server -> oracle ->
//! app -> world -> run -> script -> packets, shrink, recording. `storm` is a simulation of its own, which shares the generator only.

mod app;
mod coverage;
mod injected;
mod lanes;
mod links;
mod machine;
mod native;
mod oracle;
mod packets;
mod payload;
mod plan;
mod recording;
mod regressions;
mod rng;
mod run;
mod script;
mod server;
mod shrink;
mod sorted;
pub mod storm;
mod tape;
mod trace;
mod wire;
mod world;

pub use coverage::{Coverage, Seen};
pub use injected::Injected;
pub use lanes::Lanes;
pub use machine::{AppEvent, CallResult, Input, Machine, Output};
pub use native::{Native, Taken};
pub use packets::packet_script_of;
pub use payload::{CountedPayload, PayloadCounter};
pub use plan::{AppPlan, NetworkPlan, Plan, ServerPlan};
pub use recording::{Recording, record};
pub use regressions::{Regression, regression_seeds};
pub use rng::Rng;
pub use run::{Report, plan_of, run, run_bytes, run_seed};
pub use script::script_of;
pub use shrink::shrink;
pub use tape::{Entry, Fate, Flight, Lane, Tape};
pub use trace::Trace;
pub use wire::{Sio, Wire, numbers};
