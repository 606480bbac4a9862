//! The exported function as JavaScript calls it, compiled natively: the same desk, the same numbers.

use std::string::{String, ToString as _};
use std::vec::Vec;

use tidewire_core::wire::head::Malformed;
use tidewire_core::{Hint, OfflinePolicy, Reason, Transport};

use crate::abi::call;
use crate::ground::{with_hall, with_slots};
use crate::layout::{CALLS, Call, OPS, Op, SETTINGS, Setting, WORDS, Word};
use crate::slot::Slots;
use crate::words;

const HANDSHAKE: &str =
    r#"0{"sid":"e","upgrades":[],"pingInterval":25000,"pingTimeout":20000,"maxPayload":1000000}"#;

fn ask(op: Op, machine: u32, place: u32, value: f64, flag: i32, count: u32) -> f64 {
    call(op as u32, machine, 0.0, place, value, flag, count)
}

fn tell(op: Op, machine: u32, place: u32) -> f64 {
    ask(op, machine, place, 0.0, 0, 0)
}

/// Lays numbers and texts down as JavaScript does.
fn lay(numbers: &[f64], texts: &[&str]) {
    let bytes = texts.concat();
    ask(
        Op::Room,
        0,
        numbers.len() as u32,
        0.0,
        bytes.len() as i32,
        0,
    );
    with_hall(|hall| {
        hall.desk.numbers[..numbers.len()].copy_from_slice(numbers);
        hall.desk.bytes[..bytes.len()].copy_from_slice(bytes.as_bytes());
    });
}

/// A text packet, whose payload is in `slot`.
fn hear(machine: u32, link: u32, text: &str, slot: u32) {
    let length = text.len() as f64;
    lay(&[0.0, length, 0.0, f64::from(slot), length], &[text]);
    tell(Op::Packet, machine, link);
}

fn machine() -> u32 {
    ask(Op::Set, 0, Setting::Transports as u32, 2.0, 0, 0);
    tell(Op::Create, 0, 0) as u32
}

/// All that is told until there is nothing more: the calls, with as many numbers as were laid down for each, and its text.
fn told(machine: u32) -> Vec<(Call, Vec<f64>, String)> {
    let mut calls = Vec::new();
    loop {
        let place = tell(Op::Poll, machine, 0) as u32 % 64;
        let Some(call) = place.checked_sub(1).and_then(Call::at) else {
            return calls;
        };
        with_hall(|hall| {
            let numbers = hall.desk.laid().to_vec();
            let text = String::from_utf8(hall.desk.text.clone()).unwrap();
            calls.push((call, numbers, text));
        });
    }
}

/// When the machine wants to be called that has just told all.
fn next() -> f64 {
    with_hall(|hall| hall.desk.laid()[0])
}

/// A machine with `/` connected, and its namespace.
fn connected() -> u32 {
    let machine = machine();
    lay(&[0.0], &[]);
    assert_eq!(ask(Op::Namespace, machine, 0, 0.0, 0, 0), 0.0);
    tell(Op::Connect, machine, 0);
    tell(Op::Opened, machine, 1);
    hear(machine, 1, HANDSHAKE, 0);
    tell(Op::Authorize, machine, 0);
    hear(machine, 1, r#"40{"sid":"é"}"#, 1);
    machine
}

#[test]
fn a_connection_is_told_call_by_call() {
    let machine = connected();
    let calls = told(machine);
    let names: Vec<Call> = calls.iter().map(|(call, ..)| *call).collect();
    assert_eq!(
        names,
        [
            Call::Open,
            Call::Opened,
            Call::AuthWanted,
            Call::Send,
            Call::Connected
        ]
    );
    let (_, open, text) = &calls[0];
    // The link, the transport, the query's length, no form, no session.
    assert_eq!(open[..], [1.0, 1.0, 25.0, 0.0, 0.0]);
    assert_eq!(text, "EIO=4&transport=websocket");
    let (_, send, text) = &calls[3];
    // The link, text, the head's length, no payload.
    assert_eq!((&send[..], &text[..]), (&[1.0, 0.0, 2.0, -1.0][..], "40"));
    let (_, id, text) = &calls[4];
    assert_eq!((&id[..], &text[..]), (&[0.0, 2.0, 0.0][..], "é"));
    assert_eq!(next(), 45_000.0);
    assert_eq!(tell(Op::Generation, machine, 0), 4.0);
    assert_eq!(
        tell(Op::Transport, machine, 0),
        f64::from(Word::WebSocket as u8)
    );
    assert_eq!(tell(Op::Connected, machine, 0), 1.0);
}

#[test]
fn an_emit_is_told_with_its_slots_which_come_back() {
    let machine = connected();
    told(machine);
    with_slots(Slots::take_released);
    // The payload in slot 5, one attachment in slot 6; an answer is awaited without limit.
    lay(&[5.0, 10.0, 6.0, 3.0], &[]);
    assert_eq!(ask(Op::Emit, machine, 0, f64::INFINITY, 0, 1), 0.0);
    let calls = told(machine);
    assert_eq!(calls[0].1[..], [1.0, 0.0, 5.0, 5.0, 0.0]);
    assert_eq!(calls[0].2, "451-0");
    assert_eq!(calls[1].1[..], [1.0, 1.0, 0.0, 6.0, 0.0]);
    with_hall(|hall| assert_eq!(hall.desk.laid()[1..], [2.0, 5.0, 6.0], "the released slots"));
    hear(machine, 1, r#"430["ok"]"#, 7);
    // The namespace, the ack, slot 7 without its header of three, no attachment.
    assert_eq!(
        told(machine),
        [(
            Call::Acked,
            Vec::from([0.0, 0.0, 7.0, 3.0, 0.0]),
            String::new()
        )]
    );
}

#[test]
fn misuse_is_a_word_and_leaves_no_slot() {
    let machine = machine();
    ask(Op::Set, 0, Setting::OfflinePackets as u32, 0.0, 0, 0);
    let strict = tell(Op::Create, 0, 0) as u32;
    assert_ne!(machine, strict);
    lay(&[1.0], &["/"]);
    tell(Op::Namespace, strict, 0);
    lay(&[3.0, 9.0], &[]);
    let full = ask(Op::Emit, strict, 0, f64::NAN, 0, 0);
    assert_eq!(full, -2.0 - f64::from(Word::BufferFull as u8));
    assert_eq!(with_slots(Slots::take_released), [3]);
    lay(&[3.0, 9.0], &[]);
    let stale = ask(Op::Reply, strict, 0, 1.0, 1, 0);
    assert_eq!(stale, -2.0 - f64::from(Word::StaleReply as u8));
}

#[test]
fn a_machine_given_up_releases_its_slots_and_its_handle() {
    let machine = machine();
    lay(&[1.0], &["/"]);
    tell(Op::Namespace, machine, 0);
    lay(&[8.0, 9.0], &[]);
    assert_eq!(ask(Op::Emit, machine, 0, f64::NAN, 0, 0), -1.0);
    assert_eq!(with_slots(Slots::take_released), [0_u32; 0]);
    tell(Op::Free, machine, 0);
    assert_eq!(with_slots(Slots::take_released), [8]);
    assert_eq!(tell(Op::Create, 0, 0), f64::from(machine));
}

#[test]
fn the_delays_are_those_of_socket_io_client() {
    let machine = machine();
    lay(&[1.0], &["/"]);
    tell(Op::Namespace, machine, 0);
    tell(Op::Connect, machine, 0);
    let delays: Vec<f64> = (1..=12)
        .map(|link| {
            tell(Op::Lost, machine, link);
            let calls = told(machine);
            let (_, numbers, _) = calls.last().expect("an attempt is announced");
            call(Op::Timeout as u32, machine, next(), 0, 0.0, 0, 0);
            numbers[1]
        })
        .collect();
    assert!((500.0..=1500.0).contains(&delays[0]), "{delays:?}");
    assert_eq!(delays[6..], [5000.0; 6], "{delays:?}");
}

#[test]
fn what_makes_no_sense_does_nothing() {
    let machine = connected();
    told(machine);
    // JavaScript asks for room that it needs.
    let harmless = |op: &&Op| !matches!(op, Op::Create | Op::Free | Op::Room);
    for op in Op::ALL.iter().filter(harmless) {
        for handle in [machine, 99] {
            lay(&[f64::NAN, -1.0, 7.0, 2.5, 5.0], &["\u{7f}"]);
            ask(*op, handle, 77, f64::NAN, -3, 3);
        }
    }
    assert_eq!(call(OPS.len() as u32, machine, f64::NAN, 0, 0.0, 0, 0), 0.0);
    assert_eq!(tell(Op::Connected, 99, 0), 0.0);
}

#[test]
fn names_stand_where_their_numbers_say() {
    assert_eq!(OPS[Op::Recovers as usize], "Recovers");
    assert_eq!(CALLS[Call::AckLost as usize].0, "ackLost");
    assert_eq!(SETTINGS[Setting::Seed as usize], "seed");
    assert_eq!(WORDS.len(), Word::ALL.len());
}

#[test]
fn the_words_are_the_core_s_own() {
    for reason in [
        Reason::ServerDisconnect,
        Reason::ClientDisconnect,
        Reason::PingTimeout,
        Reason::TransportClose,
        Reason::TransportError,
        Reason::ParseError,
        Reason::ForcedClose,
    ] {
        assert_eq!(WORDS[words::reason(reason) as usize], reason.as_str());
    }
    for malformed in [
        Malformed::UnknownType,
        Malformed::BadAttachmentCount,
        Malformed::TooManyAttachments,
        Malformed::BadPayload,
        Malformed::HeaderTooLong,
        Malformed::TextForBinary,
        Malformed::UnexpectedBinary,
        Malformed::PacketTooLarge,
        Malformed::TooManyEarlyEvents,
    ] {
        assert_eq!(
            WORDS[words::malformed(malformed) as usize],
            malformed.to_string()
        );
    }
    for transport in [Transport::Polling, Transport::WebSocket] {
        assert_eq!(
            WORDS[words::transport(transport) as usize],
            transport.name()
        );
    }
}

/// The matches have no wildcard: a new hint or policy of the core does not compile here until it has a word.
#[test]
fn every_hint_and_policy_has_a_word() {
    let of_hint = |hint| match hint {
        Hint::Online => Word::Online,
        Hint::Offline => Word::Offline,
        Hint::Foreground => Word::Foreground,
        Hint::Background => Word::Background,
        Hint::Writable => Word::Writable,
        Hint::Congested => Word::Congested,
    };
    let of_policy = |policy| match policy {
        OfflinePolicy::Refuse => Word::Refuse,
        OfflinePolicy::DropOldest => Word::DropOldest,
        OfflinePolicy::DropNewest => Word::DropNewest,
    };
    let mut hints = 0;
    for word in Word::ALL {
        if let Some(hint) = words::hint(*word) {
            assert_eq!(of_hint(hint), *word);
            hints += 1;
        }
    }
    assert_eq!(hints, 6);
    for word in [Word::Refuse, Word::DropOldest, Word::DropNewest] {
        assert_eq!(of_policy(words::offline_policy(Some(word))), word);
    }
}
