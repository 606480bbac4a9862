//! Recovery, retries, the policies of the offline buffer, hints and the faster heartbeat: the machine alone, fed by hand.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod bench;
mod liveness;
mod offline;
mod recovery;
mod retries;
