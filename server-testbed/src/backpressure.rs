//! Sends packets and waits while a connection's buffer is full. socketioxide itself refuses a packet
//! at once, and loses an ack.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use serde::Serialize;
use socketioxide::extract::AckSender;
use socketioxide::handler::{FromMessageParts, Value as Payload};
use socketioxide::{SendError, SocketError};

use crate::cluster::{Adapter, Socket};
use crate::outbox::Outbox;

type RawSocket = socketioxide::socket::Socket<Adapter>;

/// The pause before another attempt when a connection's buffer is full. Heartbeats pass in this time, too.
const PAUSE: Duration = Duration::from_millis(1);

/// Emits an event, after waiting while the buffer is full. Returns `false` if the socket is disconnected.
///
/// Events of one handler keep their order. Two handlers that wait at the same time may overtake each other.
pub(crate) async fn emit<T: Serialize + ?Sized>(socket: &Socket, event: &str, data: &T) -> bool {
    retry_while_full(socket, || socket.emit(event, data))
        .await
        .is_some()
}

/// Repeats `attempt` while the buffer is full. Returns `None` if the socket is disconnected or the data
/// cannot be encoded.
pub(crate) async fn retry_while_full<T>(
    socket: &RawSocket,
    mut attempt: impl FnMut() -> Result<T, SendError>,
) -> Option<T> {
    while socket.connected() {
        if outbox(socket).is_some_and(|outbox| outbox.is_full()) {
            tokio::time::sleep(PAUSE).await;
            continue;
        }
        match attempt() {
            Ok(sent) => return Some(sent),
            Err(SendError::Socket(SocketError::InternalChannelFull)) => {
                tokio::time::sleep(PAUSE).await;
            }
            Err(_) => return None,
        }
    }
    None
}

/// Returns the outbox of a socket.
pub(crate) fn outbox(socket: &RawSocket) -> Option<&Arc<Outbox>> {
    socket.req_parts().extensions.get()
}

/// Sends the ack of one event. Unlike `AckSender`, it knows whether the client asked for an ack, and can
/// try again.
#[derive(Clone)]
pub(crate) struct Reply {
    socket: Arc<RawSocket>,
    ack_id: Option<i64>,
}

impl std::fmt::Debug for Reply {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_tuple("Reply").field(&self.ack_id).finish()
    }
}

impl Reply {
    /// Returns whether the client asked for an ack.
    pub(crate) fn is_wanted(&self) -> bool {
        self.ack_id.is_some()
    }

    /// Sends an ack with `data`, after waiting while the buffer is full. Does nothing if the client asked for no ack.
    pub(crate) async fn send<T: Serialize + ?Sized>(&self, data: &T) {
        retry_while_full(&self.socket, || self.ack_sender().send(data)).await;
    }

    /// Makes an `AckSender` for one attempt, which consumes it. An `AckSender` reads no payload.
    fn ack_sender(&self) -> AckSender<Adapter> {
        let mut unused = Payload::Str(String::new().into(), None);
        let Ok(sender) = AckSender::from_message_parts(&self.socket, &mut unused, &self.ack_id);
        sender
    }
}

impl FromMessageParts<Adapter> for Reply {
    type Error = Infallible;

    fn from_message_parts(
        socket: &Arc<RawSocket>,
        _: &mut Payload,
        ack_id: &Option<i64>,
    ) -> Result<Self, Infallible> {
        Ok(Self {
            socket: Arc::clone(socket),
            ack_id: *ack_id,
        })
    }
}
