//! The messages between the two directions of an HTTP connection, and the gate that an answer passes.

use std::io;

use tokio::io::AsyncRead;
use tokio::sync::oneshot;

use super::body::Body;
use super::sink::Sink;
use super::source::Source;

/// Requests that may wait for their answers. If there are more, the client has to wait.
pub(super) const MOST_REQUESTS: usize = 128;

/// How a request is answered. The order is that of the requests.
pub(super) enum Exchange {
    Server(Asked),
    /// The proxy answers with these bytes, and the connection ends.
    Own(Vec<u8>),
    /// No answer comes, until `heal` resets the connection.
    Hang,
    Reset,
}

/// A request that the server answers.
#[derive(Default)]
pub(super) struct Asked {
    /// The answer has no body.
    pub(super) is_head: bool,
    /// A success changes the protocol.
    pub(super) is_connect: bool,
    pub(super) gate: Gate,
    /// Present if the request asks for another protocol. Dropped if the connection stays with HTTP.
    pub(super) switch: Option<oneshot::Sender<Protocol>>,
}

/// The protocol after HTTP.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Protocol {
    WebSocket,
    /// Its bytes pass as they are.
    Other,
}

/// Passes the bytes of one message as its fault says.
#[derive(Debug, Default)]
pub(super) enum Gate {
    #[default]
    Open,
    /// So many bytes pass, then the connection is reset.
    First(usize),
    /// No byte passes.
    Shut,
}

/// How far a body has come.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Carried {
    Whole,
    /// The sender has ended.
    End,
    /// The bytes are no body.
    Foreign,
}

impl Gate {
    pub(super) fn is_open(&self) -> bool {
        matches!(self, Self::Open)
    }

    pub(super) async fn pass(&mut self, sink: &mut Sink, bytes: &[u8]) -> io::Result<()> {
        match self {
            // The answer has not begun, so that it is not cut either.
            _ if bytes.is_empty() => Ok(()),
            Self::Open => sink.send(bytes).await,
            Self::Shut => Ok(()),
            Self::First(left) => {
                let part = bytes.get(..*left).unwrap_or(bytes);
                *left -= part.len();
                sink.send(part).await?;
                match left {
                    0 => Err(reset()),
                    _ => Ok(()),
                }
            }
        }
    }

    /// Ends the message, or resets the connection after it.
    pub(super) fn end(self) -> io::Result<()> {
        match self {
            Self::Open => Ok(()),
            Self::First(_) | Self::Shut => Err(reset()),
        }
    }

    /// Passes the first bytes of the source on, as far as they are new. They stay there until they are consumed.
    pub(super) async fn pass_head<R: AsyncRead + Unpin>(
        &mut self,
        source: &mut Source<R>,
        sink: &mut Sink,
        length: usize,
    ) -> io::Result<()> {
        self.pass(sink, source.fresh(length)).await?;
        source.pass(length);
        Ok(())
    }

    /// Passes a body on as it comes.
    pub(super) async fn carry<R: AsyncRead + Unpin>(
        &mut self,
        source: &mut Source<R>,
        sink: &mut Sink,
        mut body: Body,
    ) -> io::Result<Carried> {
        loop {
            let Ok(length) = body.advance(source.bytes()) else {
                return Ok(Carried::Foreign);
            };
            self.pass(sink, source.bytes().get(..length).unwrap_or_default())
                .await?;
            source.consume(length);
            if body == Body::Done {
                return Ok(Carried::Whole);
            }
            if !source.fill().await? {
                return Ok(Carried::End);
            }
        }
    }
}

pub(super) fn reset() -> io::Error {
    io::ErrorKind::ConnectionReset.into()
}

/// Passes everything on until the end.
pub(super) async fn pass_all<R: AsyncRead + Unpin>(
    source: &mut Source<R>,
    sink: &mut Sink,
) -> io::Result<()> {
    source.consume_passed();
    Gate::Open
        .carry(source, sink, Body::UntilEnd)
        .await
        .map(drop)
}
