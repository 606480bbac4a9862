//! WebTransport for servers without HTTP/3: each session becomes a TCP connection, which carries the session's first stream.
//!
//! The official server takes sessions as objects and speaks Engine.IO over them (`engine.onWebTransportSession`), but its package
//! for HTTP/3 is built from sources that the package registry does not have. `server-testbed/peers/webtransport.js` makes sessions
//! of these connections, so that the protocol is the official server's, and QUIC that of quinn.

use std::fmt::Write as _;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};

use tokio::io::{AsyncWriteExt as _, copy};
use tokio::net::TcpStream;
use wtransport::endpoint::IncomingSession;
use wtransport::endpoint::endpoint_side::Server;
use wtransport::{Connection, Endpoint, Identity, ServerConfig, VarInt};

/// A WebTransport server on 127.0.0.1 with a certificate of its own.
#[expect(
    missing_debug_implementations,
    reason = "wtransport's endpoint has none"
)]
pub struct WebTransportFront {
    endpoint: Endpoint<Server>,
    certificate_hash: String,
}

impl WebTransportFront {
    /// Takes a UDP port; 0 takes any free port. The certificate is valid for 14 days, the most that browsers accept by a hash.
    ///
    /// # Errors
    /// If the port is taken, or no certificate can be made.
    pub fn bind(port: u16) -> io::Result<WebTransportFront> {
        let identity =
            Identity::self_signed(["localhost", "127.0.0.1"]).map_err(io::Error::other)?;
        let certificate = identity.certificate_chain().as_slice().first();
        let hash = certificate.map(wtransport::tls::Certificate::hash);
        let config = ServerConfig::builder()
            .with_bind_address((Ipv4Addr::LOCALHOST, port).into())
            .with_identity(identity)
            .build();
        Ok(WebTransportFront {
            endpoint: Endpoint::server(config)?,
            certificate_hash: hash.map_or_else(String::new, |hash| hex(hash.as_ref())),
        })
    }

    /// The SHA-256 of the certificate, for `serverCertificateHashes`, in hexadecimal digits.
    pub fn certificate_hash(&self) -> &str {
        &self.certificate_hash
    }

    /// The UDP port.
    ///
    /// # Errors
    /// If the socket has no address.
    pub fn port(&self) -> io::Result<u16> {
        Ok(self.endpoint.local_addr()?.port())
    }

    /// Accepts sessions until the future is dropped. Each goes to a TCP connection to `server`.
    pub async fn serve(&self, server: SocketAddr) {
        loop {
            let incoming = self.endpoint.accept().await;
            tokio::spawn(async move {
                if let Err(error) = accept(incoming, server).await {
                    tracing::info!("a WebTransport session ended: {error}");
                }
            });
        }
    }
}

async fn accept(incoming: IncomingSession, server: SocketAddr) -> io::Result<()> {
    let request = incoming.await.map_err(io::Error::other)?;
    let connection = request.accept().await.map_err(io::Error::other)?;
    let tcp = TcpStream::connect(server).await?;
    tcp.set_nodelay(true)?;
    tokio::select! {
        biased;
        ended = carry(&connection, tcp) => ended?,
        _ = connection.closed() => {}
    }
    connection.close(VarInt::from_u32(0), b"");
    Ok(())
}

/// Carries the session's first stream until the server ends its half.
async fn carry(connection: &Connection, tcp: TcpStream) -> io::Result<()> {
    let (mut to_client, mut from_client) =
        connection.accept_bi().await.map_err(io::Error::other)?;
    let (mut from_server, mut to_server) = tcp.into_split();
    let up = async move {
        copy(&mut from_client, &mut to_server).await?;
        // The client has ended its half; the server answers with the end of its own.
        to_server.shutdown().await
    };
    let down = async move {
        copy(&mut from_server, &mut to_client).await?;
        // Waits until the client has everything.
        to_client.finish().await.map_err(io::Error::other)
    };
    tokio::pin!(up, down);
    tokio::select! {
        ended = &mut down => ended,
        ended = &mut up => match ended {
            Ok(()) => down.await,
            failed => failed,
        },
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing into memory cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}
