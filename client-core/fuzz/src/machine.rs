//! The machine with a host and a server controlled by the bytes: any command at any time, any frame, any clock.

use tidewire_core::{
    Ack, Config, Delivery, EngineVersion, Hint, Lost, Millis, OfflinePolicy, Transport,
};
use tidewire_sim::{CallResult, Input, Machine, Rng, Wire};

use crate::host::Host;

const NAMESPACES: [&str; 3] = ["/", "/chat", "/é"];

/// Texts with a meaning in a protocol. The bytes choose one and how it is changed.
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
    let mut rng = Rng::from_bytes(data);
    let mut host = Host::new(config(&mut rng));
    for name in NAMESPACES {
        host.input(&Input::Namespace(name.to_owned()));
    }
    for _ in 0..data.len().clamp(8, 300) {
        step(&mut host, &mut rng);
    }
    host.end(NAMESPACES.len());
}

fn config(rng: &mut Rng) -> Config {
    let transports: &[Transport] = match rng.below(5) {
        0 => &[Transport::WebSocket],
        1 => &[Transport::Polling],
        2 => &[Transport::WebTransport],
        3 => &[
            Transport::Polling,
            Transport::WebSocket,
            Transport::WebTransport,
        ],
        _ => &[Transport::Polling, Transport::WebSocket],
    };
    Config {
        engine_version: *rng.pick(&[None, Some(EngineVersion::Eio3), Some(EngineVersion::Eio4)]),
        transports: transports.into(),
        offline_packets: 8,
        offline_policy: *rng.pick(&[
            OfflinePolicy::Refuse,
            OfflinePolicy::DropOldest,
            OfflinePolicy::DropNewest,
        ]),
        early_events: 4,
        max_acks: 16,
        max_attachments: 4,
        max_packet_bytes: 1_000,
        retry_window: 2,
        seed: rng.below(u64::MAX),
        ..Config::default()
    }
}

fn step(host: &mut Host, rng: &mut Rng) {
    let nsp = index(rng, NAMESPACES.len());
    match rng.below(16) {
        0 | 1 => {
            host.input(&Input::Connect(nsp));
        }
        2 => {
            let auth = rng.one_in(2).then(|| "{\"t\":1}".to_owned());
            host.input(&Input::Authorize(nsp, auth));
        }
        3 => emit(host, rng, nsp),
        4 => reply(host, rng),
        5 => {
            host.input(&Input::Disconnect(nsp));
        }
        6 => pass_time(host, rng),
        7 => {
            let hints = [
                Hint::Online,
                Hint::Offline,
                Hint::Foreground,
                Hint::Background,
                Hint::Writable,
                Hint::Congested,
            ];
            host.input(&Input::Hint(*rng.pick(&hints)));
        }
        8 if rng.one_in(4) => {
            host.input(&Input::Close);
        }
        9 => {
            host.input(&Input::ClearOffline(nsp));
        }
        _ => link_event(host, rng),
    }
}

fn index(rng: &mut Rng, len: usize) -> usize {
    usize::try_from(rng.below(len as u64)).unwrap_or(0)
}

fn emit(host: &mut Host, rng: &mut Rng, nsp: usize) {
    let input = Input::Emit {
        nsp,
        text: "[\"e\",1]".to_owned(),
        attachments: vec![vec![1, 2]; index(rng, 6)],
        ack: *rng.pick(&[Ack::None, Ack::Unlimited, Ack::Within(Millis(50))]),
        delivery: *rng.pick(&[
            Delivery::Once,
            Delivery::Volatile,
            Delivery::AtLeastOnce { retries: 1 },
        ]),
    };
    if let (CallResult::Ack(ack), true) = (host.input(&input), rng.one_in(4)) {
        host.input(&Input::Cancel(nsp, ack));
    }
}

fn reply(host: &mut Host, rng: &mut Rng) {
    if host.replies.is_empty() {
        return;
    }
    let at = index(rng, host.replies.len());
    let (nsp, reply_to) = host.replies[at];
    let text = "[1]".to_owned();
    host.input(&Input::Reply {
        nsp,
        reply_to,
        text,
    });
}

/// Moves the clock: to the next deadline, up to 2 s, 10 hours, or back.
fn pass_time(host: &mut Host, rng: &mut Rng) {
    host.now = match rng.below(4) {
        0 => host.machine.next_timeout().unwrap_or(host.now),
        1 => host.now + rng.below(2_000),
        2 => host.now + 36_000_000,
        _ => host.now.saturating_sub(rng.below(5_000)),
    };
    host.input(&Input::Timeout);
}

/// Gives an event of one of the links, usually the last one.
fn link_event(host: &mut Host, rng: &mut Rng) {
    let Some(last) = host.links.last().copied() else {
        return;
    };
    let link = match rng.one_in(4) {
        true => *rng.pick(&host.links),
        false => last,
    };
    let lost = Input::Lost(
        link,
        *rng.pick(&[Lost::Failed, Lost::Closed, Lost::Refused]),
    );
    let input = match (rng.below(8), host.sockets.contains(&link)) {
        (0, _) => lost,
        (1 | 2, true) => Input::Opened(link),
        (_, true) => match frame(rng) {
            Some(wire) => Input::Packet(link, wire),
            None => lost,
        },
        (_, false) => {
            let frames = (0..rng.below(5)).map(|_| frame(rng)).collect();
            Input::Response(
                link,
                *rng.pick(&[EngineVersion::Eio3, EngineVersion::Eio4]),
                frames,
            )
        }
    };
    host.input(&input);
}

fn frame(rng: &mut Rng) -> Option<Wire> {
    match rng.below(12) {
        0 => None,
        1 => Some(Wire::Binary(bytes(rng))),
        2 => Some(Wire::Text(
            String::from_utf8_lossy(&bytes(rng)).into_owned(),
        )),
        3 => {
            let text = *rng.pick(TEXTS);
            let cut = text.floor_char_boundary(index(rng, text.len() + 1));
            Some(Wire::Text(text[..cut].to_owned()))
        }
        _ => Some(Wire::Text((*rng.pick(TEXTS)).to_owned())),
    }
}

fn bytes(rng: &mut Rng) -> Vec<u8> {
    let len = rng.below(12);
    (0..len)
        .map(|_| u8::try_from(rng.below(256)).unwrap_or(0))
        .collect()
}
