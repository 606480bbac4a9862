//! Lays down what the machine wants done or known, as [`layout::CALLS`](crate::layout::CALLS) has it.

use alloc::string::String;

use tidewire_core::{Action, Event, Incoming, Output, Packet, Refusal, Reply, Target};

use crate::desk::Desk;
use crate::layout::{Call, Word};
use crate::slot::Slot;
use crate::words;

/// Lays `output` down and says which call it is.
pub(crate) fn lay_down(output: &Output<Slot>, desk: &mut Desk) -> Call {
    desk.clear();
    match output {
        Output::Action(action) => lay_action(action, desk),
        Output::Event(event) => lay_event(event, desk),
    }
}

fn lay_action(action: &Action<Slot>, desk: &mut Desk) -> Call {
    match action {
        Action::Open { link, target } => {
            desk.number(f64::from(link.id()));
            lay_target(target, desk);
            Call::Open
        }
        Action::Get { link, target } => {
            desk.number(f64::from(link.id()));
            lay_target(target, desk);
            Call::Get
        }
        Action::Send { link, packet } => {
            desk.number(f64::from(link.id()));
            lay_packet(packet, desk);
            Call::Send
        }
        Action::Post {
            link,
            target,
            packets,
        } => {
            desk.number(f64::from(link.id()));
            lay_target(target, desk);
            desk.number(packets.len() as f64);
            for packet in packets {
                lay_packet(packet, desk);
            }
            Call::Post
        }
        Action::Drop { link } => {
            desk.number(f64::from(link.id()));
            Call::Drop
        }
    }
}

fn lay_event(event: &Event<Slot>, desk: &mut Desk) -> Call {
    match event {
        Event::Opened => Call::Opened,
        Event::Upgraded => Call::Upgraded,
        Event::UpgradeFailed => Call::UpgradeFailed,
        Event::OpenFailed(error) => {
            lay_word(words::open_error(*error), desk);
            Call::OpenFailed
        }
        Event::Closed(reason) => {
            lay_word(words::reason(*reason), desk);
            Call::Closed
        }
        Event::Malformed(malformed) => {
            lay_word(words::malformed(*malformed), desk);
            Call::Malformed
        }
        Event::Reconnecting { attempt, delay } => {
            desk.number(f64::from(*attempt));
            desk.number(f64::from(delay.0));
            Call::Reconnecting
        }
        Event::AuthRequired(nsp) => {
            desk.number(nsp.index() as f64);
            Call::AuthWanted
        }
        Event::Connected { nsp, id, recovered } => {
            desk.number(nsp.index() as f64);
            desk.string(id);
            desk.number(f64::from(u8::from(*recovered)));
            Call::Connected
        }
        Event::ConnectError { nsp, refusal } => {
            desk.number(nsp.index() as f64);
            lay_refusal(refusal, desk);
            Call::Refused
        }
        Event::Disconnected { nsp, reason } => {
            desk.number(nsp.index() as f64);
            lay_word(words::reason(*reason), desk);
            Call::Disconnected
        }
        Event::ServerError { nsp, payload } => {
            desk.number(nsp.index() as f64);
            desk.payload(payload.as_ref());
            Call::ServerError
        }
        Event::Message(incoming) => {
            lay_incoming(incoming, desk);
            Call::Message
        }
        Event::EmitDropped { nsp, payload } => {
            desk.number(nsp.index() as f64);
            desk.payload(Some(payload));
            Call::EmitDropped
        }
        Event::Acked {
            nsp,
            ack,
            payload,
            attachments,
        } => {
            desk.number(nsp.index() as f64);
            desk.number(ack.get() as f64);
            desk.payload(payload.as_ref());
            desk.payloads(attachments);
            Call::Acked
        }
        Event::AckLost { nsp, ack, why } => {
            desk.number(nsp.index() as f64);
            desk.number(ack.get() as f64);
            lay_word(words::ack_error(*why), desk);
            Call::AckLost
        }
        Event::ReconnectFailed => Call::ReconnectFailed,
    }
}

fn lay_word(word: Word, desk: &mut Desk) {
    desk.number(f64::from(word as u8));
}

fn lay_target(target: &Target, desk: &mut Desk) {
    lay_word(words::transport(target.transport), desk);
    let mut query = String::new();
    target.write_query(&mut query);
    desk.string(&query);
    desk.number(words::generation(target.body_version));
    desk.string(target.sid.as_deref().unwrap_or_default());
}

fn lay_packet(packet: &Packet<Slot>, desk: &mut Desk) {
    desk.number(f64::from(u8::from(packet.is_binary())));
    desk.written(|text| packet.write_head(text));
    desk.payload(packet.payload());
}

fn lay_refusal(refusal: &Refusal<Slot>, desk: &mut Desk) {
    let (word, payload) = match refusal {
        Refusal::Server(payload) => (Word::Server, payload.as_ref()),
        Refusal::Timeout => (Word::Timeout, None),
        Refusal::WrongVersion => (Word::WrongGeneration, None),
    };
    lay_word(word, desk);
    desk.payload(payload);
}

fn lay_incoming(incoming: &Incoming<Slot>, desk: &mut Desk) {
    desk.number(incoming.nsp.index() as f64);
    desk.payload(incoming.payload.as_ref());
    desk.payloads(&incoming.attachments);
    lay_reply(incoming.reply, desk);
}

fn lay_reply(reply: Option<Reply>, desk: &mut Desk) {
    match reply {
        None => desk.number(-1.0),
        Some(reply) => {
            desk.number(f64::from(reply.session()));
            desk.number(reply.id() as f64);
        }
    }
}
