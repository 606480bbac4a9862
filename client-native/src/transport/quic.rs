//! The settings of QUIC, for WebTransport.

mod endpoint;

use std::sync::Arc;
use std::time::Duration;

use rustls::ClientConfig;
use wtransport::quinn::crypto::rustls::QuicClientConfig;
use wtransport::quinn::{self, TransportConfig};
use wtransport::tls::client::ServerHashVerification;
use wtransport::tls::{Sha256Digest, WEBTRANSPORT_ALPN};

use self::endpoint::Endpoints;
pub(super) use self::endpoint::QuicEndpoint;
use super::tls::TlsSettings;
use crate::error::BuildError;

/// The user's settings of WebTransport.
#[derive(Debug, Default)]
pub(crate) struct WebTransportSettings {
    /// Whether it is one of the client's transports.
    pub(crate) is_used: bool,
    /// The SHA-256 of the certificates that are trusted in place of all others.
    pub(crate) certificate_hashes: Vec<[u8; 32]>,
}

/// QUIC of a client: the settings of each session, and its UDP sockets.
#[derive(Debug)]
pub(super) struct Quic {
    pub(super) config: quinn::ClientConfig,
    pub(super) endpoints: Endpoints,
}

/// A QUIC connection is kept alive in pauses of this length: routers forget UDP soon, and many servers give 30 s.
const KEEP_ALIVE: Duration = Duration::from_secs(15);

/// The bytes of the stream that may wait to be read, and those that may wait for the server's confirmation.
const STREAM_WINDOW: u32 = 1 << 20;

/// The bytes of all streams that may wait to be read: those of HTTP/3, too.
const WINDOW: u32 = 2 * STREAM_WINDOW;

/// The streams that a server opens for HTTP/3: three, and some that only test whether a client ignores them.
const HTTP_STREAMS: u32 = 8;

/// The bytes of datagrams that are kept. They are not read, but HTTP/3 demands that they may come.
const DATAGRAMS: usize = 64 << 10;

impl WebTransportSettings {
    /// `tls`: the client's TLS settings, which hold for QUIC, too.
    pub(super) fn build(self, tls: &TlsSettings) -> Result<Quic, BuildError> {
        let mut tls = ClientConfig::clone(&*tls.clone().build()?);
        tls.alpn_protocols = vec![WEBTRANSPORT_ALPN.to_vec()];
        if !self.certificate_hashes.is_empty() {
            let hashes = self.certificate_hashes.into_iter().map(Sha256Digest::new);
            let verifier = Arc::new(ServerHashVerification::new(hashes));
            tls.dangerous().set_certificate_verifier(verifier);
        }
        let crypto = QuicClientConfig::try_from(tls)
            .map_err(|error| BuildError::Tls(format!("WebTransport needs TLS 1.3: {error}")))?;
        let mut config = quinn::ClientConfig::new(Arc::new(crypto));
        config.transport_config(Arc::new(transport_config()));
        Ok(Quic {
            config,
            endpoints: Endpoints::default(),
        })
    }
}

/// These are limits: none of them is allocated before it is needed. An idle session takes 83 KiB whatever they are, a third of it for
/// wtransport's queues. quinn's buffer for packets that arrive (32 of 64 segments) cannot be set through wtransport.
fn transport_config() -> TransportConfig {
    let mut config = TransportConfig::default();
    config
        // Engine.IO's heartbeat notices a dead connection.
        .max_idle_timeout(None)
        .keep_alive_interval(Some(KEEP_ALIVE))
        .max_concurrent_bidi_streams(0_u32.into())
        .max_concurrent_uni_streams(HTTP_STREAMS.into())
        .stream_receive_window(STREAM_WINDOW.into())
        .receive_window(WINDOW.into())
        .send_window(STREAM_WINDOW.into())
        .datagram_receive_buffer_size(Some(DATAGRAMS));
    config
}
