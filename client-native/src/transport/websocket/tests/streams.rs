//! Streams in memory: one for the WebSocket, one for tungstenite.

use std::collections::VecDeque;
use std::io::{self, Cursor, Read, Write};
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// A stream that brings bytes in these pieces and then ends. It keeps what is written, a few bytes at a time.
pub(in super::super) struct Pieces {
    pieces: VecDeque<Vec<u8>>,
    pub(in super::super) written: Vec<u8>,
    /// The most bytes of one write.
    pub(super) at_once: usize,
    /// Whether all that was written is flushed.
    pub(super) flushed: bool,
    /// The error at the end of the stream.
    pub(super) breaks: Option<io::ErrorKind>,
}

impl Pieces {
    pub(in super::super) fn new(pieces: impl IntoIterator<Item = Vec<u8>>) -> Pieces {
        Pieces {
            pieces: pieces
                .into_iter()
                .filter(|piece| !piece.is_empty())
                .collect(),
            written: Vec::new(),
            at_once: 7,
            flushed: true,
            breaks: None,
        }
    }
}

impl AsyncRead for Pieces {
    fn poll_read(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        if let Some(mut piece) = this.pieces.pop_front() {
            let rest = piece.split_off(piece.len().min(buf.remaining()));
            buf.put_slice(&piece);
            if !rest.is_empty() {
                this.pieces.push_front(rest);
            }
            return Poll::Ready(Ok(()));
        }
        Poll::Ready(this.breaks.map_or(Ok(()), |kind| Err(kind.into())))
    }
}

impl AsyncWrite for Pieces {
    fn poll_write(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let size = bytes.len().min(this.at_once);
        this.written.extend_from_slice(&bytes[..size]);
        this.flushed = false;
        Poll::Ready(Ok(size))
    }

    fn poll_flush(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.flushed = true;
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

/// A stream for tungstenite alone.
pub(super) struct Whole {
    pub(super) read: Cursor<Vec<u8>>,
    pub(super) written: Vec<u8>,
}

impl Read for Whole {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        Read::read(&mut self.read, buf)
    }
}

impl Write for Whole {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.written.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
