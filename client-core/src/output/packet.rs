//! The packets that the machine sends.

use alloc::sync::Arc;
use alloc::vec::Vec;

use super::ids::AckId;
use crate::payload::Payload;
use crate::wire::engine::EngineType;
use crate::wire::head::{HeadParts, PacketType};
use crate::wire::json;

/// An Engine.IO packet to send.
#[derive(Debug)]
pub enum Packet<P> {
    /// A packet of Engine.IO itself.
    Engine(EngineType),
    /// The ping that probes a link before the session upgrades to it.
    Probe,
    /// A Socket.IO packet: its header, then its payload.
    Message(Message<P>),
    /// An attachment of the message before it, as a binary frame.
    Attachment {
        /// The content.
        payload: P,
        /// A byte to send before the content (Engine.IO 3's packet type).
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
    /// In a CONNECT to a 2.x server: the namespace's query.
    pub query: Option<Arc<str>>,
    /// How many attachments follow.
    pub attachments: u32,
    /// The ack id.
    pub ack: Option<AckId>,
    /// In a CONNECT: the session to restore.
    pub recovery: Option<Recovery>,
    /// The JSON after the header.
    pub payload: Option<P>,
    /// Whether the host may compress the packet and its attachments, if its transport can: [`Emit::compress`](crate::Emit::compress).
    pub compress: bool,
}

/// The ids with which a 4.x server restores a session (socket.io 4.6, "Connection state recovery").
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recovery {
    /// The session's private id.
    pub pid: Arc<str>,
    /// The offset of the last received event.
    pub offset: Arc<str>,
}

impl<P> Packet<P> {
    /// Appends the head of this packet's frame, which precedes the payload: Engine.IO's type and Socket.IO's header.
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

    /// Returns the payload after the head, if there is one.
    pub fn payload(&self) -> Option<&P> {
        match self {
            Packet::Engine(_) | Packet::Probe => None,
            Packet::Attachment { payload, .. } => Some(payload),
            Packet::Message(message) => message.payload.as_ref(),
        }
    }

    /// Returns an upper bound of the packet's size in a polling body of any format, in bytes: with its header, the separator,
    /// and binary as base64.
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

    /// Returns whether the packet is a binary frame.
    pub const fn is_binary(&self) -> bool {
        matches!(self, Packet::Attachment { .. })
    }
}

/// The greatest size in bytes of a header without the namespace: types, counts, ids, commas, the separator or the length.
const HEAD_ROOM: usize = 48;

impl<P> Message<P> {
    /// Creates a packet of only a type and a namespace.
    pub(crate) fn header_only(kind: PacketType, namespace: Arc<str>) -> Self {
        Message {
            kind,
            namespace,
            query: None,
            attachments: 0,
            ack: None,
            recovery: None,
            payload: None,
            compress: true,
        }
    }

    fn head(&self) -> HeadParts<'_> {
        HeadParts {
            kind: self.kind,
            attachments: self.attachments,
            namespace: &self.namespace,
            query: self.query.as_deref(),
            ack: self.ack.map(AckId::get),
        }
    }
}

impl Recovery {
    /// Appends the beginning of CONNECT's object. With `goes_on`, the auth payload follows, without its opening brace.
    fn write(&self, goes_on: bool, out: &mut Vec<u8>) {
        out.extend_from_slice(b"{\"pid\":");
        json::write_string(out, &self.pid);
        out.extend_from_slice(b",\"offset\":");
        json::write_string(out, &self.offset);
        out.push(if goes_on { b',' } else { b'}' });
    }
}
