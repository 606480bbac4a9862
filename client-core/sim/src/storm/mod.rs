//! Storms: many clients, each a real machine with its own seed, reconnect to one server at the same time.
//!
//! A [`Plan`] has the number of clients and the outage; [`run()`] runs it in virtual time and returns the [`Curve`] of the attempts.
//! The server accepts a limited number of connections per second; further attempts wait, are refused or get no answer.
//! `client-core/docs/storms.md` has the results.
//!
//! Layers, bottom up: wheel, plan -> accept_queue, curve, client -> run.

mod accept_queue;
mod client;
mod curve;
mod plan;
mod run;
mod wheel;

pub use curve::{BUCKET, Curve, SHARES};
pub use plan::{Capacity, Outage, Overflow, Plan};
pub use run::run;
