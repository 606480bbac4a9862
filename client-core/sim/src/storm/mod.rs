//! Storms: a crowd of clients, each a real machine with a seed of its own, comes back to a server all at once.
//!
//! A [`Plan`] says how many clients there are and what happens to them; [`run()`] plays it in virtual time and gives the
//! [`Curve`] of their attempts. The server accepts so many connections a second and no more: what goes beyond waits, is turned
//! away or gets no answer. `client-core/docs/storms.md` tells what came of it.
//!
//! Layers, bottom up: dice, wheel, plan -> gate, curve, seat -> run.

mod curve;
mod dice;
mod gate;
mod plan;
mod run;
mod seat;
mod wheel;

pub use curve::{BUCKET, Curve, SHARES};
pub use plan::{Capacity, Overflow, Plan, Trouble};
pub use run::run;
