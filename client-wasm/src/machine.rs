//! One machine: its operations, from the arguments and the call buffer.

use alloc::vec::Vec;

use tidewire_core::{Ack, AckId, Client, Delivery, Emit, Link, Lost, Misuse, Nsp, Reply, Time};

use crate::buffer::{CallBuffer, Reader};
use crate::codes;
use crate::invocation::Invocation;
use crate::layout::{Code, Op};
use crate::received;
use crate::settings::{saturated_u32, saturated_u64, span};
use crate::slot::Slot;

/// A machine, and its namespaces by number.
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

    /// Runs an operation; see [`abi::call`](crate::abi::call()).
    pub(crate) fn call(&mut self, call: Invocation, buffer: &mut CallBuffer) -> f64 {
        let client = &mut self.client;
        let now = Time::from_millis(call.now as u64);
        let link = Link::from_id(call.index);
        match call.op {
            Op::Namespace => return self.namespace(call.flag != 0, buffer.reader()),
            Op::Open => client.open(now),
            Op::Close => client.close(now),
            Op::Reopen => client.reopen(now),
            Op::ReportBadPayload => client.report_bad_payload(now),
            Op::Opened => client.handle_opened(now, link),
            Op::Packet => {
                if let Ok(packet) = received::read(&mut buffer.reader()) {
                    client.handle_packet(now, link, packet);
                }
            }
            Op::Response => {
                let mut reader = buffer.reader();
                let mut frames = (0..call.count).map(|_| received::read(&mut reader));
                client.handle_response(
                    now,
                    link,
                    codes::read_engine_version(call.flag as u32),
                    &mut frames,
                );
                // Read the frames that the machine has not taken: their payloads have slots, which the drop releases.
                frames.for_each(drop);
            }
            Op::Lost => client.handle_lost(now, link, lost(call.flag)),
            Op::Hint => {
                if let Some(hint) = Code::at(call.index).and_then(codes::hint) {
                    client.handle_hint(now, hint);
                }
            }
            Op::Timeout => client.handle_timeout(now),
            Op::EngineVersion => {
                return codes::position(client.engine_version().map(codes::engine_version));
            }
            Op::Backlog => return client.backlog() as f64,
            Op::Recovers => return f64::from(u8::from(client.recovers())),
            _ => {
                if let Some(nsp) = self.nsps.get(call.index as usize) {
                    return call_namespace(client, call, now, *nsp, buffer);
                }
            }
        }
        0.0
    }

    /// Returns when the machine wants `timeout`, in milliseconds; infinity for never.
    pub(crate) fn next_timeout(&self) -> f64 {
        let next = self.client.next_timeout();
        next.map_or(f64::INFINITY, |at| at.as_millis() as f64)
    }

    /// Returns the number of the namespace whose name, and perhaps query, is in the call buffer.
    fn namespace(&mut self, has_query: bool, mut reader: Reader<'_>) -> f64 {
        let name = reader.string();
        let query = has_query.then(|| reader.string());
        let nsp = self.client.namespace(&name, query.as_deref());
        if nsp.index() == self.nsps.len() {
            self.nsps.push(nsp);
        }
        nsp.index() as f64
    }
}

fn call_namespace(
    client: &mut Client<Slot>,
    call: Invocation,
    now: Time,
    nsp: Nsp,
    buffer: &mut CallBuffer,
) -> f64 {
    match call.op {
        Op::Connect => client.connect(now, nsp),
        Op::Authorize => {
            let auth = (call.flag != 0).then(|| buffer.reader().payload());
            client.authorize(now, nsp, auth);
        }
        Op::Emit => {
            let mut reader = buffer.reader();
            let emit = Emit {
                payload: reader.payload(),
                attachments: reader.payloads(call.count),
                ack: ack(call.value),
                delivery: delivery(call.flag),
                compress: true,
            };
            let sent = client.emit(now, nsp, emit);
            return sent.map_or_else(misuse, |ack| ack.map_or(-1.0, |ack| ack.get() as f64));
        }
        Op::Reply => {
            let mut reader = buffer.reader();
            let reply = Reply::from_parts(call.flag as u32, saturated_u64(call.value));
            let payload = reader.payload();
            let attachments = reader.payloads(call.count);
            let sent = client.reply(now, nsp, reply, payload, attachments);
            return sent.map_or_else(misuse, |()| -1.0);
        }
        Op::Cancel => client.cancel(now, nsp, AckId::from_number(saturated_u64(call.value))),
        Op::RemoveOffline => match saturated_u32(call.value) {
            u32::MAX => client.clear_offline(nsp),
            at => client.remove_offline(nsp, at as usize),
        },
        Op::Disconnect => client.disconnect(now, nsp),
        Op::Expect => {
            let ack = client.expect(now, nsp, span(call.value));
            return ack.map_or_else(misuse, |ack| ack.get() as f64);
        }
        Op::Answered => {
            let ack = AckId::from_number(saturated_u64(call.value));
            let answered = client.answered(nsp, ack)
                || (call.flag != 0 && client.answered_retried(now, nsp, ack));
            return f64::from(u8::from(answered));
        }
        Op::NoteEvent => client.note_event(now, nsp, received::id(&mut buffer.reader())),
        Op::Session => {
            let reply = client.reply_to(nsp, AckId::from_number(0));
            return reply.map_or(0.0, |reply| f64::from(reply.session()));
        }
        Op::Offline => return encode_offline(client, nsp, buffer),
        _ => {}
    }
    0.0
}

/// Encodes the events in the offline buffer. Returns their count.
fn encode_offline(client: &Client<Slot>, nsp: Nsp, buffer: &mut CallBuffer) -> f64 {
    buffer.clear();
    let mut count = 0.0;
    for slot in client.offline(nsp) {
        buffer.push_payload(Some(slot));
        count += 1.0;
    }
    count
}

fn misuse(misuse: Misuse) -> f64 {
    -2.0 - f64::from(codes::misuse(misuse) as u8)
}

fn ack(limit: f64) -> Ack {
    if limit.is_nan() {
        return Ack::None;
    }
    span(limit).map_or(Ack::Unlimited, Ack::Within)
}

fn delivery(delivery: i32) -> Delivery {
    match delivery {
        0 => Delivery::Once,
        -1 => Delivery::Volatile,
        tries => Delivery::AtLeastOnce {
            retries: (tries - 1) as u32,
        },
    }
}

fn lost(how: i32) -> Lost {
    match how {
        0 => Lost::Failed,
        1 => Lost::Closed,
        _ => Lost::Refused,
    }
}
