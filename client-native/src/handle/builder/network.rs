//! Settings of the network: transports, proxy, local address, TLS.

use std::net::IpAddr;
use std::sync::Arc;

use tidewire_core::Transport;

use super::Builder;
use crate::transport::proxy::Proxy;

/// # Transports
impl Builder {
    /// The transports to use. The first one opens the connection. Default: WebSocket only.
    ///
    /// With polling first and WebSocket among them, the session is upgraded to a WebSocket if the server offers it.
    ///
    /// # Errors
    /// `connect` and `build` fail with [`BuildError::NoPolling`](crate::BuildError::NoPolling) if polling is among them and the
    /// cargo feature `polling` is off, and with [`BuildError::NoTransports`](crate::BuildError::NoTransports) if there is none.
    pub fn transports(mut self, transports: impl IntoIterator<Item = Transport>) -> Self {
        self.config.transports = transports.into_iter().collect();
        self
    }

    /// Whether to upgrade from polling to a WebSocket. Default: yes.
    pub fn upgrade(mut self, upgrade: bool) -> Self {
        self.config.upgrade = upgrade;
        self
    }

    /// Whether to open with a WebSocket after a connection on which it worked. Default: no.
    pub fn remember_upgrade(mut self, remember: bool) -> Self {
        self.config.remember_upgrade = remember;
        self
    }

    /// Whether to try the next transport if one cannot be opened. Default: no.
    pub fn try_all_transports(mut self, all: bool) -> Self {
        self.config.try_all_transports = all;
        self
    }
}

/// # Proxy and local address
impl Builder {
    /// Connects through a proxy, with every transport. Default: none.
    ///
    /// | URL | proxy |
    /// |---|---|
    /// | `http://host:port` | HTTP, by CONNECT; polling without TLS is sent to it as plain requests |
    /// | `socks5://host:port` | SOCKS5; the client resolves names |
    /// | `socks5h://host:port` | SOCKS5; the proxy resolves names |
    ///
    /// User name and password stand in the URL, percent-encoded: `http://name:password@host:port`. The environment
    /// (`HTTP_PROXY`, ...) is not read.
    ///
    /// # Errors
    /// `connect` and `build` fail with [`BuildError::Proxy`](crate::BuildError::Proxy) if the URL is invalid or has another
    /// scheme.
    pub fn proxy(mut self, url: &str) -> Self {
        match Proxy::parse(url) {
            Ok(proxy) => self.proxy = Some(Box::new(proxy)),
            Err(error) => self.record_error(error),
        }
        self
    }

    /// Connects from this local IP address, on machines that have several. Default: the system's choice.
    pub fn local_address(mut self, address: IpAddr) -> Self {
        self.local_address = Some(address);
        self
    }
}

/// # TLS
impl Builder {
    /// Trusts the certificates in this PEM text, in addition to the others.
    ///
    /// # Errors
    /// `connect` and `build` fail with [`BuildError::Tls`](crate::BuildError::Tls) if it has no certificate.
    pub fn root_certificate_pem(mut self, pem: &[u8]) -> Self {
        if let Err(error) = self.tls.add_pem(pem) {
            self.record_error(error);
        }
        self
    }

    /// Whether to trust the system's certificates in place of the built-in ones, which are Mozilla's. Default: no. They are read
    /// when the first client of the process needs them, and again when none is left that has them.
    pub fn native_roots(mut self, native: bool) -> Self {
        self.tls.native_roots = native;
        self
    }

    /// Sets a rustls configuration that replaces all other TLS settings, for client certificates or pinning. The type is
    /// that of the re-exported [`rustls`].
    pub fn rustls_config(mut self, config: Arc<rustls::ClientConfig>) -> Self {
        self.tls.config = Some(config);
        self
    }
}
