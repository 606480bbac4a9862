//! Servers that break the rules: each ends in the documented event or error, and no emitted event is lost.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

#[path = "../support/mod.rs"]
mod support;

mod answers;
mod backpressure;
mod closing;
#[cfg(feature = "deflate")]
mod compressed;
mod flood;
mod malformed;
mod opening;
mod pings;
mod requests;
mod retrying;
mod sizes;
