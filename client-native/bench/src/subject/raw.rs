//! tokio-tungstenite with hand-made frames: the floor that clients stand on.

use futures_util::{SinkExt as _, StreamExt as _};
use rustls::pki_types::ServerName;
use tokio::net::TcpStream;
use tokio::task::JoinHandle;
use tokio_rustls::client::TlsStream;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::{Bytes, Message, Utf8Bytes};
use tokio_tungstenite::{WebSocketStream, client_async_with_config};

use super::{Connects, Counted, Job, Subject, Target, check, check_blob, check_tick};
use crate::result::Result;
use crate::rows::How;
use crate::sample::{Sample, Watch};
use crate::server::{BLOB, Stream, TEXT, blob, text, texts_of_words};
use crate::tls;

/// A WebSocket on a stream of any kind.
pub(crate) struct Raw<S = TcpStream> {
    socket: WebSocketStream<S>,
}

impl<S: Stream> Raw<S> {
    async fn join(stream: S, address: &str) -> Result<Self> {
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

    async fn say(&mut self, text: String) -> Result<()> {
        Ok(self.socket.send(Message::Text(text.into())).await?)
    }

    async fn hear(&mut self) -> Result<Utf8Bytes> {
        match self.socket.next().await.ok_or("the connection ended")?? {
            Message::Text(text) => Ok(text),
            other => Err(format!("not a text: {other:?}").into()),
        }
    }

    async fn hear_attachment(&mut self) -> Result<Bytes> {
        match self.socket.next().await.ok_or("the connection ended")?? {
            Message::Binary(bytes) => Ok(bytes),
            other => Err(format!("not binary: {other:?}").into()),
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

    async fn hear_end(&mut self, count: u64) -> Result<()> {
        let end = format!(r#"42["flooded",{count}]"#);
        check(&*self.hear().await?, &*end, "the end")
    }

    async fn counted(&mut self) -> Result<Counted> {
        self.say(r#"420["count"]"#.to_owned()).await?;
        let answer = self.hear_after("430").await?;
        let (counted,) = serde_json::from_str(&answer)?;
        Ok(counted)
    }

    fn hold(mut self) -> JoinHandle<()> {
        tokio::spawn(async move { while self.hear().await.is_ok() {} })
    }
}

/// An event as a client would write it.
fn written() -> Result<Utf8Bytes> {
    let mut packet = Vec::with_capacity(128);
    packet.extend_from_slice(b"42");
    serde_json::to_writer(&mut packet, &("sent", TEXT))?;
    Ok(String::from_utf8(packet)?.into())
}

async fn tcp(target: &Target) -> Result<TcpStream> {
    let stream = TcpStream::connect(&target.address).await?;
    stream.set_nodelay(true)?;
    Ok(stream)
}

impl Connects for Raw {
    type Idle = JoinHandle<()>;

    async fn connect(Job { target, .. }: &Job) -> Result<Self> {
        Raw::join(tcp(target).await?, &target.address).await
    }

    async fn count(&mut self) -> Result<Counted> {
        self.counted().await
    }

    fn idle(self) -> JoinHandle<()> {
        self.hold()
    }
}

impl Subject for Raw {
    async fn echo(&mut self, number: u64) -> Result<u64> {
        self.say(format!(r#"42{number}["echo",{number}]"#)).await?;
        let answer = self.hear_after(&format!("43{number}[")).await?;
        Ok(answer.trim_end_matches(']').parse()?)
    }

    async fn receive(job: &Job) -> Result<Sample> {
        let (count, size) = (job.count, job.size);
        let mut raw = Raw::connect(job).await?;
        let wanted = text(size);
        let watch = Watch::start();
        let flood = match job.measurement.has_words() {
            true => "flood-words",
            false => "flood",
        };
        raw.say(format!(r#"42["{flood}",{count},{size}]"#)).await?;
        for expected in 0..count {
            let text = raw.hear().await?;
            if job.how == How::WithJson {
                let tick: (&str, u32, String) = serde_json::from_str(&text[2..])?;
                check_tick((tick.1.into(), &tick.2), (expected, &wanted))?;
            } else {
                check(&text[..9], r#"42["tick""#, "a tick")?;
            }
        }
        raw.hear_end(count).await?;
        Ok(watch.stop(count))
    }

    async fn receive_blobs(job: &Job) -> Result<Sample> {
        let (count, size) = (job.count, job.size);
        let mut raw = Raw::connect(job).await?;
        let watch = Watch::start();
        raw.say(format!(r#"42["flood-blobs",{count},{size}]"#))
            .await?;
        for expected in 0..count {
            check(&*raw.hear().await?, BLOB, "an event with an attachment")?;
            check_blob(&raw.hear_attachment().await?, expected, size)?;
        }
        raw.hear_end(count).await?;
        Ok(watch.stop(count))
    }

    async fn send(job: &Job) -> Result<Sample> {
        let mut raw = Raw::connect(job).await?;
        let texts = match job.measurement.has_words() {
            true => texts_of_words(job.size),
            false => vec![TEXT.to_owned()],
        };
        let made = |text| Utf8Bytes::from(format!(r#"42["sent","{text}"]"#));
        let made: Vec<Utf8Bytes> = texts.into_iter().map(made).collect();
        let watch = Watch::start();
        for (made, _) in made.iter().cycle().zip(0..job.count) {
            let text = match job.how {
                How::WithJson => written()?,
                _ => made.clone(),
            };
            raw.socket.feed(Message::Text(text)).await?;
            if job.how == How::Flushing {
                raw.socket.flush().await?;
            }
        }
        let counted = raw.count().await?;
        let sample = watch.stop(job.count);
        counted.check_sent(job)?;
        Ok(sample)
    }

    async fn send_blobs(job: &Job) -> Result<Sample> {
        let mut raw = Raw::connect(job).await?;
        let blob = Bytes::from(blob(0, job.size));
        let watch = Watch::start();
        for _ in 0..job.count {
            raw.socket.feed(Message::Text(BLOB.into())).await?;
            raw.socket.feed(Message::Binary(blob.clone())).await?;
        }
        let counted = raw.count().await?;
        let sample = watch.stop(job.count);
        counted.check_sent(job)?;
        Ok(sample)
    }
}

/// A connection that is encrypted.
pub(crate) struct RawOverTls(Raw<TlsStream<TcpStream>>);

impl Connects for RawOverTls {
    type Idle = JoinHandle<()>;

    async fn connect(Job { target, .. }: &Job) -> Result<Self> {
        let certificate = target.certificate.as_deref();
        let connector = tls::shared_connector(certificate.ok_or("no certificate")?)?;
        let name = ServerName::try_from("127.0.0.1")?;
        let stream = connector.connect(name, tcp(target).await?).await?;
        Raw::join(stream, &target.address).await.map(RawOverTls)
    }

    async fn count(&mut self) -> Result<Counted> {
        self.0.counted().await
    }

    fn idle(self) -> JoinHandle<()> {
        self.0.hold()
    }
}
