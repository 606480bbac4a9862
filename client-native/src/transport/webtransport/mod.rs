//! An open WebTransport: packets as frames in one bidirectional stream over QUIC. Datagrams and further streams are not read.
//!
//! [`session`] opens it, [`errors`] says why it fails.
//!
//! Source: engine.io-protocol 4, "WebTransport"; engine.io-client 6.6 (`transports/webtransport.ts`).

mod errors;
mod session;

use std::future::poll_fn;
use std::io::{self, ErrorKind};
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use futures_util::FutureExt;
use tidewire_core::{Packet, Target};
use tokio::time::timeout;
use wtransport::{Connection, RecvStream, SendStream};

use self::session::Session;
use super::connector::Connector;
use super::read;
use super::websocket::FrameWriter;
use crate::connection_state::ConnectionState;
use crate::error::TransportError;
use crate::maybe_send::BoxFuture;
use crate::pongs::WaitingPongs;
use crate::received::Received;
use crate::stream_frames::{Heads, StreamReader};

pub(crate) struct WebTransportIo {
    session: Session,
    send: SendStream,
    recv: RecvStream,
    reader: StreamReader,
    writer: FrameWriter,
    /// The pongs since `poll_write` has written all frames.
    pongs: WaitingPongs,
    /// An error of `send`, which the next `poll_write` returns.
    failed: Option<io::Error>,
    /// Finds out why the session has ended.
    ending: Option<BoxFuture<'static, Received>>,
    /// The end that `poll_write` has found.
    ended: Option<Received>,
    heads: Heads,
    /// Counts bytes.
    state: Arc<ConnectionState>,
}

impl WebTransportIo {
    pub(crate) async fn open(
        connector: &Connector,
        target: &Target,
    ) -> Result<WebTransportIo, TransportError> {
        let (session, send, recv) = connector.open_session(target).await?;
        Ok(WebTransportIo {
            session,
            send,
            recv,
            reader: StreamReader::new(connector.max_message_bytes),
            writer: FrameWriter::default(),
            pongs: WaitingPongs::default(),
            failed: None,
            ending: None,
            ended: None,
            heads: Heads::default(),
            state: connector.state.clone(),
        })
    }

    /// Whether so many pongs wait to be written that it does not read. It goes on once all frames are written.
    pub(crate) fn is_flooded(&self) -> bool {
        self.pongs.are_too_many()
    }

    /// Queues a packet. The next [`WebTransportIo::poll_write`] writes it at the latest.
    pub(crate) fn send(&mut self, packet: &Packet<Bytes>) {
        for part in self.heads.frame(packet) {
            self.writer.push_raw(part);
        }
        let before = self.writer.size();
        if let Err(error) = self.writer.write_early(&mut self.send) {
            self.failed = Some(error);
        }
        self.state.meter.wrote(before - self.writer.size());
        self.pongs.note(packet);
    }

    /// The bytes of frames that the stream has not taken yet.
    pub(crate) fn unsent(&self) -> usize {
        self.writer.size()
    }

    /// Writes the queued frames. Pending while the stream takes no more, and until it is known why the session has ended.
    pub(crate) fn poll_write(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), TransportError>> {
        let written = match self.failed.take() {
            Some(error) => Err(error),
            None => ready!(self.poll_writer(cx)),
        };
        let Err(error) = written else {
            self.pongs.clear();
            return Poll::Ready(Ok(()));
        };
        self.ended = Some(match error.kind() {
            ErrorKind::NotConnected => ready!(self.poll_ending(cx)),
            _ => Received::Closed(TransportError::given_up(&error)),
        });
        Poll::Ready(Err(error.into()))
    }

    /// Waits for the reason why the session has ended.
    fn poll_ending(&mut self, cx: &mut Context<'_>) -> Poll<Received> {
        let connection = &self.session.connection;
        let ending = self
            .ending
            .get_or_insert_with(|| Box::pin(end_of(connection.clone())));
        let ended = ready!(ending.as_mut().poll(cx));
        self.ending = None;
        Poll::Ready(ended)
    }

    fn poll_writer(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let before = self.writer.size();
        let written = self.writer.poll_write(&mut self.send, cx);
        self.state.meter.wrote(before - self.writer.size());
        written
    }

    /// The next frame for the machine. Pending also while it is [flooded](WebTransportIo::is_flooded).
    pub(crate) fn poll_receive(&mut self, cx: &mut Context<'_>) -> Poll<Received> {
        loop {
            if self.ending.is_some() {
                return self.poll_ending(cx);
            }
            if self.is_flooded() {
                return Poll::Pending;
            }
            match self.reader.next() {
                Ok(Some(received)) => return Poll::Ready(received),
                Ok(None) => {}
                Err(error) => return Poll::Ready(Received::Broken(error)),
            }
            let keep = |bytes: &[u8]| self.reader.push(bytes);
            match ready!(read::poll_read(&mut self.recv, cx, keep)) {
                Ok(0) => {
                    return Poll::Ready(Received::Closed(TransportError::session_closed(0, b"")));
                }
                Ok(size) => self.state.meter.read(size),
                Err(error) if error.kind() == ErrorKind::NotConnected => {
                    return self.poll_ending(cx);
                }
                Err(error) => {
                    return Poll::Ready(Received::Closed(TransportError::given_up(error)));
                }
            }
        }
    }

    /// The end of a session that cannot be written to any more: the server's reason, if there is one.
    pub(crate) fn end(&mut self, error: TransportError) -> Received {
        let connection = self.session.connection.clone();
        let ended = self.ended.take();
        ended
            .or_else(|| end_of(connection).now_or_never())
            .unwrap_or(Received::Broken(error))
    }

    /// Writes the queued frames and closes. The server has the time `patience` to confirm them.
    pub(crate) async fn close(mut self, patience: Duration) {
        let closing = async {
            if poll_fn(|cx| self.poll_write(cx)).await.is_ok() {
                // The end of the session discards what the server has not confirmed.
                let _ = self.send.finish().await;
            }
            self.session.close().await;
        };
        // The session ends here even if the server does not answer.
        let _ = timeout(patience, closing).await;
    }
}

/// Waits for the end of a session.
async fn end_of(connection: Connection) -> Received {
    // Nothing else returns the reason in all cases: that of QUIC is not that of a session which the server has closed.
    let error = loop {
        match session::unless_it_panics(connection.receive_datagram()).await {
            Some(Ok(_)) => {}
            Some(Err(error)) => break errors::of_session(&error, &connection),
            None => break errors::panicked(),
        }
    };
    match error {
        closed @ TransportError::WebTransportClosed(..) => Received::Closed(closed),
        broken => Received::Broken(broken),
    }
}
