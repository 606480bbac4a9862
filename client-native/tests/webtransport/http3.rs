//! A server of HTTP/3 that the test scripts byte by byte: it can break every rule below WebTransport's streams.
//!
//! Sources: RFC 9114 (frames), RFC 9204 (heads), draft-ietf-webtrans-http3 (sessions and their streams).

use std::net::Ipv4Addr;

use tidewire::{Builder, Socket};
use tidewire_core::wire::stream;
use wtransport::quinn::{self, Connection, Endpoint, RecvStream, SendStream};
use wtransport::{Identity, ServerConfig};

use crate::scripted::stranger;
use crate::support::guarded;
use crate::support::scripted::HANDSHAKE;

/// A control stream with empty SETTINGS: what it leaves out has a default.
pub(crate) const SETTINGS: &[u8] = b"\x00\x04\x00";

/// HEADERS with the status 200.
pub(crate) const ACCEPTED: &[u8] = b"\x01\x03\x00\x00\xd9";

pub(crate) struct Http3 {
    endpoint: Endpoint,
    hash: [u8; 32],
}

/// A client's connection, with its request for a session.
pub(crate) struct Request {
    pub(crate) connection: Connection,
    pub(crate) control: SendStream,
    pub(crate) to_client: SendStream,
    _from_client: RecvStream,
}

/// An open session, with its first stream.
pub(crate) struct Session {
    pub(crate) request: Request,
    pub(crate) to_client: SendStream,
    from_client: RecvStream,
}

impl Http3 {
    pub(crate) fn start() -> Http3 {
        let identity = Identity::self_signed(["127.0.0.1"]).unwrap();
        let hash = *identity.certificate_chain().as_slice()[0].hash().as_ref();
        let config = ServerConfig::builder()
            .with_bind_default(0)
            .with_identity(identity)
            .build();
        let address = (Ipv4Addr::LOCALHOST, 0).into();
        Http3 {
            endpoint: Endpoint::server(config.quic_config().clone(), address).unwrap(),
            hash,
        }
    }

    pub(crate) fn client(&self) -> Builder {
        let port = self.endpoint.local_addr().unwrap().port();
        stranger(port).server_certificate_hashes([self.hash])
    }

    /// Accepts the next client, and sends these bytes on the control stream; `None` if the client closes without a request.
    pub(crate) async fn accept(&self, control: &[u8]) -> Option<Request> {
        let incoming = guarded(self.endpoint.accept()).await.unwrap();
        let connection = guarded(incoming.accept().unwrap()).await.unwrap();
        let mut stream = guarded(connection.open_uni()).await.unwrap();
        guarded(stream.write_all(control)).await.unwrap();
        let (to_client, from_client) = guarded(connection.accept_bi()).await.ok()?;
        Some(Request {
            connection,
            control: stream,
            to_client,
            _from_client: from_client,
        })
    }

    /// Connects a client to `/`.
    pub(crate) async fn connected(&self) -> (Socket, Session) {
        let builder = self.client();
        let (socket, session) = tokio::join!(guarded(builder.connect()), self.connect());
        (socket.unwrap(), session)
    }

    /// Accepts the next client up to `/`.
    pub(crate) async fn connect(&self) -> Session {
        let mut request = self.accept(SETTINGS).await.unwrap();
        request.send(ACCEPTED).await;
        let (to_client, from_client) = guarded(request.connection.accept_bi()).await.unwrap();
        let mut session = Session {
            request,
            to_client,
            from_client,
        };
        // The stream's kind and its session, then the packet that opens.
        session.expect(b"\x40\x41\x00\x010").await;
        session.send(HANDSHAKE).await;
        session.expect(b"\x0240").await;
        session.send(r#"40{"sid":"socket"}"#).await;
        session
    }
}

impl Request {
    /// Sends bytes on the stream of the request, which a client that has closed may not take.
    pub(crate) async fn send(&mut self, bytes: &[u8]) {
        let _ = guarded(self.to_client.write_all(bytes)).await;
    }
}

impl Session {
    pub(crate) async fn expect(&mut self, bytes: &[u8]) {
        let mut read = vec![0; bytes.len()];
        guarded(self.from_client.read_exact(&mut read))
            .await
            .unwrap();
        assert_eq!(read, bytes);
    }

    pub(crate) async fn send(&mut self, text: &str) {
        let mut frame = Vec::new();
        stream::write_header(text.len(), false, &mut frame);
        frame.extend_from_slice(text.as_bytes());
        guarded(self.to_client.write_all(&frame)).await.unwrap();
    }

    /// Opens a stream of the server with these bytes, and ends it; `None` once the client has closed.
    pub(crate) async fn stream(&self, bytes: &[u8]) -> Option<()> {
        let mut stream = guarded(self.request.connection.open_uni()).await.ok()?;
        // The client may stop a stream before it has all.
        let _ = guarded(stream.write_all(bytes)).await;
        let _ = stream.finish();
        Some(())
    }

    /// The code with which the client has closed.
    pub(crate) async fn closed(&self) -> quinn::ConnectionError {
        guarded(self.request.connection.closed()).await
    }
}
