//! Makes packets of frames: reads headers, checks what they promise, and waits for attachments.

use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;

use crate::config::Config;
use crate::engine_version::EngineVersion;
use crate::output::{AckId, Nsp};
use crate::payload::Payload;
use crate::wire::head::{Head, Malformed, PacketType, check_payload, split_once};
use crate::wire::json;

/// A text frame without Engine.IO's type, and what the host has shown of it.
#[derive(Debug)]
pub(crate) struct TextFrame<'a, P> {
    pub(crate) head: &'a str,
    /// Whether there is more than that.
    pub(crate) goes_on: bool,
    pub(crate) tail: &'a [u8],
    pub(crate) payload: P,
}

/// A Socket.IO packet that is complete.
#[derive(Debug)]
pub(crate) struct DecodedPacket<P> {
    pub(crate) kind: PacketType,
    /// Whether it is one of `/`, wanted or not.
    pub(crate) is_root: bool,
    /// `None`: a namespace nobody asked for.
    pub(crate) nsp: Option<Nsp>,
    pub(crate) ack: Option<AckId>,
    pub(crate) payload: Option<P>,
    pub(crate) attachments: Vec<P>,
    /// Of a CONNECT.
    pub(crate) session: SessionIds,
    /// Of an event that can be recovered from.
    pub(crate) offset: Option<String>,
}

/// The ids in a CONNECT from a 4.x server.
#[derive(Debug, Default)]
pub(crate) struct SessionIds {
    pub(crate) sid: Option<Arc<str>>,
    /// The private id, from servers that can restore the session.
    pub(crate) pid: Option<Arc<str>>,
}

/// What the decoder must know of namespaces.
pub(crate) trait NamespaceLookup {
    fn find(&self, name: &str) -> Option<Nsp>;
    /// Whether a lost session of this namespace can be recovered.
    fn recovers(&self, nsp: Nsp) -> bool;
}

/// At most one packet is under construction: nothing may come between a header and its attachments.
#[derive(Debug)]
pub(crate) enum Decoder<P> {
    Idle,
    Awaiting {
        packet: DecodedPacket<P>,
        missing: u32,
        bytes: usize,
    },
}

/// How much of an event's payload must be seen behind a header, to know its name for a reserved one.
const NAME_ROOM: usize = 20;

impl<P: Payload> Decoder<P> {
    /// Whether text may come now.
    pub(crate) fn expects_text(&self) -> bool {
        matches!(self, Decoder::Idle)
    }

    /// Takes a text frame whose header has been read; gives the packet if it has no attachments.
    pub(crate) fn text(
        &mut self,
        text: TextFrame<'_, P>,
        head: &Head<'_>,
        engine_version: EngineVersion,
        config: &Config,
        namespaces: &impl NamespaceLookup,
    ) -> Result<Option<DecodedPacket<P>>, Malformed> {
        let (cut, rest) = check(&text, head, engine_version, config)?;
        let session = session_ids(head.kind, rest);
        if head.kind == PacketType::Connect && text.goes_on && session.sid.is_none() {
            // It may be in what the host has not shown.
            return Err(Malformed::HeaderTooLong);
        }
        let payload = text.payload.strip_head(cut);
        let bytes = payload.size();
        let nsp = find(namespaces, head.namespace);
        let packet = DecodedPacket {
            kind: head.kind,
            is_root: head.namespace == "/",
            nsp,
            ack: head.ack.map(AckId::from_number),
            payload: (bytes > 0).then_some(payload),
            attachments: Vec::new(),
            session,
            offset: offset(nsp, head.kind, text.tail, namespaces),
        };
        if head.attachments == 0 {
            return Ok(Some(packet));
        }
        *self = Decoder::Awaiting {
            packet,
            missing: head.attachments,
            bytes,
        };
        Ok(None)
    }

    /// Takes a binary frame; gives the packet if it was the last attachment.
    pub(crate) fn binary(
        &mut self,
        payload: P,
        config: &Config,
    ) -> Result<Option<DecodedPacket<P>>, Malformed> {
        let Decoder::Awaiting {
            packet,
            missing,
            bytes,
        } = self
        else {
            return Err(Malformed::UnexpectedBinary);
        };
        *bytes = bytes.saturating_add(payload.size());
        if *bytes > config.max_packet_bytes {
            return Err(Malformed::PacketTooLarge);
        }
        packet.attachments.push(payload);
        *missing -= 1;
        if *missing > 0 {
            return Ok(None);
        }
        match core::mem::replace(self, Decoder::Idle) {
            Decoder::Awaiting { packet, .. } => Ok(Some(packet)),
            Decoder::Idle => Ok(None),
        }
    }

    /// Forgets what was begun: its connection is gone.
    pub(crate) fn reset(&mut self) {
        *self = Decoder::Idle;
    }
}

/// Checks a packet against its header. Gives the header's bytes and what is shown behind them.
fn check<'a, P: Payload>(
    text: &TextFrame<'a, P>,
    head: &Head<'_>,
    engine_version: EngineVersion,
    config: &Config,
) -> Result<(&'a [u8], &'a [u8]), Malformed> {
    if text.goes_on && text.head.len() - head.len < NAME_ROOM {
        return Err(Malformed::HeaderTooLong);
    }
    // Before the payload: so do the official parsers, and what is told should be the first fault.
    if head.attachments > config.max_attachments {
        return Err(Malformed::TooManyAttachments);
    }
    let (cut, rest) = text.head.as_bytes().split_at(head.len);
    check_payload(engine_version, head.kind, rest)?;
    if text.payload.size() - head.len > config.max_packet_bytes {
        return Err(Malformed::PacketTooLarge);
    }
    Ok((cut, rest))
}

/// The namespace of a header. A query is only the client's to send, but some servers send it back.
fn find(namespaces: &impl NamespaceLookup, written: &str) -> Option<Nsp> {
    namespaces.find(written).or_else(|| {
        let (name, _) = split_once(written, b'?')?;
        namespaces.find(name)
    })
}

fn session_ids(kind: PacketType, payload: &[u8]) -> SessionIds {
    if kind != PacketType::Connect {
        return SessionIds::default();
    }
    let id = |key| Some(json::string(json::member(payload, key)?)?.into());
    SessionIds {
        sid: id("sid"),
        pid: id("pid"),
    }
}

/// The offset at the end of an event, if its namespace can be recovered from there.
fn offset(
    nsp: Option<Nsp>,
    kind: PacketType,
    tail: &[u8],
    namespaces: &impl NamespaceLookup,
) -> Option<String> {
    let recovers = kind.plain() == PacketType::Event && namespaces.recovers(nsp?);
    recovers.then(|| json::last_string(tail))?
}
