//! One machine: its operations, of numbers and what lies on the desk.

use alloc::vec::Vec;

use tidewire_core::wire::packet::BadPacket;
use tidewire_core::{
    Ack, AckId, Client, Delivery, Emit, Frame, Link, Lost, Misuse, Nsp, Payload as _, Reply,
    TAIL_LIMIT, Time,
};

use crate::abi::Call;
use crate::desk::{Desk, Reader};
use crate::layout::{Op, Word};
use crate::settings::span;
use crate::slot::Slot;
use crate::words;

/// A machine, and the names of its namespaces.
#[derive(Debug)]
pub(crate) struct Machine {
    pub(crate) client: Client<Slot>,
    nsps: Vec<Nsp>,
}

impl Machine {
    pub(crate) fn new(client: Client<Slot>) -> Machine {
        Machine {
            client,
            nsps: Vec::new(),
        }
    }

    /// Does an operation; see [`abi::call`](crate::abi::call()).
    pub(crate) fn call(&mut self, call: Call, desk: &mut Desk) -> f64 {
        let client = &mut self.client;
        let now = Time::from_millis(call.now as u64);
        let link = Link::from_id(call.place);
        match call.op {
            Op::Namespace => return self.namespace(call.flag != 0, desk.read()),
            Op::Open => client.open(now),
            Op::Close => client.close(now),
            Op::Reject => client.report_bad_payload(now),
            Op::Opened => client.handle_opened(now, link),
            Op::Packet => {
                if let Some(frame) = desk.read().frame() {
                    client.handle_packet(now, link, frame);
                }
            }
            Op::Answer => {
                let mut desk = desk.read();
                let mut frames = (0..call.count).map(|_| desk.frame().ok_or(BadPacket));
                client.handle_response(now, link, words::engine_version(call.flag), &mut frames);
                // Those that nobody wanted have slots, too.
                frames.for_each(drop);
            }
            Op::Lost => client.handle_lost(now, link, lost(call.flag)),
            Op::Hint => {
                if let Some(hint) = Word::at(call.place).and_then(words::hint) {
                    client.handle_hint(now, hint);
                }
            }
            Op::Timeout => client.handle_timeout(now),
            Op::Generation => return words::generation(client.engine_version()),
            Op::Transport => return transport(client),
            Op::Backlog => return client.backlog() as f64,
            Op::Recovers => return f64::from(u8::from(client.recovers())),
            _ => {
                if let Some(nsp) = self.nsps.get(call.place as usize) {
                    return call_namespace(client, call, now, *nsp, desk);
                }
            }
        }
        0.0
    }

    /// When it is to be called at the latest.
    pub(crate) fn next(&self) -> f64 {
        let next = self.client.next_timeout();
        next.map_or(f64::INFINITY, |at| at.as_millis() as f64)
    }

    /// The namespace whose name lies on the desk, and perhaps its query.
    fn namespace(&mut self, has_query: bool, mut desk: Reader<'_>) -> f64 {
        let name = desk.string();
        let query = has_query.then(|| desk.string());
        let nsp = self.client.namespace(name, query);
        if nsp.index() == self.nsps.len() {
            self.nsps.push(nsp);
        }
        nsp.index() as f64
    }
}

fn call_namespace(
    client: &mut Client<Slot>,
    call: Call,
    now: Time,
    nsp: Nsp,
    desk: &mut Desk,
) -> f64 {
    match call.op {
        Op::Connect => client.connect(now, nsp),
        Op::Authorize => {
            let auth = (call.flag != 0).then(|| desk.read().payload());
            client.authorize(now, nsp, auth);
        }
        Op::Emit => {
            let mut desk = desk.read();
            let emit = Emit {
                payload: desk.payload(),
                attachments: desk.payloads(call.count),
                ack: awaited(call.value),
                delivery: delivered(call.flag),
            };
            let sent = client.emit(now, nsp, emit);
            return sent.map_or_else(code, |ack| ack.map_or(-1.0, |ack| ack.get() as f64));
        }
        Op::Reply => {
            let mut desk = desk.read();
            let reply = Reply::from_parts(call.flag as u32, call.value as u64);
            let payload = desk.payload();
            let attachments = desk.payloads(call.count);
            let sent = client.reply(now, nsp, reply, payload, attachments);
            return sent.map_or_else(code, |()| -1.0);
        }
        Op::Cancel => client.cancel(now, nsp, AckId::from_number(call.value as u64)),
        Op::Clear => client.clear_offline(nsp),
        Op::Disconnect => client.disconnect(now, nsp),
        Op::Connected => return f64::from(u8::from(client.is_connected(nsp))),
        Op::Offline => return lay_offline(client, nsp, desk),
        _ => {}
    }
    0.0
}

/// Lays down what waits. Gives how much that is.
fn lay_offline(client: &Client<Slot>, nsp: Nsp, desk: &mut Desk) -> f64 {
    desk.clear();
    let mut count = 0.0;
    for slot in client.offline(nsp) {
        desk.payload(Some(slot));
        count += 1.0;
    }
    count
}

fn transport(client: &Client<Slot>) -> f64 {
    let word = |transport| f64::from(words::transport(transport) as u8);
    client.transport().map_or(-1.0, word)
}

fn code(misuse: Misuse) -> f64 {
    -2.0 - f64::from(words::misuse(misuse) as u8)
}

fn awaited(limit: f64) -> Ack {
    if limit.is_nan() {
        return Ack::None;
    }
    span(limit).map_or(Ack::Unlimited, Ack::Within)
}

fn delivered(delivery: i32) -> Delivery {
    match delivery {
        0 => Delivery::Once,
        -1 => Delivery::Volatile,
        tries => Delivery::AtLeastOnce {
            retries: (tries - 1) as u32,
        },
    }
}

fn lost(closed: i32) -> Lost {
    match closed {
        0 => Lost::Failed,
        _ => Lost::Closed,
    }
}

impl<'a> Reader<'a> {
    /// A frame, if it can be read. The tail of a packet that the head shows whole is found there.
    pub(crate) fn frame(&mut self) -> Option<Frame<'a, Slot>> {
        let kind = self.count();
        if kind > 1 {
            return None;
        }
        let (head, mut tail) = (self.bytes(), self.bytes());
        let payload = self.payload();
        if kind == 1 {
            return Some(Frame::binary(head, payload));
        }
        if head.len() == payload.size() {
            tail = &head[head.len().saturating_sub(TAIL_LIMIT)..];
        }
        Some(Frame::text(head, payload).with_tail(tail))
    }
}
