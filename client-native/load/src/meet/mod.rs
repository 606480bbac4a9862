//! Shards of one run meet at a Redis server: they start together, tell their state each second, and leave their reports.
//!
//! For a run and each of its shards, Redis has these keys:
//!
//! | key | content | until |
//! |---|---|---|
//! | `lease` | the terms of the run, and whether the shard waits or runs | five seconds after its last sign of life |
//! | `start` | when the run starts, by Redis's clock; the first shard sets it when all leases are there | a day |
//! | `state` | a [`Snapshot`](crate::report::Snapshot), each second | a day |
//! | `report` | the report | a day |
//!
//! So a shard with a state, but neither lease nor report, is lost. Clocks of machines need not agree: all count by Redis's.
//!
//! Bottom up: `link`, `keys` -> `terms` -> `beat` -> `shard`, `watch`.

mod beat;
mod keys;
mod link;
mod shard;
mod terms;
mod watch;

pub(crate) use shard::{Meeting, numbers};
pub(crate) use terms::Terms;
pub(crate) use watch::{Sight, Watcher};
