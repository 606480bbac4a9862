//! Commands from handles to the driver.

use std::sync::Arc;

use bytes::Bytes;
use tidewire_core::{AckError, Emit, Hint, Reply};
use tokio::sync::oneshot;

use super::state::NamespaceState;
use crate::args::Encoded;
use crate::error::{ConnectError, EmitError, Ended};
use crate::event::{ReplySink, Sending};
use crate::mailbox::{Mailbox, Weigh};

/// The arguments of an ack, not decoded yet.
#[derive(Debug)]
pub(crate) struct AckReply {
    pub(crate) json: Option<Bytes>,
    pub(crate) attachments: Vec<Bytes>,
}

/// Why an ack does not arrive. The caller adds the event's name and the timeout.
#[derive(Debug)]
pub(crate) enum AckFailure {
    Emit(EmitError),
    Lost(AckError),
}

/// Names an `emit_with_ack` before the machine has given it an ack id.
pub(crate) type RequestId = u64;

#[derive(Debug)]
pub(crate) enum Command {
    /// Adds a namespace; always the first command that names it.
    Register(Arc<NamespaceState>),
    Connect {
        index: usize,
        waiter: Option<ConnectWaiter>,
    },
    Disconnect {
        index: usize,
        reply_tx: oneshot::Sender<()>,
    },
    Emit {
        index: usize,
        emit: Emit<Bytes>,
        /// Gets the machine's verdict. Without it, an error goes to the error handler.
        reply_tx: Option<oneshot::Sender<Result<(), EmitError>>>,
    },
    EmitWithAck {
        index: usize,
        emit: Emit<Bytes>,
        request_id: RequestId,
        reply_tx: oneshot::Sender<Result<AckReply, AckFailure>>,
    },
    /// Stops awaiting an ack.
    CancelAck(RequestId),
    Reply {
        index: usize,
        reply: Reply,
        content: Encoded,
        reply_tx: oneshot::Sender<Result<(), EmitError>>,
    },
    ClearOffline {
        index: usize,
    },
    /// Asks for the names of the buffered events.
    ListOffline {
        index: usize,
        reply_tx: oneshot::Sender<Vec<String>>,
    },
    /// Asks to be told when the namespace has ended for good.
    AwaitEnd {
        index: usize,
        reply_tx: oneshot::Sender<Ended>,
    },
    Hint(Hint),
    Close {
        reply_tx: oneshot::Sender<()>,
    },
}

/// A caller that waits for a namespace to be connected.
#[derive(Debug)]
pub(crate) struct ConnectWaiter {
    /// Whether the caller waits through failed attempts; otherwise the first failure is its result.
    pub(crate) keep_trying: bool,
    pub(crate) reply_tx: oneshot::Sender<Result<(), ConnectError>>,
}

impl ReplySink for Mailbox<Command> {
    fn send_reply(&self, index: usize, reply: Reply, content: Encoded) -> Sending<'_> {
        Box::pin(async move {
            let (reply_tx, reply_rx) = oneshot::channel();
            let command = Command::Reply {
                index,
                reply,
                content,
                reply_tx,
            };
            self.push(command).await.map_err(|_| EmitError::Closed)?;
            reply_rx.await.unwrap_or(Err(EmitError::Closed))
        })
    }
}

impl Weigh for Command {
    fn weight(&self) -> usize {
        match self {
            Command::Emit { emit, .. } | Command::EmitWithAck { emit, .. } => {
                emit.payload.len() + emit.attachments.iter().map(Bytes::len).sum::<usize>()
            }
            Command::Reply { content, .. } => {
                content.json.len() + content.attachments.iter().map(Bytes::len).sum::<usize>()
            }
            Command::Register(_)
            | Command::Connect { .. }
            | Command::Disconnect { .. }
            | Command::CancelAck(_)
            | Command::ClearOffline { .. }
            | Command::ListOffline { .. }
            | Command::AwaitEnd { .. }
            | Command::Hint(_)
            | Command::Close { .. } => 0,
        }
    }

    /// Connecting, disconnecting and closing do not wait until a peer that does not read reads again.
    fn is_urgent(&self) -> bool {
        matches!(
            self,
            Command::Connect {
                waiter: Some(_),
                ..
            } | Command::Disconnect { .. }
                | Command::Close { .. }
        )
    }
}
