//! UDP sockets with QUIC's task and buffers. A session takes one, and leaves it to the client's next session.
//!
//! quinn's buffer for packets that arrive has 2.9 MiB, of which an idle session touches some pages. An allocator that has got such a buffer
//! back clears all of it for the next session: with glibc's, 200 clients that were disconnected six times took 1.2 GB, and take 35 MB now.

use std::fmt;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use wtransport::config::{DnsLookupFuture, DnsResolver};
use wtransport::endpoint::ConnectOptions;
use wtransport::endpoint::endpoint_side::Client;
use wtransport::error::ConnectingError;
use wtransport::{Connection, Endpoint, quinn};

/// The endpoint that a client's last session has left.
#[derive(Default)]
pub(in crate::transport) struct SpareEndpoint(Mutex<Option<QuicEndpoint>>);

impl SpareEndpoint {
    /// Takes the endpoint if it is of the family of `address`.
    pub(in crate::transport) fn take(&self, address: SocketAddr) -> Option<QuicEndpoint> {
        self.lock().take_if(|spare| spare.has_family_of(address))
    }

    pub(in crate::transport) fn put(&self, endpoint: QuicEndpoint) {
        *self.lock() = Some(endpoint);
    }

    pub(in crate::transport) fn close(&self) {
        *self.lock() = None;
    }

    fn lock(&self) -> MutexGuard<'_, Option<QuicEndpoint>> {
        // A panic leaves it as it was.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for SpareEndpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("SpareEndpoint")
            .field(&self.lock().is_some())
            .finish()
    }
}

/// A UDP socket and QUIC's task.
pub(in crate::transport) struct QuicEndpoint {
    endpoint: Endpoint<Client>,
    found: Found,
}

impl QuicEndpoint {
    /// Opens a socket, at `local` if that is given, for a server at `address`.
    pub(in crate::transport) fn open(
        quic: quinn::ClientConfig,
        local: Option<IpAddr>,
        address: SocketAddr,
    ) -> io::Result<QuicEndpoint> {
        let any = match address {
            SocketAddr::V4(_) => Ipv4Addr::UNSPECIFIED.into(),
            SocketAddr::V6(_) => Ipv6Addr::UNSPECIFIED.into(),
        };
        let mut config = wtransport::ClientConfig::builder()
            .with_bind_address(SocketAddr::new(local.unwrap_or(any), 0))
            .build_with_quic_config(quic);
        let found = Found(Arc::new(Mutex::new(address)));
        config.set_dns_resolver(found.clone());
        let endpoint = Endpoint::client(config)?;
        Ok(QuicEndpoint { endpoint, found })
    }

    /// Opens a session with the server at `address`.
    pub(in crate::transport) async fn connect(
        &self,
        address: SocketAddr,
        request: ConnectOptions,
    ) -> Result<Connection, ConnectingError> {
        self.found.set(address);
        self.endpoint.connect(request).await
    }

    /// Ready when all its sessions have ended, and the servers know.
    pub(in crate::transport) async fn wait_idle(&self) {
        self.endpoint.wait_idle().await;
    }

    fn has_family_of(&self, address: SocketAddr) -> bool {
        let own = self.endpoint.local_addr();
        own.is_ok_and(|own| own.is_ipv4() == address.is_ipv4())
    }
}

/// The address that was found for a host: wtransport would try the first one alone.
#[derive(Clone, Debug)]
struct Found(Arc<Mutex<SocketAddr>>);

impl Found {
    fn set(&self, address: SocketAddr) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = address;
    }
}

impl DnsResolver for Found {
    fn resolve(&self, _: &str) -> Pin<Box<dyn DnsLookupFuture>> {
        let address = *self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Box::pin(async move { Ok(Some(address)) })
    }
}
