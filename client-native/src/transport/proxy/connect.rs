//! Connecting to the server through a proxy, and the errors of it.

use std::net::IpAddr;

use tokio::net::TcpStream;

use super::{Kind, Proxy, socks, tunnel};
use crate::error::TransportError;

impl Proxy {
    /// Opens a connection to `host` through the proxy. The machine limits the time, and drops the future.
    pub(crate) async fn connect(
        &self,
        host: &str,
        port: u16,
        local: Option<IpAddr>,
    ) -> Result<TcpStream, TransportError> {
        match self.kind {
            Kind::Http => tunnel::connect(self, host, port, local).await,
            Kind::Socks { local_dns } => socks::connect(self, local_dns, host, port, local).await,
        }
    }
}
