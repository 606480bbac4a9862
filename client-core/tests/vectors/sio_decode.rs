//! Socket.IO frames from a server: their headers alone, and the whole frames through the machine.

use tidewire_core::EngineVersion;
use tidewire_core::wire::head::{Head, Malformed, check_payload};
use tidewire_core::wire::packet::Content;

use crate::case::{Case, Fault, Faults, frame, same};
use crate::js::Js;
use crate::{json, machine_decode};

/// The limit of the official parsers, which the vectors assume.
pub(crate) const MAX_ATTACHMENTS: u32 = 10;

/// The result of the official parser for some frames.
pub(crate) struct Decoding<'a> {
    pub(crate) engine_version: EngineVersion,
    pub(crate) frames: Vec<Content<'static>>,
    pub(crate) packets: &'a [Js],
    /// The error message, and the position of the bad frame.
    pub(crate) error: Option<(String, usize)>,
    pub(crate) is_pending: bool,
}

pub(crate) fn check(case: &Case, faults: &mut Faults) {
    check_result(case, case.get("result"), faults);
}

/// Checks the frames of the case against `result`.
pub(crate) fn check_result(case: &Case, result: &Js, faults: &mut Faults) {
    let frames = case.get("frames").items().iter();
    let decoding = Decoding {
        engine_version: case.engine_version,
        frames: frames.map(|value| frame(value, faults)).collect(),
        packets: result.get("packets").items(),
        error: result.get("at").number().map(|at| {
            let message = result.get("error").lossy();
            // The type follows, "NaN" for a letter.
            let is_type = message.starts_with(message_of(Malformed::UnknownType));
            let message = if is_type {
                message_of(Malformed::UnknownType).to_owned()
            } else {
                message
            };
            (message, at as usize)
        }),
        is_pending: result.get("pending").is_true(),
    };
    check_heads(&decoding, faults);
    machine_decode::check(&decoding, faults);
}

/// Checks that every text frame is one packet, up to the bad one.
fn check_heads(decoding: &Decoding<'_>, faults: &mut Faults) {
    let mut packets = decoding.packets.iter();
    for (at, frame) in decoding.frames.iter().enumerate() {
        let Content::Text(text) = frame else { continue };
        let read = read(decoding.engine_version, text);
        match &decoding.error {
            Some((message, wrong)) if at == *wrong => check_error(text, read, message, faults),
            Some((_, wrong)) if at > *wrong => return,
            _ => match packets.next() {
                Some(packet) => check_packet(decoding, at, text, read, packet, faults),
                // The packet waits for attachments.
                None => same("a head", &read.err(), &None, faults),
            },
        }
    }
    same(
        "packets without a head",
        &packets.next().is_none(),
        &true,
        faults,
    );
}

fn read(engine_version: EngineVersion, text: &str) -> Result<Head<'_>, Malformed> {
    let head = Head::parse(text)?;
    if head.attachments > MAX_ATTACHMENTS {
        return Err(Malformed::TooManyAttachments);
    }
    check_payload(engine_version, head.kind, &text.as_bytes()[head.len..])?;
    Ok(head)
}

fn check_error(text: &str, read: Result<Head<'_>, Malformed>, message: &str, faults: &mut Faults) {
    if message == message_of(Malformed::TextForBinary) {
        return;
    }
    match read {
        Ok(head) if message == message_of(Malformed::BadPayload) => {
            faults.push(Fault::Payload(text[head.len..].to_owned()));
        }
        Ok(_) => faults.push(Fault::Wrong(format!("a good head, not {message:?}"))),
        Err(error) => same("fault of a head", &message_of(error), &message, faults),
    }
}

fn check_packet(
    decoding: &Decoding<'_>,
    at: usize,
    text: &str,
    read: Result<Head<'_>, Malformed>,
    packet: &Js,
    faults: &mut Faults,
) {
    let head = match read {
        Ok(head) => head,
        Err(Malformed::UnknownType) if is_notice(packet) => return,
        Err(error) => {
            let text = format!("{error:?}, not {packet:?}");
            return faults.push(Fault::Wrong(text));
        }
    };
    let kind = match decoding.engine_version {
        EngineVersion::Eio3 => head.kind,
        EngineVersion::Eio4 => head.kind.plain(),
    };
    same(
        "type",
        &Some(f64::from(kind as u8)),
        &packet.get("type").number(),
        faults,
    );
    same(
        "namespace",
        &head.namespace,
        &&*packet.get("nsp").lossy(),
        faults,
    );
    check_id(head.ack, packet.get("id"), faults);
    let attachments = attachments(&decoding.frames[at + 1..], head.attachments);
    same(
        "attachments",
        &attachments.len(),
        &(head.attachments as usize),
        faults,
    );
    let payload = &text[head.len..];
    check_data(payload, &attachments, packet.get("data"), faults);
}

/// Returns whether it is the error packet without a namespace that the protocol 4 parser returns for an unknown type.
pub(crate) fn is_notice(packet: &Js) -> bool {
    let data = packet.get("data").lossy();
    !packet.has("nsp") && data.starts_with("parser error: unknown packet type")
}

pub(crate) fn check_id(found: Option<u64>, wanted: &Js, faults: &mut Faults) {
    let wanted = wanted.untagged().number();
    if found.map(|id| id as f64) != wanted {
        faults.push(match wanted {
            Some(id) => Fault::AckId(id),
            None => Fault::Wrong(format!("ack id {found:?}, not none")),
        });
    }
}

/// Checks an accepted payload, with its placeholders replaced.
pub(crate) fn check_data(payload: &str, attachments: &[Vec<u8>], wanted: &Js, faults: &mut Faults) {
    let found = match json::parse(payload) {
        _ if payload.is_empty() => Some(Js::Undefined),
        Some(value) if attachments.is_empty() => Some(value),
        Some(value) => json::filled(value, attachments),
        None => None,
    };
    same("data", &found, &Some(wanted.untagged()), faults);
}

fn attachments(frames: &[Content<'_>], count: u32) -> Vec<Vec<u8>> {
    let binary = frames.iter().map_while(|frame| match frame {
        Content::Binary(bytes) => Some(bytes.to_vec()),
        Content::Text(_) => None,
    });
    binary.take(count as usize).collect()
}

/// Returns the message of the official parsers.
pub(crate) fn message_of(malformed: Malformed) -> &'static str {
    match malformed {
        Malformed::UnknownType => "unknown packet type",
        Malformed::BadAttachmentCount => "Illegal attachments",
        Malformed::TooManyAttachments => "too many attachments",
        Malformed::BadPayload => "invalid payload",
        Malformed::TextForBinary => "got plaintext data when reconstructing a packet",
        Malformed::UnexpectedBinary => "got binary data when not reconstructing a packet",
        _ => "an error without a message of the parsers",
    }
}
