//! Decodes frames into packets: reads and checks headers, and waits for attachments.

use alloc::boxed::Box;
use alloc::sync::Arc;
use alloc::vec::Vec;

use crate::config::Config;
use crate::engine_version::EngineVersion;
use crate::output::{AckId, Nsp};
use crate::payload::Payload;
use crate::wire::head::{Malformed, PacketType, split_once};
use crate::wire::received::{ReceivedPacket, SessionIds};

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
    pub(crate) offset: Option<Arc<str>>,
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

impl<P: Payload> Decoder<P> {
    /// Returns whether the next frame may be text.
    pub(crate) fn expects_text(&self) -> bool {
        matches!(self, Decoder::Idle)
    }

    /// Takes a packet without its attachments. Returns it if it has none.
    pub(crate) fn text(
        &mut self,
        packet: ReceivedPacket<'_, P>,
        version: EngineVersion,
        config: &Config,
        namespaces: &impl NamespaceLookup,
    ) -> Result<Option<DecodedPacket<P>>, Malformed> {
        let bytes = check(&packet, version, config)?;
        let missing = packet.attachments;
        let packet = decoded(packet, namespaces);
        if missing == 0 {
            return Ok(Some(packet));
        }
        *self = Decoder::Awaiting(Box::new(Incomplete {
            packet,
            missing,
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

/// Checks a packet. Returns the size of its payload.
fn check<P: Payload>(
    packet: &ReceivedPacket<'_, P>,
    version: EngineVersion,
    config: &Config,
) -> Result<usize, Malformed> {
    let start = packet.start?;
    // Checked before the payload, as in the official parsers, so that the same fault is reported.
    if packet.attachments > config.max_attachments {
        return Err(Malformed::TooManyAttachments);
    }
    start.check(version, packet.kind)?;
    let bytes = packet.payload.as_ref().map_or(0, P::size);
    if bytes > config.max_packet_bytes {
        return Err(Malformed::PacketTooLarge);
    }
    Ok(bytes)
}

fn decoded<P>(
    packet: ReceivedPacket<'_, P>,
    namespaces: &impl NamespaceLookup,
) -> DecodedPacket<P> {
    let nsp = find(namespaces, &packet.namespace);
    let recovers = nsp.is_some_and(|nsp| namespaces.recovers(nsp));
    DecodedPacket {
        kind: packet.kind,
        is_root: packet.namespace == "/",
        nsp,
        ack: packet.ack.map(AckId::from_number),
        payload: packet.payload,
        attachments: Vec::new(),
        ids: packet.ids,
        offset: packet.offset.filter(|_| recovers),
    }
}

/// Returns the namespace of a header. Only clients send a query after the name, but some servers send it back.
fn find(namespaces: &impl NamespaceLookup, written: &str) -> Option<Nsp> {
    namespaces.find(written).or_else(|| {
        let (name, _) = split_once(written, b'?')?;
        namespaces.find(name)
    })
}
