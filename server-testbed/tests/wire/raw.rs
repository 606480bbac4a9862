//! A client without a library: sends and receives WebSocket frames.

use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use serde_json::Value;
use tidewire_testbed::{Config, Testbed, spawn};
use tokio::net::{TcpSocket, TcpStream};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{WebSocketStream, client_async};

/// The time limit of a test that hangs. No test depends on its length.
pub(crate) const TIMEOUT: Duration = Duration::from_secs(60);

/// The Engine.IO version: `Eio3` carries Socket.IO protocol 4, `Eio4` protocol 5.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum EngineVersion {
    Eio3 = 3,
    Eio4 = 4,
}

pub(crate) const BOTH: [EngineVersion; 2] = [EngineVersion::Eio3, EngineVersion::Eio4];

/// A connection after its Engine.IO handshake.
pub(crate) struct Raw {
    version: EngineVersion,
    /// The `sid` of the Engine.IO handshake.
    pub(crate) sid: String,
    stream: WebSocketStream<TcpStream>,
}

pub(crate) async fn testbed() -> Testbed {
    spawn(Config::default()).await.expect("a free port")
}

impl Raw {
    /// Connects with `query` in the URL. In protocol 4, `/` is connected on return.
    pub(crate) async fn open(testbed: &Testbed, version: EngineVersion, query: &str) -> Self {
        let address = testbed.address();
        let eio = version as u8;
        let url = format!("ws://{address}/socket.io/?EIO={eio}&transport=websocket&{query}");
        // Some systems let the buffer of a client that does not read grow above the server's limits.
        let socket = TcpSocket::new_v4().expect("a socket");
        socket.set_recv_buffer_size(64 << 10).expect("a size");
        let stream = socket.connect(address).await.expect("a server");
        let (stream, _) = client_async(url, stream).await.expect("a WebSocket");
        let mut raw = Self {
            version,
            sid: String::new(),
            stream,
        };
        raw.sid = json(raw.text().await.strip_prefix('0').expect("OPEN"))["sid"]
            .as_str()
            .expect("a text")
            .to_owned();
        if version == EngineVersion::Eio3 {
            assert_eq!(raw.text().await, "40");
        }
        raw
    }

    /// Connects a namespace. Returns its id as the client knows it.
    pub(crate) async fn connect(&mut self, namespace: &str) -> String {
        self.send(&format!("40{namespace},")).await;
        let reply = self.text().await;
        let payload = reply
            .strip_prefix(&format!("40{namespace},"))
            .expect("CONNECT");
        match self.version {
            EngineVersion::Eio3 => {
                assert_eq!(payload, "");
                format!("{namespace}#{}", self.sid)
            }
            EngineVersion::Eio4 => json(payload)["sid"].as_str().expect("a text").to_owned(),
        }
    }

    pub(crate) async fn send(&mut self, frame: &str) {
        self.stream
            .send(Message::text(frame))
            .await
            .expect("an open connection");
    }

    /// Sends an attachment: the bytes, in Engine.IO 3 after a byte for the packet type.
    pub(crate) async fn send_binary(&mut self, bytes: &[u8]) {
        let frame = match self.version {
            EngineVersion::Eio3 => [&[4], bytes].concat(),
            EngineVersion::Eio4 => bytes.to_vec(),
        };
        self.stream
            .send(Message::binary(frame))
            .await
            .expect("an open connection");
    }

    /// Returns the next frame that is not a heartbeat. It must be a text.
    pub(crate) async fn text(&mut self) -> String {
        let frame = self.next().await.expect("an open connection");
        assert!(frame.is_text(), "a text, not {frame:?}");
        frame.into_text().expect("UTF-8").to_string()
    }

    /// Returns the array of the next text frame, which must be an event of this namespace.
    pub(crate) async fn event(&mut self, namespace: &str) -> Value {
        let text = self.text().await;
        json(
            text.strip_prefix(&format!("42{namespace},"))
                .expect("EVENT"),
        )
    }

    /// Returns the next frame that is not a heartbeat. It must be an attachment.
    pub(crate) async fn binary(&mut self) -> Vec<u8> {
        let frame = self.next().await.expect("an open connection");
        assert!(frame.is_binary(), "an attachment, not {frame:?}");
        let bytes = frame.into_data();
        match self.version {
            EngineVersion::Eio3 => bytes.strip_prefix(&[4]).expect("a message").to_vec(),
            EngineVersion::Eio4 => bytes.to_vec(),
        }
    }

    /// Waits until the connection has ended, and ignores all frames before.
    pub(crate) async fn end(&mut self) {
        while self.next().await.is_some() {}
    }

    async fn next(&mut self) -> Option<Message> {
        loop {
            let next = tokio::time::timeout(TIMEOUT, self.stream.next())
                .await
                .expect("no hang");
            match next?.ok()? {
                Message::Text(ping) if ping == "2" => {}
                Message::Close(_) => return None,
                message => return Some(message),
            }
        }
    }
}

pub(crate) fn json(text: &str) -> Value {
    serde_json::from_str(text).expect("JSON")
}
