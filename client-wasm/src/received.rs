//! Reads the packets from the server that JavaScript has read (`npm/src/machine/packets.ts`) out of the call buffer.

use alloc::sync::Arc;

use tidewire_core::wire::engine::EngineType;
use tidewire_core::wire::handshake::Handshake;
use tidewire_core::wire::head::{EventName, Malformed, PacketType, PayloadStart};
use tidewire_core::wire::packet::BadPacket;
use tidewire_core::wire::received::{Received, ReceivedPacket, SessionIds};
use tidewire_core::{Millis, Payload as _};

use crate::buffer::Reader;
use crate::settings::{saturated_u32, saturated_u64};
use crate::slot::Slot;

/// Reads the next packet.
///
/// # Errors
/// JavaScript could not read it.
pub(crate) fn read(reader: &mut Reader<'_>) -> Result<Received<'static, Slot>, BadPacket> {
    Ok(match reader.number() as u32 {
        0 => Received::Open(handshake(reader)),
        4 => Received::Packet(packet(reader)),
        7 => Received::ProbeAnswer,
        8 => Received::Binary {
            first: byte(reader.number()),
            payload: reader.payload(),
        },
        9 => Received::Unknown,
        digit => match EngineType::from_byte(digit as u8) {
            Some(kind) => Received::Engine(kind),
            None => return Err(BadPacket),
        },
    })
}

fn handshake(reader: &mut Reader<'_>) -> Option<Handshake> {
    let [interval, timeout, max_payload, offers] = [(); 4].map(|()| reader.number());
    let sid = id(reader)?;
    Some(Handshake {
        sid,
        ping_interval: Millis(count(interval)?),
        ping_timeout: Millis(count(timeout)?),
        max_payload: count(max_payload),
        offers_websocket: offers as u32 & 1 != 0,
        offers_webtransport: offers as u32 & 2 != 0,
    })
}

fn packet(reader: &mut Reader<'_>) -> Result<ReceivedPacket<'static, Slot>, Malformed> {
    let [kind, attachments, ack, first, name] = [(); 5].map(|()| reader.number());
    let namespace = reader.string().into();
    let (sid, pid, offset) = (id(reader), id(reader), id(reader));
    // Read before the header is judged: a payload that is dropped releases its slot.
    let payload = reader.payload();
    let start = event_name(name as u32).map(|name| PayloadStart {
        first: byte(first),
        name,
    });
    Ok(ReceivedPacket {
        kind: packet_type(kind as u32)?,
        attachments: saturated_u32(attachments),
        namespace,
        ack: (ack >= 0.0 && ack.is_finite()).then(|| saturated_u64(ack)),
        start,
        payload: (payload.size() > 0).then_some(payload),
        ids: SessionIds { sid, pid },
        offset,
    })
}

/// The types of packets, in the order of their digits; then the faults of a header.
fn packet_type(kind: u32) -> Result<PacketType, Malformed> {
    Ok(match kind {
        0 => PacketType::Connect,
        1 => PacketType::Disconnect,
        2 => PacketType::Event,
        3 => PacketType::Ack,
        4 => PacketType::ConnectError,
        5 => PacketType::BinaryEvent,
        6 => PacketType::BinaryAck,
        7 => return Err(Malformed::BadAttachmentCount),
        _ => return Err(Malformed::UnknownType),
    })
}

fn event_name(name: u32) -> Result<EventName, Malformed> {
    Ok(match name {
        0 => EventName::Fits,
        1 => EventName::Reserved,
        2 => EventName::Bad,
        _ => return Err(Malformed::HeaderTooLong),
    })
}

/// Reads an id or an offset; the empty text is none.
pub(crate) fn id(reader: &mut Reader<'_>) -> Option<Arc<str>> {
    let text = reader.string();
    (!text.is_empty()).then(|| text.into())
}

/// Converts a count; one below 0 is none.
fn count(value: f64) -> Option<u32> {
    (value >= 0.0).then(|| saturated_u32(value))
}

/// Converts the first unit of a text or of bytes, NaN if there is none. Of the units above a byte none is of interest.
fn byte(unit: f64) -> Option<u8> {
    (unit >= 0.0).then(|| u8::try_from(unit as u32).unwrap_or(u8::MAX))
}
