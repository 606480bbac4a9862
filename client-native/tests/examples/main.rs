//! The examples run, and the guides quote them as they are.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

#[path = "../support/mod.rs"]
mod support;

mod guides;
mod programs;
mod running;
