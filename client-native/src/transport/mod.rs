//! Opening WebSockets: TCP, TLS, the HTTP upgrade.

pub(crate) mod address;
mod stream;
pub(crate) mod tls;
pub(crate) mod wire;

use std::sync::Arc;

use http::{HeaderMap, Request};
use rustls::ClientConfig;
use tidewire_core::Target;
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Error as WsError;
use tokio_tungstenite::tungstenite::handshake::client::generate_key;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::{WebSocketStream, client_async_with_config};

use crate::error::TransportError;
use address::Address;
use stream::Stream;

pub(crate) type WebSocket = WebSocketStream<Stream>;

/// All a client needs to open connections, the same for each.
#[derive(Clone, Debug)]
pub(crate) struct Opener {
    pub(crate) address: Address,
    pub(crate) headers: HeaderMap,
    /// `None` for an address without TLS.
    pub(crate) tls: Option<Arc<ClientConfig>>,
    pub(crate) max_message_bytes: usize,
}

impl Opener {
    /// Opens a WebSocket. Bounded in time by the machine, which drops the future.
    pub(crate) async fn open(self: Arc<Self>, target: Target) -> Result<WebSocket, TransportError> {
        let stream = self.connect().await?;
        let request = self.request(&target)?;
        let opened = client_async_with_config(request, stream, Some(self.websocket_config())).await;
        match opened {
            Ok((socket, _)) => Ok(socket),
            Err(error) => Err(handshake_error(error)),
        }
    }

    async fn connect(&self) -> Result<Stream, TransportError> {
        let Address { host, port, .. } = &self.address;
        let bare = host.trim_start_matches('[').trim_end_matches(']');
        let tcp = TcpStream::connect((bare, *port)).await?;
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
        let scheme = if self.address.secure { "wss" } else { "ws" };
        let authority = self.address.authority();
        let path = self.address.request_path(target);
        let mut request = Request::get(format!("{scheme}://{authority}{path}"))
            .header("Host", authority)
            .header("Connection", "Upgrade")
            .header("Upgrade", "websocket")
            .header("Sec-WebSocket-Version", "13")
            .header("Sec-WebSocket-Key", generate_key())
            .body(())
            .map_err(|error| TransportError::WebSocket(error.to_string()))?;
        request.headers_mut().extend(self.headers.clone());
        Ok(request)
    }

    fn websocket_config(&self) -> WebSocketConfig {
        WebSocketConfig::default()
            // tungstenite's 128 KiB are allocated at once for every connection (PEERS.md: 130 KiB each, against 5).
            .read_buffer_size(4 << 10)
            .write_buffer_size(32 << 10)
            .max_message_size(Some(self.max_message_bytes))
            .max_frame_size(Some(self.max_message_bytes))
    }
}

/// How much of an error's body is kept for the user to read.
const BODY_EXCERPT: usize = 200;

fn handshake_error(error: WsError) -> TransportError {
    match error {
        WsError::Io(error) => error.into(),
        WsError::Http(response) => {
            let body = response.body().as_deref().unwrap_or_default();
            let excerpt = &body[..body.len().min(BODY_EXCERPT)];
            TransportError::Status(
                response.status().as_u16(),
                String::from_utf8_lossy(excerpt).into_owned(),
            )
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
            max_message_bytes: 1,
        };
        let Stream::Plain(tcp) = opener.connect().await.unwrap() else {
            panic!("the address has no TLS")
        };
        assert!(tcp.nodelay().unwrap());
    }
}
