//! TCP connections.

use std::io;
use std::net::{IpAddr, SocketAddr};

use tokio::net::{TcpSocket, TcpStream, lookup_host};

/// Connects to a host, as a URL writes it, from `local` if that is given.
pub(super) async fn connect(host: &str, port: u16, local: Option<IpAddr>) -> io::Result<TcpStream> {
    let host = without_brackets(host);
    let Some(local) = local else {
        return TcpStream::connect((host, port)).await;
    };
    let mut last = io::Error::new(
        io::ErrorKind::AddrNotAvailable,
        format!("{host} has no address of the family of {local}"),
    );
    for address in lookup_host((host, port)).await? {
        if address.is_ipv4() != local.is_ipv4() {
            continue;
        }
        match connect_from(local, address).await {
            Ok(stream) => return Ok(stream),
            Err(error) => last = error,
        }
    }
    Err(last)
}

async fn connect_from(local: IpAddr, address: SocketAddr) -> io::Result<TcpStream> {
    let socket = if address.is_ipv4() {
        TcpSocket::new_v4()?
    } else {
        TcpSocket::new_v6()?
    };
    socket.bind(SocketAddr::new(local, 0))?;
    socket.connect(address).await
}

/// The host without the brackets that a URL puts around an IPv6 address.
pub(super) fn without_brackets(host: &str) -> &str {
    host.trim_start_matches('[').trim_end_matches(']')
}
