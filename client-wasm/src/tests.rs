//! The exported function, compiled natively and called as JavaScript calls it.

use std::vec::Vec;

use crate::abi::call;
use crate::instance::with_instance;
use crate::layout::{CODES, Code, HOST_CALLS, HostCall, OPS, Op, SETTINGS, Setting};
use crate::slot::take_released;

fn call_with(op: Op, machine: u32, index: u32, value: f64, flag: i32, count: u32) -> f64 {
    call(op as u32, machine, 0.0, index, value, flag, count)
}

fn call_op(op: Op, machine: u32, index: u32) -> f64 {
    call_with(op, machine, index, 0.0, 0, 0)
}

/// Writes numbers into the call buffer as JavaScript does.
fn write(numbers: &[f64]) {
    call_op(Op::Reserve, 0, numbers.len() as u32);
    with_instance(|instance| {
        instance.buffer.numbers[..numbers.len()].copy_from_slice(numbers);
    });
}

/// Returns the numbers of a text.
fn text(text: &str) -> Vec<f64> {
    let characters = text.chars().map(|c| f64::from(u32::from(c)));
    let count = text.chars().count() as f64;
    [count].into_iter().chain(characters).collect()
}

/// Receives a handshake.
fn receive_handshake(machine: u32) {
    let numbers = [0.0, 25_000.0, 20_000.0, 1_000_000.0, 0.0];
    write(&[&numbers[..], &text("e")].concat());
    call_op(Op::Packet, machine, 1);
}

/// Receives a packet of a type without attachments for `/`, with a payload of one byte in `slot`.
fn receive(machine: u32, kind: u8, ack: f64, first: u8, sid: &str, slot: u32) {
    let header = [4.0, f64::from(kind), 0.0, ack, f64::from(first), 0.0];
    let texts = ["/", sid, "", ""].map(text).concat();
    let payload = [f64::from(slot), 1.0];
    write(&[&header[..], &texts, &payload].concat());
    call_op(Op::Packet, machine, 1);
}

fn machine() -> u32 {
    machine_with(&[])
}

/// Creates a machine for WebSockets alone, with more options.
fn machine_with(options: &[(Setting, f64)]) -> u32 {
    let mut numbers = [f64::NEG_INFINITY; SETTINGS.len()];
    for &(setting, value) in [(Setting::Transports, 2.0)].iter().chain(options) {
        numbers[setting as usize] = value;
    }
    write(&numbers);
    call_op(Op::Create, 0, 0) as u32
}

/// Polls until there is no output: the calls on the host, each with its numbers.
fn poll_all(machine: u32) -> Vec<(HostCall, Vec<f64>)> {
    let mut calls = Vec::new();
    loop {
        let index = call_op(Op::Poll, machine, 0) as u32 % 64;
        let Some(call) = index.checked_sub(1).and_then(HostCall::at) else {
            return calls;
        };
        with_instance(|instance| {
            let numbers = instance.buffer.output().to_vec();
            calls.push((call, numbers));
        });
    }
}

/// The next timeout of the machine that `poll_all` has polled.
fn next_timeout() -> f64 {
    with_instance(|instance| instance.buffer.output()[0])
}

/// A machine with `/` connected, as its namespace 0.
fn connected() -> u32 {
    let machine = machine();
    write(&[0.0]);
    assert_eq!(call_with(Op::Namespace, machine, 0, 0.0, 0, 0), 0.0);
    call_op(Op::Connect, machine, 0);
    call_op(Op::Opened, machine, 1);
    receive_handshake(machine);
    call_op(Op::Authorize, machine, 0);
    receive(machine, 0, f64::NAN, b'{', "é", 1);
    machine
}

#[test]
fn a_connection_is_encoded_call_by_call() {
    let machine = connected();
    let calls = poll_all(machine);
    let names: Vec<HostCall> = calls.iter().map(|(call, _)| *call).collect();
    assert_eq!(
        names,
        [
            HostCall::Open,
            HostCall::Opened,
            HostCall::AuthRequired,
            HostCall::Send,
            HostCall::Connected
        ]
    );
    let (_, open) = &calls[0];
    // The link, the transport, the version to ask for, no body version, no session.
    let eio4 = f64::from(Code::Eio4 as u8);
    assert_eq!(open[..], [1.0, 1.0, eio4, -1.0, 0.0]);
    let (_, send) = &calls[3];
    // The link, a CONNECT, no attachments, no ack; the namespace, no query, no session to restore, no payload.
    let connect = [
        &[1.0, 10.0, 0.0, -1.0][..],
        &text("/"),
        &[0.0, 0.0, 0.0, -1.0],
    ];
    assert_eq!(send[..], connect.concat());
    let (_, connected) = &calls[4];
    assert_eq!(connected[..], [&[0.0][..], &text("é"), &[0.0]].concat());
    assert_eq!(next_timeout(), 45_000.0);
    assert_eq!(
        call_op(Op::EngineVersion, machine, 0),
        f64::from(Code::Eio4 as u8)
    );
    assert_eq!(call_op(Op::Session, machine, 0), 1.0);
}

#[test]
fn an_emit_is_encoded_with_its_slots_which_are_released() {
    let machine = connected();
    poll_all(machine);
    take_released();
    // The payload in slot 5, one attachment in slot 6; an ack without a time limit.
    write(&[5.0, 10.0, 6.0, 3.0]);
    assert_eq!(call_with(Op::Emit, machine, 0, f64::INFINITY, 0, 1), 0.0);
    let calls = poll_all(machine);
    // An EVENT with one attachment and ack 0, and the attachment without a byte in front of it.
    let event = [
        &[1.0, 12.0, 1.0, 0.0][..],
        &text("/"),
        &[0.0, 0.0, 0.0, 5.0, 0.0],
    ];
    assert_eq!(calls[0].1[..], event.concat());
    assert_eq!(calls[1].1[..], [1.0, -1.0, 6.0, 0.0]);
    with_instance(|instance| {
        assert_eq!(
            instance.buffer.output()[1..],
            [1.0, 2.0, 5.0, 6.0],
            "the direct link, and the released slots"
        );
    });
    receive(machine, 3, 0.0, b'[', "", 7);
    // The namespace, the ack, slot 7, no attachment.
    assert_eq!(
        poll_all(machine),
        [(HostCall::Acked, Vec::from([0.0, 0.0, 7.0, 0.0, 0.0]))]
    );
}

#[test]
fn misuse_is_a_code_and_keeps_no_slot() {
    let machine = machine();
    let strict = machine_with(&[(Setting::OfflinePackets, 0.0)]);
    assert_ne!(machine, strict);
    write(&text("/"));
    call_op(Op::Namespace, strict, 0);
    write(&[3.0, 9.0]);
    let full = call_with(Op::Emit, strict, 0, f64::NAN, 0, 0);
    assert_eq!(full, -2.0 - f64::from(Code::BufferFull as u8));
    assert_eq!(take_released(), [3]);
    write(&[3.0, 9.0]);
    let stale = call_with(Op::Reply, strict, 0, 1.0, 1, 0);
    assert_eq!(stale, -2.0 - f64::from(Code::StaleReply as u8));
}

#[test]
fn a_freed_machine_releases_its_slots_and_its_handle() {
    let machine = machine();
    write(&text("/"));
    call_op(Op::Namespace, machine, 0);
    write(&[8.0, 9.0]);
    assert_eq!(call_with(Op::Emit, machine, 0, f64::NAN, 0, 0), -1.0);
    assert_eq!(take_released(), [0_u32; 0]);
    call_op(Op::Free, machine, 0);
    assert_eq!(take_released(), [8]);
    assert_eq!(call_op(Op::Create, 0, 0), f64::from(machine));
}

#[test]
fn reconnection_delays_are_those_of_socket_io_client() {
    let machine = machine();
    write(&text("/"));
    call_op(Op::Namespace, machine, 0);
    call_op(Op::Connect, machine, 0);
    let delays: Vec<f64> = (1..=12)
        .map(|link| {
            call_op(Op::Lost, machine, link);
            let calls = poll_all(machine);
            let (_, numbers) = calls.last().expect("an attempt is announced");
            call(Op::Timeout as u32, machine, next_timeout(), 0, 0.0, 0, 0);
            numbers[1]
        })
        .collect();
    assert!((500.0..=1500.0).contains(&delays[0]), "{delays:?}");
    assert_eq!(delays[6..], [5000.0; 6], "{delays:?}");
}

#[test]
fn senseless_arguments_do_nothing() {
    let machine = connected();
    poll_all(machine);
    // `Room` allocates as many bytes as it is given.
    let harmless = |op: &&Op| !matches!(op, Op::Create | Op::Free | Op::Reserve);
    for op in Op::ALL.iter().filter(harmless) {
        for handle in [machine, 99] {
            write(&[f64::NAN, -1.0, 7.0, 2.5, 5.0]);
            call_with(*op, handle, 77, f64::NAN, -3, 3);
        }
    }
    assert_eq!(call(OPS.len() as u32, machine, f64::NAN, 0, 0.0, 0, 0), 0.0);
    assert_eq!(call_op(Op::Session, 99, 0), 0.0);
}

#[test]
fn names_are_at_the_positions_of_their_variants() {
    assert_eq!(OPS[Op::Recovers as usize], "Recovers");
    assert_eq!(HOST_CALLS[HostCall::AckLost as usize].0, "ackLost");
    assert_eq!(SETTINGS[Setting::Seed as usize], "seed");
    assert_eq!(CODES.len(), Code::ALL.len());
}
