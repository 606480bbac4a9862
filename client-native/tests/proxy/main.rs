//! Through proxies, HTTP and SOCKS5, over every transport: what gets through, and what is told when nothing does.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

#[path = "../support/mod.rs"]
mod support;

mod passing;
mod refusing;

use tidewire::{Builder, ConnectError, TransportError};

use support::guarded;

const KINDS: [&str; 3] = ["http", "socks5", "socks5h"];

/// What `connect` says of the proxy.
async fn fault(builder: Builder) -> String {
    match guarded(builder.connect()).await {
        Err(ConnectError::Unreachable {
            source: error @ TransportError::Proxy(_),
            ..
        }) => error.to_string(),
        other => panic!("{other:?}"),
    }
}
