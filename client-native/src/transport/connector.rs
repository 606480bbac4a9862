//! Opening connections to the server: TCP or a proxy, TLS, the WebSocket handshake; HTTP requests.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use http::{HeaderMap, Request, header};
use rustls::ClientConfig;
use tidewire_core::Target;
use tokio::time::Instant;
use tungstenite::handshake::client::generate_key;

use super::cookies::Cookies;
use super::deflate::Offer;
use super::idle::IdleConnections;
use super::proxy::Proxy;
use super::stream::Stream;
use super::upgrade::upgrade;
use super::websocket::WebSocketIo;
use super::{tcp, tls};
use crate::address::Address;
use crate::error::{Asked, TransportError};

/// Everything that opening a connection needs. It is the same for each connection of a client.
#[derive(Debug)]
pub(crate) struct Connector {
    pub(crate) address: Arc<Address>,
    pub(crate) headers: HeaderMap,
    pub(crate) cookies: Arc<Cookies>,
    /// `None` without TLS.
    pub(crate) tls: Option<Arc<ClientConfig>>,
    pub(crate) proxy: Option<Box<Proxy>>,
    pub(crate) local_address: Option<IpAddr>,
    pub(crate) max_message_bytes: usize,
    /// The compression that is offered to the server.
    pub(crate) deflate: Offer,
    /// The time limit of an HTTP request, without the time for which a server holds a GET.
    #[cfg_attr(
        not(feature = "polling"),
        allow(dead_code, reason = "no request is sent")
    )]
    pub(crate) request_timeout: Option<Duration>,
    pub(super) idle: IdleConnections,
}

impl Connector {
    /// Opens a WebSocket. The machine limits the time, and drops the future.
    pub(crate) async fn open(
        self: Arc<Self>,
        target: Target,
    ) -> Result<WebSocketIo, TransportError> {
        let mut stream = self.connect().await?;
        let request = self.request(&target)?;
        let asked = self.asked(&target);
        let upgraded = upgrade(&mut stream, request, &self.cookies, &self.deflate, asked).await?;
        let io = WebSocketIo::new(stream, upgraded.read, self.max_message_bytes);
        Ok(io.with_deflate(upgraded.deflate))
    }

    /// Closes the connections that wait for a request.
    pub(crate) fn close_idle(&self) {
        self.idle.close();
    }

    /// Closes those that have waited too long. Returns when the next one will have.
    pub(crate) fn expire_idle(&self) -> Option<Instant> {
        self.idle.expire()
    }

    pub(super) fn asked(&self, target: &Target) -> Asked {
        Asked {
            secure: self.address.secure,
            opens: target.sid.is_none(),
        }
    }

    pub(super) async fn connect(&self) -> Result<Stream, TransportError> {
        let Address { host, port, .. } = &*self.address;
        let tcp = match &self.proxy {
            None => tcp::connect(host, *port, self.local_address).await?,
            Some(proxy) => proxy.connect(host, *port, self.local_address).await?,
        };
        // The driver batches frames, so a write must not wait for a TCP ACK.
        tcp.set_nodelay(true)?;
        match &self.tls {
            None => Ok(Stream::Plain(tcp)),
            Some(config) => Ok(Stream::Tls(Box::new(
                tls::connect(config.clone(), host, tcp).await?,
            ))),
        }
    }

    fn request(&self, target: &Target) -> Result<Request<()>, TransportError> {
        let mut request = Request::get(self.address.url("ws", target))
            .header("Host", self.address.authority())
            .header("Connection", "Upgrade")
            .header("Upgrade", "websocket")
            .header("Sec-WebSocket-Version", "13")
            .header("Sec-WebSocket-Key", generate_key())
            .body(())
            .map_err(|error| TransportError::WebSocket(error.to_string()))?;
        request.headers_mut().extend(self.headers.clone());
        if let Some(offer) = self.deflate.header() {
            let headers = request.headers_mut();
            headers.insert(header::SEC_WEBSOCKET_EXTENSIONS, offer);
        }
        if let Some(cookies) = self.cookies.header() {
            request.headers_mut().insert(header::COOKIE, cookies);
        }
        Ok(request)
    }
}

#[cfg(test)]
mod tests {
    use tokio::net::TcpListener;

    use super::*;
    use crate::address::Parsed;

    impl Connector {
        /// Without TLS, proxy and settings.
        pub(in crate::transport) fn direct(url: &str, max_message_bytes: usize) -> Connector {
            let address = Arc::new(Parsed::new(url).unwrap().address);
            Connector {
                cookies: Arc::new(Cookies::new(address.clone(), Vec::new())),
                address,
                headers: HeaderMap::new(),
                tls: None,
                proxy: None,
                local_address: None,
                max_message_bytes,
                deflate: Offer::default(),
                request_timeout: None,
                idle: IdleConnections::default(),
            }
        }
    }

    // Without it, Nagle's algorithm delays the first packet after the handshake by about 40 ms.
    #[tokio::test]
    async fn a_connection_has_tcp_nodelay() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/", listener.local_addr().unwrap());
        let Stream::Plain(tcp) = Connector::direct(&url, 1).connect().await.unwrap() else {
            panic!("the address has no TLS")
        };
        assert!(tcp.nodelay().unwrap());
    }
}
