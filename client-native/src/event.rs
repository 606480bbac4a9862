//! What a namespace hears: the server's events, and its own comings and goings.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use serde::de::DeserializeOwned;
use tidewire_core::Reason;

use crate::args::{self, DecodeError};
use crate::context::ReplyRight;
use crate::error::{ConnectError, SocketError};
use crate::mailbox::Weigh;

/// An event of a namespace, as [`Socket::events`](crate::Socket::events) yields them.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Event {
    /// The namespace is connected, under this id.
    Connected(Arc<str>),
    /// The namespace is disconnected. It comes back by itself unless one of the two sides wanted this.
    Disconnected(Reason),
    /// An attempt to connect has failed. Another follows if reconnection is on and the server did not refuse, or
    /// [`Builder::on_refused`](crate::Builder::on_refused) has an answer to that.
    ConnectError(ConnectError),
    /// The connection is lost or was not to be had, and another attempt will be made.
    Reconnecting {
        /// Which it will be: 1 for the first since a connection lasted.
        attempt: u32,
        /// How long from now.
        delay: Duration,
    },
    /// The last attempt of [`Builder::reconnection_attempts`](crate::Builder::reconnection_attempts) has failed: the namespace
    /// stays disconnected until it is told to connect.
    ReconnectFailed,
    /// The server has emitted an event.
    Message(Message),
    /// Something went wrong that concerns no single call.
    Error(SocketError),
}

/// An event from the server: its name, and its arguments as they came, until somebody asks for a type.
#[derive(Clone, Debug)]
pub struct Message {
    pub(crate) json: Bytes,
    pub(crate) attachments: Vec<Bytes>,
    pub(crate) reply: Option<Arc<ReplyRight>>,
}

impl Message {
    /// The event's name.
    pub fn name(&self) -> Cow<'_, str> {
        args::event_name(&self.json).map_or(Cow::Borrowed(""), |name| name.text)
    }

    /// The arguments as `T`: a tuple takes them one by one, `()` takes none, anything else is the first.
    ///
    /// # Errors
    /// When an argument is missing or of another type; the error names it.
    pub fn args<T: DeserializeOwned>(&self) -> Result<T, DecodeError> {
        args::decode_event(&self.json, &self.attachments)
    }

    /// The JSON array of name and arguments as it came, with placeholders where attachments belong.
    pub fn json(&self) -> &[u8] {
        &self.json
    }

    /// The binary attachments.
    pub fn attachments(&self) -> &[Bytes] {
        &self.attachments
    }

    /// Whether the server awaits an answer.
    pub fn wants_ack(&self) -> bool {
        self.reply.is_some()
    }
}

impl Weigh for Event {
    fn weight(&self) -> usize {
        match self {
            Event::Message(message) => {
                message.json.len() + message.attachments.iter().map(Bytes::len).sum::<usize>()
            }
            _ => 0,
        }
    }
}
