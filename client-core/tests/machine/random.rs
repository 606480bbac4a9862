//! Random frames and random commands from fixed seeds: no panic, and every law of the oracle holds.

use tidewire_core::{Ack, AckId, Config, EngineVersion, Lost, Millis, Nsp, Transport};

use crate::support::body::Body;
use crate::support::rng::Rng;
use crate::support::wire::Wire;
use crate::support::{
    AckPolicy, Auth, Pair, UpgradePolicy, config, on, outgoing, upgrading_to_all,
};

/// Frames that a server might send, to be mutated.
const TEXTS: [&str; 26] = [
    r#"0{"sid":"s","upgrades":[],"pingInterval":25000,"pingTimeout":20000,"maxPayload":9}"#,
    "1",
    "2",
    "3",
    "2probe",
    "6",
    "40",
    r#"40{"sid":"x","pid":"y"}"#,
    "40/chat,",
    r#"40/chat,{"sid":"z"}"#,
    "40/admin?x=1,",
    "41",
    "41/chat,",
    r#"42["event"]"#,
    r#"42/chat,["event",1,{"a":"é😀"}]"#,
    r#"4217["with ack"]"#,
    r#"42/chat,1["with ack"]"#,
    "430[]",
    r#"43/chat,1["answer_get",{}]"#,
    "432[1]",
    r#"44"refused""#,
    r#"44/chat,{"message":"refused","data":1}"#,
    r#"451-["bin",{"_placeholder":true,"num":0}]"#,
    r#"452-/chat,7["bin",{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}]"#,
    r#"461-0[{"_placeholder":true,"num":0}]"#,
    r#"461-/chat,1[{"_placeholder":true,"num":0}]"#,
];

/// Characters with a meaning in one of the parsers.
const INSERTIONS: [&str; 20] = [
    "0", "1", "4", "5", "9", "-", ",", "/", "[", "]", "{", "}", "\"", "\\", " ", "?", "é", "😀",
    "\0", "e9",
];

/// Returns random bytes; the first one is often the type of a message.
fn binary(rng: &mut Rng) -> Wire {
    let len = rng.below(6);
    let bytes = (0..len).map(|_| rng.pick(&[4, 4, 4, 0, 1, 2, 7, 255]));
    Wire::Binary(bytes.collect())
}

/// Returns a frame, one in three with a part cut, doubled, replaced or inserted.
fn text(rng: &mut Rng) -> Wire {
    let mut chars: Vec<char> = rng.pick(&TEXTS).chars().collect();
    for _ in 0..rng.below(9).saturating_sub(6) {
        let at = rng.below(chars.len() + 1);
        let insertion = rng.pick(&INSERTIONS).chars();
        match rng.below(6) {
            0 => chars.truncate(at),
            1 => drop(chars.splice(at..at, insertion)),
            2 => drop(chars.splice(at..(at + 1).min(chars.len()), insertion)),
            3 => drop(chars.splice(at..(at + 1).min(chars.len()), [])),
            4 => {
                let other: Vec<char> = rng.pick(&TEXTS).chars().collect();
                chars.splice(at.., other);
            }
            _ => {
                let many = rng.below(700);
                let letter = rng.pick(&['/', '1', ' ', '[', 'é', 'a', ',']);
                chars.splice(at..at, std::iter::repeat_n(letter, many));
            }
        }
    }
    Wire::Text(chars.into_iter().collect())
}

/// Performs a random call of the application.
fn application_step(
    pair: &mut Pair,
    rng: &mut Rng,
    namespaces: &[Nsp],
    acks: &mut Vec<(Nsp, AckId)>,
) {
    let nsp = rng.pick(namespaces);
    match rng.below(12) {
        0 => pair.connect(nsp),
        1 if rng.below(4) == 0 => pair.disconnect(nsp),
        2 if rng.below(20) == 0 => pair.close(),
        3 => pair.authorize(nsp, Some("{}")),
        4 => {
            if let Some((nsp, ack)) = acks.pop() {
                pair.cancel(nsp, ack);
            }
        }
        5 => {
            if let Some(reply) = pair.replies.pop() {
                let _ = pair.reply(reply, "[1]", &[&[1]]);
            }
        }
        6..=9 => {
            let ack = match rng.below(3) {
                0 => Ack::None,
                1 => Ack::Unlimited,
                _ => Ack::Within(Millis(rng.below(2_000) as u32)),
            };
            let mut emit = outgoing(format!("[{}]", rng.below(1_000_000))).ack(ack);
            for _ in 0..rng.below(8).saturating_sub(5) {
                emit = emit.with(&[7]);
            }
            if rng.below(5) == 0 {
                emit = emit.volatile();
            }
            if let Ok(Some(ack)) = pair.try_emit(nsp, emit) {
                acks.push((nsp, ack));
            }
        }
        _ => {}
    }
}

/// Changes the network or the server at random.
fn disturb_connection(pair: &mut Pair, rng: &mut Rng) {
    match rng.below(40) {
        0 => pair.auth = Auth::Later,
        1 => pair.auth = Auth::Give(Some("{}")),
        2 => pair.network.latency = 1 + rng.below(40) as u64,
        3 => pair.server.rules.up = rng.below(8) > 0,
        4 => pair.server.rules.sends_max_payload = rng.below(2) > 0,
        5 => pair.server.rules.heartbeat = rng.below(4) > 0,
        6 => pair.server.engine_version = rng.pick(&[EngineVersion::Eio3, EngineVersion::Eio4]),
        7 => pair.server.rules.silent = rng.below(8) == 0,
        8 => pair.sleep(rng.below(60_000) as u64),
        9 if pair.server.connections() > 0 => {
            let lost = rng.pick(&[Lost::Closed, Lost::Failed, Lost::Refused]);
            pair.end_connection(lost);
        }
        _ => {}
    }
}

/// Changes the treatment of requests and upgrades at random.
fn disturb_requests(pair: &mut Pair, rng: &mut Rng) {
    let rules = &mut pair.server.rules;
    match rng.below(30) {
        0 => rules.packets_per_body = rng.pick(&[1, 2, usize::MAX]),
        1 => rules.octets = rng.below(2) > 0,
        2 => rules.loses_posts = rng.below(10) == 0,
        3 => rules.post_time = rng.pick(&[0, 0, 5, 100, 2_000]),
        4 => rules.offers_upgrade = rng.below(3) > 0,
        5 | 6 => rules.upgrade_policy = upgrade_policy(rng),
        13 | 14 => rules.webtransport_policy = upgrade_policy(rng),
        15 => rules.offers_webtransport = rng.below(4) > 0,
        7 => rules.accepts_websockets = rng.below(4) > 0,
        8 => rules.accepts_requests = rng.below(8) > 0,
        9 => pair.octets = rng.below(2) > 0,
        10 if rng.below(4) == 0 => pair.server.forget_sessions(),
        11 if pair.server.connections() > 0 && pair.server.get_link().is_some() => pair.lose_get(),
        12 if pair.server.connections() > 0 && pair.server.probe_link().is_some() => {
            let lost = rng.pick(&[Lost::Closed, Lost::Failed, Lost::Refused]);
            pair.with_server(|server| server.end_probe(lost));
        }
        _ => {}
    }
}

fn upgrade_policy(rng: &mut Rng) -> UpgradePolicy {
    match rng.below(8) {
        0 => UpgradePolicy::Refuse,
        1 => UpgradePolicy::NeverOpen,
        2 => UpgradePolicy::IgnoreProbe,
        3 => UpgradePolicy::HoldGet,
        4 => UpgradePolicy::AnswerProbe(rng.pick(&TEXTS)),
        _ => UpgradePolicy::Accept,
    }
}

/// Answers the waiting GET with a body of mutated packets, itself mutated. Returns the number of packets.
fn answer_get(pair: &mut Pair, rng: &mut Rng) -> usize {
    let texts: Vec<String> = (0..rng.below(5)).map(|_| text(rng).to_string()).collect();
    let mut body = String::new();
    for text in &texts {
        match pair.server.engine_version {
            EngineVersion::Eio3 => {
                let slip = usize::from(rng.below(30) == 0);
                let units = text.encode_utf16().count() + slip;
                body += &format!("{units}:{text}");
            }
            EngineVersion::Eio4 if body.is_empty() => body += text,
            EngineVersion::Eio4 => body += &format!("\u{1e}{text}"),
        }
    }
    let body = match rng.below(20) {
        0 => Body::Octets(body.into_bytes()),
        1 => Body::text(body.chars().rev().collect::<String>()),
        _ => Body::text(body),
    };
    pair.with_server(|server| server.answer_raw(body));
    texts.len() + 1
}

fn run_random(seed: u64, engine_version: EngineVersion, transports: &[Transport], frames: usize) {
    let settings = Config {
        seed,
        transports: transports.into(),
        remember_upgrade: seed.is_multiple_of(2),
        try_all_transports: seed.is_multiple_of(3),
        offline_packets: 50,
        early_events: 5,
        max_acks: 40,
        connect_timeout: Some(Millis(3_000)),
        open_timeout: Some(Millis(3_000)),
        max_packet_bytes: 1_000,
        ..config()
    };
    on(engine_version, settings, |pair| {
        let mut rng = Rng(seed * 0x9e37_79b9 + 1);
        let namespaces = ["/", "/chat", "/admin"].map(|name| pair.namespace(name));
        let mut acks = Vec::new();
        pair.server.rules.ack_policy = AckPolicy::Hold;
        // The server sends malformed packets here, so the packets of the client are not checked.
        pair.server.checks_rules = false;
        let mut sent = 0;
        while sent < frames {
            application_step(pair, &mut rng, &namespaces, &mut acks);
            disturb_connection(pair, &mut rng);
            if transports.contains(&Transport::Polling) {
                disturb_requests(pair, &mut rng);
            }
            if pair.server.connections() > 0 {
                let waits = pair.server.get_link().is_some();
                sent += match waits && rng.below(3) == 0 {
                    true => answer_get(pair, &mut rng),
                    false => server_step(pair, &mut rng),
                };
            } else {
                pair.connect(rng.pick(&namespaces));
            }
            let pause = rng.pick(&[0, 0, 1, 5, 20, 20, 300]);
            pair.run(pause);
        }
        end_faults(pair, engine_version, &namespaces);
    });
}

/// Sends a frame from the server, usually with its attachments. Returns the number of frames.
fn server_step(pair: &mut Pair, rng: &mut Rng) -> usize {
    if let Some(pending) = pair.server.pending_acks.pop() {
        pair.with_server(|server| server.acknowledge(&pending, "[\"answer_get\"]"));
        return 1;
    }
    let wire = if rng.below(40) == 0 {
        binary(rng)
    } else {
        text(rng)
    };
    let follow = match &wire {
        Wire::Text(text) if text.starts_with("45") || text.starts_with("46") => {
            usize::from(text.as_bytes().get(2).map_or(0, |n| n.wrapping_sub(b'0')) % 4)
        }
        _ => 0,
    };
    pair.with_server(|server| server.send(wire));
    for _ in 0..follow {
        let wire = if rng.below(12) == 0 {
            text(rng)
        } else {
            binary(rng)
        };
        pair.with_server(|server| server.send(wire));
    }
    1 + follow
}

/// Ends all faults and checks that everything works: namespaces connect, and every ack arrives.
fn end_faults(pair: &mut Pair, engine_version: EngineVersion, namespaces: &[Nsp]) {
    pair.close();
    pair.run(10_000);
    // The server still has sessions whose GET was lost or whose heartbeat was off.
    pair.server.forget_polling_sessions();
    pair.server.rules = Default::default();
    pair.server.engine_version = engine_version;
    pair.server.rules.allows_repeated_connect = true;
    pair.network.latency = 10;
    pair.auth = Auth::Give(None);
    for nsp in namespaces {
        pair.connect(*nsp);
    }
    pair.run(10_000);
    pair.client_events();
    for nsp in namespaces {
        assert!(pair.client.is_connected(*nsp));
        let ack = pair.emit_with_ack(*nsp, "[42]", Ack::Unlimited);
        pair.run(500);
        let events = pair.client_events();
        let acked = events
            .iter()
            .any(|line| line.ends_with(&format!("ack {} [42]", ack.get())));
        assert!(acked, "{events:?}");
    }
}

#[test]
fn mutated_frames_break_no_law() {
    for seed in 1..=25 {
        run_random(seed, EngineVersion::Eio3, &[Transport::WebSocket], 400);
        run_random(
            seed + 1_000,
            EngineVersion::Eio4,
            &[Transport::WebSocket],
            400,
        );
    }
}

#[test]
fn mutated_bodies_and_lost_requests_break_no_law() {
    let both = [Transport::Polling, Transport::WebSocket];
    let all = upgrading_to_all().transports;
    for seed in 1..=25 {
        for (at, transports) in [&both[..1], &both[..], &all[..]].into_iter().enumerate() {
            run_random(
                seed + 2_000 * at as u64,
                EngineVersion::Eio3,
                transports,
                400,
            );
            run_random(
                seed + 2_000 * at as u64 + 1_000,
                EngineVersion::Eio4,
                transports,
                400,
            );
        }
    }
}
