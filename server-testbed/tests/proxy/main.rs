//! The fault proxy, between a client and a server that the tests play byte by byte.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod any_bytes;
mod control;
mod ends;
mod memory;
mod requests;
mod sides;
mod transparent;
mod websocket;
