//! The network: WebSockets, WebTransports and HTTP requests, directly or through a proxy, with or without TLS.

mod connector;
mod cookie_date;
pub(crate) mod cookies;
#[cfg_attr(not(feature = "deflate"), path = "no_deflate.rs")]
pub(crate) mod deflate;
#[cfg_attr(not(feature = "polling"), path = "no_http.rs")]
mod http;
#[cfg(feature = "polling")]
mod http_connection;
#[cfg(feature = "polling")]
mod http_error;
#[cfg_attr(
    not(feature = "polling"),
    allow(dead_code, reason = "there are no requests")
)]
pub(crate) mod idle;
pub(crate) mod proxy;
#[cfg(feature = "webtransport")]
mod quic;
mod read;
mod response;
mod settings;
mod stream;
mod tcp;
pub(crate) mod tls;
mod upgrade;
pub(crate) mod websocket;
#[cfg(feature = "webtransport")]
pub(crate) mod webtransport;

pub(crate) use connector::Connector;
pub(crate) use settings::Settings;
