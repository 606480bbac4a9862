//! An open WebSocket: writes packets as frames, many at once, and reads without waiting for the writer.
//!
//! [`reader`], [`block`] and [`writer`] handle the frames of whole messages, [`fallback`] (tungstenite) all others.

#[cfg(test)]
mod autobahn;
mod block;
#[cfg(test)]
#[cfg(feature = "deflate")]
mod deflated;
mod fallback;
mod fragments;
mod head;
mod reader;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod waking;
mod writer;

use std::task::{Context, Poll, Waker, ready};
use std::time::Duration;

use bytes::Bytes;
use tidewire_core::Packet;
use tokio::io::{AsyncRead, AsyncWrite};
use tungstenite::Error as WsError;
use tungstenite::error::{CapacityError, ProtocolError};
use tungstenite::protocol::{CloseFrame, Message};

pub(crate) use self::block::FrameBlock;
use self::fallback::Fallback;
use self::reader::{FrameReader, Piece};
pub(in crate::transport) use self::writer::FrameWriter;
use super::deflate::Deflate;
use super::stream::Stream;
use crate::error::TransportError;
use crate::pongs::WaitingPongs;
use crate::received::Received;

/// The codes for a close frame without a code, and for an end without a close frame (RFC 6455, 7.4.1).
const NO_STATUS: u16 = 1005;
const ABNORMAL: u16 = 1006;

/// The frames that are read in search of a close frame, once nothing can be written.
const LAST_FRAMES: usize = 256;

#[derive(Debug)]
pub(crate) struct WebSocketIo<S = Stream> {
    stream: S,
    reader: FrameReader,
    writer: FrameWriter,
    fallback: Fallback,
    /// The compression that the server has turned on.
    deflate: Option<Box<Deflate>>,
    /// Whether the last message may be compressed, and so its attachments.
    compresses: bool,
    /// The pongs since `poll_write` has written all frames.
    pongs: WaitingPongs,
    /// An error of `send`, which the next `poll_write` returns.
    failed: Option<TransportError>,
    /// A buffer for packet heads.
    head: Vec<u8>,
}

impl<S: AsyncRead + AsyncWrite + Unpin> WebSocketIo<S> {
    /// `read`: the bytes of frames that were read with the handshake. `limit`: the bytes of the longest message.
    pub(crate) fn new(stream: S, read: Bytes, limit: usize) -> WebSocketIo<S> {
        WebSocketIo {
            stream,
            reader: FrameReader::new(read, limit),
            writer: FrameWriter::default(),
            fallback: Fallback::new(limit),
            deflate: None,
            compresses: true,
            pongs: WaitingPongs::default(),
            failed: None,
            head: Vec::new(),
        }
    }

    /// Reads and writes compressed messages.
    pub(crate) fn with_deflate(mut self, deflate: Option<Deflate>) -> WebSocketIo<S> {
        if deflate.is_some() {
            self.reader.expect_compressed();
        }
        self.deflate = deflate.map(Box::new);
        self
    }

    /// Whether so many pongs wait to be written that it does not read. It goes on once all frames are written.
    pub(crate) fn is_flooded(&self) -> bool {
        self.pongs.are_too_many()
    }

    /// Queues a packet. The next [`WebSocketIo::poll_write`] writes it at the latest.
    pub(crate) fn send(&mut self, packet: &Packet<Bytes>) {
        self.head.clear();
        packet.write_head(&mut self.head);
        let payload = packet.payload().map_or(&[][..], |payload| payload);
        let first = if packet.is_binary() {
            head::BINARY
        } else {
            head::TEXT
        };
        if let Packet::Message(message) = packet {
            self.compresses = message.compress;
        }
        let deflate = self.deflate.as_deref_mut();
        let deflate = deflate.filter(|_| self.compresses);
        push(&mut self.writer, deflate, first, [&self.head, payload]);
        self.pongs.note(packet);
        self.write_early();
    }

    /// Queues frames.
    pub(crate) fn send_block(&mut self, block: FrameBlock) {
        self.writer.push_block(block);
        self.write_early();
    }

    /// Writes if there is much. The next `poll_write` ends the pause of a connection that is flooded: its caller then knows that it is
    /// to read again.
    fn write_early(&mut self) {
        if let Err(error) = self.writer.write_early(&mut self.stream) {
            self.failed = Some(error.into());
        }
    }

    /// The bytes of frames that are not written yet.
    pub(crate) fn unsent(&self) -> usize {
        self.writer.size()
    }

    /// Writes queued frames. Pending while the peer does not read fast enough.
    pub(crate) fn poll_write(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), TransportError>> {
        if let Some(error) = self.failed.take() {
            return Poll::Ready(Err(error));
        }
        ready!(self.writer.poll_write(&mut self.stream, cx))?;
        self.pongs.clear();
        Poll::Ready(Ok(()))
    }

    /// The next frame for the machine. Pending also while it is [flooded](WebSocketIo::is_flooded).
    pub(crate) fn poll_receive(&mut self, cx: &mut Context<'_>) -> Poll<Received> {
        loop {
            if self.is_flooded() {
                return Poll::Pending;
            }
            let received = match self.reader.next() {
                Ok(Some(Piece::Text(text))) => Some(Received::Text(text.into())),
                Ok(Some(Piece::Binary(bytes))) => Some(Received::Binary(bytes)),
                Ok(Some(Piece::Compressed(is_text, content))) => {
                    Some(self.decompressed(is_text, &content))
                }
                Ok(Some(Piece::Other(bytes))) => {
                    self.fallback.feed(bytes);
                    self.read_other(cx)
                }
                Ok(None) => match ready!(self.reader.poll_read(&mut self.stream, cx)) {
                    Ok(1..) => None,
                    end => {
                        self.fallback.feed_end(end.map(|_| ()));
                        self.read_other(cx)
                    }
                },
                Err(error) => Some(Received::Broken(error)),
            };
            if let Some(received) = received {
                return Poll::Ready(received);
            }
        }
    }

    /// Reads a frame that is not a whole message.
    fn read_other(&mut self, cx: &mut Context<'_>) -> Option<Received> {
        match self.fallback.read(&mut self.writer) {
            Ok(Some(Message::Text(text))) => Some(Received::Text(text.into())),
            Ok(Some(Message::Binary(bytes))) => Some(match self.reader.take_compressed() {
                Some(is_text) => self.decompressed(is_text, &bytes),
                None => Received::Binary(bytes),
            }),
            Ok(Some(Message::Ping(_))) => {
                // tungstenite has written the pong.
                self.pongs.add();
                None
            }
            Ok(Some(Message::Close(close))) => {
                // Answers the peer's close frame, even if the peer hangs up.
                let _ = self.writer.poll_write(&mut self.stream, cx);
                Some(closed(close))
            }
            Ok(Some(Message::Pong(_) | Message::Frame(_)) | None) => None,
            Err(
                WsError::ConnectionClosed
                | WsError::AlreadyClosed
                | WsError::Protocol(ProtocolError::ResetWithoutClosingHandshake),
            ) => Some(closed_with(ABNORMAL, "")),
            Err(error) => Some(Received::Broken(broken(error))),
        }
    }

    fn decompressed(&mut self, is_text: bool, content: &[u8]) -> Received {
        let limit = self.reader.limit();
        let content = match &mut self.deflate {
            Some(deflate) => deflate.decompress(content, limit),
            None => unreachable!("the reader takes compressed messages with it only"),
        };
        let received = content.and_then(|content| {
            let content = Bytes::from(content);
            Ok(if is_text {
                Received::Text(reader::text(content)?.into())
            } else {
                Received::Binary(content)
            })
        });
        received.unwrap_or_else(Received::Broken)
    }

    /// The end of a WebSocket that cannot be written to any more: the peer's close frame, if there is one, says why.
    pub(crate) fn end(&mut self, error: TransportError) -> Received {
        let mut cx = Context::from_waker(Waker::noop());
        for _ in 0..LAST_FRAMES {
            match self.poll_receive(&mut cx) {
                Poll::Ready(Received::Text(_) | Received::Binary(_)) => {}
                Poll::Ready(Received::Broken(_)) | Poll::Pending => break,
                Poll::Ready(Received::Closed(TransportError::WebSocketClosed(ABNORMAL, _))) => {
                    break;
                }
                Poll::Ready(closed @ Received::Closed(_)) => return closed,
            }
        }
        Received::Broken(error)
    }

    /// Writes the queued frames and closes. The peer has the time `patience` to close, too.
    pub(crate) async fn close(mut self, patience: Duration) {
        let closing = async {
            if self.fallback.close(&mut self.writer).is_err() {
                return;
            }
            if std::future::poll_fn(|cx| self.poll_write(cx)).await.is_ok() {
                std::future::poll_fn(|cx| self.poll_end(cx)).await;
            }
        };
        // The connection ends here even if the peer does not answer.
        let _ = tokio::time::timeout(patience, closing).await;
    }

    fn poll_end(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        // It does not wait for a peer that floods instead of closing.
        while !self.is_flooded() {
            match self.poll_receive(cx) {
                Poll::Ready(Received::Closed(..) | Received::Broken(_)) => return Poll::Ready(()),
                Poll::Ready(Received::Text(_) | Received::Binary(_)) => {}
                Poll::Pending if self.is_flooded() => {}
                Poll::Pending => return Poll::Pending,
            }
        }
        Poll::Ready(())
    }
}

/// Queues a message, compressed if the peers have agreed upon it and it is large enough.
fn push(writer: &mut FrameWriter, deflate: Option<&mut Deflate>, first: u8, parts: [&[u8]; 2]) {
    match deflate.and_then(|deflate| deflate.compress(parts)) {
        Some(content) => writer.push(first | head::COMPRESSED, [&content, &[]]),
        None => writer.push(first, parts),
    }
}

fn closed(close: Option<CloseFrame>) -> Received {
    match close {
        Some(close) => closed_with(close.code.into(), close.reason.as_str()),
        None => closed_with(NO_STATUS, ""),
    }
}

fn closed_with(code: u16, text: &str) -> Received {
    Received::Closed(TransportError::closed(code, text))
}

fn broken(error: WsError) -> TransportError {
    match error {
        WsError::Io(error) => error.into(),
        WsError::Capacity(CapacityError::MessageTooLong { max_size, .. }) => {
            TransportError::TooLarge(max_size)
        }
        other => TransportError::WebSocket(other.to_string()),
    }
}
