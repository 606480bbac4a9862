//! The user's settings of the network.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use http::HeaderMap;

use super::Connector;
use super::cookies::Cookies;
use super::deflate::Offer;
use super::idle::IdleConnections;
use super::proxy::Proxy;
use super::tls::TlsSettings;
use crate::address::Address;
use crate::error::BuildError;

#[derive(Debug, Default)]
pub(crate) struct Settings {
    pub(crate) headers: HeaderMap,
    pub(crate) cookies: Vec<String>,
    pub(crate) tls: TlsSettings,
    pub(crate) proxy: Option<Box<Proxy>>,
    pub(crate) local_address: Option<IpAddr>,
    pub(crate) deflate: Offer,
    pub(crate) request_timeout: Option<Duration>,
}

impl Settings {
    /// Makes the connector to `address`. `max_message_bytes`: the largest packet.
    pub(crate) fn connector(
        self,
        address: Address,
        max_message_bytes: usize,
    ) -> Result<Connector, BuildError> {
        let address = Arc::new(address);
        Ok(Connector {
            tls: if address.secure {
                Some(self.tls.build()?)
            } else {
                None
            },
            cookies: Arc::new(Cookies::new(address.clone(), self.cookies)),
            address,
            headers: self.headers,
            proxy: self.proxy,
            local_address: self.local_address,
            deflate: self.deflate,
            request_timeout: self.request_timeout,
            max_message_bytes,
            idle: IdleConnections::default(),
        })
    }
}
