//! Emitting an event and awaiting its ack.

use std::future::Future;
use std::marker::PhantomData;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use serde::de::DeserializeOwned;
use tidewire_core::{Ack, Delivery, Emit};
use tokio::sync::oneshot;

use super::Socket;
use crate::args::{self, Encoded};
use crate::connection::{AckFailure, AckReply, Command, RequestId};
use crate::error::{AckError, EmitError};
use crate::maybe_send::BoxFuture;
use crate::options::millis;

/// An event that is sent when this is awaited or first polled, and whose ack is a `T`.
///
/// A tuple takes the ack's arguments one by one, `()` takes none, any other type takes the first. Dropping the request
/// takes a buffered event back, and ignores the ack of one that was sent. In `select!`, poll it by `&mut request`.
#[must_use = "nothing is sent until this is awaited"]
pub struct AckRequest<T> {
    event: Box<str>,
    timeout: Option<Duration>,
    state: State,
    ack: PhantomData<fn() -> T>,
}

enum State {
    Idle(Option<Request>),
    Running(BoxFuture<'static, Result<AckReply, AckFailure>>),
}

#[derive(Debug)]
struct Request {
    socket: Socket,
    content: Result<Encoded, EmitError>,
    delivery: Delivery,
}

impl<T> AckRequest<T> {
    pub(super) fn new(socket: Socket, event: &str, content: Result<Encoded, EmitError>) -> Self {
        AckRequest {
            event: event.into(),
            timeout: socket.options().ack_timeout,
            state: State::Idle(Some(Request {
                socket,
                content,
                delivery: Delivery::Once,
            })),
            ack: PhantomData,
        }
    }

    /// Sets how long to wait, for the connection and for the ack together.
    /// Default: [`Builder::ack_timeout`](crate::Builder::ack_timeout).
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }

    /// Fails with [`AckError::Dropped`] instead of buffering the event if the namespace is not connected.
    pub fn volatile(self) -> Self {
        self.with(|request| request.delivery = Delivery::Volatile)
    }

    /// Sends the event again, up to `retries` times, if the ack does not come within the timeout or the connection is lost
    /// before it: the event arrives at least once, and maybe twice. Default: it is sent once.
    ///
    /// The [`timeout`](AckRequest::timeout) is then that of one try, and starts when the event is sent. Without a timeout,
    /// only a reconnection sends it again. Such events are sent in order, several at a time
    /// ([`Builder::retry_window`](crate::Builder::retry_window)). While the namespace is disconnected, they wait for a connect.
    ///
    /// # Errors
    /// [`EmitError::Refused`] if too many such events wait for their acks. They count apart from other events against the
    /// limits of the offline buffer, whatever its policy.
    pub fn retries(self, retries: u32) -> Self {
        self.with(|request| request.delivery = Delivery::AtLeastOnce { retries })
    }

    /// Changes the request. Options have no effect once it was polled.
    fn with(mut self, change: impl FnOnce(&mut Request)) -> Self {
        if let State::Idle(Some(request)) = &mut self.state {
            change(request);
        }
        self
    }
}

impl<T: DeserializeOwned> Future for AckRequest<T> {
    type Output = Result<T, AckError>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let future = match &mut self.state {
            State::Running(future) => future,
            State::Idle(request) => {
                let request = request
                    .take()
                    .expect("taken once, as the state changes now");
                self.state = State::Running(Box::pin(request.run(self.timeout)));
                return self.poll(cx);
            }
        };
        let result = ready!(future.as_mut().poll(cx));
        Poll::Ready(self.decode(result))
    }
}

impl<T: DeserializeOwned> AckRequest<T> {
    fn decode(&self, result: Result<AckReply, AckFailure>) -> Result<T, AckError> {
        let AckReply { json, attachments } = result.map_err(|failure| self.error(failure))?;
        args::decode_args(json.as_deref(), &attachments).map_err(|source| AckError::Decode {
            event: self.event.to_string(),
            source,
        })
    }

    fn late(&self, connected: bool) -> AckError {
        AckError::Timeout {
            event: self.event.to_string(),
            timeout: self.timeout.unwrap_or_default(),
            connected,
        }
    }

    fn error(&self, failure: AckFailure) -> AckError {
        use tidewire_core::AckError::{Disconnected, Dropped, Timeout};
        let event = || self.event.to_string();
        match failure {
            AckFailure::Emit(error) => AckError::Emit(error),
            AckFailure::Late { connected } => self.late(connected),
            AckFailure::Lost(Timeout) => self.late(true),
            AckFailure::Lost(Disconnected) => AckError::Disconnected { event: event() },
            AckFailure::InboxFull => AckError::InboxFull { event: event() },
            AckFailure::Lost(Dropped) => AckError::Dropped { event: event() },
        }
    }
}

impl<T> std::fmt::Debug for AckRequest<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut debug = f.debug_struct("AckRequest");
        match &self.state {
            State::Idle(request) => debug.field("request", request).finish(),
            State::Running(_) => debug.finish_non_exhaustive(),
        }
    }
}

impl Request {
    async fn run(self, timeout: Option<Duration>) -> Result<AckReply, AckFailure> {
        // The machine times each try of an at-least-once event. All other requests have one timer around everything.
        let (ack, timeout) = match (self.delivery, timeout) {
            (Delivery::AtLeastOnce { .. }, Some(span)) => (Ack::Within(millis(span)), None),
            (_, timeout) => (Ack::Unlimited, timeout),
        };
        let emit = Emit {
            ack,
            delivery: self.delivery,
            ..self.socket.plain_emit(self.content?)?
        };
        let reply = send_and_wait(&self.socket, emit);
        let Some(timeout) = timeout else {
            return reply.await;
        };
        // The caller may be outside of the runtime.
        let timed = self.socket.client.inner.runtime.timeout(timeout, reply);
        match timed.await {
            Ok(reply) => reply,
            Err(_) => Err(AckFailure::Late {
                connected: self.socket.is_connected(),
            }),
        }
    }
}

async fn send_and_wait(socket: &Socket, emit: Emit<Bytes>) -> Result<AckReply, AckFailure> {
    let (reply_tx, reply_rx) = oneshot::channel();
    let request_id = socket.client.inner.next_request_id();
    // From here on, because the command may be in the queue before `send` is ready.
    let mut guard = CancelOnDrop {
        socket: Some(socket),
        request_id,
    };
    let command = Command::EmitWithAck {
        index: socket.index(),
        emit,
        request_id,
        reply_tx,
    };
    let result = match socket.send(command).await {
        Ok(()) => reply_rx.await,
        Err(error) => Ok(Err(error.into())),
    };
    guard.socket = None;
    // The driver drops a sender only when it ends.
    result.map_err(|_| EmitError::Closed)?
}

/// Tells the driver that the ack is not awaited any more.
struct CancelOnDrop<'a> {
    socket: Option<&'a Socket>,
    request_id: RequestId,
}

impl Drop for CancelOnDrop<'_> {
    fn drop(&mut self) {
        if let Some(socket) = self.socket {
            socket.client.force(Command::CancelAck(self.request_id));
        }
    }
}
