//! Settings that a browser has not: headers, cookies, proxy, local address, compression, TLS.

use std::net::IpAddr;
use std::sync::Arc;

use http::{HeaderName, HeaderValue, header};

use super::Builder;
use crate::connect_limit::ConnectLimit;
use crate::error::BuildError;
#[cfg(feature = "deflate")]
use crate::transport::deflate::{Offer, PerMessageDeflate};
use crate::transport::proxy::Proxy;

/// # Headers
impl Builder {
    /// Adds a header to every request. The header `Cookie` is a list of cookies, for each of which the rules of
    /// [`cookie`](Builder::cookie) hold; their values may have any signs that HTTP allows.
    ///
    /// # Errors
    /// `connect` and `build` fail with [`BuildError::Header`] if HTTP does not allow the name or value.
    pub fn header(mut self, name: &str, value: &str) -> Self {
        match (HeaderName::try_from(name), HeaderValue::try_from(value)) {
            (Ok(header::COOKIE), Ok(_)) => {
                let cookies = value.split(';').map(str::trim);
                for cookie in cookies.filter(|cookie| !cookie.is_empty()) {
                    self.add_cookie(cookie.to_owned());
                }
            }
            (Ok(name), Ok(value)) => {
                self.network.headers.append(name, value);
            }
            (Err(error), _) => self.record_error(BuildError::Header(format!("{name}: {error}"))),
            (_, Err(error)) => self.record_error(BuildError::Header(format!("{name}: {error}"))),
        }
        self
    }

    /// Adds a cookie to every request, with every transport, beside those that the server sets. The newest value of a name counts:
    /// the last call's, until the server sets another.
    ///
    /// # Errors
    /// `connect` and `build` fail with [`BuildError::Header`] if RFC 6265 does not allow the name or value.
    pub fn cookie(mut self, name: &str, value: &str) -> Self {
        let is_valid_value = value
            .bytes()
            .all(|byte| byte.is_ascii_graphic() && !b"\",;\\".contains(&byte));
        // A cookie's name is a token, as that of a header.
        if HeaderName::try_from(name).is_ok() && is_valid_value {
            self.add_cookie(format!("{name}={value}"));
        } else {
            self.record_error(BuildError::Header(format!("Cookie: {name}")));
        }
        self
    }

    /// Adds a cookie, written as `name=value`, in place of one of the same name.
    fn add_cookie(&mut self, cookie: String) {
        let name = |cookie: &str| cookie.split('=').next().map(str::to_owned);
        self.network
            .cookies
            .retain(|old| name(old) != name(&cookie));
        self.network.cookies.push(cookie);
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
    /// `connect` and `build` fail with [`BuildError::Proxy`] if the URL is invalid or has another
    /// scheme.
    pub fn proxy(mut self, url: &str) -> Self {
        match Proxy::parse(url) {
            Ok(proxy) => self.network.proxy = Some(Box::new(proxy)),
            Err(error) => self.record_error(error),
        }
        self
    }

    /// Connects from this local IP address, on machines that have several. Default: the system's choice.
    pub fn local_address(mut self, address: IpAddr) -> Self {
        self.network.local_address = Some(address);
        self
    }
}

impl Builder {
    /// Limits the connections that are being opened at the same time, together with other clients.
    pub(crate) fn connect_limit(mut self, limit: ConnectLimit) -> Self {
        self.network.connect_limit = Some(Box::new(limit));
        self
    }
}

/// # Compression
#[cfg(feature = "deflate")]
impl Builder {
    /// Offers the server to compress WebSocket messages (permessage-deflate, RFC 7692). Default: none are compressed. Needs the cargo
    /// feature `deflate`.
    ///
    /// socket.io 2.1 compresses by default, 2.5 and 4.8 with the option `perMessageDeflate`. Compression pays for
    /// large messages over slow networks; it costs CPU and memory on both sides, see [`PerMessageDeflate`]. A message counts with
    /// its size before the compression in every limit. A server that does not compress leaves the offer out of its answer, and the
    /// connection goes on without.
    pub fn per_message_deflate(mut self, settings: PerMessageDeflate) -> Self {
        self.network.deflate = Offer::new(settings);
        self.options.compressed = settings.threshold;
        self
    }
}

/// # TLS
impl Builder {
    /// Trusts the certificates in this PEM text, in addition to the others.
    ///
    /// # Errors
    /// `connect` and `build` fail with [`BuildError::Tls`] if it has no certificate.
    pub fn root_certificate_pem(mut self, pem: &[u8]) -> Self {
        if let Err(error) = self.network.tls.add_pem(pem) {
            self.record_error(error);
        }
        self
    }

    /// Whether to trust the system's certificates in place of the built-in ones, which are Mozilla's. Default: no. They are read
    /// when the first client of the process needs them, and again when none is left that has them.
    pub fn native_roots(mut self, native: bool) -> Self {
        self.network.tls.native_roots = native;
        self
    }

    /// Sets a rustls configuration that replaces all other TLS settings, for client certificates or pinning. The type is
    /// that of the re-exported [`rustls`].
    pub fn rustls_config(mut self, config: Arc<rustls::ClientConfig>) -> Self {
        self.network.tls.config = Some(config);
        self
    }
}
