//! A path of TCP to a server of HTTP: requests pass, and a WebSocket waits until the test passes it on.

use std::net::Ipv4Addr;

use tokio::io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use crate::support::guarded;

pub(crate) struct HttpRelay {
    websockets: mpsc::UnboundedReceiver<HeldWebSocket>,
    task: JoinHandle<()>,
}

/// A request for a WebSocket that the server has not got yet.
pub(crate) struct HeldWebSocket {
    client: TcpStream,
    head: Vec<u8>,
    to: u16,
}

impl HttpRelay {
    /// Starts a path from a port of 127.0.0.1 to another one.
    pub(crate) async fn start(port: u16, to: u16) -> HttpRelay {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port))
            .await
            .unwrap();
        let (held, websockets) = mpsc::unbounded_channel();
        let task = tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                tokio::spawn(carry(client, to, held.clone()));
            }
        });
        HttpRelay { websockets, task }
    }

    /// The next request for a WebSocket.
    pub(crate) async fn websocket(&mut self) -> HeldWebSocket {
        guarded(self.websockets.recv()).await.unwrap()
    }
}

impl Drop for HttpRelay {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn carry(mut client: TcpStream, to: u16, held: mpsc::UnboundedSender<HeldWebSocket>) {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        // A client may give a connection up.
        let Ok(byte) = client.read_u8().await else {
            return;
        };
        head.push(byte);
    }
    let request = HeldWebSocket { client, head, to };
    if request.is_websocket() {
        // The test may have ended.
        let _ = held.send(request);
    } else {
        request.pass_on().await;
    }
}

impl HeldWebSocket {
    fn is_websocket(&self) -> bool {
        let head = self.head.to_ascii_lowercase();
        String::from_utf8_lossy(&head).contains("upgrade: websocket")
    }

    /// Carries it to the server until either side ends.
    pub(crate) async fn pass_on(mut self) {
        let Ok(mut server) = TcpStream::connect((Ipv4Addr::LOCALHOST, self.to)).await else {
            return;
        };
        if server.write_all(&self.head).await.is_ok() {
            // Either side may break off.
            let _ = copy_bidirectional(&mut self.client, &mut server).await;
        }
    }

    /// Waits until the client has given it up.
    pub(crate) async fn until_given_up(mut self) {
        // The end, or a reset.
        let read = guarded(self.client.read(&mut [0; 1])).await;
        assert!(matches!(read, Ok(0) | Err(_)), "{read:?}");
    }
}
