//! Settings of the way to the server: transports, proxy, TLS.

use std::sync::Arc;

use tidewire_core::Transport;

use super::Builder;
use crate::transport::proxy::Proxy;

/// The way to the server.
impl Builder {
    /// The transports to use; the first one opens the connection. Default: WebSocket alone.
    ///
    /// With polling first and WebSocket among them, the session upgrades to a WebSocket if server and network let it.
    pub fn transports(mut self, transports: impl IntoIterator<Item = Transport>) -> Self {
        self.config.transports = transports.into_iter().collect();
        self
    }

    /// Whether to upgrade from polling to a WebSocket. Default: yes.
    pub fn upgrade(mut self, upgrade: bool) -> Self {
        self.config.upgrade = upgrade;
        self
    }

    /// Whether to begin with a WebSocket after a connection on which it worked. Default: no.
    pub fn remember_upgrade(mut self, remember: bool) -> Self {
        self.config.remember_upgrade = remember;
        self
    }

    /// Whether to try the next transport when one cannot be opened. Default: no.
    pub fn try_all_transports(mut self, all: bool) -> Self {
        self.config.try_all_transports = all;
        self
    }

    /// Goes through a proxy, with all transports: an HTTP proxy (`http://host:port`), or one of SOCKS5 that gets addresses
    /// (`socks5://host:port`) or looks names up itself (`socks5h://host:port`). A name and a password for it go into the URL:
    /// `http://name:password@host:port`, percent-encoded. Default: none. The environment (`HTTP_PROXY`, ...) is not read:
    /// what a program connects to is its own to say.
    ///
    /// WebSockets, and polling over TLS, go through an HTTP proxy by CONNECT; polling without TLS is given to it as requests.
    ///
    /// # Errors
    /// [`BuildError::Proxy`](crate::BuildError::Proxy) when this is no such URL, told by `connect` and `build`.
    pub fn proxy(mut self, url: &str) -> Self {
        match Proxy::parse(url) {
            Ok(proxy) => self.proxy = Some(Box::new(proxy)),
            Err(error) => self.blame(error),
        }
        self
    }

    // ---- TLS ----

    /// Trusts the certificates in this PEM text as well.
    pub fn root_certificate_pem(mut self, pem: &[u8]) -> Self {
        if let Err(error) = self.tls.add_pem(pem) {
            self.blame(error);
        }
        self
    }

    /// Whether to trust the system's certificates instead of the built-in ones of Mozilla's program. Default: no.
    pub fn native_roots(mut self, native: bool) -> Self {
        self.tls.native_roots = native;
        self
    }

    /// A configuration of rustls that replaces all other TLS settings: client certificates, pinning, ...
    pub fn rustls_config(mut self, config: Arc<rustls::ClientConfig>) -> Self {
        self.tls.config = Some(config);
        self
    }
}
