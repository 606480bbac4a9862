//! HTTP and SOCKS5 proxies with every transport: connections that pass, and the errors of those that do not.

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

/// Connects without success; returns the text of the proxy error.
async fn proxy_error(builder: Builder) -> String {
    match guarded(builder.connect()).await {
        Err(ConnectError::Unreachable {
            source: error @ TransportError::Proxy(_),
            ..
        }) => error.to_string(),
        other => panic!("{other:?}"),
    }
}
