//! An emit whose answer is awaited.

use std::future::{Future, IntoFuture, poll_fn};
use std::marker::PhantomData;
use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::Poll;
use std::time::Duration;

use bytes::Bytes;
use serde::de::DeserializeOwned;
use tidewire_core::{Ack, Delivery, Emit};
use tokio::sync::oneshot;
use tokio::time::Sleep;

use crate::args::{self, EncodeError, Encoded};
use crate::command::{Answer, Command, Ticket};
use crate::error::{AckError, EmitError};
use crate::mailbox::{Refused, Taken};
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
    delivery: Delivery,
    answer: PhantomData<fn() -> T>,
}

impl<T: DeserializeOwned> AckRequest<T> {
    pub(crate) fn new(socket: Socket, content: Result<Encoded, EmitError>) -> Self {
        let timeout = socket.settings().ack_timeout;
        AckRequest {
            socket,
            content,
            timeout,
            delivery: Delivery::Once,
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
        self.delivery = Delivery::Volatile;
        self
    }

    /// Sends the event again, up to this many times, when the answer has not come within the timeout or the connection was
    /// lost before it came: it arrives at least once, and may arrive twice. Default: it is sent once.
    ///
    /// The [`timeout`](AckRequest::timeout) is now that of one try and begins when the event is sent; without one, only
    /// reconnecting sends it again. Events sent this way go in order, several at a time
    /// ([`Builder::retry_window`](crate::Builder::retry_window)).
    ///
    /// # Errors
    /// [`EmitError::Refused`] if too many such events wait for their answers: at least-once events count apart from others
    /// against the offline buffer's limits, whatever its policy.
    pub fn retries(mut self, retries: u32) -> Self {
        self.delivery = Delivery::AtLeastOnce { retries };
        self
    }

    async fn run(self) -> Result<T, AckError> {
        let emit = Emit {
            ack: self
                .timeout
                .map_or(Ack::Unlimited, |span| Ack::Within(millis(span))),
            delivery: self.delivery,
            ..self.socket.plain_emit(self.content?)?
        };
        // The machine looks at the clock for each try.
        let in_all = match self.delivery {
            Delivery::AtLeastOnce { .. } => None,
            Delivery::Once | Delivery::Volatile => self.timeout,
        };
        let Answer { json, attachments } = ask(self.socket, emit, in_all).await?;
        args::decode_args(json.as_deref(), &attachments).map_err(AckError::Decode)
    }
}

async fn ask(
    socket: Socket,
    emit: Emit<Bytes>,
    timeout: Option<Duration>,
) -> Result<Answer, AckError> {
    let (answer, answered) = oneshot::channel();
    let ticket = socket.ticket();
    let command = Command::Ask {
        index: socket.index(),
        emit,
        ticket,
        answer,
    };
    let inner = socket.client().inner.clone();
    let held = AtomicBool::new(false);
    let asked = async {
        match inner.commands.try_push(command) {
            Ok(taken) => held.store(taken == Taken::Later, Ordering::Relaxed),
            Err(Refused::Closed) => return Err(EmitError::Closed.into()),
            Err(Refused::Full(command)) => {
                held.store(true, Ordering::Relaxed);
                let pushed = inner.commands.push(command).await;
                pushed.map_err(|_| EmitError::Closed)?;
            }
        }
        let mut guard = CancelOnDrop {
            socket: Some(socket),
            ticket,
        };
        let outcome = answered.await;
        guard.socket = None;
        // The driver drops the sender alone when the client is closed.
        outcome.map_err(|_| EmitError::Closed)?
    };
    let sleep = || {
        let _context = inner.runtime.enter();
        timeout.map(|span| Box::pin(tokio::time::sleep(span)))
    };
    in_time(asked, &held, sleep).await
}

/// Ends with `asked`, or with `sleep` once `held` says that the driver does not look at the clock for it: the machine does
/// that for all others, and at less cost.
async fn in_time(
    asked: impl Future<Output = Result<Answer, AckError>>,
    held: &AtomicBool,
    sleep: impl Fn() -> Option<Pin<Box<Sleep>>>,
) -> Result<Answer, AckError> {
    let mut asked = pin!(asked);
    let mut timer = None;
    poll_fn(|cx| {
        if let Poll::Ready(outcome) = asked.as_mut().poll(cx) {
            return Poll::Ready(outcome);
        }
        if held.load(Ordering::Relaxed) && timer.is_none() {
            timer = sleep();
        }
        match &mut timer {
            Some(timer) => timer.as_mut().poll(cx).map(|()| Err(AckError::Timeout)),
            None => Poll::Pending,
        }
    })
    .await
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
