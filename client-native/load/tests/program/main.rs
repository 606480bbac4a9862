//! The program, as a user starts it.

#![allow(clippy::unwrap_used, reason = "a test fails by a panic")]

#[path = "../support/relay.rs"]
mod relay;
#[path = "../support/mod.rs"]
mod support;

mod artillery;
#[cfg(target_os = "linux")]
mod ci;
mod ending;
mod files;
mod manifest;
mod meet;
mod mistakes;
mod network;
mod quick;
mod reports;
mod terminal;
mod webtransport;
