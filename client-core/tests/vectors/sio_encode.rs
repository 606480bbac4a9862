//! Socket.IO packets to a server: their headers alone, and the whole packets through the machine.

use std::borrow::Cow;

use bytes::Bytes;
use tidewire_core::wire::head::{Head, HeadParts, Malformed, PacketType};
use tidewire_core::wire::packet::Content;
use tidewire_core::{Ack, Config, Delivery, Emit, EngineVersion, Event, Nsp, Time};

use crate::case::{Case, Fault, Faults, frame, same};
use crate::js::Js;
use crate::peer::{Peer, namespace_prefix};
use crate::rules::EXACT_MAX;
use crate::{json, sio_decode};

/// The largest ack id that the test reaches by emitting.
const REACHABLE: u64 = 1000;

/// A packet to encode.
struct Packet {
    engine_version: EngineVersion,
    kind: PacketType,
    nsp: String,
    query: Option<String>,
    id: Option<u64>,
    payload: Option<String>,
    attachments: Vec<Vec<u8>>,
}

pub(crate) fn check(case: &Case, faults: &mut Faults) {
    let frames = case.get("frames").items().iter();
    let wanted: Vec<_> = frames.map(|value| frame(value, faults)).collect();
    let roundtrip = case.get("roundtrip").get("result");
    if matches!(roundtrip, Js::Object(_)) {
        sio_decode::check_result(case, roundtrip, faults);
    }
    let Some(packet) = packet(case, &wanted, faults) else {
        return check_head_alone(case, &wanted, faults);
    };
    check_frames("head", &framed(&packet), &wanted, faults);
    if let Some(sent) = sent(&packet, faults) {
        check_frames("machine", &sent, &wanted, faults);
    }
}

/// Reads the packet of a case; `None` if it has a value that the core cannot hold.
fn packet(case: &Case, wanted: &[Content<'_>], faults: &mut Faults) -> Option<Packet> {
    let packet = case.get("packet");
    let mut attachments = Vec::new();
    let data = match case.engine_version {
        EngineVersion::Eio3 => packet.get("data").without_typed_arrays(),
        EngineVersion::Eio4 => packet.get("data").clone(),
    };
    let data = data.untagged();
    let payload = match data {
        Js::Undefined | Js::Null => None,
        data => match json::stringify(&data, &mut attachments) {
            Some(text) => Some(unboxed(text, wanted.first(), faults)),
            None => {
                faults.push(Fault::Value(data));
                return None;
            }
        },
    };
    Some(Packet {
        engine_version: case.engine_version,
        kind: known_kind(packet, faults)?,
        nsp: packet.get("nsp").lossy(),
        query: packet.has("query").then(|| packet.get("query").lossy()),
        id: id(packet, faults).ok()?,
        payload,
        attachments,
    })
}

/// Returns the payload, as written by the official parser if the data has boxes.
fn unboxed(text: String, wanted: Option<&Content<'_>>, faults: &mut Faults) -> String {
    let Some(Content::Text(wanted)) = wanted else {
        return text;
    };
    let (_, wanted) = split_payload(wanted);
    match (json::parse(&text), json::parse(wanted)) {
        (Some(found), Some(value)) if found != value && found.is_boxed(&value) => {
            faults.push(Fault::Boxed(found, value));
            wanted.to_owned()
        }
        _ => text,
    }
}

/// Splits a text at the first character that may start JSON. In a namespace such a character does not start JSON.
fn split_payload(text: &str) -> (&str, &str) {
    text.split_at(text.find(['[', '{', '"']).unwrap_or(text.len()))
}

/// Returns the packet type. A client says "event" and "ack"; the attachments decide whether it is binary.
fn kind(packet: &Js) -> Option<PacketType> {
    let digit = packet.get("type").number()?.to_string();
    match Head::parse(&digit) {
        Ok(head) => Some(head.kind),
        Err(Malformed::BadAttachmentCount) if digit == "5" => Some(PacketType::Event),
        Err(Malformed::BadAttachmentCount) => Some(PacketType::Ack),
        Err(_) => None,
    }
}

fn known_kind(packet: &Js, faults: &mut Faults) -> Option<PacketType> {
    let kind = kind(packet);
    same("a known type", &kind.is_some(), &true, faults);
    kind
}

fn id(packet: &Js, faults: &mut Faults) -> Result<Option<u64>, ()> {
    match packet.get("id").untagged() {
        Js::Number(id) if id.fract() == 0.0 && (0.0..=EXACT_MAX).contains(&id) => {
            Ok(Some(id as u64))
        }
        Js::Number(id) => {
            faults.push(Fault::AckId(id));
            Err(())
        }
        _ => Ok(None),
    }
}

/// Checks only the start of the header (type, attachments, namespace), without the values that the core cannot hold.
fn check_head_alone(case: &Case, wanted: &[Content<'_>], faults: &mut Faults) {
    let packet = case.get("packet");
    let (Some(Content::Text(text)), Some(kind)) = (wanted.first(), kind(packet)) else {
        return;
    };
    // The reference writes something else if it fails or miscounts.
    if text == "4\"encode error\"" || Head::parse(text).is_err() {
        return;
    }
    let nsp = packet.get("nsp").lossy();
    let head = HeadParts {
        kind,
        attachments: wanted.len() as u32 - 1,
        namespace: &nsp,
        query: None,
        ack: id(packet, &mut Vec::new()).unwrap_or_default(),
    };
    let mut out = Vec::new();
    head.write(&mut out);
    same(
        "front of the head",
        &text.as_bytes().starts_with(&out),
        &true,
        faults,
    );
}

/// Returns the frames that a host without a machine writes.
fn framed(packet: &Packet) -> Vec<Content<'_>> {
    let mut text = Vec::new();
    HeadParts {
        kind: packet.kind,
        attachments: packet.attachments.len() as u32,
        namespace: &packet.nsp,
        query: packet.query.as_deref(),
        ack: packet.id,
    }
    .write(&mut text);
    text.extend(packet.payload.iter().flat_map(|text| text.bytes()));
    let text = String::from_utf8(text).expect("UTF-8 was written");
    let binary = packet.attachments.iter();
    let binary = binary.map(|bytes| Content::Binary(Cow::Borrowed(bytes)));
    std::iter::once(Content::Text(Cow::Owned(text)))
        .chain(binary)
        .collect()
}

/// Checks that the frames are equal byte for byte, except for JSON, which is compared by value.
fn check_frames(what: &str, found: &[Content<'_>], wanted: &[Content<'_>], faults: &mut Faults) {
    let parts = |frames: &[Content<'_>]| -> Vec<_> {
        let part = |frame: &Content<'_>| match frame {
            Content::Binary(bytes) => (Js::Bytes(bytes.to_vec()), String::new()),
            Content::Text(text) => {
                let (head, payload) = split_payload(text);
                match json::parse(payload) {
                    Some(value) => (value, head.to_owned()),
                    None => (Js::Undefined, text.to_string()),
                }
            }
        };
        frames.iter().map(part).collect()
    };
    same(what, &parts(found), &parts(wanted), faults);
}

/// Returns the frames of the machine, if a client can send such a packet.
fn sent(packet: &Packet, faults: &mut Faults) -> Option<Vec<Content<'static>>> {
    let is_namespace = packet.nsp.is_empty() || packet.nsp.starts_with('/');
    if !is_namespace || packet.nsp.contains(',') {
        return None;
    }
    let mut peer = Peer::new(packet.engine_version, Config::default().max_attachments);
    match packet.kind {
        PacketType::Connect => return connect(&mut peer, packet),
        PacketType::Disconnect if packet.id.is_some() || packet.payload.is_some() => return None,
        PacketType::ConnectError => return None,
        _ => {}
    }
    let nsp = peer.connect(&packet.nsp, None).0;
    let payload = Bytes::from(packet.payload.clone().unwrap_or_default());
    let attachments: Vec<_> = packet
        .attachments
        .iter()
        .cloned()
        .map(Bytes::from)
        .collect();
    match packet.kind {
        PacketType::Disconnect => peer.client.disconnect(Time::ZERO, nsp),
        PacketType::Event => return emit(&mut peer, nsp, packet.id, &payload, &attachments),
        _ => reply(&mut peer, packet, nsp, payload, attachments, faults)?,
    }
    Some(peer.sent())
}

/// Connects a namespace. A 2.x server connects `/` by itself and takes no payload.
fn connect(peer: &mut Peer, packet: &Packet) -> Option<Vec<Content<'static>>> {
    let is_old = packet.engine_version == EngineVersion::Eio3;
    let is_root = matches!(&*packet.nsp, "" | "/");
    if packet.id.is_some() || is_old && (is_root || packet.payload.is_some()) {
        return None;
    }
    let nsp = peer.client.namespace(&packet.nsp, packet.query.as_deref());
    peer.client.connect(Time::ZERO, nsp);
    let auth = packet.payload.clone().map(Bytes::from);
    peer.client.authorize(Time::ZERO, nsp, auth);
    Some(peer.sent())
}

fn emit(
    peer: &mut Peer,
    nsp: Nsp,
    id: Option<u64>,
    payload: &Bytes,
    attachments: &[Bytes],
) -> Option<Vec<Content<'static>>> {
    let emit = |ack| Emit {
        payload: payload.clone(),
        attachments: attachments.to_vec(),
        ack,
        delivery: Delivery::Once,
        compress: true,
    };
    let Some(id) = id else {
        let issued = peer.client.emit(Time::ZERO, nsp, emit(Ack::None));
        return issued.is_ok().then(|| peer.sent());
    };
    if id > REACHABLE {
        return None;
    }
    loop {
        let issued = peer.client.emit(Time::ZERO, nsp, emit(Ack::Unlimited));
        let sent = peer.sent();
        if issued.ok().flatten()?.get() == id {
            return Some(sent);
        }
    }
}

/// Replies to a server event with the ack id of the packet.
fn reply(
    peer: &mut Peer,
    packet: &Packet,
    nsp: Nsp,
    payload: Bytes,
    attachments: Vec<Bytes>,
    faults: &mut Faults,
) -> Option<()> {
    peer.feed_text(&format!(
        "2{}{}[\"event\"]",
        namespace_prefix(&packet.nsp),
        packet.id?
    ));
    let reply = peer.events().into_iter().find_map(|event| match event {
        Event::Message(incoming) => incoming.reply,
        _ => None,
    });
    let result = peer
        .client
        .reply(Time::ZERO, nsp, reply?, payload, attachments);
    same("reply", &result, &Ok(()), faults);
    Some(())
}
