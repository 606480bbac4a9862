//! A server that does what the test says, frame by frame: to see what a client really sends, and to be sent nonsense by.

use std::io;

use futures_util::{SinkExt, StreamExt};
use tidewire::{Builder, Client};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;

use super::guarded;

/// What a socket.io 4 server says first. Its pings are far apart: no test meets one that it did not send itself.
pub(crate) const HANDSHAKE: &str = r#"0{"sid":"engine","upgrades":[],"pingInterval":25000,"pingTimeout":20000,"maxPayload":1000000}"#;

/// A port on which clients are accepted one after the other, when the test wants it.
#[derive(Debug)]
pub(crate) struct Scripted {
    listener: TcpListener,
}

impl Scripted {
    pub(crate) async fn start() -> Scripted {
        let listener = TcpListener::bind("127.0.0.1:0").await;
        Scripted {
            listener: listener.expect("a free port"),
        }
    }

    pub(crate) fn port(&self) -> u16 {
        self.listener
            .local_addr()
            .expect("it has an address")
            .port()
    }

    /// A client of this server, which does not let the test wait when it comes back.
    pub(crate) fn client(&self, namespace: &str) -> Builder {
        let pause = std::time::Duration::from_millis(1);
        Client::builder(format!("http://127.0.0.1:{}{namespace}", self.port()))
            .reconnection_delay(pause)
            .reconnection_delay_max(pause)
    }

    /// The next TCP connection, as it comes.
    pub(crate) async fn accept_tcp(&self) -> TcpStream {
        guarded(self.listener.accept()).await.expect("a client").0
    }

    /// The next client's HTTP request, to be answered by hand.
    pub(crate) async fn request(&self) -> (TcpStream, String) {
        let mut stream = self.accept_tcp().await;
        let mut request = Vec::new();
        while !request.ends_with(b"\r\n\r\n") {
            request.push(guarded(stream.read_u8()).await.expect("a request"));
        }
        (stream, String::from_utf8(request).expect("text"))
    }

    /// The next client, up to the WebSocket.
    pub(crate) async fn accept(&self) -> Conn {
        Conn::accept(self.accept_tcp().await)
            .await
            .expect("an upgrade")
    }

    /// The next client, up to Engine.IO's handshake.
    pub(crate) async fn open(&self) -> Conn {
        let mut conn = self.accept().await;
        conn.send(HANDSHAKE).await;
        conn
    }

    /// The next client, let into `/` as a server of 2.x does: unasked.
    pub(crate) async fn open_old(&self) -> Conn {
        let mut conn = self.accept().await;
        conn.send(r#"0{"sid":"engine","upgrades":[],"pingInterval":25000,"pingTimeout":20000}"#)
            .await;
        conn.send("40").await;
        conn
    }

    /// The next client, let into `namespace`, which it must ask for without auth.
    pub(crate) async fn let_in(&self, namespace: &str) -> Conn {
        let mut conn = self.open().await;
        conn.let_in(namespace).await;
        conn
    }
}

/// The server's end of one connection.
#[derive(Debug)]
pub(crate) struct Conn<S = TcpStream> {
    socket: WebSocketStream<S>,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Conn<S> {
    pub(crate) async fn accept(stream: S) -> io::Result<Conn<S>> {
        let accepted = guarded(tokio_tungstenite::accept_async(stream)).await;
        let socket = accepted.map_err(io::Error::other)?;
        Ok(Conn { socket })
    }

    /// Reads the request for `namespace` and grants it.
    pub(crate) async fn let_in(&mut self, namespace: &str) {
        let before = if namespace == "/" {
            String::new()
        } else {
            format!("{namespace},")
        };
        assert_eq!(self.text().await, format!("40{before}"));
        self.send(&format!(r#"40{before}{{"sid":"socket"}}"#)).await;
    }

    // ---- to the client ----

    pub(crate) async fn send(&mut self, text: &str) {
        self.send_raw(Message::text(text)).await;
    }

    pub(crate) async fn send_bytes(&mut self, bytes: &[u8]) {
        self.send_raw(Message::binary(bytes.to_vec())).await;
    }

    pub(crate) async fn send_raw(&mut self, message: Message) {
        guarded(self.socket.send(message))
            .await
            .expect("the client is there");
    }

    /// As [`Conn::send`], to a client that may hang up in the middle of it.
    pub(crate) async fn send_to_deaf_ears(&mut self, text: &str) {
        let _ = guarded(self.socket.send(Message::text(text))).await;
    }

    /// As [`Conn::send`], without waiting until it has gone out: for many at once.
    pub(crate) async fn feed(&mut self, text: &str) {
        guarded(self.socket.feed(Message::text(text)))
            .await
            .expect("the client is there");
    }

    pub(crate) async fn flush(&mut self) {
        guarded(self.socket.flush())
            .await
            .expect("the client is there");
    }

    /// Closes as WebSockets do.
    pub(crate) async fn close(mut self) {
        self.socket.close(None).await.expect("the client is there");
    }

    /// The stream below, to be sent what is no WebSocket.
    pub(crate) fn into_stream(self) -> S {
        self.socket.into_inner()
    }

    // ---- from the client ----

    /// The next frame; `None` at the end of the stream, whether or not it was announced.
    pub(crate) async fn next(&mut self) -> Option<Message> {
        guarded(self.socket.next()).await.and_then(Result::ok)
    }

    /// The next frame, which is text.
    pub(crate) async fn text(&mut self) -> String {
        match self.next().await {
            Some(Message::Text(text)) => text.as_str().to_owned(),
            other => panic!("a text was expected: {other:?}"),
        }
    }

    /// The next frame, which is binary.
    pub(crate) async fn bytes(&mut self) -> Vec<u8> {
        match self.next().await {
            Some(Message::Binary(bytes)) => bytes.to_vec(),
            other => panic!("bytes were expected: {other:?}"),
        }
    }

    /// The client closes now, and says nothing else before.
    pub(crate) async fn expect_close(&mut self) {
        let last = self.next().await;
        assert!(matches!(last, Some(Message::Close(_))), "{last:?}");
        // Answers the close.
        assert!(self.next().await.is_none());
    }

    /// The ack id of an event as `42<id>[...]`, and what follows.
    pub(crate) async fn asked(&mut self) -> (u64, String) {
        let text = self.text().await;
        let rest = text.strip_prefix("42").expect("an event");
        let end = rest.find('[').expect("arguments");
        let id = rest[..end].parse().expect("an ack id");
        (id, rest[end..].to_owned())
    }
}
