//! A server that the test scripts frame by frame: it sees every frame of the client and can send malformed ones.

use std::io;
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use tidewire::{Builder, Client, Events, Socket};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio_tungstenite::WebSocketStream;
use tungstenite::Message;
use tungstenite::protocol::Role;

use super::{clock, guarded, reconnect_after};

/// The handshake of a socket.io 4 server. Its pings are 25 s apart, so a test meets only pings that it sends itself.
pub(crate) const HANDSHAKE: &str = r#"0{"sid":"engine","upgrades":[],"pingInterval":25000,"pingTimeout":20000,"maxPayload":1000000}"#;

/// The [`HANDSHAKE`] with another ping interval and ping timeout, in milliseconds.
pub(crate) fn handshake(ping_interval: u32, ping_timeout: u32) -> String {
    HANDSHAKE
        .replace("25000", &ping_interval.to_string())
        .replace("20000", &ping_timeout.to_string())
}

/// A listening port; the test accepts its clients one by one.
#[derive(Debug)]
pub(crate) struct Scripted {
    listener: TcpListener,
}

impl Scripted {
    pub(crate) async fn start() -> Scripted {
        Scripted::start_at(0).await
    }

    /// Starts at a port; 0 takes any free port.
    pub(crate) async fn start_at(port: u16) -> Scripted {
        let listener = TcpListener::bind(("127.0.0.1", port)).await;
        Scripted {
            listener: listener.expect("a free port"),
        }
    }

    /// Starts with small buffers in the kernel, so that a client whose frames are not read notices soon.
    pub(crate) async fn start_with_small_buffers() -> Scripted {
        let socket = TcpSocket::new_v4().expect("a socket");
        for set in [
            TcpSocket::set_recv_buffer_size,
            TcpSocket::set_send_buffer_size,
        ] {
            set(&socket, 16 << 10).expect("a size");
        }
        let address = "127.0.0.1:0".parse().expect("an address");
        socket.bind(address).expect("a free port");
        Scripted {
            listener: socket.listen(16).expect("a listener"),
        }
    }

    pub(crate) fn port(&self) -> u16 {
        self.listener
            .local_addr()
            .expect("it has an address")
            .port()
    }

    // ---- the client of this server ----

    /// A builder for a client of this server, with reconnection delays of 1 ms.
    pub(crate) fn client(&self, namespace: &str) -> Builder {
        let builder = Client::builder(format!("http://127.0.0.1:{}{namespace}", self.port()));
        reconnect_after(builder, Duration::from_millis(1))
    }

    /// Connects a default client to `/`.
    pub(crate) async fn connect(&self) -> (Socket, Conn) {
        self.connect_with(self.client("/")).await
    }

    /// Connects the client of `builder` to `/`.
    pub(crate) async fn connect_with(&self, builder: Builder) -> (Socket, Conn) {
        let (socket, conn) = tokio::join!(builder.connect(), self.accept_namespace("/"));
        (socket.expect("it connects"), conn)
    }

    /// Connects the client of `builder` to `/`, with a stream of the events after `Connected`.
    pub(crate) async fn connect_with_events(&self, builder: Builder) -> (Socket, Events, Conn) {
        let (socket, conn) = self.connect_with(builder).await;
        let events = socket.events();
        (socket, events, conn)
    }

    // ---- accepting, up to one layer or another ----

    /// Accepts the next TCP connection.
    pub(crate) async fn accept_tcp(&self) -> TcpStream {
        guarded(self.listener.accept()).await.expect("a client").0
    }

    /// Accepts the next HTTP request; the test writes the response.
    pub(crate) async fn accept_request(&self) -> (TcpStream, String) {
        let mut stream = self.accept_tcp().await;
        let head = read_head(&mut stream).await;
        (stream, head)
    }

    /// Accepts the next client up to the WebSocket.
    pub(crate) async fn accept_websocket(&self) -> Conn {
        Conn::accept(self.accept_tcp().await)
            .await
            .expect("a WebSocket handshake")
    }

    /// Accepts the next client up to Engine.IO's handshake.
    pub(crate) async fn accept_engine(&self) -> Conn {
        let mut conn = self.accept_websocket().await;
        conn.send(HANDSHAKE).await;
        conn
    }

    /// Accepts the next client as a socket.io 2.x server does, which connects it to `/` unasked.
    pub(crate) async fn accept_eio3(&self) -> Conn {
        let mut conn = self.accept_websocket().await;
        conn.send(r#"0{"sid":"engine","upgrades":[],"pingInterval":25000,"pingTimeout":20000}"#)
            .await;
        conn.send("40").await;
        conn
    }

    /// Accepts the next client up to `namespace`, for which its CONNECT must carry no auth.
    pub(crate) async fn accept_namespace(&self, namespace: &str) -> Conn {
        let mut conn = self.accept_engine().await;
        conn.accept_namespace(namespace).await;
        conn
    }

    // ---- connections that must not come ----

    /// Checks that no client connects, neither now nor after seconds on a stopped clock.
    ///
    /// The test connects last, and the kernel keeps the order: an attempt of a client would be accepted first.
    pub(crate) async fn expect_no_attempt(&self) {
        clock::settle().await;
        assert_eq!(self.drop_attempts().await, 0, "a client has connected");
    }

    /// Accepts and drops the connections that clients have begun by now; returns how many there were.
    pub(crate) async fn drop_attempts(&self) -> usize {
        let own = TcpStream::connect(("127.0.0.1", self.port())).await;
        let own = own.expect("the port is open").local_addr().expect("bound");
        let mut attempts = 0;
        while self.accept_tcp().await.peer_addr().ok() != Some(own) {
            attempts += 1;
        }
        attempts
    }
}

/// Reads the head of a request.
pub(crate) async fn read_head(stream: &mut TcpStream) -> String {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(guarded(stream.read_u8()).await.expect("a request"));
    }
    String::from_utf8(head).expect("text")
}

/// The server side of one WebSocket.
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

    /// A WebSocket after its handshake.
    pub(crate) async fn over(stream: S) -> Conn<S> {
        let socket = WebSocketStream::from_raw_socket(stream, Role::Server, None).await;
        Conn { socket }
    }

    /// Reads the CONNECT for `namespace` and accepts it.
    pub(crate) async fn accept_namespace(&mut self, namespace: &str) {
        let prefix = if namespace == "/" {
            String::new()
        } else {
            format!("{namespace},")
        };
        assert_eq!(self.text().await, format!("40{prefix}"));
        self.send(&format!(r#"40{prefix}{{"sid":"socket"}}"#)).await;
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
            .expect("the client is connected");
    }

    /// Sends text to a client that may close the connection before it has read all of it.
    pub(crate) async fn try_send(&mut self, text: &str) {
        let _ = guarded(self.socket.send(Message::text(text))).await;
    }

    /// Queues text without flushing it, so that several frames go out together.
    pub(crate) async fn feed(&mut self, text: &str) {
        guarded(self.socket.feed(Message::text(text)))
            .await
            .expect("the client is connected");
    }

    pub(crate) async fn flush(&mut self) {
        guarded(self.socket.flush())
            .await
            .expect("the client is connected");
    }

    /// Sends a WebSocket close frame.
    pub(crate) async fn close(mut self) {
        self.socket
            .close(None)
            .await
            .expect("the client is connected");
    }

    /// The stream below the WebSocket, for bytes that are not frames.
    pub(crate) fn into_stream(self) -> S {
        self.socket.into_inner()
    }

    // ---- from the client ----

    /// The next frame; `None` at the end of the stream, with or without a close frame.
    pub(crate) async fn next(&mut self) -> Option<Message> {
        guarded(self.socket.next()).await.and_then(Result::ok)
    }

    /// The next frame, which must be text.
    pub(crate) async fn text(&mut self) -> String {
        match self.next().await {
            Some(Message::Text(text)) => text.as_str().to_owned(),
            other => panic!("expected text, got {other:?}"),
        }
    }

    /// The next frame, which must be binary.
    pub(crate) async fn bytes(&mut self) -> Vec<u8> {
        match self.next().await {
            Some(Message::Binary(bytes)) => bytes.to_vec(),
            other => panic!("expected bytes, got {other:?}"),
        }
    }

    /// The next frame, which must be a close frame and the last one.
    pub(crate) async fn expect_close(&mut self) {
        let last = self.next().await;
        assert!(matches!(last, Some(Message::Close(_))), "{last:?}");
        // Reading on answers the close.
        assert!(self.next().await.is_none());
    }

    /// The next frame, which must be an event with an ack id; returns the id and the JSON array.
    pub(crate) async fn event_with_ack(&mut self) -> (u64, String) {
        let text = self.text().await;
        let rest = text.strip_prefix("42").expect("an event");
        let end = rest.find('[').expect("arguments");
        let id = rest[..end].parse().expect("an ack id");
        (id, rest[end..].to_owned())
    }

    /// Checks that nothing is on its way to the server: a ping is answered first.
    pub(crate) async fn expect_pong_next(&mut self) {
        self.send("2").await;
        assert_eq!(self.text().await, "3");
    }
}
