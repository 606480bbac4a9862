//! SOCKS5, by hyper-util, which reqwest uses for it. Source: RFC 1928, RFC 1929.

use std::fmt;
use std::future::{Ready, ready};
use std::io;
use std::net::IpAddr;
use std::task::{Context, Poll};

use http::Uri;
use hyper_util::client::legacy::connect::proxy::SocksV5;
use hyper_util::rt::TokioIo;
use tokio::net::{TcpStream, lookup_host};
use tower_service::Service;

use super::Proxy;
use crate::error::TransportError;
use crate::transport::tcp::without_brackets;

/// Opens a connection to `host`. With `local_dns`, tries its addresses in turn.
pub(super) async fn connect(
    proxy: &Proxy,
    local_dns: bool,
    host: &str,
    port: u16,
    local: Option<IpAddr>,
) -> Result<TcpStream, TransportError> {
    if !local_dns {
        return request(proxy, &format!("{host}:{port}"), local).await;
    }
    let mut last = None;
    for address in lookup_host((without_brackets(host), port)).await? {
        match request(proxy, &address.to_string(), local).await {
            Ok(stream) => return Ok(stream),
            Err(failed) => last = Some(failed),
        }
    }
    Err(last.unwrap_or_else(|| proxy.error(format_args!("{host} has no address"))))
}

/// Asks the proxy to connect to `authority`.
async fn request(
    proxy: &Proxy,
    authority: &str,
    local: Option<IpAddr>,
) -> Result<TcpStream, TransportError> {
    let target: Uri = authority
        .parse()
        .map_err(|invalid| proxy.error(format_args!("{authority}: {invalid}")))?;
    let opened = Once(Some(TokioIo::new(proxy.open(local).await?)));
    let mut socks = SocksV5::new(Uri::from_static("socks5://opened"), opened);
    if let Some(credentials) = proxy.credentials.clone() {
        socks = socks.with_auth(credentials.name, credentials.password);
    }
    let connected = socks.call(target).await;
    connected
        .map(TokioIo::into_inner)
        .map_err(|failed| error(proxy, &failed))
}

/// The failure of a SOCKS handshake. hyper-util does not export its error types, so the text must tell them apart; the tests in
/// `tests/proxy/refusing.rs` fail if an update changes it.
pub(crate) fn error(proxy: &Proxy, error: &impl fmt::Display) -> TransportError {
    let text = error.to_string();
    // "Server does not support user/pass authentication", also if none was offered, and "credentials not accepted".
    if text.contains("authentication") || text.contains("credentials") {
        proxy.unauthorized("it refused this client")
    } else {
        proxy.error(text)
    }
}

/// A connector that gives its one connection, once.
struct Once(Option<TokioIo<TcpStream>>);

impl Service<Uri> for Once {
    type Response = TokioIo<TcpStream>;
    type Error = io::Error;
    type Future = Ready<io::Result<TokioIo<TcpStream>>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Uri) -> Self::Future {
        ready(
            self.0
                .take()
                .ok_or_else(|| io::ErrorKind::NotConnected.into()),
        )
    }
}
