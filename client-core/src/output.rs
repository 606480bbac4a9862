//! What comes out of the machine: actions for the host to carry out and events for the application, in one queue.

use alloc::collections::VecDeque;
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;

use crate::dialect::Dialect;
use crate::error::{OpenError, Reason};
use crate::payload::Payload;
use crate::time::Millis;
use crate::wire::engine::EngineType;
use crate::wire::head::{HeadParts, Malformed, PacketType};
use crate::wire::json;

/// One thing the machine wants done or known. The order is the order in which things happened.
#[derive(Debug)]
pub enum Output<P> {
    /// For the host.
    Action(Action<P>),
    /// For the application.
    Event(Event<P>),
}

/// A socket or request of the host's, used once. News of a link that was dropped is not heard.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Link(pub(crate) u32);

impl Link {
    /// The number of this link: 1 for a client's first, never used twice.
    pub const fn id(self) -> u32 {
        self.0
    }
}

/// What the host must do.
#[derive(Debug)]
pub enum Action<P> {
    /// Open a WebSocket, then report `handle_opened`, and what comes with `handle_packet`; `handle_lost` ends it.
    Open {
        /// The link's name from now on.
        link: Link,
        /// What to open.
        target: Target,
    },
    /// Send one packet. Packets of a link are sent in order, and nothing comes between a header and its attachments.
    Send {
        /// An open link.
        link: Link,
        /// The packet.
        packet: Packet<P>,
    },
    /// Ask by HTTP GET for the packets the server has, then report them with `handle_answer`; `handle_lost` if there is no
    /// answer, or one of another status than 200. There is never a second one at the same time.
    Get {
        /// The request's name.
        link: Link,
        /// What to ask.
        target: Target,
    },
    /// Send packets by HTTP POST, then report `handle_answer` without packets, or `handle_lost`. There is never a second
    /// one of the same session at the same time.
    Post {
        /// The request's name.
        link: Link,
        /// Where to send them, and in which form ([`Target::form`]).
        target: Target,
        /// The packets, all in one body.
        packets: Vec<Packet<P>>,
    },
    /// Send what was given, then close the WebSocket; or give the request up. Nothing of this link is heard any more.
    Drop {
        /// The link, opened or still opening.
        link: Link,
    },
}

/// Which transport to open, and with which query.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// The carrier.
    pub transport: Transport,
    /// The generation to ask for (`EIO=`).
    pub dialect: Dialect,
    /// The generation whose polling bodies to send and expect; `None` before the first answer, which tells.
    pub form: Option<Dialect>,
    /// The session, once there is one.
    pub sid: Option<Arc<str>>,
}

/// A carrier of Engine.IO packets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Transport {
    /// HTTP long-polling: GETs that wait for packets, POSTs that bring some.
    Polling,
    /// A WebSocket.
    WebSocket,
}

impl Transport {
    /// The name in the `transport` query parameter.
    pub const fn name(self) -> &'static str {
        match self {
            Transport::Polling => "polling",
            Transport::WebSocket => "websocket",
        }
    }
}

impl Target {
    /// Appends the machine's part of the query, `EIO=4&transport=websocket&sid=…`, to whatever the user's query is.
    pub fn write_query(&self, query: &mut String) {
        query.push_str("EIO=");
        query.push(char::from(b'0' + self.dialect.engine_version()));
        query.push_str("&transport=");
        query.push_str(self.transport.name());
        if let Some(sid) = &self.sid {
            query.push_str("&sid=");
            push_escaped(query, sid);
        }
    }
}

/// Ids are the server's choice: what is not unreserved in a URL (RFC 3986) is escaped.
fn push_escaped(query: &mut String, text: &str) {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            query.push(char::from(byte));
        } else {
            query.push('%');
            query.push(char::from(DIGITS[usize::from(byte >> 4)]));
            query.push(char::from(DIGITS[usize::from(byte & 15)]));
        }
    }
}

/// An Engine.IO packet to send.
#[derive(Debug)]
pub enum Packet<P> {
    /// A packet of Engine.IO itself.
    Engine(EngineType),
    /// A ping that asks a WebSocket whether it works, before the session climbs to it.
    Probe,
    /// A Socket.IO packet: its header, then its payload.
    Message(Message<P>),
    /// An attachment of the message before it, as a binary frame.
    Attachment {
        /// The content.
        payload: P,
        /// A byte to send in front of it (Engine.IO 3's packet type).
        prefix: Option<u8>,
    },
}

/// A Socket.IO packet to send.
#[derive(Debug)]
pub struct Message<P> {
    /// The packet's type, without regard to attachments.
    pub kind: PacketType,
    /// The namespace.
    pub namespace: Arc<str>,
    /// The namespace's query, on CONNECT to an old server.
    pub query: Option<Arc<str>>,
    /// How many attachments follow.
    pub attachments: u32,
    /// The ack id.
    pub ack: Option<u64>,
    /// On CONNECT: the session to restore.
    pub recovery: Option<Recovery>,
    /// The JSON after the header.
    pub payload: Option<P>,
}

/// What a 4.x server needs to restore a session (socket.io 4.6, "Connection state recovery").
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recovery {
    /// The session's private id.
    pub pid: Arc<str>,
    /// The offset of the last event that came.
    pub offset: Arc<str>,
}

impl<P> Packet<P> {
    /// Appends what stands before the payload in this packet's frame: Engine.IO's type and Socket.IO's header.
    pub fn write_head(&self, out: &mut Vec<u8>) {
        match self {
            Packet::Engine(kind) => out.push(kind.digit()),
            Packet::Probe => out.extend_from_slice(b"2probe"),
            Packet::Attachment { prefix, .. } => out.extend(prefix),
            Packet::Message(message) => {
                out.push(EngineType::Message.digit());
                message.head().write(out);
                if let Some(recovery) = &message.recovery {
                    recovery.write(message.payload.is_some(), out);
                }
            }
        }
    }

    /// The payload behind the head, if there is one.
    pub fn payload(&self) -> Option<&P> {
        match self {
            Packet::Engine(_) | Packet::Probe => None,
            Packet::Attachment { payload, .. } => Some(payload),
            Packet::Message(message) => message.payload.as_ref(),
        }
    }

    /// How much the packet takes of a polling body at most, in whichever form: with its header, what stands between
    /// packets, and binary as base64.
    pub(crate) fn polling_size(&self) -> usize
    where
        P: Payload,
    {
        let payload = self.payload().map_or(0, Payload::size);
        match self {
            Packet::Engine(_) | Packet::Probe => HEAD_ROOM,
            Packet::Attachment { .. } => {
                let base64 = payload.div_ceil(3).saturating_mul(4);
                base64.saturating_add(HEAD_ROOM)
            }
            Packet::Message(message) => {
                let query = message.query.as_ref().map_or(0, |query| query.len() + 1);
                payload.saturating_add(message.namespace.len() + query + HEAD_ROOM)
            }
        }
    }

    /// Whether the packet goes as a binary frame.
    pub const fn is_binary(&self) -> bool {
        matches!(self, Packet::Attachment { .. })
    }
}

/// At most this much is in a header besides the namespace: types, counts, ids, commas, the separator or the length.
const HEAD_ROOM: usize = 48;

impl<P> Message<P> {
    /// A packet that is all header.
    pub(crate) fn bare(kind: PacketType, namespace: Arc<str>) -> Self {
        Message {
            kind,
            namespace,
            query: None,
            attachments: 0,
            ack: None,
            recovery: None,
            payload: None,
        }
    }

    fn head(&self) -> HeadParts<'_> {
        HeadParts {
            kind: self.kind,
            attachments: self.attachments,
            namespace: &self.namespace,
            query: self.query.as_deref(),
            ack: self.ack,
        }
    }
}

impl Recovery {
    /// Appends the members of CONNECT's object that ask for recovery; the auth payload, without its brace, goes on after them.
    fn write(&self, goes_on: bool, out: &mut Vec<u8>) {
        out.extend_from_slice(b"{\"pid\":");
        json::write_string(out, &self.pid);
        out.extend_from_slice(b",\"offset\":");
        json::write_string(out, &self.offset);
        out.push(if goes_on { b',' } else { b'}' });
    }
}

/// A namespace of one client.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Nsp(pub(crate) u32);

impl Nsp {
    /// The number of this namespace: 0 for a client's first, then counted up.
    pub const fn index(self) -> usize {
        self.0 as usize
    }
}

/// An ack the application awaits, unique within its namespace for the client's whole life.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct AckId(pub(crate) u64);

impl AckId {
    /// The id as it is on the wire.
    pub const fn get(self) -> u64 {
        self.0
    }
}

/// An answer the server awaits. Good for one [`Client::reply`](crate::Client::reply), while the connection lasts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Reply {
    /// Which connection of the namespace asked: an answer on another one would reach somebody else's question.
    pub(crate) session: u32,
    pub(crate) id: u64,
}

/// What the application may want to know.
#[derive(Debug)]
#[non_exhaustive]
pub enum Event<P> {
    /// Engine.IO's handshake is done. Namespaces follow.
    Opened,
    /// The session has climbed from polling to a WebSocket.
    Upgraded,
    /// The climb to a WebSocket has failed; the session stays on polling.
    UpgradeFailed,
    /// An attempt to open the connection failed. If another follows, `Reconnecting` says when.
    OpenFailed(OpenError),
    /// The connection ended. Namespaces have heard before.
    Closed(Reason),
    /// The server sent what is no Socket.IO packet; `Closed(ParseError)` follows.
    Malformed(Malformed),
    /// Attempt `attempt` (1 for the first) to come back will be made in `delay`.
    Reconnecting {
        /// Counted from 1.
        attempt: u32,
        /// How long until then.
        delay: Millis,
    },
    /// No attempt to come back is left: namespaces stay disconnected, each until its own next `connect`.
    ReconnectFailed,
    /// The machine wants the auth payload of a namespace: answer with [`Client::authorize`](crate::Client::authorize).
    AuthWanted(Nsp),
    /// The server has connected the namespace.
    Connected {
        /// The namespace.
        nsp: Nsp,
        /// The id the server knows this client by, in this namespace.
        id: Arc<str>,
        /// Whether the server has restored the session from before: same id, same rooms, and what was missed follows.
        recovered: bool,
    },
    /// The namespace is refused. It does not try again until the next `connect`.
    Refused {
        /// The namespace.
        nsp: Nsp,
        /// Why.
        refusal: Refusal<P>,
    },
    /// A connected namespace has been disconnected.
    Disconnected {
        /// The namespace.
        nsp: Nsp,
        /// Why. All but the first two of [`Reason`] are followed by attempts to come back, if those are on.
        reason: Reason,
    },
    /// A 2.x server reports a failure (of a middleware, of a controller) on a namespace that stays connected.
    ServerError {
        /// The namespace.
        nsp: Nsp,
        /// The error's JSON: a string, or any value.
        payload: Option<P>,
    },
    /// An event from the server.
    Message(Incoming<P>),
    /// An emit without an ack was dropped because the offline buffer is full.
    EmitDropped {
        /// The namespace.
        nsp: Nsp,
        /// The JSON array `["name", arguments...]`.
        payload: P,
    },
    /// The server's answer to an emit.
    Acked {
        /// The namespace.
        nsp: Nsp,
        /// Which emit.
        ack: AckId,
        /// The JSON array of the arguments; `None` is no argument.
        payload: Option<P>,
        /// The attachments that the payload's placeholders name.
        attachments: Vec<P>,
    },
    /// No answer will come. Each awaited ack gets exactly one of `Acked` and this.
    AckLost {
        /// The namespace.
        nsp: Nsp,
        /// Which emit.
        ack: AckId,
        /// Why.
        why: AckError,
    },
}

/// An event from the server.
#[derive(Debug)]
pub struct Incoming<P> {
    /// The namespace.
    pub nsp: Nsp,
    /// The JSON array `["name", arguments...]`; `None` if the server sent none.
    pub payload: Option<P>,
    /// The attachments that the payload's placeholders name.
    pub attachments: Vec<P>,
    /// The answer that the server awaits.
    pub reply: Option<Reply>,
}

/// Why a namespace is not to be had.
#[derive(Debug)]
#[non_exhaustive]
pub enum Refusal<P> {
    /// The server said so. The JSON is a string or `{"message", "data"}`; `None` if the server gave no reason.
    Server(Option<P>),
    /// The server did not answer within [`Config::connect_timeout`](crate::Config).
    Timeout,
    /// The server's answer is of another generation than the one asked for.
    WrongDialect,
}

/// Why an ack does not come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum AckError {
    /// The time given has passed. If the event was still waiting to be sent, it is no longer.
    Timeout,
    /// The namespace was disconnected after the event was sent: whether it arrived is not known.
    Disconnected,
    /// The event was not sent: it was volatile and could not go at once, or it gave way in a full offline buffer.
    Dropped,
}

/// The queue of outputs, to which every layer adds.
#[derive(Debug)]
pub(crate) struct Outbox<P> {
    queue: VecDeque<Output<P>>,
}

impl<P> Outbox<P> {
    pub(crate) fn new() -> Self {
        Outbox {
            queue: VecDeque::new(),
        }
    }

    pub(crate) fn action(&mut self, action: Action<P>) {
        self.queue.push_back(Output::Action(action));
    }

    pub(crate) fn event(&mut self, event: Event<P>) {
        self.queue.push_back(Output::Event(event));
    }

    pub(crate) fn poll(&mut self) -> Option<Output<P>> {
        self.queue.pop_front()
    }
}

/// Where a namespace puts what it wants said: events up, packets down. It does not know who carries them.
pub(crate) trait Exit<P> {
    fn event(&mut self, event: Event<P>);
    /// A packet and its attachments, which nothing may separate.
    fn send(&mut self, message: Message<P>, attachments: Vec<P>);
    /// Whether the transport keeps up with what is sent, as far as the host has said.
    fn is_writable(&self) -> bool;
}
