//! The faults that were found in rust_socketio 0.6.0, each as a test that tidewire passes.
//!
//! A comment above each test names what it answers to: a row of the table of reproduced faults, a fact read in the source,
//! or an issue of its users (github.com/1c3t3a/rust-socketio).

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

#[path = "../support/mod.rs"]
mod support;

mod acks;
mod binary;
mod coming_back;
mod connecting;
mod handlers;
mod writing;
