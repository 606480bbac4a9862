//! The program, as a user starts it.

#![allow(clippy::unwrap_used, reason = "a test fails by a panic")]

#[path = "../support/mod.rs"]
mod support;

mod artillery;
mod files;
mod quick;
mod reports;
