//! A session over a WebSocket.

use std::io::{self, Write as _};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use super::deflate::Deflate;
use super::frame::{self, Frame};
use super::payload::{BLOB, blob, renumber, text, texts_of_words};
use super::request::{Request, Stream};
use super::session::{Answer, Content, Flood, Session, open};

/// The size of reads and writes, in bytes.
const BLOCK: usize = 64 << 10;

pub(super) struct Connection<S> {
    stream: S,
    input: Vec<u8>,
    output: Vec<u8>,
    session: Session,
    deflate: Option<Deflate>,
}

/// Whether a connection goes on.
#[derive(PartialEq)]
enum Next {
    Packet,
    End,
}

impl<S: Stream> Connection<S> {
    /// After the request for a WebSocket, which it answers.
    pub(super) fn new(stream: S, request: &Request, session: Session) -> Connection<S> {
        let agreed = Deflate::agree(request);
        let (deflate, extension) = agreed.unzip();
        Connection {
            stream,
            input: Vec::new(),
            output: request.accept_websocket(extension.as_deref()),
            session,
            deflate,
        }
    }

    pub(super) async fn run(mut self) -> io::Result<()> {
        self.text(open("bench").as_bytes());
        self.flush().await?;
        loop {
            let mut start = 0;
            while let Some(frame) = Frame::at(&mut self.input, start) {
                start = frame.end;
                if self.handle(frame).await? == Next::End {
                    return Ok(());
                }
            }
            self.input.drain(..start);
            self.flush().await?;
            self.input.reserve(BLOCK);
            if self.stream.read_buf(&mut self.input).await? == 0 {
                return Ok(());
            }
        }
    }

    async fn handle(&mut self, frame: Frame) -> io::Result<Next> {
        let mut payload = &self.input[frame.start..frame.end];
        let inflated;
        if frame.is_compressed {
            let deflate = self.deflate.as_mut().ok_or(io::ErrorKind::InvalidData)?;
            inflated = deflate.decompress(payload)?;
            payload = &inflated;
        }
        match frame.opcode {
            frame::CLOSE => {
                frame::push(&mut self.output, frame::CLOSE, &[]);
                self.flush().await?;
                return Ok(Next::End);
            }
            frame::TEXT => match self.session.hear(payload)? {
                Answer::Packet(packet) => self.text(&packet),
                Answer::Flood(flood) => self.flood(&flood).await?,
                Answer::Nothing => {}
            },
            frame::BINARY => self.session.count(payload),
            _ => {}
        }
        Ok(Next::Packet)
    }

    async fn flood(&mut self, flood: &Flood) -> io::Result<()> {
        match flood.content {
            Content::Text => self.ticks(flood.count, &[text(flood.size)]).await?,
            Content::Words => self.ticks(flood.count, &texts_of_words(flood.size)).await?,
            Content::Attachment => self.blobs(flood).await?,
        }
        self.text(format!(r#"42["flooded",{}]"#, flood.count).as_bytes());
        Ok(())
    }

    /// Sends a text in each, all of them in turn.
    async fn ticks(&mut self, count: u64, texts: &[String]) -> io::Result<()> {
        let mut packet = Vec::new();
        for (number, text) in (0..count).zip(texts.iter().cycle()) {
            packet.clear();
            write!(packet, r#"42["tick",{number},"{text}"]"#)?;
            self.text(&packet);
            self.flush_block().await?;
        }
        Ok(())
    }

    async fn blobs(&mut self, flood: &Flood) -> io::Result<()> {
        let mut blob = blob(0, flood.size);
        for number in 0..flood.count {
            self.text(BLOB.as_bytes());
            renumber(&mut blob, number);
            frame::push(&mut self.output, frame::BINARY, &blob);
            self.flush_block().await?;
        }
        Ok(())
    }

    fn text(&mut self, payload: &[u8]) {
        let compressed = self.deflate.as_mut().and_then(|own| own.compress(payload));
        match compressed {
            Some(compressed) => {
                let opcode = frame::TEXT | frame::COMPRESSED;
                frame::push(&mut self.output, opcode, &compressed);
            }
            None => frame::push(&mut self.output, frame::TEXT, payload),
        }
    }

    async fn flush_block(&mut self) -> io::Result<()> {
        match self.output.len() {
            BLOCK.. => self.flush().await,
            _ => Ok(()),
        }
    }

    async fn flush(&mut self) -> io::Result<()> {
        self.stream.write_all(&self.output).await?;
        // TLS keeps what does not fill a record.
        self.stream.flush().await?;
        self.output.clear();
        Ok(())
    }
}
