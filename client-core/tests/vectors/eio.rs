//! Engine.IO packets, polling bodies and WebTransport streams.

use std::borrow::Cow;

use tidewire_core::wire::engine::EngineType;
use tidewire_core::wire::packet::{BadPacket, Content, EnginePacket};
use tidewire_core::wire::{polling, stream};
use tidewire_core::{EngineVersion, Event, Reason};

use crate::case::{Case, Fault, Faults, bytes, frame, same};
use crate::js::Js;
use crate::peer::Peer;

type Packet = EnginePacket<'static>;

pub(crate) fn encode_packet(case: &Case, faults: &mut Faults) {
    let packet = packet(
        case.engine_version,
        case.get("packet"),
        case.get("utf8encode"),
        faults,
    );
    let found = packet.encode(case.engine_version, case.get("supportsBinary").is_true());
    let wanted = frame(case.get("frame"), faults);
    if !case.get("utf8encode").is_true() {
        return same("frame", &found, &wanted, faults);
    }
    // The parser returns a "byte string": each character is a byte of the UTF-8 text.
    match (found, wanted) {
        (Content::Text(found), Content::Text(wanted)) => {
            let wanted: Vec<u32> = wanted.chars().map(u32::from).collect();
            let found: Vec<u32> = found.bytes().map(u32::from).collect();
            same("bytes", &found, &wanted, faults);
        }
        (found, wanted) => same("frame", &found, &wanted, faults),
    }
}

pub(crate) fn decode_packet(case: &Case, faults: &mut Faults) {
    let frame = frame(case.get("frame"), faults);
    let found = decode(case.engine_version, &frame);
    if let Content::Binary(bytes) = &frame {
        // A binary frame of any type is valid in Engine.IO.
        let mut peer = Peer::new(case.engine_version, 1);
        peer.feed_raw(bytes);
        let is_closed = |event| matches!(event, Event::Closed(Reason::TransportError));
        same(
            "closed",
            &peer.events().into_iter().any(is_closed),
            &false,
            faults,
        );
    }
    check_packets(
        &[found],
        std::slice::from_ref(case.get("result").get("packet")),
        faults,
    );
}

pub(crate) fn encode_payload(case: &Case, faults: &mut Faults) {
    let packets = case.get("packets").items().iter();
    let packets: Vec<_> = packets
        .map(|value| packet(case.engine_version, value, &Js::Undefined, faults))
        .collect();
    let any_binary = packets
        .iter()
        .any(|packet| matches!(packet.data, Content::Binary(_)));
    let supports_binary = case.get("supportsBinary").is_true();
    let format = polling::BodyFormat::new(case.engine_version, any_binary, supports_binary);
    let found = polling::encode(format, &packets);
    let wanted = frame(case.get("payload"), faults);
    match &wanted {
        Content::Text(text) => {
            same("body", &std::str::from_utf8(&found), &Ok(&**text), faults);
        }
        Content::Binary(bytes) => same("body", &&*found, &&**bytes, faults),
    }
    let is_text = matches!(wanted, Content::Text(_));
    let is_octets = format.content_type() == "application/octet-stream";
    same("format", &is_octets, &!is_text, faults);
    let roundtrip = case.get("roundtrip");
    check_packets(
        &decode_body(case.engine_version, &wanted),
        list(roundtrip),
        faults,
    );
}

pub(crate) fn decode_payload(case: &Case, faults: &mut Faults) {
    let body = frame(case.get("payload"), faults);
    check_packets(
        &decode_body(case.engine_version, &body),
        list(case.get("result")),
        faults,
    );
}

pub(crate) fn encode_stream(case: &Case, faults: &mut Faults) {
    let packet = packet(
        case.engine_version,
        case.get("packet"),
        &Js::Undefined,
        faults,
    );
    let frame = packet.encode(case.engine_version, true);
    let (body, is_binary) = match &frame {
        Content::Text(text) => (text.as_bytes(), false),
        Content::Binary(bytes) => (&**bytes, true),
    };
    let mut header = Vec::new();
    stream::write_header(body.len(), is_binary, &mut header);
    same("header", &header, &bytes(case.get("header")), faults);
    match case.get("bodyLen").number() {
        Some(length) => same("length", &(body.len() as f64), &length, faults),
        None => same("body", &body.to_vec(), &bytes(case.get("body")), faults),
    }
}

pub(crate) fn decode_stream(case: &Case, faults: &mut Faults) {
    let max = case
        .get("maxPayload")
        .number()
        .map_or(u64::MAX, |max| max as u64);
    let (mut received, mut packets) = (Vec::new(), Vec::new());
    'stream: for chunk in case.get("chunks").items() {
        received.extend(bytes(chunk));
        loop {
            let packet = match stream::decode(&received, max) {
                Ok(None) => break,
                Ok(Some((Content::Binary(bytes), _))) if bytes.is_empty() => {
                    faults.push(Fault::EmptyFrame);
                    return;
                }
                Ok(Some((frame, end))) => {
                    let packet = decode(case.engine_version, &frame);
                    received.drain(..end);
                    packet
                }
                Err(error) => Err(error),
            };
            packets.push(packet);
            if packets.last().is_some_and(Result::is_err) {
                break 'stream;
            }
        }
    }
    check_packets(&packets, case.get("result").items(), faults);
}

/// Returns a list of packets, given directly or as a result.
fn list(value: &Js) -> &[Js] {
    match value {
        Js::Array(items) => items,
        other => other.get("packets").items(),
    }
}

/// Reads a packet of the vectors. Data other than text and bytes becomes text as in JavaScript: `data || ""` in the parser of
/// Engine.IO 4, `String(data)` in the older one.
fn packet(
    engine_version: EngineVersion,
    value: &Js,
    utf8encode: &Js,
    faults: &mut Faults,
) -> Packet {
    let data = value.get("data").untagged();
    // The UTF-8 of the older parser has no lone surrogates either.
    if data.has_lone_surrogate() && !utf8encode.is_true() {
        faults.push(Fault::Text(data.clone()));
    }
    let is_dropped = match &data {
        Js::Undefined => true,
        Js::Null | Js::Bool(false) => engine_version == EngineVersion::Eio4,
        Js::Number(number) => {
            engine_version == EngineVersion::Eio4 && (*number == 0.0 || number.is_nan())
        }
        _ => false,
    };
    EnginePacket {
        kind: engine_type(&value.get("type").lossy()).unwrap_or(EngineType::Noop),
        data: match data {
            _ if is_dropped => Content::Text(Cow::Borrowed("")),
            Js::Bytes(bytes) => Content::Binary(Cow::Owned(bytes)),
            other => Content::Text(Cow::Owned(other.to_text())),
        },
    }
}

fn engine_type(name: &str) -> Option<EngineType> {
    let names = [
        "open", "close", "ping", "pong", "message", "upgrade", "noop",
    ];
    let at = names.iter().position(|known| *known == name)?;
    EngineType::from_byte(at as u8)
}

fn decode(engine_version: EngineVersion, frame: &Content<'_>) -> Result<Packet, BadPacket> {
    let packet = EnginePacket::decode(engine_version, frame)?;
    Ok(EnginePacket {
        kind: packet.kind,
        data: match packet.data {
            Content::Text(text) => Content::Text(Cow::Owned(text.into_owned())),
            Content::Binary(bytes) => Content::Binary(Cow::Owned(bytes.into_owned())),
        },
    })
}

fn decode_body(
    engine_version: EngineVersion,
    body: &Content<'_>,
) -> Vec<Result<Packet, BadPacket>> {
    let frames = match body {
        Content::Text(text) => polling::decode_text(engine_version, text),
        Content::Binary(bytes) => polling::decode_octets(bytes),
    };
    frames
        .map(|frame| frame.and_then(|frame| decode(engine_version, &frame)))
        .collect()
}

fn check_packets(found: &[Result<Packet, BadPacket>], wanted: &[Js], faults: &mut Faults) {
    let is_error = |packet: &Js| packet.get("type").lossy() == "error";
    let is_half = |packet: &Js| packet.get("data").untagged().has_lone_surrogate();
    let received = wanted
        .iter()
        .position(is_error)
        .map_or(wanted.len(), |at| at + 1);
    if received < wanted.len() {
        faults.push(Fault::BehindError);
    }
    for (found, packet) in found.iter().zip(wanted) {
        let wanted = match packet {
            packet if is_error(packet) => Err(BadPacket),
            packet => Ok(self::packet(
                EngineVersion::Eio3,
                packet,
                &Js::Undefined,
                faults,
            )),
        };
        // A length that ends within a character: the core reports it at once, the parser with the next packet.
        if found.is_err() && is_half(packet) {
            return;
        }
        same("packet", found, &wanted, faults);
    }
    same("packets", &found.len(), &received, faults);
}
