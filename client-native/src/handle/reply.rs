//! Acks that the server expects.

use std::sync::Arc;

use serde::Serialize;

use super::{Context, Socket};
use crate::error::EmitError;
use crate::event::ReplyToken;

impl Context {
    /// Sends the ack of the event. A tuple is several arguments, `()` none, any other value one.
    ///
    /// Does nothing if the server expects no ack, or has got one already.
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
        Some(AckSender::new(self.socket.clone(), token))
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
    /// # Errors
    /// [`EmitError::Encode`]; [`EmitError::Refused`] if the connection of the event is gone; [`EmitError::Closed`].
    pub async fn send(self, args: impl Serialize) -> Result<(), EmitError> {
        self.token.send(args).await
    }
}
