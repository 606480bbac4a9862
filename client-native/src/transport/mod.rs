//! The network: WebSockets and HTTP requests, directly or through a proxy, with or without TLS.

pub(crate) mod address;
mod connector;
mod cookie_date;
pub(crate) mod cookies;
#[cfg_attr(not(feature = "polling"), path = "no_http.rs")]
pub(crate) mod http;
pub(crate) mod proxy;
mod stream;
mod tcp;
pub(crate) mod tls;
mod upgrade;
pub(crate) mod websocket;

pub(crate) use connector::Connector;
