//! Tests of recovery, retries, the direct lane, offline buffer policies, hints and the faster heartbeat, on the machine alone.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod direct;
mod liveness;
mod offline;
mod recovery;
mod retries;
mod single_client;
