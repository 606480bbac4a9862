//! Users, phases and clocks: runs an async function for many users and measures it.
//!
//! Knows nothing of scenario files. Bottom up: `failure`, `stop`, `phase`, `spread`, `process`, `tls` -> `target`, `tags`, `inbox`
//! -> `shared` -> `channel` -> `user` -> `population` -> `run`.

mod channel;
mod failure;
mod health;
mod inbox;
mod load;
mod phase;
mod population;
mod probe;
mod process;
mod run;
mod schedule;
mod shared;
mod spread;
mod stop;
mod tags;
mod target;
mod tls;
mod user;

pub use channel::{Arrival, Channel};
pub use failure::Failure;
pub use health::Health;
pub use load::{Load, LoadError, Outcome};
pub use phase::Phase;
pub use probe::{Facts, Probe};
pub(crate) use process::{open_files, ports};
pub use run::{Limits, Progress};
pub use shared::Interest;
pub(crate) use shared::Start;
pub use spread::Spread;
pub use target::Target;
pub use user::{Pace, User};

pub(crate) use run::Stopper;
