//! An open WebTransport of the browser: packets as frames in one stream.

use std::future::poll_fn;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use tidewire_core::{Packet, Target};
use tidewire_web::{Session, SessionEnd, SessionFault};

use super::connector::{Connector, refused};
use super::time::timeout;
use super::websocket::HIGH;
use crate::connection_state::ConnectionState;
use crate::error::{BrowserError, TransportError};
use crate::pongs::WaitingPongs;
use crate::received::Received;
use crate::stream_frames::{Heads, StreamReader, open_frame};

pub(crate) struct WebTransportIo {
    session: Session,
    reader: StreamReader,
    heads: Heads,
    /// The pongs since the stream has taken all frames.
    pongs: WaitingPongs,
    /// The end that `poll_write` has found.
    ended: Option<Received>,
    /// Counts bytes.
    state: Arc<ConnectionState>,
}

impl WebTransportIo {
    pub(crate) async fn open(
        connector: &Connector,
        target: &Target,
    ) -> Result<WebTransportIo, TransportError> {
        let url = connector.address.quic_url(target);
        let hashes = &connector.settings.webtransport.certificate_hashes;
        let opened = Session::open(&url, hashes).await;
        let mut session = opened.map_err(|fault| match fault {
            SessionFault::Missing => TransportError::Browser(BrowserError::NoWebTransport),
            SessionFault::Refused(fault) => refused(fault),
        })?;
        let frame = open_frame(target);
        session.push(&frame);
        connector.state.meter.wrote(frame.len());
        if let Err(end) = poll_fn(|cx| session.poll_write(cx)).await {
            return Err(error(end));
        }
        Ok(WebTransportIo {
            session,
            reader: StreamReader::new(connector.max_message_bytes),
            heads: Heads::default(),
            pongs: WaitingPongs::default(),
            ended: None,
            state: connector.state.clone(),
        })
    }

    /// Whether so many pongs wait to be written that it does not read. It goes on once all frames are written.
    pub(crate) fn is_flooded(&self) -> bool {
        self.pongs.are_too_many()
    }

    /// Queues a packet.
    pub(crate) fn send(&mut self, packet: &Packet<Bytes>) {
        for part in self.heads.frame(packet) {
            self.session.push(part);
            self.state.meter.wrote(part.len());
        }
        self.pongs.note(packet);
    }

    /// The bytes of frames that the stream has not taken yet.
    pub(crate) fn unsent(&self) -> usize {
        self.session.unsent()
    }

    /// Writes the queued frames. Pending while there are too many.
    pub(crate) fn poll_write(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), TransportError>> {
        match self.session.poll_write(cx) {
            Poll::Ready(Ok(())) => self.pongs.clear(),
            Poll::Ready(Err(end)) => {
                self.ended = Some(received(end));
                return Poll::Ready(Err(TransportError::WebTransport("it has ended".into())));
            }
            // The write that is under way wakes the task.
            Poll::Pending if self.unsent() > HIGH || self.is_flooded() => return Poll::Pending,
            Poll::Pending => {}
        }
        Poll::Ready(Ok(()))
    }

    /// The next frame for the machine. Pending also while it is [flooded](WebTransportIo::is_flooded).
    pub(crate) fn poll_receive(&mut self, cx: &mut Context<'_>) -> Poll<Received> {
        loop {
            if self.is_flooded() {
                return Poll::Pending;
            }
            match self.reader.next() {
                Ok(Some(frame)) => return Poll::Ready(frame),
                Ok(None) => {}
                Err(error) => return Poll::Ready(Received::Broken(error)),
            }
            match ready!(self.session.poll_read(cx)) {
                Ok(bytes) => {
                    self.state.meter.read(bytes.len());
                    self.reader.push(&bytes);
                }
                Err(end) => return Poll::Ready(received(end)),
            }
        }
    }

    /// The end of a session that cannot be written to any more: the server's reason, if there is one.
    pub(crate) fn end(&mut self, error: TransportError) -> Received {
        self.ended.take().unwrap_or(Received::Broken(error))
    }

    /// Writes the queued frames and closes. The server has the time `patience` to confirm them.
    pub(crate) async fn close(self, patience: Duration) {
        // The session ends here even if the server does not answer.
        let _ = timeout(patience, self.session.close()).await;
    }
}

fn received(end: SessionEnd) -> Received {
    match end {
        SessionEnd::Finished | SessionEnd::Closed(..) | SessionEnd::Reset(_) => {
            Received::Closed(error(end))
        }
        SessionEnd::Failed(_) => Received::Broken(error(end)),
    }
}

fn error(end: SessionEnd) -> TransportError {
    match end {
        SessionEnd::Finished => TransportError::session_closed(0, b""),
        SessionEnd::Closed(code, text) => {
            TransportError::session_closed(code.into(), text.as_bytes())
        }
        SessionEnd::Reset(text) => TransportError::given_up(text),
        SessionEnd::Failed(text) => TransportError::WebTransport(text),
    }
}
