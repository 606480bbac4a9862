//! Acks that the server expects, and their receiver for unit tests of handlers.

use std::sync::{Arc, Mutex, PoisonError};

use serde::Serialize;
use serde::de::DeserializeOwned;
use tidewire_core::Reply;
use tokio::sync::oneshot;

use super::{Context, Socket};
use crate::args::{self, DecodeError, Encoded};
use crate::error::EmitError;
use crate::event::{OutgoingReply, ReplySink, ReplyToken, SendingReply};

impl Context {
    /// Sends the ack of the event. A tuple is several arguments, `()` none, any other value one.
    ///
    /// Does nothing if the server expects no ack, or has got one already. A handler that returns [`Ack`](crate::Ack) need not
    /// call this.
    ///
    /// Not cancel safe: if the future is dropped while it waits, the ack may or may not be sent, and no other can be.
    ///
    /// # Errors
    /// [`EmitError::Encode`]; [`EmitError::Refused`] if the connection of the event is gone; [`EmitError::Closed`].
    pub async fn ack(&mut self, args: impl Serialize) -> Result<(), EmitError> {
        match self.ack_sender() {
            Some(sender) => sender.send(args).await,
            None => Ok(()),
        }
    }

    /// Takes the permission to send the ack, to use it later; `None` if the server expects no ack.
    pub fn ack_sender(&mut self) -> Option<AckSender> {
        let token = self.reply.take()?;
        Some(AckSender::new(Socket::clone(&self.socket), token))
    }

    /// Makes the context of an event that expects an ack, and a receiver of that ack, to call a handler in a unit test.
    ///
    /// ```
    /// use tidewire::{Client, Context};
    ///
    /// async fn double(number: u32, mut context: Context) {
    ///     let _ = context.ack(number * 2).await;
    /// }
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// // The client is never connected.
    /// let socket = Client::builder("http://localhost").build()?.socket();
    /// let (context, ack) = Context::with_ack(socket);
    /// double(21, context).await;
    /// assert_eq!(ack.receive::<u32>().await, Some(Ok(42)));
    /// # Ok(())
    /// # }
    /// ```
    pub fn with_ack(socket: Socket) -> (Context, AckReceiver) {
        let (ack_tx, ack_rx) = oneshot::channel();
        let sink = Arc::new(Capture(Mutex::new(Some(ack_tx))));
        let token = ReplyToken::new(sink, socket.index(), Reply::from_parts(0, 0));
        let context = Context {
            socket: Arc::new(socket),
            reply: Some(Arc::new(token)),
        };
        (context, AckReceiver(ack_rx))
    }
}

/// The permission to send the ack of one event. If it is dropped, no ack is sent.
#[derive(Debug)]
#[must_use = "no ack is sent until `send`"]
pub struct AckSender {
    /// Keeps the connection alive until the ack is sent.
    _socket: Socket,
    token: Arc<ReplyToken>,
}

impl AckSender {
    pub(super) fn new(socket: Socket, token: Arc<ReplyToken>) -> Self {
        AckSender {
            _socket: socket,
            token,
        }
    }

    /// Sends the ack. A tuple is several arguments, `()` none, any other value one. Does nothing if another handler has
    /// sent one.
    ///
    /// Not cancel safe: if the future is dropped while it waits, the ack may or may not be sent, and no other can be.
    ///
    /// # Errors
    /// [`EmitError::Encode`]; [`EmitError::Refused`] if the connection of the event is gone; [`EmitError::Closed`].
    pub async fn send(self, args: impl Serialize) -> Result<(), EmitError> {
        self.token.send(args).await
    }
}

/// Receives the ack of a handler in a unit test, from [`Context::with_ack`].
#[derive(Debug)]
pub struct AckReceiver(oneshot::Receiver<Encoded>);

impl AckReceiver {
    /// Waits for the ack and decodes its arguments; `None` if the handler has ended without an ack.
    pub async fn receive<T: DeserializeOwned>(self) -> Option<Result<T, DecodeError>> {
        let Encoded { json, attachments } = self.0.await.ok()?;
        Some(args::decode_args(Some(&json), &attachments))
    }
}

/// Takes an ack in place of a driver.
#[derive(Debug)]
struct Capture(Mutex<Option<oneshot::Sender<Encoded>>>);

impl ReplySink for Capture {
    fn send(&self, reply: OutgoingReply) -> Result<(), SendingReply<'_>> {
        let ack_tx = self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(ack_tx) = ack_tx {
            // The test may have dropped the receiver.
            let _ = ack_tx.send(reply.content);
            let _ = reply.reply_tx.send(Ok(()));
        }
        Ok(())
    }
}
