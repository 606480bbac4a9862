//! The two sides of a connection through a proxy.

use std::io;
use std::time::Duration;

use tidewire_testbed::FaultProxy;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

/// The time limit of a test that hangs. No test depends on its length.
const LIMIT: Duration = Duration::from_secs(60);

/// A proxy, and the server behind it.
pub(crate) struct Place {
    pub(crate) proxy: FaultProxy,
    pub(crate) listener: TcpListener,
}

/// A connection: what the client has, and what the server has.
pub(crate) struct Sides {
    pub(crate) client: Side,
    pub(crate) server: Side,
}

pub(crate) struct Side {
    pub(crate) stream: TcpStream,
    name: &'static str,
}

impl Place {
    pub(crate) async fn new(script: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let server = listener.local_addr().unwrap();
        let proxy = FaultProxy::start(server, 0, script).await.unwrap();
        Self { proxy, listener }
    }

    /// Connects a client. The server may not learn it.
    pub(crate) async fn client(&self) -> Side {
        let stream = TcpStream::connect(self.proxy.address()).await.unwrap();
        Side::new(stream, "the client")
    }

    pub(crate) async fn sides(&self) -> Sides {
        let client = self.client().await;
        let (stream, _) = within("a connection to the server", self.listener.accept())
            .await
            .unwrap();
        let server = Side::new(stream, "the server");
        Sides { client, server }
    }
}

/// A connection through a proxy with this script.
pub(crate) async fn sides(script: &str) -> (Place, Sides) {
    let place = Place::new(script).await;
    let sides = place.sides().await;
    (place, sides)
}

impl Sides {
    /// The client sends it, and the server gets the same.
    pub(crate) async fn up(&mut self, bytes: impl AsRef<[u8]>) {
        self.client.send(bytes.as_ref()).await;
        self.server.expect(bytes).await;
    }

    /// The server sends it, and the client gets the same.
    pub(crate) async fn down(&mut self, bytes: impl AsRef<[u8]>) {
        self.server.send(bytes.as_ref()).await;
        self.client.expect(bytes).await;
    }

    /// The client asks for a WebSocket, and gets it.
    pub(crate) async fn upgrade(&mut self) {
        self.up(
            "GET /socket.io/?EIO=4 HTTP/1.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n",
        )
        .await;
        self.down(
            "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n",
        )
        .await;
    }
}

impl Side {
    fn new(stream: TcpStream, name: &'static str) -> Self {
        stream.set_nodelay(true).unwrap();
        Self { stream, name }
    }

    pub(crate) async fn send(&mut self, bytes: impl AsRef<[u8]>) {
        let sent = within("a write", self.stream.write_all(bytes.as_ref())).await;
        sent.unwrap_or_else(|error| panic!("{} cannot send: {error}", self.name));
    }

    /// These bytes come next.
    pub(crate) async fn expect(&mut self, bytes: impl AsRef<[u8]>) {
        let bytes = bytes.as_ref();
        let mut got = Vec::new();
        while got.len() < bytes.len() {
            let mut buffer = vec![0; bytes.len() - got.len()];
            let what = format!(
                "{} to get {:?} after {:?}",
                self.name,
                text(bytes),
                text(&got)
            );
            let length = within(&what, self.stream.read(&mut buffer)).await;
            let length = length.unwrap_or_else(|error| panic!("{what}: {error}"));
            assert_ne!(length, 0, "{what}: an end");
            got.extend(&buffer[..length]);
        }
        assert_eq!(text(&got), text(bytes), "{}", self.name);
    }

    /// Nothing is there now.
    pub(crate) fn expect_nothing(&self) {
        let nothing = self.stream.try_read(&mut [0; 9]);
        let kind = nothing.map_err(|error| error.kind());
        assert_eq!(kind, Err(io::ErrorKind::WouldBlock), "{}", self.name);
    }

    /// Reads everything until the end, or the reset.
    pub(crate) async fn rest(&mut self) -> (Vec<u8>, io::Result<()>) {
        let mut got = Vec::new();
        let what = format!("an end for {}", self.name);
        let ended = within(&what, self.stream.read_to_end(&mut got)).await;
        (got, ended.map(drop))
    }

    pub(crate) async fn expect_end(&mut self) {
        let (got, ended) = self.rest().await;
        assert_eq!(text(&got), "", "{}", self.name);
        ended.unwrap_or_else(|error| panic!("{} gets no end: {error}", self.name));
    }

    pub(crate) async fn expect_reset(&mut self) {
        let (got, ended) = self.rest().await;
        assert_eq!(text(&got), "", "{}", self.name);
        let kind = ended.map_err(|error| error.kind());
        assert_eq!(kind, Err(io::ErrorKind::ConnectionReset), "{}", self.name);
    }

    /// Ends what this side sends.
    pub(crate) async fn finish(&mut self) {
        self.stream.shutdown().await.unwrap();
    }

    pub(crate) fn reset(self) {
        self.stream.set_zero_linger().unwrap();
    }
}

pub(crate) async fn within<T>(what: &str, future: impl Future<Output = T>) -> T {
    let ended = tokio::time::timeout(LIMIT, future).await;
    ended.unwrap_or_else(|_| panic!("waited too long for {what}"))
}

fn text(bytes: &[u8]) -> String {
    bytes.escape_ascii().to_string()
}
