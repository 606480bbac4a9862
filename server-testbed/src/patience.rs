//! Sending that waits for room, because socketioxide refuses at once (and loses an ack) when too
//! many packets wait.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use serde::Serialize;
use socketioxide::adapter::LocalAdapter;
use socketioxide::extract::{AckSender, SocketRef};
use socketioxide::handler::{FromMessageParts, Value as Payload};
use socketioxide::socket::Socket;
use socketioxide::{SendError, SocketError};

/// How long to leave the connection's writer alone when its buffer is full. Long enough to let
/// heartbeats in as well.
const PAUSE: Duration = Duration::from_millis(1);

/// Emits an event, waiting for room; false when the socket is gone.
///
/// Two handlers that wait at the same time may overtake each other: order is kept within one
/// handler.
pub(crate) async fn emit<T: Serialize + ?Sized>(socket: &SocketRef, event: &str, data: &T) -> bool {
    with_room(socket, || socket.emit(event, data))
        .await
        .is_some()
}

/// Makes one attempt after another until there is room; none when the socket is gone or the data
/// cannot be written.
pub(crate) async fn with_room<T>(
    socket: &Socket,
    mut attempt: impl FnMut() -> Result<T, SendError>,
) -> Option<T> {
    while socket.connected() {
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

/// The way back to the sender of one event. Unlike `AckSender` it knows whether an ack was asked
/// for, and can try again.
pub(crate) struct Reply {
    socket: Arc<Socket>,
    ack_id: Option<i64>,
}

impl Reply {
    /// Whether the sender asked for an ack.
    pub(crate) fn is_wanted(&self) -> bool {
        self.ack_id.is_some()
    }

    /// Acks with `data`, waiting for room; does nothing when no ack was asked for.
    pub(crate) async fn send<T: Serialize + ?Sized>(&self, data: &T) {
        with_room(&self.socket, || self.ack_sender().send(data)).await;
    }

    /// An `AckSender` is spent by one attempt, so each attempt gets its own; it looks at no
    /// payload.
    fn ack_sender(&self) -> AckSender {
        let mut unused = Payload::Str(String::new().into(), None);
        let Ok(sender) = AckSender::from_message_parts(&self.socket, &mut unused, &self.ack_id);
        sender
    }
}

impl FromMessageParts<LocalAdapter> for Reply {
    type Error = Infallible;

    fn from_message_parts(
        socket: &Arc<Socket>,
        _: &mut Payload,
        ack_id: &Option<i64>,
    ) -> Result<Self, Infallible> {
        Ok(Self {
            socket: Arc::clone(socket),
            ack_id: *ack_id,
        })
    }
}
