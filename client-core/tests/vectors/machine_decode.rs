//! Socket.IO frames through the machine: a client that is connected to all namespaces of a case.

use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;
use tidewire_core::wire::head::{Head, Malformed};
use tidewire_core::wire::packet::Content;
use tidewire_core::{Ack, Delivery, Emit, Event, HEAD_LIMIT, Nsp, Reply, Time};

use crate::case::{Fault, Faults, same};
use crate::js::Js;
use crate::peer::{BYSTANDER, Peer};
use crate::sio_decode::{Decoding, MAX_ATTACHMENTS, check_data, check_id, message_of};

/// The largest ack id that the client awaits.
const AWAITED: f64 = 1000.0;

/// The bytes of a CONNECT besides its namespace.
const SESSION_ROOM: usize = 16;

/// An event or ack for the application.
struct AppEvent {
    nsp: Nsp,
    is_ack: bool,
    id: Option<u64>,
    payload: Option<Bytes>,
    attachments: Vec<Bytes>,
}

pub(crate) fn check(decoding: &Decoding<'_>, faults: &mut Faults) {
    for fast_lane in [false, true] {
        check_lane(decoding, fast_lane, faults);
    }
}

fn check_lane(decoding: &Decoding<'_>, fast_lane: bool, faults: &mut Faults) {
    let mut peer = Peer::new(decoding.engine_version, MAX_ATTACHMENTS);
    peer.fast_lane = fast_lane;
    let namespaces = connect(&mut peer, decoding);
    let mut events = Vec::new();
    for (at, frame) in decoding.frames.iter().enumerate() {
        peer.feed(frame);
        let (received, malformed) = take_events(&mut peer);
        let wanted = decoding.error.as_ref().filter(|(_, wrong)| *wrong == at);
        match (malformed, wanted) {
            (None, None) => events.extend(received),
            (Some(malformed), Some((message, _))) => {
                same("fault", &message_of(malformed), &&**message, faults);
            }
            (None, Some((message, _))) => {
                faults.push(not_detected(message, &decoding.frames[..=at]));
            }
            (Some(malformed), None) => {
                faults.push(refused(malformed, frame));
                return;
            }
        }
        if wanted.is_some() {
            break;
        }
    }
    check_events(decoding, &namespaces, events, faults);
    if decoding.error.is_none() {
        check_pending(&mut peer, decoding.is_pending, faults);
    }
}

/// Connects the namespaces of the packets and awaits their acks.
fn connect(peer: &mut Peer, decoding: &Decoding<'_>) -> BTreeMap<String, Nsp> {
    let mut namespaces = BTreeMap::new();
    for packet in decoding.packets.iter().filter(|packet| packet.has("nsp")) {
        let name = packet.get("nsp").lossy();
        if name.len() + SESSION_ROOM > HEAD_LIMIT {
            continue;
        }
        let nsp = *namespaces
            .entry(name.clone())
            .or_insert_with(|| peer.connect(&name, None).0);
        let id = packet.get("id").number().filter(|id| *id <= AWAITED);
        if let (Some(3.0 | 6.0), Some(id)) = (packet.get("type").number(), id) {
            while issue(peer, nsp) < id {}
        }
    }
    peer.events();
    namespaces
}

fn issue(peer: &mut Peer, nsp: Nsp) -> f64 {
    let emit = Emit {
        payload: Bytes::from_static(b"[\"x\"]"),
        attachments: Vec::new(),
        ack: Ack::Unlimited,
        delivery: Delivery::Once,
        compress: true,
    };
    let issued = peer.client.emit(Time::ZERO, nsp, emit);
    issued
        .ok()
        .flatten()
        .map_or(f64::INFINITY, |id| id.get() as f64)
}

/// Returns the fault if only the official parser rejects the last frame.
fn not_detected(message: &str, frames: &[Content<'_>]) -> Fault {
    let text = frames.iter().rev().find_map(|frame| match frame {
        Content::Text(text) => Some(&**text),
        Content::Binary(_) => None,
    });
    let text = text.unwrap_or_default();
    let (payload, count) = match Head::parse(text) {
        Ok(head) => (text[head.len..].to_owned(), head.attachments),
        Err(_) => (String::new(), 0),
    };
    match message {
        "invalid payload" => Fault::Payload(payload),
        "illegal attachments" => Fault::Placeholders(payload, count as usize),
        _ => Fault::Wrong(format!("the machine does not detect {message:?}")),
    }
}

/// Returns the fault if only the core rejects the frame.
fn refused(malformed: Malformed, frame: &Content<'_>) -> Fault {
    match frame {
        Content::Text(text)
            if malformed == Malformed::HeaderTooLong && text.len() >= HEAD_LIMIT =>
        {
            Fault::LongHead(text.to_string())
        }
        _ => Fault::Wrong(format!("the machine reports {malformed:?}")),
    }
}

fn take_events(peer: &mut Peer) -> (Vec<AppEvent>, Option<Malformed>) {
    let (mut events, mut malformed) = (Vec::new(), None);
    for event in peer.events() {
        match event {
            Event::Malformed(fault) => malformed = Some(fault),
            event => events.extend(app_event(peer, event)),
        }
    }
    (events, malformed)
}

fn app_event(peer: &mut Peer, event: Event<Bytes>) -> Option<AppEvent> {
    Some(match event {
        Event::Message(incoming) => AppEvent {
            nsp: incoming.nsp,
            is_ack: false,
            id: incoming
                .reply
                .and_then(|reply| id_of(peer, incoming.nsp, reply)),
            payload: incoming.payload,
            attachments: incoming.attachments,
        },
        Event::Acked {
            nsp,
            ack,
            payload,
            attachments,
        } => AppEvent {
            nsp,
            is_ack: true,
            id: Some(ack.get()),
            payload,
            attachments,
        },
        _ => return None,
    })
}

/// Returns the ack id of a reply.
fn id_of(peer: &mut Peer, nsp: Nsp, reply: Reply) -> Option<u64> {
    let payload = Bytes::from_static(b"[]");
    let replied = peer
        .client
        .reply(Time::ZERO, nsp, reply, payload, Vec::new());
    assert_eq!(replied, Ok(()), "the reply is not stale");
    match peer.sent().pop()? {
        Content::Text(text) => Head::parse(&text).ok()?.ack,
        Content::Binary(_) => None,
    }
}

fn check_events(
    decoding: &Decoding<'_>,
    namespaces: &BTreeMap<String, Nsp>,
    events: Vec<AppEvent>,
    faults: &mut Faults,
) {
    let wanted = wanted(decoding, namespaces);
    same("events and acks", &events.len(), &wanted.len(), faults);
    for (events, (nsp, packet)) in events.into_iter().zip(wanted) {
        let is_ack = matches!(packet.get("type").number(), Some(3.0 | 6.0));
        same(
            "namespace and kind",
            &(events.nsp, events.is_ack),
            &(nsp, is_ack),
            faults,
        );
        check_id(events.id, packet.get("id"), faults);
        let payload = events.payload.unwrap_or_default();
        let attachments: Vec<_> = events
            .attachments
            .iter()
            .map(|bytes| bytes.to_vec())
            .collect();
        match std::str::from_utf8(&payload) {
            Ok(text) => check_data(text, &attachments, packet.get("data"), faults),
            Err(error) => faults.push(Fault::Wrong(error.to_string())),
        }
    }
}

/// Returns the packets that reach the application: events and awaited acks of connected namespaces.
fn wanted<'a>(decoding: &Decoding<'a>, namespaces: &BTreeMap<String, Nsp>) -> Vec<(Nsp, &'a Js)> {
    let (mut wanted, mut left, mut settled) = (Vec::new(), BTreeSet::new(), BTreeSet::new());
    for packet in decoding.packets {
        let Some(nsp) = namespaces.get(&packet.get("nsp").lossy()) else {
            continue;
        };
        let id = packet.get("id").number().filter(|id| *id <= AWAITED);
        let is_received = match packet.get("type").number() {
            Some(2.0 | 5.0) => true,
            Some(3.0 | 6.0) => id.is_some_and(|id| settled.insert((*nsp, id as u64))),
            Some(1.0) => !left.insert(*nsp),
            _ => false,
        };
        if is_received && !left.contains(nsp) {
            wanted.push((*nsp, packet));
        }
    }
    wanted
}

/// Checks whether attachments are awaited: then a text frame is malformed.
fn check_pending(peer: &mut Peer, is_pending: bool, faults: &mut Faults) {
    peer.feed_text(&format!("2{BYSTANDER},[\"probe\"]"));
    let (_, malformed) = take_events(peer);
    let wanted = is_pending.then_some(Malformed::TextForBinary);
    same("pending", &malformed, &wanted, faults);
}
