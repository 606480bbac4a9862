//! Opening WebSockets: TCP or a proxy, TLS, the HTTP upgrade.

pub(crate) mod address;
pub(crate) mod http;
pub(crate) mod proxy;
mod stream;
pub(crate) mod tls;
mod upgrade;
pub(crate) mod wire;

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use ::http::{HeaderMap, Request, header};
use rustls::ClientConfig;
use tidewire_core::Target;
use tokio::net::TcpStream;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Error as WsError;
use tokio_tungstenite::tungstenite::handshake::client::generate_key;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;

use crate::error::TransportError;
use address::Address;
use http::{Body, Http, PostBody};
use proxy::Proxy;
use stream::Stream;
use upgrade::upgrade;

pub(crate) type WebSocket = WebSocketStream<Stream>;

/// All a client needs to open connections, the same for each.
#[derive(Debug)]
pub(crate) struct Opener {
    pub(crate) address: Address,
    pub(crate) headers: HeaderMap,
    /// `None` for an address without TLS.
    pub(crate) tls: Option<Arc<ClientConfig>>,
    pub(crate) proxy: Option<Box<Proxy>>,
    pub(crate) max_message_bytes: usize,
    /// How long an HTTP request may take, the time for which a server holds a poll not counted.
    pub(crate) request_timeout: Option<Duration>,
    /// Made by the first request: most clients never poll.
    pub(crate) http: OnceLock<Result<Http, TransportError>>,
}

impl Opener {
    /// Opens a WebSocket. Bounded in time by the machine, which drops the future.
    pub(crate) async fn open(self: Arc<Self>, target: Target) -> Result<WebSocket, TransportError> {
        let stream = self.connect().await?;
        let request = self.request(&target)?;
        let opened = upgrade(request, stream, self.websocket_config()).await;
        opened.map_err(handshake_error)
    }

    /// Asks for packets by HTTP; the server may hold the answer back for as long as `held`.
    pub(crate) async fn get(
        self: Arc<Self>,
        target: Target,
        held: Duration,
    ) -> Result<Body, TransportError> {
        let limit = self.request_timeout.map(|limit| limit.saturating_add(held));
        self.http()?
            .get(self.address.url("http", &target), limit)
            .await
    }

    /// Sends packets by HTTP.
    pub(crate) async fn post(
        self: Arc<Self>,
        target: Target,
        body: PostBody,
    ) -> Result<(), TransportError> {
        self.http()?
            .post(
                self.address.url("http", &target),
                body,
                self.request_timeout,
            )
            .await
    }

    fn http(&self) -> Result<&Http, TransportError> {
        let made = self.http.get_or_init(|| {
            let tls = match &self.tls {
                Some(tls) => tls.clone(),
                None => {
                    tls::default_config().map_err(|error| TransportError::Tls(error.to_string()))?
                }
            };
            Http::new(
                (*tls).clone(),
                self.headers.clone(),
                self.proxy.as_deref().cloned(),
                self.max_message_bytes,
            )
        });
        made.as_ref().map_err(Clone::clone)
    }

    async fn connect(&self) -> Result<Stream, TransportError> {
        let Address { host, port, .. } = &self.address;
        let tcp = match &self.proxy {
            None => TcpStream::connect((proxy::bare(host), *port)).await?,
            Some(proxy) => proxy.connect(host, *port).await?,
        };
        // Frames are batched by the driver; what it writes must not wait for an ACK of the peer's.
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
        // A session that has polled must reach the same server again.
        if let Some(Ok(http)) = self.http.get()
            && let Some(cookies) = http.cookies(&self.address.url("http", target))
        {
            request.headers_mut().insert(header::COOKIE, cookies);
        }
        Ok(request)
    }

    fn websocket_config(&self) -> WebSocketConfig {
        WebSocketConfig::default()
            // It is allocated at once for every connection. Against 4 KiB a flood takes 2 or 3 % more CPU time.
            .read_buffer_size(2 << 10)
            .write_buffer_size(32 << 10)
            .max_message_size(Some(self.max_message_bytes))
            .max_frame_size(Some(self.max_message_bytes))
    }
}

/// How much of an error's body is kept for the user to read.
const BODY_EXCERPT: usize = 200;

/// The beginning of a body, for the user to read.
fn excerpt(body: &[u8]) -> String {
    String::from_utf8_lossy(&body[..body.len().min(BODY_EXCERPT)]).into_owned()
}

fn handshake_error(error: WsError) -> TransportError {
    match error {
        WsError::Io(error) => error.into(),
        WsError::Http(response) => {
            let body = response.body().as_deref().unwrap_or_default();
            TransportError::Status(response.status().as_u16(), excerpt(body))
        }
        other => TransportError::WebSocket(other.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use tokio::net::TcpListener;

    use super::address::Parsed;
    use super::*;

    // Without it, the first packet after the handshake meets Nagle's algorithm, and waits for some 40 ms.
    #[tokio::test]
    async fn what_is_written_is_sent_at_once() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/", listener.local_addr().unwrap());
        let opener = Opener {
            address: Parsed::new(&url).unwrap().address,
            headers: HeaderMap::new(),
            tls: None,
            proxy: None,
            max_message_bytes: 1,
            request_timeout: None,
            http: OnceLock::new(),
        };
        let Stream::Plain(tcp) = opener.connect().await.unwrap() else {
            panic!("the address has no TLS")
        };
        assert!(tcp.nodelay().unwrap());
    }
}
