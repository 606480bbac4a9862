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
#[cfg(feature = "webtransport")]
use super::quic::WebTransportSettings;
use super::tls::TlsSettings;
use crate::address::Address;
use crate::connect_limit::ConnectLimit;
use crate::connection_state::ConnectionState;
use crate::error::BuildError;

#[derive(Debug, Default)]
pub(crate) struct Settings {
    pub(crate) headers: HeaderMap,
    pub(crate) cookies: Vec<String>,
    pub(crate) tls: TlsSettings,
    pub(crate) proxy: Option<Box<Proxy>>,
    #[cfg(feature = "webtransport")]
    pub(crate) webtransport: WebTransportSettings,
    pub(crate) local_address: Option<IpAddr>,
    pub(crate) deflate: Offer,
    pub(crate) request_timeout: Option<Duration>,
    pub(crate) connect_limit: Option<Box<ConnectLimit>>,
}

impl Settings {
    /// WebTransport is one of the transports.
    #[cfg(feature = "webtransport")]
    pub(crate) fn use_webtransport(&mut self) {
        self.webtransport.is_used = true;
    }

    /// Makes the connector to `address`. `max_message_bytes`: the largest packet. `state`: counts what it does.
    pub(crate) fn connector(
        self,
        address: Address,
        max_message_bytes: usize,
        state: Arc<ConnectionState>,
    ) -> Result<Connector, BuildError> {
        let address = Arc::new(address);
        #[cfg(feature = "webtransport")]
        let quic = match self.webtransport.is_used {
            true => Some(Box::new(self.webtransport.build(&self.tls)?)),
            false => None,
        };
        Ok(Connector {
            #[cfg(feature = "webtransport")]
            quic,
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
            connect_limit: self.connect_limit,
            max_message_bytes,
            state,
            idle: IdleConnections::default(),
        })
    }
}
