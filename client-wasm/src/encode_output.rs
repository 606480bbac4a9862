//! Encodes the outputs of a machine into the call buffer, as [`HOST_CALLS`](crate::layout::HOST_CALLS) lists them.

use tidewire_core::{
    Action, Event, Incoming, Link, Message, Output, Packet, Refusal, Reply, Target,
};

use crate::buffer::CallBuffer;
use crate::codes;
use crate::layout::{Code, HostCall};
use crate::slot::{self, Slot};

/// The number of a packet that probes a link, after those of Engine.IO's own types.
const PROBE: u8 = 7;

/// The number of a Socket.IO packet of type 0; the others follow.
const MESSAGE: u8 = 10;

/// Encodes `output`. Returns the call on the host that it is.
pub(crate) fn encode(output: &Output<Slot>, buffer: &mut CallBuffer) -> HostCall {
    buffer.clear();
    match output {
        Output::Action(action) => encode_action(action, buffer),
        Output::Event(event) => encode_event(event, buffer),
    }
}

/// Encodes the idle state: the time of the next timeout, the direct link, and the slots that have no share left.
pub(crate) fn encode_idle(next_timeout: f64, direct: Option<Link>, buffer: &mut CallBuffer) {
    let released = slot::take_released();
    buffer.clear();
    buffer.push_number(next_timeout);
    buffer.push_number(direct.map_or(0.0, |link| f64::from(link.id())));
    buffer.push_number(released.len() as f64);
    for slot in released {
        buffer.push_number(f64::from(slot));
    }
}

fn encode_action(action: &Action<Slot>, buffer: &mut CallBuffer) -> HostCall {
    match action {
        Action::Open { link, target } => {
            buffer.push_number(f64::from(link.id()));
            push_target(target, buffer);
            HostCall::Open
        }
        Action::Get { link, target } => {
            buffer.push_number(f64::from(link.id()));
            push_target(target, buffer);
            HostCall::Get
        }
        Action::Send { link, packet } => {
            buffer.push_number(f64::from(link.id()));
            push_packet(packet, buffer);
            HostCall::Send
        }
        Action::Post {
            link,
            target,
            packets,
        } => {
            buffer.push_number(f64::from(link.id()));
            push_target(target, buffer);
            buffer.push_number(packets.len() as f64);
            for packet in packets {
                push_packet(packet, buffer);
            }
            HostCall::Post
        }
        Action::Drop { link } => {
            buffer.push_number(f64::from(link.id()));
            HostCall::Drop
        }
    }
}

fn encode_event(event: &Event<Slot>, buffer: &mut CallBuffer) -> HostCall {
    match event {
        Event::Opened => HostCall::Opened,
        Event::Upgraded => HostCall::Upgraded,
        Event::UpgradeFailed { link } => {
            buffer.push_number(f64::from(link.id()));
            HostCall::UpgradeFailed
        }
        Event::OpenFailed(error) => {
            push_code(codes::open_error(*error), buffer);
            HostCall::OpenFailed
        }
        Event::Closed(reason) => {
            push_code(codes::reason(*reason), buffer);
            HostCall::Closed
        }
        Event::Malformed(malformed) => {
            push_code(codes::malformed(*malformed), buffer);
            HostCall::Malformed
        }
        Event::Reconnecting { attempt, delay } => {
            buffer.push_number(f64::from(*attempt));
            buffer.push_number(f64::from(delay.0));
            HostCall::Reconnecting
        }
        Event::AuthRequired(nsp) => {
            buffer.push_number(nsp.index() as f64);
            HostCall::AuthRequired
        }
        Event::Connected { nsp, id, recovered } => {
            buffer.push_number(nsp.index() as f64);
            buffer.push_string(id);
            buffer.push_number(f64::from(u8::from(*recovered)));
            HostCall::Connected
        }
        Event::ConnectError { nsp, refusal } => {
            buffer.push_number(nsp.index() as f64);
            push_refusal(refusal, buffer);
            HostCall::ConnectError
        }
        Event::Disconnected { nsp, reason, .. } => {
            buffer.push_number(nsp.index() as f64);
            push_code(codes::reason(*reason), buffer);
            HostCall::Disconnected
        }
        Event::ServerError { nsp, payload } => {
            buffer.push_number(nsp.index() as f64);
            buffer.push_payload(payload.as_ref());
            HostCall::ServerError
        }
        Event::Message(incoming) => {
            push_incoming(incoming, buffer);
            HostCall::Message
        }
        Event::EmitDropped { nsp, payload } => {
            buffer.push_number(nsp.index() as f64);
            buffer.push_payload(Some(payload));
            HostCall::EmitDropped
        }
        Event::Acked {
            nsp,
            ack,
            payload,
            attachments,
        } => {
            buffer.push_number(nsp.index() as f64);
            buffer.push_number(ack.get() as f64);
            buffer.push_payload(payload.as_ref());
            buffer.push_payloads(attachments);
            HostCall::Acked
        }
        Event::AckLost { nsp, ack, why } => {
            buffer.push_number(nsp.index() as f64);
            buffer.push_number(ack.get() as f64);
            push_code(codes::ack_error(*why), buffer);
            HostCall::AckLost
        }
        Event::ReconnectFailed => HostCall::ReconnectFailed,
    }
}

fn push_code(code: Code, buffer: &mut CallBuffer) {
    buffer.push_number(f64::from(code as u8));
}

fn push_target(target: &Target, buffer: &mut CallBuffer) {
    push_code(codes::transport(target.transport), buffer);
    push_code(codes::engine_version(target.engine_version), buffer);
    buffer.push_number(codes::position(
        target.body_version.map(codes::engine_version),
    ));
    buffer.push_string(target.sid.as_deref().unwrap_or_default());
}

fn push_packet(packet: &Packet<Slot>, buffer: &mut CallBuffer) {
    match packet {
        Packet::Engine(kind) => buffer.push_number(f64::from(kind.byte())),
        Packet::Probe => buffer.push_number(f64::from(PROBE)),
        Packet::Attachment { payload, prefix } => {
            buffer.push_number(-1.0 - f64::from(prefix.unwrap_or_default()));
            buffer.push_payload(Some(payload));
        }
        Packet::Message(message) => push_message(message, buffer),
    }
}

fn push_message(message: &Message<Slot>, buffer: &mut CallBuffer) {
    buffer.push_number(f64::from(MESSAGE + message.kind as u8));
    buffer.push_number(f64::from(message.attachments));
    buffer.push_number(message.ack.map_or(-1.0, |ack| ack.get() as f64));
    buffer.push_string(&message.namespace);
    buffer.push_string(message.query.as_deref().unwrap_or_default());
    let recovery = message.recovery.as_ref();
    buffer.push_string(recovery.map_or("", |ids| &ids.pid));
    buffer.push_string(recovery.map_or("", |ids| &ids.offset));
    buffer.push_payload(message.payload.as_ref());
}

fn push_refusal(refusal: &Refusal<Slot>, buffer: &mut CallBuffer) {
    push_code(codes::refusal(refusal), buffer);
    buffer.push_payload(match refusal {
        Refusal::Server(payload) => payload.as_ref(),
        Refusal::Timeout | Refusal::WrongVersion => None,
    });
}

fn push_incoming(incoming: &Incoming<Slot>, buffer: &mut CallBuffer) {
    buffer.push_number(incoming.nsp.index() as f64);
    buffer.push_payload(incoming.payload.as_ref());
    buffer.push_payloads(&incoming.attachments);
    push_reply(incoming.reply, buffer);
}

fn push_reply(reply: Option<Reply>, buffer: &mut CallBuffer) {
    match reply {
        None => buffer.push_number(-1.0),
        Some(reply) => {
            buffer.push_number(f64::from(reply.session()));
            buffer.push_number(reply.id() as f64);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::vec::Vec;

    use tidewire_core::wire::engine::EngineType;
    use tidewire_core::wire::head::Malformed;
    use tidewire_core::{
        AckError, AckId, Client, Config, EngineVersion, Millis, OpenError, Reason, Transport,
    };

    use super::*;
    use crate::layout::HOST_CALLS;

    fn actions() -> Vec<(Action<Slot>, HostCall)> {
        let link = Link::from_id(1);
        let target = Target {
            transport: Transport::Polling,
            engine_version: EngineVersion::Eio4,
            body_version: None,
            sid: None,
        };
        let to = || target.clone();
        let packet = || Packet::Engine(EngineType::Ping);
        let packets = Vec::from([packet(), Packet::Probe]);
        Vec::from([
            (Action::Open { link, target: to() }, HostCall::Open),
            (
                Action::Send {
                    link,
                    packet: packet(),
                },
                HostCall::Send,
            ),
            (Action::Get { link, target: to() }, HostCall::Get),
            (
                Action::Post {
                    link,
                    target: to(),
                    packets,
                },
                HostCall::Post,
            ),
            (Action::Drop { link }, HostCall::Drop),
        ])
    }

    fn events() -> Vec<(Event<Slot>, HostCall)> {
        let nsp = Client::<Slot>::new(Config::default()).namespace("/", None);
        let ack = AckId::from_number(0);
        let payload = || Slot::new(0, 2);
        let reconnecting = Event::Reconnecting {
            attempt: 1,
            delay: Millis(1000),
        };
        let connected = Event::Connected {
            nsp,
            id: "id".into(),
            recovered: true,
        };
        let refused = Event::ConnectError {
            nsp,
            refusal: Refusal::Server(Some(payload())),
        };
        let disconnected = Event::Disconnected {
            nsp,
            reason: Reason::PingTimeout,
            reconnects: true,
        };
        let server_error = Event::ServerError { nsp, payload: None };
        let message = Event::Message(Incoming {
            nsp,
            payload: Some(payload()),
            attachments: Vec::from([payload()]),
            reply: Some(Reply::from_parts(1, 2)),
        });
        let dropped = Event::EmitDropped {
            nsp,
            payload: payload(),
        };
        let acked = Event::Acked {
            nsp,
            ack,
            payload: None,
            attachments: Vec::from([payload(), payload()]),
        };
        let upgrade_failed = Event::UpgradeFailed {
            link: Link::from_id(1),
        };
        let lost = Event::AckLost {
            nsp,
            ack,
            why: AckError::Timeout,
        };
        Vec::from([
            (Event::Opened, HostCall::Opened),
            (Event::Upgraded, HostCall::Upgraded),
            (upgrade_failed, HostCall::UpgradeFailed),
            (Event::OpenFailed(OpenError::Timeout), HostCall::OpenFailed),
            (Event::Closed(Reason::ParseError), HostCall::Closed),
            (
                Event::Malformed(Malformed::UnknownType),
                HostCall::Malformed,
            ),
            (reconnecting, HostCall::Reconnecting),
            (Event::ReconnectFailed, HostCall::ReconnectFailed),
            (Event::AuthRequired(nsp), HostCall::AuthRequired),
            (connected, HostCall::Connected),
            (refused, HostCall::ConnectError),
            (disconnected, HostCall::Disconnected),
            (server_error, HostCall::ServerError),
            (message, HostCall::Message),
            (dropped, HostCall::EmitDropped),
            (acked, HostCall::Acked),
            (lost, HostCall::AckLost),
        ])
    }

    /// Reads past the arguments of `letters`. Returns the rest of the numbers.
    fn skip<'n>(letters: &str, mut numbers: &'n [f64]) -> &'n [f64] {
        for letter in letters.chars() {
            numbers = match letter {
                'n' | 'b' | 'c' => &numbers[1..],
                's' => &numbers[1 + numbers[0] as usize..],
                'p' | 'r' if numbers[0] < 0.0 => &numbers[1..],
                'p' | 'r' => &numbers[2..],
                'l' => skip(&"p".repeat(numbers[0] as usize), &numbers[1..]),
                't' => skip("cccs", numbers),
                'f' if numbers[0] < 0.0 => skip("np", numbers),
                'f' if numbers[0] < f64::from(MESSAGE) => &numbers[1..],
                'f' => skip("nnnssssp", numbers),
                'F' => skip(&"f".repeat(numbers[0] as usize), &numbers[1..]),
                _ => unreachable!("{letter} is not a letter of the table"),
            };
        }
        numbers
    }

    #[test]
    fn every_output_is_its_own_call_with_the_arguments_of_its_letters() {
        let actions = actions().into_iter();
        let actions = actions.map(|(action, call)| (Output::Action(action), call));
        let events = events().into_iter();
        let events = events.map(|(event, call)| (Output::Event(event), call));
        let mut buffer = CallBuffer::new();
        let mut calls = Vec::new();
        for (output, expected) in actions.chain(events) {
            let call = encode(&output, &mut buffer);
            assert_eq!(call, expected, "{output:?}");
            let (name, letters) = HOST_CALLS[call as usize];
            assert_eq!(skip(letters, buffer.output()), [0.0; 0], "{name}");
            calls.push(call);
        }
        assert_eq!(calls, HostCall::ALL);
    }
}
