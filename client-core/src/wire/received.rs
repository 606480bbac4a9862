//! Packets from the server as the machine takes them: read, but for the JSON of events and acks.
//!
//! [`Frame::read`] reads packets in UTF-8. A host whose language has better means reads them itself, as the npm package does: its
//! core then contains no reader.

use alloc::borrow::Cow;
use alloc::sync::Arc;

use super::engine::EngineType;
use super::handshake::Handshake;
use super::head::{Head, Malformed, PacketType, PayloadStart};
use super::{json, utf8_front};
use crate::payload::{Frame, FrameKind, Payload};

/// The server's answer to [`Packet::Probe`](crate::Packet::Probe): a pong with the same data.
const PROBE_ANSWER: &[u8] = b"3probe";

/// How many bytes of a payload the host must show after the header, so that a reserved name is recognized.
pub(crate) const MIN_SHOWN: usize = 20;

/// One packet from the server: a frame of a full-duplex link, or a packet of a polling body.
#[derive(Debug)]
pub enum Received<'a, P> {
    /// The handshake; `None` if its object cannot be read.
    Open(Option<Handshake>),
    /// The answer to the packet that probes a link.
    ProbeAnswer,
    /// Another text packet of Engine.IO itself.
    Engine(EngineType),
    /// A Socket.IO packet, or why its header cannot be read.
    Packet(Result<ReceivedPacket<'a, P>, Malformed>),
    /// A binary frame.
    Binary {
        /// Its first byte, unless it is empty.
        first: Option<u8>,
        /// The whole frame.
        payload: P,
    },
    /// A text that does not begin with a packet type.
    Unknown,
}

/// A Socket.IO packet without its attachments.
#[derive(Debug)]
pub struct ReceivedPacket<'a, P> {
    /// The packet's type.
    pub kind: PacketType,
    /// How many binary frames follow; more than 0 if and only if the type is one with attachments.
    pub attachments: u32,
    /// The namespace, `/` if none is written. A query after it (`/admin?x=1`) is part of it.
    pub namespace: Cow<'a, str>,
    /// The ack id, saturated at `u64::MAX`.
    pub ack: Option<u64>,
    /// How the payload begins, or why the host cannot tell.
    pub start: Result<PayloadStart, Malformed>,
    /// The payload without the header; `None` if it is empty.
    pub payload: Option<P>,
    /// The ids in a CONNECT.
    pub ids: SessionIds,
    /// The string at the end of an event: its offset, if its namespace can be recovered.
    pub offset: Option<Arc<str>>,
}

/// The ids in a CONNECT from a 4.x server.
#[derive(Debug, Default)]
pub struct SessionIds {
    /// The public id.
    pub sid: Option<Arc<str>>,
    /// The private id, sent by servers that can restore the session.
    pub pid: Option<Arc<str>>,
}

/// A packet that the machine takes: read already, or a [`Frame`].
pub trait ReadFrame<'a, P> {
    /// Reads the packet; the offset of an event only if a namespace `recovers`.
    fn read(self, recovers: bool) -> Received<'a, P>;
}

impl<'a, P> ReadFrame<'a, P> for Received<'a, P> {
    fn read(self, _: bool) -> Received<'a, P> {
        self
    }
}

impl<'a, P: Payload> ReadFrame<'a, P> for Frame<'a, P> {
    fn read(self, recovers: bool) -> Received<'a, P> {
        if self.kind == FrameKind::Binary {
            return Received::Binary {
                first: self.head.first().copied(),
                payload: self.payload,
            };
        }
        let Some((digit, shown)) = self.head.split_first() else {
            return Received::Unknown;
        };
        match EngineType::from_digit(*digit) {
            None => Received::Unknown,
            Some(EngineType::Open) => Received::Open(Handshake::parse(shown)),
            Some(EngineType::Message) => Received::Packet(read_packet(self, shown, recovers)),
            Some(_) if self.head == PROBE_ANSWER => Received::ProbeAnswer,
            Some(kind) => Received::Engine(kind),
        }
    }
}

/// Reads a message of Engine.IO, of which `shown` follows its type.
fn read_packet<'a, P: Payload>(
    frame: Frame<'a, P>,
    shown: &'a [u8],
    recovers: bool,
) -> Result<ReceivedPacket<'a, P>, Malformed> {
    let Head {
        kind,
        attachments,
        namespace,
        ack,
        len,
    } = Head::parse(utf8_front(shown))?;
    let rest = shown.get(len..).unwrap_or_default();
    let ids = session_ids(kind, rest);
    let goes_on = frame.payload.size() > frame.head.len();
    // The name of the event, or the id, may be in the part that the host has not shown.
    let is_cut = rest.len() < MIN_SHOWN || kind == PacketType::Connect && ids.sid.is_none();
    let start = match goes_on && is_cut {
        true => Err(Malformed::HeaderTooLong),
        false => Ok(PayloadStart::of(kind, rest)),
    };
    let header = frame.head.get(..=len).unwrap_or_default();
    let payload = frame.payload.strip_head(header);
    let is_event = kind.plain() == PacketType::Event;
    Ok(ReceivedPacket {
        kind,
        attachments,
        namespace: namespace.into(),
        ack,
        start,
        payload: (payload.size() > 0).then_some(payload),
        ids,
        offset: match is_event && recovers {
            true => json::last_string(frame.tail).map(Into::into),
            false => None,
        },
    })
}

fn session_ids(kind: PacketType, payload: &[u8]) -> SessionIds {
    if kind != PacketType::Connect {
        return SessionIds::default();
    }
    // As in the reference, an empty id is none.
    let id = |key| {
        let text = json::string(json::member(payload, key)?)?;
        (!text.is_empty()).then(|| text.into())
    };
    SessionIds {
        sid: id("sid"),
        pid: id("pid"),
    }
}
