//! What handles ask of the driver.

use std::sync::Arc;

use bytes::Bytes;
use tidewire_core::{Emit, Hint, Reply};
use tokio::sync::oneshot;

use crate::args::Encoded;
use crate::channel::Channel;
use crate::error::{AckError, ConnectError, EmitError};
use crate::mailbox::Weigh;

/// The arguments of an answer, as they came.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) json: Option<Bytes>,
    pub(crate) attachments: Vec<Bytes>,
}

/// Names an awaited ack before the machine has given it an id.
pub(crate) type Ticket = u64;

#[derive(Debug)]
pub(crate) enum Command {
    /// Makes a namespace known; always the first to name it.
    Register(Arc<Channel>),
    Connect {
        index: usize,
        /// Told how it ends. `patient` hears of the end alone, not of attempts that fail.
        done: Option<Connecting>,
    },
    Disconnect {
        index: usize,
        done: oneshot::Sender<()>,
    },
    Emit {
        index: usize,
        emit: Emit<Bytes>,
        /// Told whether the machine took the event; without it, a refusal goes to the error handler.
        taken: Option<oneshot::Sender<Result<(), EmitError>>>,
    },
    Ask {
        index: usize,
        emit: Emit<Bytes>,
        ticket: Ticket,
        answer: oneshot::Sender<Result<Answer, AckError>>,
    },
    Cancel(Ticket),
    Reply {
        index: usize,
        reply: Reply,
        content: Encoded,
        taken: oneshot::Sender<Result<(), EmitError>>,
    },
    ClearOffline {
        index: usize,
    },
    /// Asks for the names of the events that wait.
    ListOffline {
        index: usize,
        tell: oneshot::Sender<Vec<String>>,
    },
    Hint(Hint),
    Close {
        done: oneshot::Sender<()>,
    },
}

#[derive(Debug)]
pub(crate) struct Connecting {
    pub(crate) patient: bool,
    pub(crate) tell: oneshot::Sender<Result<(), ConnectError>>,
}

impl Weigh for Command {
    fn weight(&self) -> usize {
        match self {
            Command::Emit { emit, .. } | Command::Ask { emit, .. } => {
                emit.payload.len() + emit.attachments.iter().map(Bytes::len).sum::<usize>()
            }
            Command::Reply { content, .. } => {
                content.json.len() + content.attachments.iter().map(Bytes::len).sum::<usize>()
            }
            _ => 0,
        }
    }

    /// What must not wait until the peer reads again, for it may be the way to be rid of it.
    fn is_urgent(&self) -> bool {
        matches!(
            self,
            Command::Connect { done: Some(_), .. }
                | Command::Disconnect { .. }
                | Command::Close { .. }
        )
    }
}
