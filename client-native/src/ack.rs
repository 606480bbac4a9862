//! An emit whose answer is awaited.

use std::future::{Future, IntoFuture};
use std::marker::PhantomData;
use std::pin::Pin;
use std::time::Duration;

use serde::de::DeserializeOwned;
use tidewire_core::Ack;
use tokio::sync::oneshot;

use crate::args::{self, EncodeError, Encoded};
use crate::command::{Answer, Command, Ticket};
use crate::error::{AckError, EmitError};
use crate::settings::millis;
use crate::socket::Socket;

/// An event to be sent when this is awaited, for an answer of type `T`.
///
/// A tuple takes the answer's arguments one by one, `()` takes none, anything else is the first. Dropping the future takes
/// the event back if it was not sent yet, and forgets the answer otherwise.
#[derive(Debug)]
#[must_use = "nothing is sent until this is awaited"]
pub struct AckRequest<T> {
    socket: Socket,
    content: Result<Encoded, EmitError>,
    timeout: Option<Duration>,
    volatile: bool,
    answer: PhantomData<fn() -> T>,
}

impl<T: DeserializeOwned> AckRequest<T> {
    pub(crate) fn new(socket: Socket, content: Result<Encoded, EmitError>) -> Self {
        let timeout = socket.settings().ack_timeout;
        AckRequest {
            socket,
            content,
            timeout,
            volatile: false,
            answer: PhantomData,
        }
    }

    /// How long to wait for the answer, in all: for the connection, if there is none, and for the server.
    /// Default: [`Builder::ack_timeout`](crate::Builder::ack_timeout).
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }

    /// Drops the event, with [`AckError::Dropped`], rather than keep it when the namespace is not connected.
    pub fn volatile(mut self) -> Self {
        self.volatile = true;
        self
    }

    async fn run(self) -> Result<T, AckError> {
        let emit = tidewire_core::Emit {
            ack: self
                .timeout
                .map_or(Ack::Unlimited, |span| Ack::Within(millis(span))),
            volatile: self.volatile,
            ..self.socket.plain_emit(self.content?)
        };
        let (answer, answered) = oneshot::channel();
        let ticket = self.socket.ticket();
        let command = Command::Ask {
            index: self.socket.index(),
            emit,
            ticket,
            answer,
        };
        self.socket.send(command).await?;
        let mut guard = CancelOnDrop {
            socket: Some(self.socket),
            ticket,
        };
        let outcome = answered.await;
        guard.socket = None;
        // The driver drops the sender alone when the client is closed.
        let Answer { json, attachments } = outcome.map_err(|_| EmitError::Closed)??;
        args::decode_args(json.as_deref(), &attachments).map_err(AckError::Decode)
    }
}

impl<T: DeserializeOwned + 'static> IntoFuture for AckRequest<T> {
    type Output = Result<T, AckError>;
    type IntoFuture = Pin<Box<dyn Future<Output = Self::Output> + Send>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.run())
    }
}

/// Tells the driver that nobody waits any more.
struct CancelOnDrop {
    socket: Option<Socket>,
    ticket: Ticket,
}

impl Drop for CancelOnDrop {
    fn drop(&mut self) {
        if let Some(socket) = self.socket.take() {
            socket.cancel(self.ticket);
        }
    }
}

impl From<EncodeError> for AckError {
    fn from(error: EncodeError) -> Self {
        AckError::Emit(EmitError::Encode(error))
    }
}
