//! tokio-tungstenite with hand-made frames: the floor that clients stand on.

use futures_util::{SinkExt as _, StreamExt as _};
use tokio::net::TcpStream;
use tokio::task::JoinHandle;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::{Message, Utf8Bytes};
use tokio_tungstenite::{WebSocketStream, client_async_with_config};

use super::{Counted, Subject, check, check_tick};
use crate::result::Result;
use crate::rows::How;
use crate::sample::{Sample, Watch};
use crate::server::TEXT;

pub(crate) struct Raw {
    socket: WebSocketStream<TcpStream>,
}

impl Raw {
    pub(crate) async fn receive(url: &str, count: u64, how: How) -> Result<Sample> {
        let mut raw = Raw::connect(url).await?;
        let watch = Watch::start();
        raw.say(format!(r#"42["flood",{count}]"#)).await?;
        for expected in 0..count {
            let text = raw.hear().await?;
            if how == How::WithJson {
                let tick: (&str, u32, String) = serde_json::from_str(&text[2..])?;
                check_tick(tick.1.into(), &tick.2, expected)?;
            } else {
                check(&text[..9], r#"42["tick""#, "a tick")?;
            }
        }
        check(
            &*raw.hear().await?,
            &*format!(r#"42["flooded",{count}]"#),
            "the end",
        )?;
        Ok(watch.stop(count))
    }

    pub(crate) async fn send(url: &str, count: u64, how: How) -> Result<Sample> {
        let mut raw = Raw::connect(url).await?;
        let made = Utf8Bytes::from(format!(r#"42["sent","{TEXT}"]"#));
        let watch = Watch::start();
        for _ in 0..count {
            let text = match how {
                How::WithJson => written()?,
                _ => made.clone(),
            };
            raw.socket.feed(Message::Text(text)).await?;
            if how == How::Flushing {
                raw.socket.flush().await?;
            }
        }
        let counted = raw.count().await?;
        let sample = watch.stop(count);
        counted.check_events(count)?;
        Ok(sample)
    }

    async fn say(&mut self, text: String) -> Result<()> {
        Ok(self.socket.send(Message::Text(text.into())).await?)
    }

    async fn hear(&mut self) -> Result<Utf8Bytes> {
        match self.socket.next().await.ok_or("the connection ended")?? {
            Message::Text(text) => Ok(text),
            other => Err(format!("not a text: {other:?}").into()),
        }
    }

    /// The packet that comes next, without its beginning.
    async fn hear_after(&mut self, prefix: &str) -> Result<String> {
        let text = self.hear().await?;
        let rest = text.strip_prefix(prefix);
        Ok(rest
            .ok_or_else(|| format!("{text} is not {prefix}"))?
            .to_owned())
    }
}

/// An event as a client would write it.
fn written() -> Result<Utf8Bytes> {
    let mut packet = Vec::with_capacity(128);
    packet.extend_from_slice(b"42");
    serde_json::to_writer(&mut packet, &("sent", TEXT))?;
    Ok(String::from_utf8(packet)?.into())
}

impl Subject for Raw {
    type Idle = JoinHandle<()>;

    async fn connect(url: &str) -> Result<Self> {
        let address = url.strip_prefix("http://").ok_or("not an http URL")?;
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        let request = format!("ws://{address}/socket.io/?EIO=4&transport=websocket");
        // tungstenite's default of 128 KiB would make memory and connecting all about that.
        let config = WebSocketConfig::default().read_buffer_size(4 << 10);
        let (socket, _) = client_async_with_config(request, stream, Some(config)).await?;
        let mut raw = Raw { socket };
        raw.hear_after("0").await?;
        raw.say("40".to_owned()).await?;
        raw.hear_after("40").await?;
        Ok(raw)
    }

    async fn echo(&mut self, number: u64) -> Result<u64> {
        self.say(format!(r#"42{number}["echo",{number}]"#)).await?;
        let answer = self.hear_after(&format!("43{number}[")).await?;
        Ok(answer.trim_end_matches(']').parse()?)
    }

    async fn count(&mut self) -> Result<Counted> {
        self.say(r#"420["count"]"#.to_owned()).await?;
        let answer = self.hear_after("430").await?;
        let (counted,) = serde_json::from_str(&answer)?;
        Ok(counted)
    }

    fn idle(mut self) -> JoinHandle<()> {
        tokio::spawn(async move { while self.hear().await.is_ok() {} })
    }
}
