//! Events of a namespace: those the server emits, and changes of its connection.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use bytes::Bytes;
use serde::Serialize;
use serde::de::DeserializeOwned;
use tidewire_core::{Reason, Reply};
use tokio::sync::oneshot;

use crate::args::{self, DecodeError, EncodeError, Encoded};
use crate::error::{ConnectError, EmitError, Ended, SocketError, TransportError};
use crate::mailbox::Weigh;
use crate::maybe_send::{BoxFuture, MaybeSend, MaybeSync};
use crate::text::Text;

/// An event of a namespace, as [`Socket::events`](crate::Socket::events) yields them.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Event {
    /// The namespace is connected, under this id.
    Connected(Arc<str>),
    /// The namespace is disconnected.
    Disconnected {
        /// The reason, in Socket.IO's words.
        reason: Reason,
        /// The error that ended the connection, if one did: the close code of a WebSocket, the status of a request, the rule that
        /// the server broke.
        error: Option<TransportError>,
        /// Whether the client reconnects by itself. It does not after a kick, after `disconnect` or `close`, and if
        /// reconnection is off or has no attempt left.
        reconnects: bool,
    },
    /// An attempt to connect has failed. Another follows if reconnection is on and the server did not refuse, or
    /// [`Builder::on_refused`](crate::Builder::on_refused) retries.
    ConnectError(ConnectError),
    /// The connection was lost or could not be opened, and another attempt will be made.
    Reconnecting {
        /// The number of the attempt: 1 for the first since a connection lasted.
        attempt: u32,
        /// The time until the attempt.
        delay: Duration,
    },
    /// The last attempt of [`Builder::reconnection_attempts`](crate::Builder::reconnection_attempts) has failed. The namespace
    /// stays disconnected until it is told to connect.
    ReconnectFailed,
    /// The session was upgraded from polling to a WebSocket or a WebTransport. Only namespaces that are connected get it: a fast server
    /// upgrades before the first one is. [`Client::transport`](crate::Client::transport) names the transport from
    /// [`Event::Connected`] on, and an event follows if it changes.
    Upgraded,
    /// An upgrade failed. The session goes on over polling, and another transport may follow. Only namespaces that are connected get
    /// it.
    UpgradeFailed,
    /// The server has emitted an event.
    Message(Message),
    /// The namespace is disconnected and does not reconnect by itself: no event follows until it is told to connect.
    Ended(Ended),
    /// An error that no call returns.
    Error(SocketError),
}

/// An event from the server: its name, and its arguments, not decoded yet.
#[derive(Clone, Debug)]
pub struct Message {
    pub(crate) json: Text,
    pub(crate) attachments: Vec<Bytes>,
    pub(crate) reply: Option<Arc<ReplyToken>>,
    pub(crate) is_to_me: bool,
}

impl Message {
    /// Makes a message as a server would send it, to test code that takes one. It expects no ack.
    ///
    /// `args` are as for [`Socket::emit`](crate::Socket::emit).
    ///
    /// # Errors
    /// If the arguments cannot be encoded.
    pub fn new(name: &str, args: impl Serialize) -> Result<Message, EncodeError> {
        let encoded = args::encode_event(name, &args)?;
        Ok(Message {
            json: encoded.json.into(),
            attachments: encoded.attachments,
            reply: None,
            is_to_me: false,
        })
    }

    /// The event's name.
    pub fn name(&self) -> Cow<'_, str> {
        args::event_name(self.json.as_str()).map_or(Cow::Borrowed(""), |name| name.text)
    }

    pub(crate) fn is_named(&self, name: &str) -> bool {
        args::is_event_name(self.json.as_str(), name)
    }

    /// Whether the event's name is the id that the socket had when the event arrived.
    ///
    /// egg-socket.io names a peer-to-peer message by the id of its receiver. [`Socket::id`](crate::Socket::id) may be another one by now, or
    /// none: a server that denies a client disconnects it at once.
    pub fn is_to_me(&self) -> bool {
        self.is_to_me
    }

    /// Decodes the arguments. A tuple takes them one by one, `()` takes none, any other type takes the first.
    ///
    /// # Errors
    /// If an argument is missing or has another type. The error names it.
    pub fn args<T: DeserializeOwned>(&self) -> Result<T, DecodeError> {
        args::decode_event(self.json.as_str(), &self.attachments)
    }

    /// The JSON array of name and arguments, with placeholders for the attachments.
    pub fn json(&self) -> &[u8] {
        self.json.as_str().as_bytes()
    }

    /// The binary attachments.
    pub fn attachments(&self) -> &[Bytes] {
        &self.attachments
    }

    /// Whether the server expects an ack.
    pub fn wants_ack(&self) -> bool {
        self.reply.is_some()
    }

    /// Sends the ack. A tuple is several arguments, `()` none, any other value one.
    ///
    /// Does nothing if the server expects no ack, or has got one already. A message does not keep the client alive.
    ///
    /// Not cancel safe: if the future is dropped while it waits, the ack may or may not be sent, and no other can be.
    ///
    /// # Errors
    /// [`EmitError::Encode`]; [`EmitError::Refused`] if the connection of the event is gone; [`EmitError::Closed`].
    pub async fn reply(&self, args: impl Serialize) -> Result<(), EmitError> {
        match &self.reply {
            Some(token) => token.send(args).await,
            None => Ok(()),
        }
    }
}

/// The permission to send one ack, shared by everyone who gets the event. The first ack wins.
#[derive(Debug)]
pub(crate) struct ReplyToken {
    sink: Arc<dyn ReplySink>,
    /// The number of the namespace.
    index: usize,
    reply: Reply,
    used: AtomicBool,
}

/// An ack on its way to the driver.
#[derive(Debug)]
pub(crate) struct OutgoingReply {
    pub(crate) index: usize,
    pub(crate) reply: Reply,
    pub(crate) content: Encoded,
    pub(crate) reply_tx: oneshot::Sender<Result<(), EmitError>>,
}

/// The driver, to which acks are sent. A trait, because commands to the driver are a layer above events.
pub(crate) trait ReplySink: fmt::Debug + MaybeSend + MaybeSync {
    /// Takes an ack; returns a future that waits for room if there is none.
    fn send(&self, reply: OutgoingReply) -> Result<(), SendingReply<'_>>;
}

/// Seldom needed, so boxed: a sent ack needs no allocation.
pub(crate) type SendingReply<'a> = BoxFuture<'a, Result<(), EmitError>>;

impl ReplyToken {
    pub(crate) fn new(sink: Arc<dyn ReplySink>, index: usize, reply: Reply) -> ReplyToken {
        ReplyToken {
            sink,
            index,
            reply,
            used: AtomicBool::new(false),
        }
    }

    /// Sends the ack, unless one was sent before. Arguments that cannot be encoded do not count as one.
    pub(crate) async fn send(&self, args: impl Serialize) -> Result<(), EmitError> {
        if self.used.load(Ordering::Relaxed) {
            return Ok(());
        }
        let content = args::encode_args(&args)?;
        if self.used.swap(true, Ordering::Relaxed) {
            return Ok(());
        }
        let (reply_tx, reply_rx) = oneshot::channel();
        let sent = self.sink.send(OutgoingReply {
            index: self.index,
            reply: self.reply,
            content,
            reply_tx,
        });
        if let Err(waiting) = sent {
            waiting.await?;
        }
        reply_rx.await.unwrap_or(Err(EmitError::Closed))
    }
}

/// The bytes up to which text or an attachment may be a small part of what was read. Longer ones are at least half of it.
const SHARED: usize = 16 << 10;

impl Weigh for Event {
    fn weight(&self) -> usize {
        match self {
            Event::Message(message) => {
                let attachment = |bytes: &Bytes| size_of::<Bytes>() + bytes.len();
                let attachments = message.attachments.iter().map(attachment);
                size_of::<Event>() + message.json.len() + attachments.sum::<usize>()
            }
            Event::Connected(_)
            | Event::Disconnected { .. }
            | Event::ConnectError(_)
            | Event::Reconnecting { .. }
            | Event::ReconnectFailed
            | Event::Upgraded
            | Event::UpgradeFailed
            | Event::Ended(_)
            | Event::Error(_) => size_of::<Event>(),
        }
    }

    /// A message shares the memory of all that was read with it, which may be 1,000 times as much.
    fn shrink(&mut self) {
        if let Event::Message(message) = self {
            if message.json.len() <= SHARED {
                message.json.shrink();
            }
            for attachment in &mut message.attachments {
                if attachment.len() <= SHARED {
                    *attachment = Bytes::copy_from_slice(attachment);
                }
            }
        }
    }
}
