//! A client without a library: websocket frames in and out, just enough to say what is on the wire.

use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use serde_json::Value;
use tidewire_testbed::{Config, Testbed, spawn};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

/// Ends a test that hangs; no test depends on its length.
pub(crate) const HANG: Duration = Duration::from_secs(60);

/// The engine's generation: `V3` goes with Socket.IO protocol 4, `V4` with 5.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Engine {
    V3 = 3,
    V4 = 4,
}

pub(crate) const BOTH: [Engine; 2] = [Engine::V3, Engine::V4];

/// A connection whose engine handshake is done.
pub(crate) struct Raw {
    engine: Engine,
    /// The `sid` of the engine's handshake.
    pub(crate) sid: String,
    stream: WebSocketStream<MaybeTlsStream<TcpStream>>,
}

pub(crate) async fn testbed() -> Testbed {
    spawn(Config::default()).await.expect("a free port")
}

impl Raw {
    /// Connects with `query` in the URL. In protocol 4 `/` is joined on return.
    pub(crate) async fn open(testbed: &Testbed, engine: Engine, query: &str) -> Self {
        let address = testbed.address();
        let eio = engine as u8;
        let url = format!("ws://{address}/socket.io/?EIO={eio}&transport=websocket&{query}");
        let (stream, _) = connect_async(url).await.expect("a websocket");
        let mut raw = Self {
            engine,
            sid: String::new(),
            stream,
        };
        raw.sid = json(raw.text().await.strip_prefix('0').expect("OPEN"))["sid"]
            .as_str()
            .expect("a text")
            .to_owned();
        if engine == Engine::V3 {
            assert_eq!(raw.text().await, "40");
        }
        raw
    }

    /// Joins a namespace and answers the id that its client knows it by.
    pub(crate) async fn join(&mut self, namespace: &str) -> String {
        self.send(&format!("40{namespace},")).await;
        let answer = self.text().await;
        let payload = answer
            .strip_prefix(&format!("40{namespace},"))
            .expect("CONNECT");
        match self.engine {
            Engine::V3 => {
                assert_eq!(payload, "");
                format!("{namespace}#{}", self.sid)
            }
            Engine::V4 => json(payload)["sid"].as_str().expect("a text").to_owned(),
        }
    }

    pub(crate) async fn send(&mut self, frame: &str) {
        self.stream
            .send(Message::text(frame))
            .await
            .expect("an open connection");
    }

    /// Sends an attachment: bare bytes, with a type before them in the older generation.
    pub(crate) async fn send_binary(&mut self, bytes: &[u8]) {
        let frame = match self.engine {
            Engine::V3 => [&[4], bytes].concat(),
            Engine::V4 => bytes.to_vec(),
        };
        self.stream
            .send(Message::binary(frame))
            .await
            .expect("an open connection");
    }

    /// The next frame that is no heartbeat, which must be a text.
    pub(crate) async fn text(&mut self) -> String {
        let frame = self.next().await.expect("an open connection");
        assert!(frame.is_text(), "a text, not {frame:?}");
        frame.into_text().expect("UTF-8").to_string()
    }

    /// The next text frame, which must be an event of this namespace: its array.
    pub(crate) async fn event(&mut self, namespace: &str) -> Value {
        let text = self.text().await;
        json(
            text.strip_prefix(&format!("42{namespace},"))
                .expect("EVENT"),
        )
    }

    /// The next frame that is no heartbeat, which must be an attachment.
    pub(crate) async fn binary(&mut self) -> Vec<u8> {
        let frame = self.next().await.expect("an open connection");
        assert!(frame.is_binary(), "an attachment, not {frame:?}");
        let bytes = frame.into_data();
        match self.engine {
            Engine::V3 => bytes.strip_prefix(&[4]).expect("a message").to_vec(),
            Engine::V4 => bytes.to_vec(),
        }
    }

    /// Waits until the connection has ended, whatever arrives before.
    pub(crate) async fn end(&mut self) {
        while self.next().await.is_some() {}
    }

    async fn next(&mut self) -> Option<Message> {
        loop {
            let next = tokio::time::timeout(HANG, self.stream.next())
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
