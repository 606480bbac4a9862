//! What a handler gets besides the arguments.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use serde::Serialize;

use crate::error::EmitError;
use crate::socket::Socket;

/// The socket an event came to, and the way to answer it.
#[derive(Debug)]
pub struct Context {
    socket: Socket,
    reply: Option<Arc<ReplyRight>>,
}

impl Context {
    pub(crate) fn new(socket: Socket, reply: Option<Arc<ReplyRight>>) -> Self {
        Context { socket, reply }
    }

    /// The namespace the event came to: emit from here as from anywhere.
    pub fn socket(&self) -> &Socket {
        &self.socket
    }

    /// Whether the server awaits an answer.
    pub fn wants_ack(&self) -> bool {
        self.reply.is_some()
    }

    /// Answers the event. A tuple is several arguments, `()` none, anything else one.
    ///
    /// Does nothing if the server awaits no answer, or was answered before.
    ///
    /// # Errors
    /// [`EmitError::Encode`]; [`EmitError::Refused`] if the connection that asked is gone; [`EmitError::Closed`].
    pub async fn ack(&mut self, args: impl Serialize) -> Result<(), EmitError> {
        match self.ack_sender() {
            Some(sender) => sender.send(args).await,
            None => Ok(()),
        }
    }

    /// The right to answer, to keep or hand on; `None` if the server awaits no answer.
    pub fn ack_sender(&mut self) -> Option<AckSender> {
        let right = self.reply.take()?;
        Some(AckSender {
            socket: self.socket.clone(),
            right,
        })
    }
}

/// The answer that the server awaits for one event. Dropping it answers nothing.
#[derive(Debug)]
pub struct AckSender {
    socket: Socket,
    right: Arc<ReplyRight>,
}

impl AckSender {
    pub(crate) fn new(socket: Socket, right: Arc<ReplyRight>) -> Self {
        AckSender { socket, right }
    }

    /// Answers. A tuple is several arguments, `()` none, anything else one. Does nothing if another handler of the same event
    /// has answered.
    ///
    /// # Errors
    /// [`EmitError::Encode`]; [`EmitError::Refused`] if the connection that asked is gone; [`EmitError::Closed`].
    pub async fn send(self, args: impl Serialize) -> Result<(), EmitError> {
        match self.right.take() {
            Some(reply) => self.socket.reply(reply, args).await,
            None => Ok(()),
        }
    }
}

/// The right to answer one event, shared by all who hear it: the first answer counts.
#[derive(Debug)]
pub(crate) struct ReplyRight {
    reply: tidewire_core::Reply,
    used: AtomicBool,
}

impl ReplyRight {
    fn take(&self) -> Option<tidewire_core::Reply> {
        (!self.used.swap(true, Ordering::Relaxed)).then_some(self.reply)
    }
}

impl From<tidewire_core::Reply> for ReplyRight {
    fn from(reply: tidewire_core::Reply) -> Self {
        ReplyRight {
            reply,
            used: AtomicBool::new(false),
        }
    }
}
