//! Simulations of the machine in virtual time: no network, no clock, everything drawn from one seed.
//!
//! A run begins with a [`Plan`]: which faults exist in it, and how often. Then the machine with an application on top, a network
//! that loses, delays and cuts, and a strict server of either generation, written from the protocol's text alone, live through
//! it, while an oracle holds all of them to its laws. In the end everything is healed, and must come back; then the
//! application leaves, and nothing may be left: no link, no payload, no deadline, no ack.
//!
//! * To run seeds: `cargo xtask sim --seeds N [--seed FIRST]`.
//! * A fault more: a frequency in [`plan`](Plan), a line where it happens, a line in [`Coverage`], without which nobody would
//!   know that it never does.
//! * A law more: a sentence in `oracle.rs`.
//! * A seed that failed is kept in `seeds.txt`, with a line why.

mod app;
mod chance;
mod coverage;
mod kept;
mod links;
mod load;
mod machine;
mod oracle;
mod plan;
mod run;
mod script;
mod server;
mod shrink;
pub mod storm;
mod trace;
mod wire;
mod world;

pub use chance::Chance;
pub use coverage::{Coverage, Seen};
pub use kept::{Kept, kept_seeds};
pub use load::{Ledger, Load};
pub use machine::{Heard, Input, Machine, Native, Said, Taken, is_polling};
pub use plan::{AppPlan, NetworkPlan, Plan, ServerPlan};
pub use run::{Report, plan_of, run, run_bytes, run_seed};
pub use script::script_of;
pub use shrink::shrink;
pub use trace::Trace;
pub use wire::{Sio, Wire, numbers};
