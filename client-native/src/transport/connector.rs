//! Opening connections to the server: TCP or a proxy, TLS, the WebSocket handshake; HTTP requests.

use std::future::Future;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use http::{HeaderMap, Request, header};
use rustls::ClientConfig;
use tidewire_core::Target;
use tokio::net::TcpStream;
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::Instant;
use tungstenite::handshake::client::generate_key;

use super::cookies::Cookies;
use super::deflate::Offer;
use super::idle::IdleConnections;
use super::proxy::Proxy;
#[cfg(feature = "webtransport")]
use super::quic::Quic;
use super::stream::{Io, Stream};
use super::upgrade::upgrade;
use super::websocket::WebSocketIo;
use super::{tcp, tls};
use crate::address::Address;
use crate::connect_limit::ConnectLimit;
use crate::connection_state::ConnectionState;
use crate::error::{Asked, TransportError};
use crate::meter::Stage;

/// Everything that opening a connection needs. It is the same for each connection of a client.
#[derive(Debug)]
pub(crate) struct Connector {
    pub(crate) address: Arc<Address>,
    pub(crate) headers: HeaderMap,
    pub(crate) cookies: Arc<Cookies>,
    /// `None` without TLS.
    pub(crate) tls: Option<Arc<ClientConfig>>,
    pub(crate) proxy: Option<Box<Proxy>>,
    /// `None` without WebTransport.
    #[cfg(feature = "webtransport")]
    pub(super) quic: Option<Box<Quic>>,
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
    /// Limits the connections that are being opened; `None` without a fleet.
    pub(super) connect_limit: Option<Box<ConnectLimit>>,
    /// Counts bytes, and measures the stages of a connect.
    pub(crate) state: Arc<ConnectionState>,
    pub(super) idle: IdleConnections,
}

impl Connector {
    /// Opens a WebSocket.
    pub(crate) async fn open_websocket(
        &self,
        target: &Target,
    ) -> Result<WebSocketIo, TransportError> {
        let asked = self.asked(target);
        let _permit = self.connect_permit(asked.opens).await;
        let mut stream = self.connect(asked.opens).await?;
        let request = self.request(target)?;
        let upgraded = upgrade(&mut stream, request, &self.cookies, &self.deflate, asked).await?;
        let io = WebSocketIo::new(stream, upgraded.read, self.max_message_bytes);
        Ok(io.with_deflate(upgraded.deflate))
    }

    /// Closes the connections that wait for a request.
    pub(crate) fn close_idle(&self) {
        self.idle.close();
    }

    /// Leaves the UDP socket, which closes when its last WebTransport has ended. The next one opens another socket.
    pub(crate) fn leave_udp_socket(&self) {
        #[cfg(feature = "webtransport")]
        if let Some(quic) = &self.quic {
            quic.endpoints.leave();
        }
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

    /// Waits until the limit of connections that are being opened permits one more, if the link opens a session. It is one of them until
    /// the permit is dropped.
    pub(super) async fn connect_permit(&self, opens: bool) -> Option<OwnedSemaphorePermit> {
        let limit = self.connect_limit.as_deref().filter(|_| opens)?;
        let start = Instant::now();
        let permit = limit.acquire().await;
        self.state.meter.record(Stage::Queue, start.elapsed());
        permit
    }

    /// Connects to the server. `opens`: whether for a new session, whose stages are measured.
    pub(super) async fn connect(&self, opens: bool) -> Result<Stream, TransportError> {
        let tcp = match &self.proxy {
            None => self.connect_directly(opens).await?,
            Some(proxy) => {
                let Address { host, port, .. } = &*self.address;
                let connecting = proxy.connect(host, *port, self.local_address);
                self.measured(opens, Stage::Tcp, connecting).await?
            }
        };
        // The driver batches frames, so a write must not wait for a TCP ACK.
        tcp.set_nodelay(true)?;
        let io = match &self.tls {
            None => Io::Plain(tcp),
            Some(config) => {
                let connecting = tls::connect(config.clone(), &self.address.host, tcp);
                let tls = self.measured(opens, Stage::Tls, connecting).await?;
                Io::Tls(Box::new(tls))
            }
        };
        Ok(Stream::new(io, self.state.clone()))
    }

    async fn connect_directly(&self, opens: bool) -> io::Result<TcpStream> {
        let Address { host, port, .. } = &*self.address;
        let found = self.find(*port, opens).await?;
        let connecting = tcp::connect_to(host, found, self.local_address);
        self.measured(opens, Stage::Tcp, connecting).await
    }

    /// Finds the addresses of the server.
    pub(super) async fn find(&self, port: u16, opens: bool) -> io::Result<Vec<SocketAddr>> {
        let host = &self.address.host;
        let finding = tcp::find(host, port);
        match tcp::is_address(host) {
            true => finding.await,
            false => self.measured(opens, Stage::Dns, finding).await,
        }
    }

    /// Measures a stage that succeeds.
    pub(super) async fn measured<T, E>(
        &self,
        opens: bool,
        stage: Stage,
        work: impl Future<Output = Result<T, E>>,
    ) -> Result<T, E> {
        let start = Instant::now();
        let result = work.await;
        if opens && result.is_ok() {
            self.state.meter.record(stage, start.elapsed());
        }
        result
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
                #[cfg(feature = "webtransport")]
                quic: None,
                local_address: None,
                max_message_bytes,
                deflate: Offer::default(),
                request_timeout: None,
                connect_limit: None,
                state: Arc::default(),
                idle: IdleConnections::default(),
            }
        }
    }

    // Without it, Nagle's algorithm delays the first packet after the handshake by about 40 ms.
    #[tokio::test]
    async fn a_connection_has_tcp_nodelay() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/", listener.local_addr().unwrap());
        let stream = Connector::direct(&url, 1).connect(true).await.unwrap();
        let Io::Plain(tcp) = stream.io() else {
            panic!("the address has no TLS")
        };
        assert!(tcp.nodelay().unwrap());
    }
}
