//! Connecting through a proxy: HTTP CONNECT or SOCKS5.

mod socks;

use std::fmt;
use std::net::IpAddr;

use percent_encoding::percent_decode_str;
use tidewire_core::wire::base64;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use url::Url;

pub(crate) use socks::error as socks_error;

use super::tcp;
use crate::error::{BuildError, TransportError};

/// A proxy, from its URL.
#[derive(Clone)]
pub(crate) struct Proxy {
    kind: Kind,
    host: String,
    port: u16,
    credentials: Option<Credentials>,
    url: Url,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Http,
    Socks {
        /// Whether the client resolves names, and the proxy gets addresses.
        local_dns: bool,
    },
}

#[derive(Clone)]
struct Credentials {
    name: String,
    password: String,
}

/// The longest head of a proxy's response, in bytes.
const HEAD_LIMIT: usize = 8 << 10;

impl Proxy {
    pub(crate) fn parse(text: &str) -> Result<Proxy, BuildError> {
        // Without the URL, which may hold a password.
        let fault = |why: &str| BuildError::Proxy(why.to_owned());
        let mut url = Url::parse(text).map_err(|error| fault(&error.to_string()))?;
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
        url.set_path("");
        Ok(Proxy {
            kind,
            host,
            port,
            credentials,
            url,
        })
    }

    /// The URL with credentials, for reqwest.
    pub(crate) fn url(&self) -> &Url {
        &self.url
    }

    /// Opens a connection to `host` through the proxy. Bounded in time by the machine, which drops the future.
    pub(super) async fn connect(
        &self,
        host: &str,
        port: u16,
        local: Option<IpAddr>,
    ) -> Result<TcpStream, TransportError> {
        match self.kind {
            Kind::Http => self.tunnel(host, port, local).await,
            Kind::Socks { local_dns } => socks::connect(self, local_dns, host, port, local).await,
        }
    }

    /// Opens a TCP connection to the proxy.
    async fn open(&self, local: Option<IpAddr>) -> Result<TcpStream, TransportError> {
        let opened = tcp::connect(&self.host, self.port, local).await;
        opened.map_err(|error| self.error(format_args!("it cannot be reached: {error}")))
    }

    /// Asks an HTTP proxy for a tunnel. Source: RFC 9110, 9.3.6.
    ///
    /// By hand, because hyper-util's `Tunnel` (0.1) accepts status 200 only, and hides the status of a refusal, which the user
    /// needs to find out why.
    async fn tunnel(
        &self,
        host: &str,
        port: u16,
        local: Option<IpAddr>,
    ) -> Result<TcpStream, TransportError> {
        let mut stream = self.open(local).await?;
        let response = async {
            stream
                .write_all(self.request(host, port).as_bytes())
                .await?;
            read_head(&mut stream).await
        };
        let head = response
            .await
            .map_err(|error| self.error(format_args!("the connection broke: {error}")))?;
        match head.as_deref().and_then(status) {
            Some(200..=299) => Ok(stream),
            Some(status) => Err(self.refused(status, host, port)),
            None => Err(self.error("it is not an HTTP proxy")),
        }
    }

    fn request(&self, host: &str, port: u16) -> String {
        let mut text = format!("CONNECT {host}:{port} HTTP/1.1\r\nHost: {host}:{port}\r\n");
        if let Some(Credentials { name, password }) = &self.credentials {
            let basic = in_base64(&format!("{name}:{password}"));
            text.push_str(&format!("Proxy-Authorization: Basic {basic}\r\n"));
        }
        text.push_str("\r\n");
        text
    }

    fn refused(&self, status: u16, host: &str, port: u16) -> TransportError {
        match status {
            407 => self.unauthorized("it refused with status 407"),
            _ => self.error(format_args!(
                "it refused to connect to {host}:{port}, with status {status}"
            )),
        }
    }

    /// The proxy wants other credentials, or any; `how` it says so.
    pub(crate) fn unauthorized(&self, how: impl fmt::Display) -> TransportError {
        if self.credentials.is_some() {
            self.error(format_args!(
                "{how}: it does not accept the user name and password in its URL"
            ))
        } else {
            let scheme = self.url.scheme();
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

fn in_base64(text: &str) -> String {
    let mut encoded = String::new();
    base64::encode(text.as_bytes(), |four| encoded.extend(four.map(char::from)));
    encoded
}

/// Reads the head of a response; `None` if it is too long, or does not end.
async fn read_head(stream: &mut TcpStream) -> std::io::Result<Option<Vec<u8>>> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        // Byte by byte, because bytes after the head belong to the tunnel. This happens once per connection.
        match stream.read_u8().await {
            Ok(byte) if head.len() < HEAD_LIMIT => head.push(byte),
            Ok(_) => return Ok(None),
            Err(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => return Ok(None),
            Err(error) => return Err(error),
        }
    }
    Ok(Some(head))
}

/// The status of a response: `HTTP/1.1 200 Connection established`.
fn status(head: &[u8]) -> Option<u16> {
    let line = head.strip_prefix(b"HTTP/1.")?;
    let digits = std::str::from_utf8(line.get(2..5)?).ok()?;
    let ends = matches!(line.get(5), Some(b' ' | b'\r'));
    digits.parse().ok().filter(|_| ends && line[1] == b' ')
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
        let request = |text: &str| Proxy::parse(text).unwrap().request("[::1]", 443);
        assert_eq!(
            request("http://x"),
            "CONNECT [::1]:443 HTTP/1.1\r\nHost: [::1]:443\r\n\r\n"
        );
        // RFC 7617's own example.
        let open = request("http://Aladdin:open%20sesame@x");
        assert!(open.contains("\r\nProxy-Authorization: Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==\r\n"));
    }

    #[test]
    fn what_is_no_proxy_is_refused_and_passwords_are_not_shown() {
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

    #[test]
    fn only_an_http_answer_has_a_status() {
        assert_eq!(
            status(b"HTTP/1.1 200 Connection established\r\n\r\n"),
            Some(200)
        );
        assert_eq!(status(b"HTTP/1.0 407\r\n\r\n"), Some(407));
        for head in [
            "",
            "HTTP/1.",
            "HTTP/1.1",
            "HTTP/2 200 x",
            "HTTP/1.1 2000 x",
            "HTTP/1.1 20",
            "HTTP/1.1  20 x",
            "SSH-2.0-x",
        ] {
            assert_eq!(status(head.as_bytes()), None, "{head}");
        }
    }
}
