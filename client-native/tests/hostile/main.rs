//! Servers that break every rule: each way ends in the documented event or error, and nothing that was emitted is lost.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

#[path = "../support/mod.rs"]
mod support;

mod closing;
mod flood;
mod nonsense;
mod opening;
mod requests;
mod retrying;
mod sizes;
mod stuck;
