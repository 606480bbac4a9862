//! Commands from handles to the driver.

use std::future::ready;
use std::sync::Arc;

use bytes::Bytes;
use tidewire_core::{AckError, Emit, Hint};
use tokio::sync::oneshot;

use super::state::NamespaceState;
use crate::error::{ConnectError, EmitError, Ended};
use crate::event::{OutgoingReply, ReplySink, SendingReply};
use crate::host::FrameBlock;
use crate::mailbox::{Closed, Mailbox, Refused, Weigh};

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
    /// The caller's time is over; `connected`: whether the namespace is connected then.
    Late {
        connected: bool,
    },
    /// The connection stopped reading, because a listener does not take its events.
    InboxFull,
}

impl From<EmitError> for AckFailure {
    fn from(error: EmitError) -> Self {
        AckFailure::Emit(error)
    }
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
    /// Plain events of a connected namespace, as frames: they have no acks and no attachments.
    Events {
        index: usize,
        block: FrameBlock,
        count: u32,
    },
    EmitWithAck {
        index: usize,
        emit: Emit<Bytes>,
        request_id: RequestId,
        reply_tx: oneshot::Sender<Result<AckReply, AckFailure>>,
    },
    /// Stops awaiting an ack.
    CancelAck(RequestId),
    Reply(OutgoingReply),
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
    fn send(&self, reply: OutgoingReply) -> Result<(), SendingReply<'_>> {
        match self.try_push(Command::Reply(reply)) {
            Ok(()) => Ok(()),
            Err(Refused::Full(command)) => Err(Box::pin(async {
                let sent = self.push(command).await;
                sent.map_err(|Closed| EmitError::Closed)
            })),
            Err(Refused::Closed) => Err(Box::pin(ready(Err(EmitError::Closed)))),
        }
    }
}

impl Weigh for Command {
    fn weight(&self) -> usize {
        match self {
            Command::Emit { emit, .. } | Command::EmitWithAck { emit, .. } => {
                emit.payload.len() + emit.attachments.iter().map(Bytes::len).sum::<usize>()
            }
            Command::Events { block, .. } => block.len(),
            Command::Reply(OutgoingReply { content, .. }) => {
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

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;
    use std::task::{Context, Poll, Waker};

    use tidewire_core::Reply;

    use super::*;
    use crate::mailbox::Limits;

    fn reply() -> OutgoingReply {
        OutgoingReply {
            index: 0,
            reply: Reply::from_parts(0, 0),
            content: crate::args::encode_args(&()).unwrap(),
            reply_tx: oneshot::channel().0,
        }
    }

    #[test]
    fn a_reply_waits_for_room_and_is_not_lost() {
        let mut cx = Context::from_waker(Waker::noop());
        let commands = Mailbox::new(Limits { items: 1, bytes: 1 });
        assert!(commands.send(reply()).is_ok());
        let mut second = commands.send(reply()).expect_err("it waits");
        assert!(second.as_mut().poll(&mut cx).is_pending());
        let mut taken = VecDeque::new();
        assert!(commands.poll_take(0, &mut taken, &mut cx).is_ready());
        assert!(second.as_mut().poll(&mut cx).is_pending());
        taken.clear();
        assert!(commands.poll_take(0, &mut taken, &mut cx).is_ready());
        assert_eq!(second.as_mut().poll(&mut cx), Poll::Ready(Ok(())));
        commands.close();
        let mut closed = commands.send(reply()).expect_err("it is closed");
        let outcome = closed.as_mut().poll(&mut cx);
        assert_eq!(outcome, Poll::Ready(Err(EmitError::Closed)));
    }
}
