//! SOCKS5, with the library that reqwest uses for it. Source: RFC 1928, RFC 1929.

use std::fmt;
use std::future::{Ready, ready};
use std::io;
use std::task::{Context, Poll};

use http::Uri;
use hyper_util::client::legacy::connect::proxy::SocksV5;
use hyper_util::rt::TokioIo;
use tokio::net::{TcpStream, lookup_host};
use tower_service::Service;

use super::{Proxy, bare};
use crate::error::TransportError;

/// Opens a connection to `host`. With `local_dns`, each of its addresses is tried in turn.
pub(super) async fn connect(
    proxy: &Proxy,
    local_dns: bool,
    host: &str,
    port: u16,
) -> Result<TcpStream, TransportError> {
    if !local_dns {
        return ask(proxy, &format!("{host}:{port}")).await;
    }
    let mut last = None;
    for address in lookup_host((bare(host), port)).await? {
        match ask(proxy, &address.to_string()).await {
            Ok(stream) => return Ok(stream),
            Err(error) => last = Some(error),
        }
    }
    Err(last.unwrap_or_else(|| proxy.fault(format_args!("{host} has no address"))))
}

async fn ask(proxy: &Proxy, authority: &str) -> Result<TcpStream, TransportError> {
    let target: Uri = authority
        .parse()
        .map_err(|error| proxy.fault(format_args!("{authority}: {error}")))?;
    let given = Given(Some(TokioIo::new(proxy.reach().await?)));
    let mut socks = SocksV5::new(Uri::from_static("socks5://given"), given);
    if let Some(credentials) = proxy.credentials.clone() {
        socks = socks.with_auth(credentials.name, credentials.password);
    }
    let asked = socks.call(target).await;
    asked
        .map(TokioIo::into_inner)
        .map_err(|error| fault(proxy, &error))
}

/// The failure of a SOCKS handshake, which the library tells by its text alone.
pub(crate) fn fault(proxy: &Proxy, error: &impl fmt::Display) -> TransportError {
    let text = error.to_string();
    // "Server does not support user/pass authentication", said also when none was offered, and "credentials not accepted".
    if text.contains("authentication") || text.contains("credentials") {
        proxy.unauthorized("it did not let this client in")
    } else {
        proxy.fault(text)
    }
}

/// Gives the one connection there is to whoever asks for it.
struct Given(Option<TokioIo<TcpStream>>);

impl Service<Uri> for Given {
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
