//! Opening WebSockets and sending requests, by the browser.

use std::sync::Arc;
use std::time::Duration;

use tidewire_core::Target;
use tidewire_web::{Fault, Reply, Request, RequestFault, Socket, send};

use super::time::{Instant, timeout};
use super::websocket::{UNREAD, WebSocketIo};
use crate::address::Address;
use crate::connection_state::ConnectionState;
use crate::error::{BrowserError, BuildError, TransportError};
use crate::polling_body::{Body, PostBody};

#[cfg(feature = "webtransport")]
#[derive(Debug, Default)]
pub(crate) struct WebTransportSettings {
    /// The SHA-256 hashes of the certificates to trust, in place of all others.
    pub(crate) certificate_hashes: Vec<[u8; 32]>,
}

/// The user's settings of the network.
#[derive(Debug, Default)]
pub(crate) struct Settings {
    #[cfg(feature = "webtransport")]
    pub(crate) webtransport: WebTransportSettings,
    pub(crate) with_credentials: bool,
    pub(crate) request_timeout: Option<Duration>,
}

impl Settings {
    /// WebTransport is one of the transports. The browser needs no preparation.
    #[cfg(feature = "webtransport")]
    pub(crate) fn use_webtransport(&mut self) {}

    /// Makes the connector to `address`. `max_message_bytes`: the largest packet. `state`: counts what it does.
    #[expect(clippy::unnecessary_wraps, reason = "other hosts check settings here")]
    pub(crate) fn connector(
        self,
        address: Address,
        max_message_bytes: usize,
        state: Arc<ConnectionState>,
    ) -> Result<Connector, BuildError> {
        Ok(Connector {
            address: Arc::new(address),
            settings: self,
            max_message_bytes,
            state,
        })
    }
}

#[derive(Debug)]
pub(crate) struct Connector {
    pub(crate) address: Arc<Address>,
    pub(super) settings: Settings,
    pub(super) max_message_bytes: usize,
    /// Counts bytes.
    pub(crate) state: Arc<ConnectionState>,
}

impl Connector {
    pub(crate) async fn open_websocket(
        &self,
        target: &Target,
    ) -> Result<WebSocketIo, TransportError> {
        let url = self.address.url("ws", target);
        match Socket::open(&url, self.max_message_bytes, UNREAD).await {
            Ok(socket) => Ok(WebSocketIo::new(
                socket,
                self.max_message_bytes,
                self.state.clone(),
            )),
            Err(fault) => Err(refused(fault)),
        }
    }

    /// Gets packets by HTTP. The server may hold the response for the time `hold`.
    pub(crate) async fn get(
        self: Arc<Self>,
        target: Target,
        hold: Duration,
    ) -> Result<Body, TransportError> {
        let limit = self.settings.request_timeout;
        let limit = limit.map(|limit| limit.saturating_add(hold));
        let reply = self.request(&target, None, limit).await?;
        Ok(Body {
            octets: reply.kind.starts_with("application/octet-stream"),
            bytes: reply.body.into(),
        })
    }

    /// Sends packets by HTTP.
    pub(crate) async fn post(
        self: Arc<Self>,
        target: Target,
        body: PostBody,
    ) -> Result<(), TransportError> {
        let limit = self.settings.request_timeout;
        let sent = self.request(&target, Some((body.kind, body.bytes)), limit);
        sent.await.map(drop)
    }

    /// The browser keeps connections by itself.
    pub(crate) fn close_idle(&self) {}

    pub(crate) fn leave_udp_socket(&self) {}

    pub(crate) fn expire_idle(&self) -> Option<Instant> {
        None
    }

    async fn request(
        &self,
        target: &Target,
        body: Option<(&'static str, Vec<u8>)>,
        limit: Option<Duration>,
    ) -> Result<Reply, TransportError> {
        let size = body.as_ref().map_or(0, |(_, bytes)| bytes.len());
        self.state.meter.wrote(size);
        let exchange = send(Request {
            url: self.address.url("http", target),
            body,
            with_credentials: self.settings.with_credentials,
            longest: self.max_message_bytes,
            explain: target.sid.is_none(),
        });
        let outcome = match limit {
            None => exchange.await,
            Some(limit) => match timeout(limit, exchange).await {
                Ok(outcome) => outcome,
                Err(_) => return Err(TransportError::RequestTimeout),
            },
        };
        match outcome {
            Ok(reply) if (200..300).contains(&reply.status) => {
                self.state.meter.read(reply.body.len());
                Ok(reply)
            }
            Ok(reply) => Err(TransportError::refusal(reply.status, None, &reply.body)),
            Err(RequestFault::Refused(fault)) => Err(refused(fault)),
            Err(RequestFault::TooLong) => Err(TransportError::TooLarge(self.max_message_bytes)),
            Err(RequestFault::Broken) => Err(TransportError::Browser(BrowserError::Unreachable)),
        }
    }
}

pub(super) fn refused(fault: Fault) -> TransportError {
    TransportError::Browser(match fault {
        Fault::MixedContent => BrowserError::MixedContent,
        Fault::Policy(directive) => BrowserError::Policy(directive),
        Fault::Cors => BrowserError::Cors,
        Fault::Offline => BrowserError::Offline,
        Fault::Unknown => BrowserError::Unreachable,
    })
}
