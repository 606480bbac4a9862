//! WebTransport beyond the scenarios: networks without UDP, sessions that end in any way, frames that are refused, limits.
//!
//! `scripted` is a server that the test scripts frame by frame, `http3` one that it scripts byte by byte; `relay` and `http_relay` are paths to a server, of UDP and of TCP.
#![cfg(feature = "webtransport")]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod http3;
mod http_relay;
mod relay;
mod scripted;
#[path = "../support/mod.rs"]
mod support;

mod attacks;
mod closing;
mod ending;
mod falling_back;
mod foreign;
mod hostile;
mod losing;
mod moving;
mod opening;
mod settings;
mod sockets;
