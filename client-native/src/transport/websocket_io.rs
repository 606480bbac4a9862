//! An open WebSocket: packets of the machine as frames, many to one write, without one side waiting for the other.

use std::collections::VecDeque;
use std::pin::Pin;
use std::task::{Context, Poll, Waker, ready};
use std::time::Duration;

use bytes::Bytes;
use futures_util::{Sink, SinkExt, Stream};
use tidewire_core::Packet;
use tokio_tungstenite::tungstenite::Error as WsError;
use tokio_tungstenite::tungstenite::error::{CapacityError, ProtocolError};
use tokio_tungstenite::tungstenite::protocol::Message;
use tokio_tungstenite::tungstenite::protocol::frame::Frame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::{Data, OpCode};

use super::WebSocket;
use crate::error::TransportError;

/// What came in.
#[derive(Debug)]
pub(crate) enum Received {
    Text(Bytes),
    Binary(Bytes),
    /// The peer closed, or the stream ended.
    Closed,
    Broken(TransportError),
}

#[derive(Debug)]
pub(crate) struct WebSocketIo {
    socket: WebSocket,
    /// Frames that did not fit into the socket any more.
    waiting: VecDeque<Message>,
    unflushed: bool,
    /// What went wrong when nobody could be told.
    failed: Option<TransportError>,
    /// Where heads are written.
    head: Vec<u8>,
}

impl WebSocketIo {
    pub(crate) fn new(socket: WebSocket) -> WebSocketIo {
        WebSocketIo {
            socket,
            waiting: VecDeque::new(),
            unflushed: false,
            failed: None,
            head: Vec::new(),
        }
    }

    /// Takes a packet; it is written at the next [`WebSocketIo::poll_write`] at the latest.
    pub(crate) fn send(&mut self, packet: &Packet<Bytes>) {
        let frame = self.frame(packet);
        self.waiting.push_back(frame);
        self.unflushed = true;
        // Into the socket's buffer at once, so that frames do not pile up here. Where that is full, the next `poll_write`
        // says who is to be woken.
        let fed = self.poll_feed(&mut Context::from_waker(Waker::noop()));
        if let Poll::Ready(Err(error)) = fed {
            self.failed = Some(broken(error));
        }
    }

    /// Writes what was taken. Pending while the peer does not read fast enough.
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
        self.waiting = VecDeque::new();
        Poll::Ready(Ok(()))
    }

    /// Gives frames to the socket while it takes some.
    fn poll_feed(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), WsError>> {
        while !self.waiting.is_empty() {
            ready!(Pin::new(&mut self.socket).poll_ready(cx))?;
            if let Some(frame) = self.waiting.pop_front() {
                Pin::new(&mut self.socket).start_send(frame)?;
            }
        }
        Poll::Ready(Ok(()))
    }

    /// The next frame that concerns the machine.
    pub(crate) fn poll_receive(&mut self, cx: &mut Context<'_>) -> Poll<Received> {
        loop {
            let next = ready!(Pin::new(&mut self.socket).poll_next(cx));
            return Poll::Ready(match next {
                Some(Ok(Message::Text(text))) => Received::Text(text.into()),
                Some(Ok(Message::Binary(bytes))) => Received::Binary(bytes),
                Some(Ok(Message::Ping(_))) => {
                    // tungstenite has queued the pong; it goes out with the next flush.
                    self.unflushed = true;
                    continue;
                }
                Some(Ok(Message::Close(_))) => {
                    // Whether the peer hangs up now or not. The next read sends the answer to its close.
                    let _ = Pin::new(&mut self.socket).poll_next(cx);
                    Received::Closed
                }
                Some(Ok(_)) => continue,
                None | Some(Err(WsError::ConnectionClosed | WsError::AlreadyClosed)) => {
                    Received::Closed
                }
                Some(Err(WsError::Protocol(ProtocolError::ResetWithoutClosingHandshake))) => {
                    Received::Closed
                }
                Some(Err(error)) => Received::Broken(broken(error)),
            });
        }
    }

    /// Writes what is left and closes, giving the peer `patience` to close as well.
    pub(crate) async fn close(mut self, patience: Duration) {
        let closing = async {
            while let Some(message) = self.waiting.pop_front() {
                self.socket.feed(message).await?;
            }
            self.socket.close(None).await?;
            std::future::poll_fn(|cx| self.poll_end(cx)).await;
            Ok::<(), WsError>(())
        };
        // Whether the peer plays along or not, the connection ends here.
        let _ = tokio::time::timeout(patience, closing).await;
    }

    /// One frame. Built as a raw frame, for the text is UTF-8 already: header by us, payload by serde.
    fn frame(&mut self, packet: &Packet<Bytes>) -> Message {
        let opcode = if packet.is_binary() {
            Data::Binary
        } else {
            Data::Text
        };
        let content = self.content(packet);
        Message::Frame(Frame::message(content, OpCode::Data(opcode), true))
    }

    fn content(&mut self, packet: &Packet<Bytes>) -> Bytes {
        self.head.clear();
        packet.write_head(&mut self.head);
        let payload = match packet.payload() {
            Some(payload) if self.head.is_empty() => return payload.clone(),
            Some(payload) => payload,
            None => &[][..],
        };
        // Of the exact size, for which `Bytes` needs no second allocation.
        [&self.head[..], payload].concat().into()
    }

    fn poll_end(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        loop {
            match ready!(self.poll_receive(cx)) {
                Received::Closed | Received::Broken(_) => return Poll::Ready(()),
                Received::Text(_) | Received::Binary(_) => {}
            }
        }
    }
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
