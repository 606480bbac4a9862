//! An open WebSocket: packets of the machine as frames, many to one write, without one side waiting for the other.

use std::collections::VecDeque;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use futures_util::{Sink, SinkExt, Stream};
use tidewire_core::Packet;
use tokio_tungstenite::tungstenite::protocol::Message;
use tokio_tungstenite::tungstenite::protocol::frame::Frame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::{Data, OpCode};
use tokio_tungstenite::tungstenite::{Error as WsError, error::ProtocolError};

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
pub(crate) struct Wire {
    socket: WebSocket,
    /// Frames that did not fit into the socket any more.
    waiting: VecDeque<Message>,
    unflushed: bool,
}

impl Wire {
    pub(crate) fn new(socket: WebSocket) -> Wire {
        Wire {
            socket,
            waiting: VecDeque::new(),
            unflushed: false,
        }
    }

    /// Takes a packet; it is written at the next [`Wire::poll_write`] at the latest.
    pub(crate) fn send(&mut self, packet: &Packet<Bytes>) {
        self.waiting.push_back(frame(packet));
        self.unflushed = true;
    }

    /// Writes what was taken. Pending while the peer does not read fast enough.
    pub(crate) fn poll_write(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), TransportError>> {
        if !self.unflushed {
            return Poll::Ready(Ok(()));
        }
        while !self.waiting.is_empty() {
            ready!(Pin::new(&mut self.socket).poll_ready(cx)).map_err(broken)?;
            if let Some(message) = self.waiting.pop_front() {
                Pin::new(&mut self.socket)
                    .start_send(message)
                    .map_err(broken)?;
            }
        }
        ready!(Pin::new(&mut self.socket).poll_flush(cx)).map_err(broken)?;
        self.unflushed = false;
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

    fn poll_end(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        loop {
            match ready!(self.poll_receive(cx)) {
                Received::Closed | Received::Broken(_) => return Poll::Ready(()),
                Received::Text(_) | Received::Binary(_) => {}
            }
        }
    }
}

/// One frame. Built as a raw frame, for the text is UTF-8 already: header by us, payload by serde.
fn frame(packet: &Packet<Bytes>) -> Message {
    let opcode = if packet.is_binary() {
        Data::Binary
    } else {
        Data::Text
    };
    Message::Frame(Frame::message(content(packet), OpCode::Data(opcode), true))
}

fn content(packet: &Packet<Bytes>) -> Bytes {
    if let Packet::Attachment {
        payload,
        prefix: None,
    } = packet
    {
        return payload.clone();
    }
    let payload = packet.payload().map_or(&[][..], |payload| payload);
    let mut head = Vec::with_capacity(HEAD_ROOM + payload.len());
    packet.write_head(&mut head);
    head.extend_from_slice(payload);
    Bytes::from(head)
}

/// Enough for the header of most packets.
const HEAD_ROOM: usize = 32;

fn broken(error: WsError) -> TransportError {
    match error {
        WsError::Io(error) => error.into(),
        other => TransportError::WebSocket(other.to_string()),
    }
}
