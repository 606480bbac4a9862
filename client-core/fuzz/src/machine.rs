//! The machine under a host and a server that do as the bytes say: any command at any time, any frame, any clock.

use tidewire_core::{
    Ack, Config, Delivery, EngineVersion, Hint, Lost, Millis, OfflinePolicy, Transport,
};
use tidewire_sim::{Chance, Input, Machine, Taken, Wire};

use crate::host::Host;

const NAMESPACES: [&str; 3] = ["/", "/chat", "/é"];

/// Texts that mean something to somebody; the bytes say which, and what is done to them.
const TEXTS: &[&str] = &[
    "0{\"sid\":\"s\",\"upgrades\":[\"websocket\"],\"pingInterval\":25000,\"pingTimeout\":20000}",
    "0{\"sid\":\"s\",\"upgrades\":[],\"pingInterval\":1,\"pingTimeout\":1,\"maxPayload\":60}",
    "0{\"sid\":\"s\",\"upgrades\":[\"websocket\"],\"pingInterval\":9,\"pingTimeout\":9,\"maxPayload\":100000}",
    "1",
    "2",
    "3",
    "3probe",
    "2probe",
    "5",
    "6",
    "4",
    "",
    "40",
    "40{\"sid\":\"x\"}",
    "40{\"sid\":\"x\",\"pid\":\"p\"}",
    "40/chat,",
    "40/chat,{\"sid\":\"y\",\"pid\":\"q\"}",
    "41",
    "41/chat,",
    "44\"no\"",
    "44/chat,{\"message\":\"no\"}",
    "44{\"message\":\"no\"}",
    "42[\"a\",1]",
    "427[\"q\"]",
    "42/chat,3[\"q\",\"offset\"]",
    "42[\"a\",\"offset\"]",
    "430[1]",
    "43/chat,1[2]",
    "431[]",
    "451-[\"b\",{\"_placeholder\":true,\"num\":0}]",
    "452-/chat,9[\"b\",{},{}]",
    "461-0[{}]",
    "42[\"connect\"]",
    "42{}",
    "4z",
    "49",
    "42",
    "45-[]",
    "4299999999999999999999[\"x\"]",
];

pub(crate) fn run(data: &[u8]) {
    let mut chance = Chance::of_bytes(data);
    let mut host = Host::new(config(&mut chance));
    for name in NAMESPACES {
        host.give(&Input::Namespace(name.to_owned()));
    }
    for _ in 0..data.len().clamp(8, 300) {
        step(&mut host, &mut chance);
    }
    host.end(NAMESPACES.len());
}

fn config(chance: &mut Chance) -> Config {
    let transports: &[Transport] = match chance.below(3) {
        0 => &[Transport::WebSocket],
        1 => &[Transport::Polling],
        _ => &[Transport::Polling, Transport::WebSocket],
    };
    Config {
        engine_version: *chance.pick(&[None, Some(EngineVersion::Eio3), Some(EngineVersion::Eio4)]),
        transports: transports.into(),
        offline_packets: 8,
        offline_policy: *chance.pick(&[
            OfflinePolicy::Refuse,
            OfflinePolicy::DropOldest,
            OfflinePolicy::DropNewest,
        ]),
        early_events: 4,
        max_acks: 16,
        max_attachments: 4,
        max_packet_bytes: 1_000,
        retry_window: 2,
        seed: chance.below(u64::MAX),
        ..Config::default()
    }
}

fn step(host: &mut Host, chance: &mut Chance) {
    let nsp = index(chance, NAMESPACES.len());
    match chance.below(16) {
        0 | 1 => {
            host.give(&Input::Connect(nsp));
        }
        2 => {
            let auth = chance.one_in(2).then(|| "{\"t\":1}".to_owned());
            host.give(&Input::Authorize(nsp, auth));
        }
        3 => emit(host, chance, nsp),
        4 => reply(host, chance),
        5 => {
            host.give(&Input::Disconnect(nsp));
        }
        6 => pass_time(host, chance),
        7 => {
            let hints = [
                Hint::Online,
                Hint::Offline,
                Hint::Foreground,
                Hint::Background,
                Hint::Writable,
                Hint::Congested,
            ];
            host.give(&Input::Hint(*chance.pick(&hints)));
        }
        8 if chance.one_in(4) => {
            host.give(&Input::Close);
        }
        9 => {
            host.give(&Input::ClearOffline(nsp));
        }
        _ => news(host, chance),
    }
}

fn index(chance: &mut Chance, len: usize) -> usize {
    usize::try_from(chance.below(len as u64)).unwrap_or(0)
}

fn emit(host: &mut Host, chance: &mut Chance, nsp: usize) {
    let input = Input::Emit {
        nsp,
        text: "[\"e\",1]".to_owned(),
        attachments: vec![vec![1, 2]; index(chance, 6)],
        ack: *chance.pick(&[Ack::None, Ack::Unlimited, Ack::Within(Millis(50))]),
        delivery: *chance.pick(&[
            Delivery::Once,
            Delivery::Volatile,
            Delivery::AtLeastOnce { retries: 1 },
        ]),
    };
    if let (Taken::Ack(ack), true) = (host.give(&input), chance.one_in(4)) {
        host.give(&Input::Cancel(nsp, ack));
    }
}

fn reply(host: &mut Host, chance: &mut Chance) {
    if host.questions.is_empty() {
        return;
    }
    let at = index(chance, host.questions.len());
    let (nsp, question) = host.questions[at];
    let text = "[1]".to_owned();
    host.give(&Input::Reply {
        nsp,
        question,
        text,
    });
}

/// To the next deadline, a little, for hours, or back.
fn pass_time(host: &mut Host, chance: &mut Chance) {
    host.now = match chance.below(4) {
        0 => host.machine.next_timeout().unwrap_or(host.now),
        1 => host.now + chance.below(2_000),
        2 => host.now + 36_000_000,
        _ => host.now.saturating_sub(chance.below(5_000)),
    };
    host.give(&Input::Timeout);
}

/// Something comes over one of the links, most often the last.
fn news(host: &mut Host, chance: &mut Chance) {
    let Some(last) = host.links.last().copied() else {
        return;
    };
    let link = match chance.one_in(4) {
        true => *chance.pick(&host.links),
        false => last,
    };
    let lost = Input::Lost(link, *chance.pick(&[Lost::Failed, Lost::Closed]));
    let input = match (chance.below(8), host.sockets.contains(&link)) {
        (0, _) => lost,
        (1 | 2, true) => Input::Opened(link),
        (_, true) => match frame(chance) {
            Some(wire) => Input::Packet(link, wire),
            None => lost,
        },
        (_, false) => {
            let frames = (0..chance.below(5)).map(|_| frame(chance)).collect();
            Input::Answer(
                link,
                *chance.pick(&[EngineVersion::Eio3, EngineVersion::Eio4]),
                frames,
            )
        }
    };
    host.give(&input);
}

fn frame(chance: &mut Chance) -> Option<Wire> {
    match chance.below(12) {
        0 => None,
        1 => Some(Wire::Binary(bytes(chance))),
        2 => Some(Wire::Text(
            String::from_utf8_lossy(&bytes(chance)).into_owned(),
        )),
        3 => {
            let text = *chance.pick(TEXTS);
            let cut = text.floor_char_boundary(index(chance, text.len() + 1));
            Some(Wire::Text(text[..cut].to_owned()))
        }
        _ => Some(Wire::Text((*chance.pick(TEXTS)).to_owned())),
    }
}

fn bytes(chance: &mut Chance) -> Vec<u8> {
    let len = chance.below(12);
    (0..len)
        .map(|_| u8::try_from(chance.below(256)).unwrap_or(0))
        .collect()
}
