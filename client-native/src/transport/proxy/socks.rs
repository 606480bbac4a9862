//! SOCKS5, by hyper-util. Source: RFC 1928, RFC 1929.

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
        .map_err(|failed| match failed {
            SocksError::<Once>::V5(failed) => handshake_error(proxy, &failed),
            other => proxy.error(other),
        })
}

/// The errors of hyper-util's SOCKS client. They have no other public name.
type SocksError<C> = <SocksV5<C> as Service<Uri>>::Error;

/// Converts the error of a SOCKS handshake. hyper-util 0.1 hides the type that tells credentials from other reasons; only
/// the name of its variant in `Debug` is left. The tests in `tests/proxy/refusing.rs` fail if an update changes it.
fn handshake_error(proxy: &Proxy, error: &(impl fmt::Debug + fmt::Display)) -> TransportError {
    if format!("{error:?}").starts_with("Auth(") {
        proxy.unauthorized("it refused this client")
    } else {
        proxy.error(error)
    }
}

/// A connector that gives its one connection, once.
pub(super) struct Once(Option<TokioIo<TcpStream>>);

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
