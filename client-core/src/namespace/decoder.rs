//! Decodes frames into packets: reads and checks headers, and waits for attachments.

use alloc::boxed::Box;
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;

use crate::config::Config;
use crate::engine_version::EngineVersion;
use crate::output::{AckId, Nsp};
use crate::payload::Payload;
use crate::wire::head::{Head, Malformed, PacketType, check_payload, split_once};
use crate::wire::json;

/// A text frame without Engine.IO's type.
#[derive(Debug)]
pub(crate) struct TextFrame<'a, P> {
    /// The beginning of the text, as far as the host has shown it.
    pub(crate) head: &'a str,
    /// Whether the text is longer than `head`.
    pub(crate) goes_on: bool,
    pub(crate) tail: &'a [u8],
    pub(crate) payload: P,
}

/// A complete Socket.IO packet.
#[derive(Debug)]
pub(crate) struct DecodedPacket<P> {
    pub(crate) kind: PacketType,
    /// Whether the packet is for `/`, wanted or not.
    pub(crate) is_root: bool,
    /// The namespace; `None` if the application has never named it.
    pub(crate) nsp: Option<Nsp>,
    pub(crate) ack: Option<AckId>,
    pub(crate) payload: Option<P>,
    pub(crate) attachments: Vec<P>,
    /// The ids in a CONNECT.
    pub(crate) ids: SessionIds,
    /// The recovery offset of an event.
    pub(crate) offset: Option<String>,
}

/// The ids in a CONNECT from a 4.x server.
#[derive(Debug, Default)]
pub(crate) struct SessionIds {
    pub(crate) sid: Option<Arc<str>>,
    /// The private id, sent by servers that can restore the session.
    pub(crate) pid: Option<Arc<str>>,
}

/// The decoder's view of the namespaces.
pub(crate) trait NamespaceLookup {
    fn find(&self, name: &str) -> Option<Nsp>;
    /// Returns whether the server has promised to restore a lost session of this namespace.
    fn recovers(&self, nsp: Nsp) -> bool;
}

/// Decodes one packet at a time, because nothing may come between a header and its attachments.
#[derive(Debug)]
pub(crate) enum Decoder<P> {
    Idle,
    /// Boxed, because it is larger than the rest of an idle client's state, and rare.
    Awaiting(Box<Incomplete<P>>),
}

/// A packet whose attachments have not all come.
#[derive(Debug)]
pub(crate) struct Incomplete<P> {
    packet: DecodedPacket<P>,
    missing: u32,
    bytes: usize,
}

/// How many bytes of an event's payload the host must show after the header, so that a reserved name is recognized.
pub(crate) const MIN_SHOWN: usize = 20;

impl<P: Payload> Decoder<P> {
    /// Returns whether the next frame may be text.
    pub(crate) fn expects_text(&self) -> bool {
        matches!(self, Decoder::Idle)
    }

    /// Takes a text frame whose header has been read. Returns the packet if it has no attachments.
    pub(crate) fn text(
        &mut self,
        text: TextFrame<'_, P>,
        head: &Head<'_>,
        version: EngineVersion,
        config: &Config,
        namespaces: &impl NamespaceLookup,
    ) -> Result<Option<DecodedPacket<P>>, Malformed> {
        let (header, rest) = check(&text, head, version, config)?;
        let ids = session_ids(head.kind, rest);
        if head.kind == PacketType::Connect && text.goes_on && ids.sid.is_none() {
            // The id may be in the part that the host has not shown.
            return Err(Malformed::HeaderTooLong);
        }
        let payload = text.payload.strip_head(header);
        let bytes = payload.size();
        let nsp = find(namespaces, head.namespace);
        let packet = DecodedPacket {
            kind: head.kind,
            is_root: head.namespace == "/",
            nsp,
            ack: head.ack.map(AckId::from_number),
            payload: (bytes > 0).then_some(payload),
            attachments: Vec::new(),
            ids,
            offset: offset(nsp, head.kind, text.tail, namespaces),
        };
        if head.attachments == 0 {
            return Ok(Some(packet));
        }
        *self = Decoder::Awaiting(Box::new(Incomplete {
            packet,
            missing: head.attachments,
            bytes,
        }));
        Ok(None)
    }

    /// Takes a binary frame. Returns the packet if it was the last attachment.
    pub(crate) fn binary(
        &mut self,
        payload: P,
        config: &Config,
    ) -> Result<Option<DecodedPacket<P>>, Malformed> {
        let Decoder::Awaiting(incomplete) = self else {
            return Err(Malformed::UnexpectedBinary);
        };
        incomplete.bytes = incomplete.bytes.saturating_add(payload.size());
        if incomplete.bytes > config.max_packet_bytes {
            return Err(Malformed::PacketTooLarge);
        }
        incomplete.packet.attachments.push(payload);
        incomplete.missing -= 1;
        if incomplete.missing > 0 {
            return Ok(None);
        }
        match core::mem::replace(self, Decoder::Idle) {
            Decoder::Awaiting(complete) => Ok(Some(complete.packet)),
            Decoder::Idle => Ok(None),
        }
    }

    /// Drops an incomplete packet, because its connection is gone.
    pub(crate) fn reset(&mut self) {
        *self = Decoder::Idle;
    }
}

/// Checks a packet against its header. Returns the bytes of the header, and those that the host has shown after it.
fn check<'a, P: Payload>(
    text: &TextFrame<'a, P>,
    head: &Head<'_>,
    version: EngineVersion,
    config: &Config,
) -> Result<(&'a [u8], &'a [u8]), Malformed> {
    if text.goes_on && text.head.len() - head.len < MIN_SHOWN {
        return Err(Malformed::HeaderTooLong);
    }
    // Checked before the payload, as in the official parsers, so that the same fault is reported.
    if head.attachments > config.max_attachments {
        return Err(Malformed::TooManyAttachments);
    }
    let (header, rest) = text.head.as_bytes().split_at(head.len);
    check_payload(version, head.kind, rest)?;
    if text.payload.size() - head.len > config.max_packet_bytes {
        return Err(Malformed::PacketTooLarge);
    }
    Ok((header, rest))
}

/// Returns the namespace of a header. Only clients send a query after the name, but some servers send it back.
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

/// Returns the offset at the end of an event, if its namespace has a session that the server can restore.
fn offset(
    nsp: Option<Nsp>,
    kind: PacketType,
    tail: &[u8],
    namespaces: &impl NamespaceLookup,
) -> Option<String> {
    let recovers = kind.plain() == PacketType::Event && namespaces.recovers(nsp?);
    recovers.then(|| json::last_string(tail))?
}
