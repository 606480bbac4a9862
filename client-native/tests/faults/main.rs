//! The faults found in rust_socketio 0.6.0, each as a test that tidewire passes.
//!
//! A comment above each test names the source of the fault: a row in the table of reproduced faults, its source code, or
//! an issue (github.com/1c3t3a/rust-socketio).

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

#[path = "../support/mod.rs"]
mod support;

mod acks;
mod binary;
mod connecting;
mod handlers;
mod reconnecting;
mod writing;
