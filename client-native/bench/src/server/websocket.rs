//! A session over a WebSocket.

use std::io::{self, Write as _};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use super::frame::{self, Frame};
use super::payload::{BLOB, blob, renumber, text};
use super::request::Stream;
use super::session::{Answer, Flood, Session, open};

/// The size of reads and writes, in bytes.
const BLOCK: usize = 64 << 10;

pub(super) struct Connection<S> {
    stream: S,
    input: Vec<u8>,
    output: Vec<u8>,
    session: Session,
}

/// Whether a connection goes on.
#[derive(PartialEq)]
enum Next {
    Packet,
    End,
}

impl<S: Stream> Connection<S> {
    /// After the request for a WebSocket, with what there is to answer.
    pub(super) fn new(stream: S, answer: Vec<u8>, session: Session) -> Connection<S> {
        Connection {
            stream,
            input: Vec::new(),
            output: answer,
            session,
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
        let payload = &self.input[frame.start..frame.end];
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
        let mut packet = Vec::new();
        let (text, mut blob) = (text(flood.size), blob(0, flood.size));
        for number in 0..flood.count {
            if flood.has_attachments {
                self.text(BLOB.as_bytes());
                renumber(&mut blob, number);
                frame::push(&mut self.output, frame::BINARY, &blob);
            } else {
                packet.clear();
                write!(packet, r#"42["tick",{number},"{text}"]"#)?;
                self.text(&packet);
            }
            if self.output.len() >= BLOCK {
                self.flush().await?;
            }
        }
        self.text(format!(r#"42["flooded",{}]"#, flood.count).as_bytes());
        Ok(())
    }

    fn text(&mut self, payload: &[u8]) {
        frame::push(&mut self.output, frame::TEXT, payload);
    }

    async fn flush(&mut self) -> io::Result<()> {
        self.stream.write_all(&self.output).await?;
        // TLS keeps what does not fill a record.
        self.stream.flush().await?;
        self.output.clear();
        Ok(())
    }
}
