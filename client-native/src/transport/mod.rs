//! The network: WebSockets and HTTP requests, directly or through a proxy, with or without TLS.

pub(crate) mod address;
mod connector;
mod cookie_date;
pub(crate) mod cookies;
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
#[cfg_attr(
    not(feature = "polling"),
    allow(dead_code, reason = "there are no requests")
)]
pub(crate) mod polling_body;
pub(crate) mod proxy;
mod response;
mod stream;
mod tcp;
pub(crate) mod tls;
mod upgrade;
pub(crate) mod websocket;

pub(crate) use connector::Connector;
