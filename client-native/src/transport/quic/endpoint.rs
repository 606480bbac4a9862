//! UDP sockets with QUIC's task and buffers. All sessions of a client share one, and its attempts, too.
//!
//! quinn's buffer for packets that arrive has 2.9 MiB, of which an idle session touches some pages. An allocator that has got such a buffer
//! back clears all of it for the next one: with glibc's, 200 clients that were disconnected six times took 1.2 GB, and take 35 MB now.

use std::fmt;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;
use wtransport::config::{DnsLookupFuture, DnsResolver};
use wtransport::endpoint::ConnectOptions;
use wtransport::endpoint::endpoint_side::Client;
use wtransport::error::ConnectingError;
use wtransport::{Connection, Endpoint, quinn};

/// How long a socket may go without any answer before a new one takes its place, however short the attempts are. QUIC forgets a try
/// 3 s after its end, and frees the socket then.
const UNANSWERED: Duration = Duration::from_secs(10);

/// The endpoints of a client: one for each family of addresses that its server has.
#[derive(Default)]
pub(in crate::transport) struct Endpoints(Mutex<[Option<Arc<QuicEndpoint>>; 2]>);

impl Endpoints {
    /// Returns the endpoint for a server at `address`, and whether it is a new one: `open` opens it if there is none that gets answers.
    pub(in crate::transport) fn get(
        &self,
        address: SocketAddr,
        open: impl FnOnce() -> io::Result<QuicEndpoint>,
    ) -> io::Result<(Arc<QuicEndpoint>, bool)> {
        let mut endpoints = self.lock();
        let endpoint = &mut endpoints[usize::from(address.is_ipv6())];
        if let Some(current) = endpoint.as_ref().filter(|current| !current.is_unanswered()) {
            return Ok((current.clone(), false));
        }
        let new = endpoint.insert(Arc::new(open()?));
        Ok((new.clone(), true))
    }

    /// Returns another endpoint than `failed`: `open` opens it, unless another attempt has done so.
    pub(in crate::transport) fn other(
        &self,
        failed: &Arc<QuicEndpoint>,
        address: SocketAddr,
        open: impl FnOnce() -> io::Result<QuicEndpoint>,
    ) -> io::Result<Arc<QuicEndpoint>> {
        let mut endpoints = self.lock();
        let endpoint = &mut endpoints[usize::from(address.is_ipv6())];
        if let Some(current) = endpoint
            .as_ref()
            .filter(|current| !Arc::ptr_eq(current, failed))
        {
            return Ok(current.clone());
        }
        let new = endpoint.insert(Arc::new(open()?));
        Ok(new.clone())
    }

    /// Leaves all of them. A socket closes when its last session has ended.
    pub(in crate::transport) fn leave(&self) {
        *self.lock() = [None, None];
    }

    fn lock(&self) -> MutexGuard<'_, [Option<Arc<QuicEndpoint>>; 2]> {
        // A panic leaves them as they were.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Endpoints {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let open = self.lock().iter().flatten().count();
        f.debug_tuple("Endpoints").field(&open).finish()
    }
}

/// A UDP socket and QUIC's task.
pub(in crate::transport) struct QuicEndpoint {
    endpoint: Endpoint<Client>,
    found: Found,
    /// When the first of the tries began that got no answer, if the last one did not.
    unanswered: Mutex<Option<Instant>>,
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
        Ok(QuicEndpoint {
            endpoint: Endpoint::client(config)?,
            found,
            unanswered: Mutex::new(None),
        })
    }

    /// Opens a session with the server at `address`.
    pub(in crate::transport) async fn connect(
        &self,
        address: SocketAddr,
        request: ConnectOptions,
    ) -> Result<Connection, ConnectingError> {
        self.unanswered().get_or_insert_with(Instant::now);
        // wtransport asks for the address before it waits for anything.
        self.found.set(address);
        let outcome = self.endpoint.connect(request).await;
        // An error is an answer, too: without one, the caller gives up.
        *self.unanswered() = None;
        outcome
    }

    /// Ready when all its sessions have ended, and the servers know.
    pub(in crate::transport) async fn wait_idle(&self) {
        self.endpoint.wait_idle().await;
    }

    /// Whether a router or a load balancer may send its packets to a server that has gone.
    fn is_unanswered(&self) -> bool {
        let since = *self.unanswered();
        since.is_some_and(|since| since.elapsed() >= UNANSWERED)
    }

    fn unanswered(&self) -> MutexGuard<'_, Option<Instant>> {
        self.unanswered
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
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
