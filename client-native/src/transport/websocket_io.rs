//! An open WebSocket: writes packets as frames, many at once, and reads without waiting for the writer.

use std::collections::VecDeque;
use std::pin::Pin;
use std::task::{Context, Poll, Waker, ready};
use std::time::Duration;

use bytes::Bytes;
use futures_util::{Sink, SinkExt, Stream};
use tidewire_core::Packet;
use tidewire_core::wire::engine::EngineType;
use tokio_tungstenite::tungstenite::Error as WsError;
use tokio_tungstenite::tungstenite::error::{CapacityError, ProtocolError};
use tokio_tungstenite::tungstenite::protocol::Message;
use tokio_tungstenite::tungstenite::protocol::frame::Frame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::{Data, OpCode};

use super::WebSocket;
use super::fragments::TooManyFragments;
use crate::error::TransportError;
use crate::text::Text;

/// A received frame, or the end.
#[derive(Debug)]
pub(crate) enum Received {
    Text(Text),
    Binary(Bytes),
    /// The peer closed, with this code and text, or the stream ended.
    Closed(u16, String),
    Broken(TransportError),
}

/// Pongs of WebSocket and of Engine.IO that may wait to be written.
const MAX_PONGS: usize = 1_024;

/// The codes for a close frame without a code, and for an end without a close frame (RFC 6455, 7.4.1).
const NO_STATUS: u16 = 1005;
const ABNORMAL: u16 = 1006;

/// The frames that are read in search of a close frame, once nothing can be written.
const LAST_FRAMES: usize = 256;

#[derive(Debug)]
pub(crate) struct WebSocketIo {
    socket: WebSocket,
    /// Frames that the socket has no room for, with their sizes in bytes.
    waiting: VecDeque<(Message, usize)>,
    waiting_bytes: usize,
    /// The size of the frame that the socket has got last, until it is flushed: it holds this frame and at most 32 KiB.
    last_fed: usize,
    unflushed: bool,
    /// The pongs since the last flush.
    pongs: usize,
    /// An error of `send`, which the next `poll_write` returns.
    failed: Option<TransportError>,
    /// A buffer for packet heads.
    head: Vec<u8>,
}

impl WebSocketIo {
    pub(crate) fn new(socket: WebSocket) -> WebSocketIo {
        WebSocketIo {
            socket,
            waiting: VecDeque::new(),
            waiting_bytes: 0,
            last_fed: 0,
            unflushed: false,
            pongs: 0,
            failed: None,
            head: Vec::new(),
        }
    }

    /// Whether so many pongs wait to be written that it does not read. It goes on once all frames are written.
    ///
    /// A server that pings waits for the pong, so only one that floods and does not read gets here.
    pub(crate) fn is_flooded(&self) -> bool {
        self.pongs > MAX_PONGS
    }

    /// Queues a packet. The next [`WebSocketIo::poll_write`] writes it at the latest.
    pub(crate) fn send(&mut self, packet: &Packet<Bytes>) {
        let content = self.content(packet);
        let size = content.len();
        self.waiting_bytes += size;
        self.pongs += usize::from(matches!(packet, Packet::Engine(EngineType::Pong)));
        self.waiting.push_back((frame(content, packet), size));
        self.unflushed = true;
        // Moves it into the socket's buffer now, so that frames do not pile up here. If that is full, the next `poll_write`
        // registers the waker.
        let fed = self.poll_feed(&mut Context::from_waker(Waker::noop()));
        if let Poll::Ready(Err(error)) = fed {
            self.failed = Some(broken(error));
        }
    }

    /// The bytes of frames that are not written yet.
    pub(crate) fn unsent(&self) -> usize {
        self.waiting_bytes + self.last_fed
    }

    /// Writes queued frames. Pending while the peer does not read fast enough.
    pub(crate) fn poll_write(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), TransportError>> {
        if let Some(error) = self.failed.take() {
            return Poll::Ready(Err(error));
        }
        if !self.unflushed {
            return Poll::Ready(Ok(()));
        }
        ready!(self.poll_feed(cx)).map_err(broken)?;
        ready!(Pin::new(&mut self.socket).poll_flush(cx)).map_err(broken)?;
        self.unflushed = false;
        self.pongs = 0;
        self.last_fed = 0;
        self.waiting = VecDeque::new();
        Poll::Ready(Ok(()))
    }

    /// Moves frames into the socket while it has room.
    fn poll_feed(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), WsError>> {
        while !self.waiting.is_empty() {
            ready!(Pin::new(&mut self.socket).poll_ready(cx))?;
            if let Some((frame, size)) = self.waiting.pop_front() {
                self.last_fed = size;
                self.waiting_bytes -= size;
                Pin::new(&mut self.socket).start_send(frame)?;
            }
        }
        Poll::Ready(Ok(()))
    }

    /// The next frame for the machine. Pending also while it is [flooded](WebSocketIo::is_flooded).
    pub(crate) fn poll_receive(&mut self, cx: &mut Context<'_>) -> Poll<Received> {
        loop {
            if self.is_flooded() {
                return Poll::Pending;
            }
            let next = ready!(Pin::new(&mut self.socket).poll_next(cx));
            return Poll::Ready(match next {
                Some(Ok(Message::Text(text))) => Received::Text(text.into()),
                Some(Ok(Message::Binary(bytes))) => Received::Binary(bytes),
                Some(Ok(Message::Ping(_))) => {
                    // tungstenite has queued the pong; it goes out with the next flush.
                    self.unflushed = true;
                    self.pongs += 1;
                    continue;
                }
                Some(Ok(Message::Close(close))) => {
                    // The next read sends the answer to the peer's close frame, even if the peer hangs up.
                    let _ = Pin::new(&mut self.socket).poll_next(cx);
                    match close {
                        Some(close) => {
                            Received::Closed(close.code.into(), close.reason.as_str().to_owned())
                        }
                        None => Received::Closed(NO_STATUS, String::new()),
                    }
                }
                Some(Ok(_)) => continue,
                None
                | Some(Err(
                    WsError::ConnectionClosed
                    | WsError::AlreadyClosed
                    | WsError::Protocol(ProtocolError::ResetWithoutClosingHandshake),
                )) => Received::Closed(ABNORMAL, String::new()),
                Some(Err(error)) => Received::Broken(broken(error)),
            });
        }
    }

    /// The end of a WebSocket that cannot be written to any more: the peer's close frame, if there is one, says why.
    pub(crate) fn end(&mut self, error: TransportError) -> Received {
        let mut cx = Context::from_waker(Waker::noop());
        for _ in 0..LAST_FRAMES {
            match self.poll_receive(&mut cx) {
                Poll::Ready(Received::Text(_) | Received::Binary(_)) => {}
                Poll::Ready(Received::Closed(code, text)) if code != ABNORMAL => {
                    return Received::Closed(code, text);
                }
                Poll::Ready(Received::Closed(..) | Received::Broken(_)) | Poll::Pending => break,
            }
        }
        Received::Broken(error)
    }

    /// Writes the queued frames and closes. The peer has the time `patience` to close, too.
    pub(crate) async fn close(mut self, patience: Duration) {
        let closing = async {
            while let Some((message, _)) = self.waiting.pop_front() {
                self.socket.feed(message).await?;
            }
            self.socket.close(None).await?;
            std::future::poll_fn(|cx| self.poll_end(cx)).await;
            Ok::<(), WsError>(())
        };
        // The connection ends here even if the peer does not answer.
        let _ = tokio::time::timeout(patience, closing).await;
    }

    fn content(&mut self, packet: &Packet<Bytes>) -> Bytes {
        self.head.clear();
        packet.write_head(&mut self.head);
        let payload = match packet.payload() {
            Some(payload) if self.head.is_empty() => return payload.clone(),
            Some(payload) => payload,
            None => &[][..],
        };
        // The exact size, so that `Bytes` does not allocate again.
        [&self.head[..], payload].concat().into()
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

/// Makes a frame. It is a raw frame, because the text is known to be UTF-8: its head is the core's, its payload serde's.
fn frame(content: Bytes, packet: &Packet<Bytes>) -> Message {
    let opcode = if packet.is_binary() {
        Data::Binary
    } else {
        Data::Text
    };
    Message::Frame(Frame::message(content, OpCode::Data(opcode), true))
}

fn broken(error: WsError) -> TransportError {
    match error {
        WsError::Io(error) => match error.get_ref() {
            Some(flood) if flood.is::<TooManyFragments>() => {
                TransportError::WebSocket(flood.to_string())
            }
            _ => error.into(),
        },
        WsError::Capacity(CapacityError::MessageTooLong { max_size, .. }) => {
            TransportError::TooLarge(max_size)
        }
        other => TransportError::WebSocket(other.to_string()),
    }
}
