//! An open WebSocket of the browser.

use std::cell::Cell;
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use tidewire_core::Packet;
use tidewire_web::{Socket, SocketEvent};

use super::frame_block::FrameBlock;
use super::time::{Sleep, sleep, timeout};
use crate::connection_state::ConnectionState;
use crate::error::{BrowserError, TransportError};
use crate::pongs::WaitingPongs;
use crate::received::Received;

/// The bytes of messages that the driver has not taken, at which the WebSocket closes: a browser cannot stop reading.
pub(super) const UNREAD: usize = 64 << 20;

/// The bytes that the browser may hold before no more are given to it.
pub(super) const HIGH: usize = 1 << 20;

/// How often to ask whether the browser has sent what it holds: it has no event for that.
const ASK: Duration = Duration::from_millis(10);

pub(crate) struct WebSocketIo {
    socket: Socket,
    limit: usize,
    /// Whether the browser may hold something. A turn asks several times, and each call of the browser takes a while.
    is_filled: Cell<bool>,
    /// The pongs since the browser held nothing.
    pongs: WaitingPongs,
    /// Runs while the browser holds too much.
    asks: Option<Pin<Box<Sleep>>>,
    /// A buffer for packets.
    buffer: Vec<u8>,
    /// Counts bytes.
    state: Arc<ConnectionState>,
}

impl WebSocketIo {
    /// `limit`: the bytes of the longest message.
    pub(super) fn new(socket: Socket, limit: usize, state: Arc<ConnectionState>) -> WebSocketIo {
        WebSocketIo {
            socket,
            limit,
            is_filled: Cell::new(false),
            pongs: WaitingPongs::default(),
            asks: None,
            buffer: Vec::new(),
            state,
        }
    }

    /// Whether so many pongs wait to be sent that it does not read.
    pub(crate) fn is_flooded(&self) -> bool {
        self.pongs.are_too_many() && self.unsent() > 0
    }

    pub(crate) fn send(&mut self, packet: &Packet<Bytes>) {
        self.buffer.clear();
        packet.write_head(&mut self.buffer);
        self.buffer
            .extend_from_slice(packet.payload().map_or(&[][..], |payload| payload));
        self.state.meter.wrote(self.buffer.len());
        if packet.is_binary() {
            self.socket.send_binary(&self.buffer);
        } else {
            self.socket
                .send_text(&String::from_utf8_lossy(&self.buffer));
        }
        self.is_filled.set(true);
        // A large packet must not leave its memory here.
        self.buffer.shrink_to(HIGH);
        self.pongs.note(packet);
    }

    #[expect(clippy::needless_pass_by_value, reason = "other hosts keep it")]
    pub(crate) fn send_block(&mut self, block: FrameBlock) {
        self.state.meter.wrote(block.len());
        for message in block.messages() {
            self.socket.send_text(message);
        }
        self.is_filled.set(true);
    }

    /// The bytes that the browser holds.
    pub(crate) fn unsent(&self) -> usize {
        if !self.is_filled.get() {
            return 0;
        }
        let unsent = self.socket.buffered();
        self.is_filled.set(unsent > 0);
        unsent
    }

    /// Pending while the browser holds too much.
    pub(crate) fn poll_write(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), TransportError>> {
        while self.unsent() > HIGH || self.is_flooded() {
            let asks = self.asks.get_or_insert_with(|| Box::pin(sleep(ASK)));
            ready!(asks.as_mut().poll(cx));
            self.asks = None;
        }
        self.asks = None;
        if self.unsent() == 0 {
            self.pongs.clear();
        }
        Poll::Ready(Ok(()))
    }

    pub(crate) fn poll_receive(&mut self, cx: &mut Context<'_>) -> Poll<Received> {
        if self.is_flooded() {
            return Poll::Pending;
        }
        self.socket.poll_event(cx).map(|event| match event {
            SocketEvent::Text(text) => {
                self.state.meter.read(text.len());
                Received::Text(text.into())
            }
            SocketEvent::Binary(bytes) => {
                self.state.meter.read(bytes.len());
                Received::Binary(bytes.into())
            }
            SocketEvent::Closed(code, text) => {
                Received::Closed(TransportError::closed(code, &text))
            }
            SocketEvent::TooLong => Received::Broken(TransportError::TooLarge(self.limit)),
            SocketEvent::Unread => {
                Received::Broken(TransportError::Browser(BrowserError::Unread(UNREAD)))
            }
        })
    }

    /// The end of a WebSocket that cannot be written to any more.
    pub(crate) fn end(&mut self, error: TransportError) -> Received {
        Received::Broken(error)
    }

    /// Sends what the browser holds and closes. The peer has the time `patience` to close, too.
    pub(crate) async fn close(mut self, patience: Duration) {
        self.socket.close();
        let closed = poll_fn(|cx| {
            while let Poll::Ready(event) = self.socket.poll_event(cx) {
                if matches!(event, SocketEvent::Closed(..)) {
                    return Poll::Ready(());
                }
            }
            Poll::Pending
        });
        let _ = timeout(patience, closed).await;
    }
}
