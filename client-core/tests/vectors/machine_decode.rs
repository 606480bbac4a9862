//! Socket.IO frames through the machine: a client that is connected to all the namespaces of a case.

use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;
use tidewire_core::wire::head::{Head, Malformed};
use tidewire_core::wire::packet::Content;
use tidewire_core::{Ack, Delivery, Emit, Event, HEAD_LIMIT, Nsp, Reply, Time};

use crate::case::{Fault, Faults, same};
use crate::js::Js;
use crate::peer::{BYSTANDER, Peer};
use crate::sio_decode::{Decoding, MAX_ATTACHMENTS, check_data, check_id, message_of};

/// Acks up to this id are awaited, so that they arrive.
const AWAITED: f64 = 1000.0;

/// How many bytes of a CONNECT are not its namespace.
const SESSION_ROOM: usize = 16;

/// An event or ack, as the application hears of it.
struct News {
    nsp: Nsp,
    is_ack: bool,
    id: Option<u64>,
    payload: Option<Bytes>,
    attachments: Vec<Bytes>,
}

pub(crate) fn check(decoding: &Decoding<'_>, faults: &mut Faults) {
    let mut peer = Peer::new(decoding.engine_version, MAX_ATTACHMENTS);
    let namespaces = connect(&mut peer, decoding);
    let mut news = Vec::new();
    for (at, frame) in decoding.frames.iter().enumerate() {
        peer.feed(frame);
        let (heard, malformed) = hear(&mut peer);
        let wanted = decoding.error.as_ref().filter(|(_, wrong)| *wrong == at);
        match (malformed, wanted) {
            (None, None) => news.extend(heard),
            (Some(malformed), Some((message, _))) => {
                same("fault", &message_of(malformed), &&**message, faults);
            }
            (None, Some((message, _))) => faults.push(passed(message, &decoding.frames[..=at])),
            (Some(malformed), None) => {
                faults.push(refused(malformed, frame));
                return;
            }
        }
        if wanted.is_some() {
            break;
        }
    }
    check_news(decoding, &namespaces, news, faults);
    if decoding.error.is_none() {
        check_pending(&mut peer, decoding.is_pending, faults);
    }
}

/// Connects the namespaces of the packets, and awaits the acks among them.
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
    };
    let issued = peer.client.emit(Time::ZERO, nsp, emit);
    issued
        .ok()
        .flatten()
        .map_or(f64::INFINITY, |id| id.get() as f64)
}

/// The official parser has found a fault in the last frame, and the core none.
fn passed(message: &str, frames: &[Content<'_>]) -> Fault {
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
        _ => Fault::Wrong(format!("the machine does not see {message:?}")),
    }
}

/// The core has found a fault, and the official parser none.
fn refused(malformed: Malformed, frame: &Content<'_>) -> Fault {
    match frame {
        Content::Text(text)
            if malformed == Malformed::HeaderTooLong && text.len() >= HEAD_LIMIT =>
        {
            Fault::LongHead(text.to_string())
        }
        _ => Fault::Wrong(format!("the machine sees {malformed:?}")),
    }
}

fn hear(peer: &mut Peer) -> (Vec<News>, Option<Malformed>) {
    let (mut news, mut malformed) = (Vec::new(), None);
    for event in peer.events() {
        match event {
            Event::Malformed(fault) => malformed = Some(fault),
            event => news.extend(news_of(peer, event)),
        }
    }
    (news, malformed)
}

fn news_of(peer: &mut Peer, event: Event<Bytes>) -> Option<News> {
    Some(match event {
        Event::Message(incoming) => News {
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
        } => News {
            nsp,
            is_ack: true,
            id: Some(ack.get()),
            payload,
            attachments,
        },
        _ => return None,
    })
}

/// The id that a reply goes out with.
fn id_of(peer: &mut Peer, nsp: Nsp, reply: Reply) -> Option<u64> {
    let answer = Bytes::from_static(b"[]");
    let replied = peer
        .client
        .reply(Time::ZERO, nsp, reply, answer, Vec::new());
    assert_eq!(replied, Ok(()), "the connection that asked is there");
    match peer.sent().pop()? {
        Content::Text(text) => Head::parse(&text).ok()?.ack,
        Content::Binary(_) => None,
    }
}

fn check_news(
    decoding: &Decoding<'_>,
    namespaces: &BTreeMap<String, Nsp>,
    news: Vec<News>,
    faults: &mut Faults,
) {
    let wanted = wanted(decoding, namespaces);
    same("events and acks", &news.len(), &wanted.len(), faults);
    for (news, (nsp, packet)) in news.into_iter().zip(wanted) {
        let is_ack = matches!(packet.get("type").number(), Some(3.0 | 6.0));
        same(
            "namespace and kind",
            &(news.nsp, news.is_ack),
            &(nsp, is_ack),
            faults,
        );
        check_id(news.id, packet.get("id"), faults);
        let payload = news.payload.unwrap_or_default();
        let attachments: Vec<_> = news
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

/// The packets of which the application hears: events, and acks that are awaited, of namespaces that are connected.
fn wanted<'a>(decoding: &Decoding<'a>, namespaces: &BTreeMap<String, Nsp>) -> Vec<(Nsp, &'a Js)> {
    let (mut wanted, mut left, mut settled) = (Vec::new(), BTreeSet::new(), BTreeSet::new());
    for packet in decoding.packets {
        let Some(nsp) = namespaces.get(&packet.get("nsp").lossy()) else {
            continue;
        };
        let id = packet.get("id").number().filter(|id| *id <= AWAITED);
        let is_heard = match packet.get("type").number() {
            Some(2.0 | 5.0) => true,
            Some(3.0 | 6.0) => id.is_some_and(|id| settled.insert((*nsp, id as u64))),
            Some(1.0) => !left.insert(*nsp),
            _ => false,
        };
        if is_heard && !left.contains(nsp) {
            wanted.push((*nsp, packet));
        }
    }
    wanted
}

/// Whether attachments are awaited shows when text comes.
fn check_pending(peer: &mut Peer, is_pending: bool, faults: &mut Faults) {
    peer.feed_text(&format!("2{BYSTANDER},[\"probe\"]"));
    let (_, malformed) = hear(peer);
    let wanted = is_pending.then_some(Malformed::TextForBinary);
    same("pending", &malformed, &wanted, faults);
}
