//! A proxy between client and server: its URL and its errors.

mod connect;
mod socks;
mod tunnel;

use std::fmt;
use std::net::IpAddr;

use percent_encoding::percent_decode_str;
use tokio::net::TcpStream;
use url::Url;

use super::tcp;
use crate::error::{BuildError, TransportError};

/// A proxy, from its URL.
#[derive(Clone)]
pub(crate) struct Proxy {
    pub(super) kind: Kind,
    host: String,
    port: u16,
    pub(super) credentials: Option<Credentials>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Http,
    Socks {
        /// Whether the client resolves names, and the proxy gets addresses.
        local_dns: bool,
    },
}

#[derive(Clone)]
pub(super) struct Credentials {
    pub(super) name: String,
    pub(super) password: String,
}

impl Proxy {
    pub(crate) fn parse(text: &str) -> Result<Proxy, BuildError> {
        // Without the URL, which may hold a password.
        let fault = |why: &str| BuildError::Proxy(why.to_owned());
        let url = Url::parse(text).map_err(|error| fault(&error.to_string()))?;
        let kind = match url.scheme() {
            "http" => Kind::Http,
            "socks5" => Kind::Socks { local_dns: true },
            "socks5h" => Kind::Socks { local_dns: false },
            other => {
                return Err(fault(&format!(
                    "its scheme is `{other}`: use http, socks5 or socks5h"
                )));
            }
        };
        let host = url
            .host_str()
            .filter(|host| !host.is_empty())
            .ok_or_else(|| fault("it has no host"))?
            .to_owned();
        let port = url.port_or_known_default().unwrap_or(SOCKS_PORT);
        let credentials = credentials(&url);
        Ok(Proxy {
            kind,
            host,
            port,
            credentials,
        })
    }

    fn scheme(&self) -> &'static str {
        match self.kind {
            Kind::Http => "http",
            Kind::Socks { local_dns: true } => "socks5",
            Kind::Socks { local_dns: false } => "socks5h",
        }
    }

    /// Opens a TCP connection to the proxy.
    pub(super) async fn open(&self, local: Option<IpAddr>) -> Result<TcpStream, TransportError> {
        let opened = tcp::connect(&self.host, self.port, local).await;
        opened.map_err(|error| self.error(format_args!("it cannot be reached: {error}")))
    }

    /// The proxy wants other credentials, or any; `how` it says so.
    pub(crate) fn unauthorized(&self, how: impl fmt::Display) -> TransportError {
        if self.credentials.is_some() {
            self.error(format_args!(
                "{how}: it does not accept the user name and password in its URL"
            ))
        } else {
            let scheme = self.scheme();
            self.error(format_args!(
                "{how}: put a user name and password into its URL, as {scheme}://name:password@host:port"
            ))
        }
    }

    pub(crate) fn error(&self, why: impl fmt::Display) -> TransportError {
        TransportError::Proxy(format!("{self}: {why}"))
    }
}

/// Without credentials, for errors and logs.
impl fmt::Display for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.host, self.port)
    }
}

impl fmt::Debug for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Proxy({:?}, {self})", self.kind)
    }
}

/// The port that IANA assigns to SOCKS.
const SOCKS_PORT: u16 = 1080;

fn credentials(url: &Url) -> Option<Credentials> {
    let decoded = |text: &str| percent_decode_str(text).decode_utf8_lossy().into_owned();
    if url.username().is_empty() && url.password().is_none() {
        return None;
    }
    Some(Credentials {
        name: decoded(url.username()),
        password: decoded(url.password().unwrap_or_default()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_is_kind_address_and_credentials() {
        for (text, kind, shown) in [
            ("http://proxy", Kind::Http, "proxy:80"),
            ("http://u:p@[::1]:8080/", Kind::Http, "[::1]:8080"),
            (
                "socks5://proxy",
                Kind::Socks { local_dns: true },
                "proxy:1080",
            ),
            (
                "socks5h://proxy:1",
                Kind::Socks { local_dns: false },
                "proxy:1",
            ),
        ] {
            let proxy = Proxy::parse(text).unwrap();
            assert_eq!(
                (proxy.kind, proxy.to_string().as_str()),
                (kind, shown),
                "{text}"
            );
        }
    }

    #[test]
    fn an_invalid_proxy_url_is_refused_and_passwords_are_not_shown() {
        for text in [
            "",
            "proxy:8080",
            "https://proxy",
            "ftp://x",
            "http://",
            "socks5:///",
            "socks4://x",
        ] {
            assert!(
                matches!(Proxy::parse(text), Err(BuildError::Proxy(_))),
                "{text}"
            );
        }
        let proxy = Proxy::parse("http://me:secret@proxy").unwrap();
        let shown = format!("{proxy:?} {proxy} {}", proxy.unauthorized("no"));
        assert!(!shown.contains("secret"), "{shown}");
        let broken = Proxy::parse("http://me:secret@pro xy").unwrap_err();
        assert!(!broken.to_string().contains("secret"), "{broken}");
    }
}
