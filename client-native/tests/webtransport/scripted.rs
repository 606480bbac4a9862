//! A WebTransport server that the test scripts: it sees every frame of the client and can send malformed ones.

use std::future::IntoFuture;
use std::net::Ipv4Addr;
use std::time::Duration;

use tidewire::{Builder, Client, Events, Socket, Transport};
use tidewire_core::wire::packet::Content;
use tidewire_core::wire::stream;
use wtransport::endpoint::SessionRequest;
use wtransport::endpoint::endpoint_side::Server;
use wtransport::{Connection, Endpoint, Identity, RecvStream, SendStream, ServerConfig};

use crate::support::scripted::HANDSHAKE;
use crate::support::{guarded, reconnect_after};

pub(crate) struct Scripted {
    endpoint: Endpoint<Server>,
    identity: Identity,
}

impl Scripted {
    pub(crate) fn start() -> Scripted {
        Scripted::start_at(0)
    }

    /// Starts at a UDP port; 0 takes any free port.
    pub(crate) fn start_at(port: u16) -> Scripted {
        let identity = Identity::self_signed(["localhost", "127.0.0.1"]).unwrap();
        let config = ServerConfig::builder()
            .with_bind_address((Ipv4Addr::LOCALHOST, port).into())
            .with_identity(identity.clone_identity())
            .build();
        Scripted {
            endpoint: Endpoint::server(config).unwrap(),
            identity,
        }
    }

    pub(crate) fn port(&self) -> u16 {
        self.endpoint.local_addr().unwrap().port()
    }

    /// A client that knows this server's certificate.
    pub(crate) fn client(&self) -> Builder {
        self.client_at(self.port())
    }

    /// A client that knows it, by a path from another port.
    pub(crate) fn client_at(&self, port: u16) -> Builder {
        self.trusted_by(stranger(port))
    }

    /// Lets a client trust this server.
    pub(crate) fn trusted_by(&self, builder: Builder) -> Builder {
        let chain = self.identity.certificate_chain();
        let hash = chain.as_slice()[0].hash();
        builder.server_certificate_hashes([*hash.as_ref()])
    }

    /// A client that does not know it.
    pub(crate) fn stranger(&self) -> Builder {
        stranger(self.port())
    }

    /// The certificate in PEM.
    pub(crate) fn certificate(&self) -> String {
        self.identity.certificate_chain().as_slice()[0].to_pem()
    }

    /// Accepts the next session, with the URL's path and headers of its request.
    pub(crate) async fn accept_session(&self) -> (Connection, String, Vec<(String, String)>) {
        loop {
            let request = self.accept_request().await;
            let path = request.path().to_owned();
            let headers = request.headers().iter();
            let headers = headers.map(|(name, value)| (name.clone(), value.clone()));
            let headers = headers.collect();
            if let Ok(connection) = guarded(request.accept()).await {
                return (connection, path, headers);
            }
        }
    }

    /// Refuses the next session.
    pub(crate) async fn refuse_session(&self) {
        guarded(self.accept_request().await.not_found()).await;
    }

    /// Waits for a client that refuses the certificate.
    pub(crate) async fn is_refused(&self) {
        let incoming = guarded(self.endpoint.accept()).await;
        let refused = guarded(incoming.into_future()).await.err().unwrap();
        assert!(refused.to_string().contains("certificate"), "{refused}");
    }

    /// Waits for a session that wtransport does not break: the client tries again then.
    pub(crate) async fn accept_request(&self) -> SessionRequest {
        loop {
            let incoming = guarded(self.endpoint.accept()).await;
            if let Ok(request) = guarded(incoming.into_future()).await {
                return request;
            }
        }
    }

    /// Accepts the next client up to Engine.IO's handshake.
    pub(crate) async fn accept_engine(&self) -> Conn {
        self.accept_with(HANDSHAKE).await
    }

    /// Accepts the next client with this handshake.
    pub(crate) async fn accept_with(&self, handshake: &str) -> Conn {
        let mut conn = loop {
            let (connection, ..) = self.accept_session().await;
            if let Some(conn) = Conn::new(connection).await {
                break conn;
            }
        };
        assert_eq!(conn.text().await.as_deref(), Some("0"));
        conn.send(handshake).await;
        conn
    }

    /// Accepts the next client, and connects it to `/`.
    pub(crate) async fn accept(&self) -> Conn {
        let mut conn = self.accept_engine().await;
        assert_eq!(conn.text().await.as_deref(), Some("40"));
        conn.send(r#"40{"sid":"socket"}"#).await;
        conn
    }

    /// Connects a client to `/`, with a stream of the events after `Connected`.
    pub(crate) async fn connect_with(&self, builder: Builder) -> (Socket, Events, Conn) {
        let (socket, conn) = tokio::join!(guarded(builder.connect()), self.accept());
        let socket = socket.unwrap();
        let events = socket.events();
        (socket, events, conn)
    }

    pub(crate) async fn connect(&self) -> (Socket, Events, Conn) {
        self.connect_with(self.client()).await
    }
}

pub(crate) fn stranger(port: u16) -> Builder {
    let url = format!("https://127.0.0.1:{port}/");
    let builder = Client::builder(url).transports([Transport::WebTransport]);
    reconnect_after(builder, Duration::from_millis(1))
}

/// The server's end of a session.
pub(crate) struct Conn {
    pub(crate) connection: Connection,
    pub(crate) to_client: SendStream,
    pub(crate) from_client: RecvStream,
    read: Vec<u8>,
}

impl Conn {
    /// Takes the first stream of a session; `None` if the session ends before.
    pub(crate) async fn new(connection: Connection) -> Option<Conn> {
        let (to_client, from_client) = guarded(connection.accept_bi()).await.ok()?;
        Some(Conn {
            connection,
            to_client,
            from_client,
            read: Vec::new(),
        })
    }

    /// The next frame; `None` at the end of the stream.
    pub(crate) async fn frame(&mut self) -> Option<Content<'static>> {
        loop {
            if let Some((content, end)) = stream::decode(&self.read, u64::MAX).unwrap() {
                let content = match content {
                    Content::Text(text) => Content::Text(text.into_owned().into()),
                    Content::Binary(bytes) => Content::Binary(bytes.into_owned().into()),
                };
                self.read.drain(..end);
                return Some(content);
            }
            let mut piece = [0; 4096];
            let size = guarded(self.from_client.read(&mut piece)).await.unwrap()?;
            self.read.extend_from_slice(&piece[..size]);
        }
    }

    /// The next frame, which is a text; `None` at the end of the stream.
    pub(crate) async fn text(&mut self) -> Option<String> {
        match self.frame().await? {
            Content::Text(text) => Some(text.into_owned()),
            Content::Binary(bytes) => panic!("{bytes:?}"),
        }
    }

    pub(crate) async fn send(&mut self, text: &str) {
        let mut frame = Vec::new();
        stream::write_header(text.len(), false, &mut frame);
        frame.extend_from_slice(text.as_bytes());
        self.send_bytes(&frame).await;
    }

    pub(crate) async fn send_bytes(&mut self, bytes: &[u8]) {
        guarded(self.to_client.write_all(bytes)).await.unwrap();
    }
}
