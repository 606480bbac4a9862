//! Users, phases and clocks: runs an async function for many users and measures it.
//!
//! Knows nothing of scenario files. Bottom up: `wording`, `limits`, `stop`, `phase`, `spread`, `process`, `tls`, `transports` -> `failure`,
//! `numbering`, `target`, `tags`, `inbox` -> `shared` -> `channel` -> `user` -> `population` -> `run`.

mod channel;
mod facts;
mod failure;
mod health;
mod inbox;
mod limits;
mod load;
mod numbering;
mod phase;
mod population;
mod process;
mod run;
mod schedule;
mod shared;
mod spread;
mod stop;
mod tags;
mod target;
mod tls;
mod transports;
mod user;
mod wording;

pub use channel::{Arrival, Channel};
pub use facts::Facts;
pub use failure::Failure;
pub use health::Health;
pub use limits::Limits;
pub use load::{Load, LoadError, Outcome};
pub use phase::Phase;
pub(crate) use process::{open_files, ports};
pub use run::Progress;
pub use shared::Interest;
pub(crate) use shared::Start;
pub use spread::Spread;
pub(crate) use spread::chosen;
pub use target::Target;
pub(crate) use transports::{certificate_hash, transport};
pub use user::{Pace, User};

pub(crate) use run::Stopper;
pub(crate) use wording::error_text;
