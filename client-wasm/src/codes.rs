//! The values of core enums as codes: numbers for texts that JavaScript has, too.

use alloc::vec::Vec;

use tidewire_core::wire::head::Malformed;
use tidewire_core::{
    AckError, EngineVersion, Hint, Misuse, OfflinePolicy, OpenError, Reason, Refusal, Transport,
};

use crate::layout::Code;

pub(crate) fn transport(transport: Transport) -> Code {
    match transport {
        Transport::Polling => Code::Polling,
        Transport::WebSocket => Code::WebSocket,
    }
}

/// Reads transports from the decimal digits of a number; each digit is a position in `CODES`, plus 1.
pub(crate) fn transports(mut digits: u32) -> Vec<Transport> {
    let mut transports = Vec::new();
    while digits > 0 {
        let last = match digits % 10 {
            1 => Transport::Polling,
            _ => Transport::WebSocket,
        };
        transports.insert(0, last);
        digits /= 10;
    }
    transports
}

pub(crate) fn reason(reason: Reason) -> Code {
    match reason {
        Reason::ServerDisconnect => Code::ServerDisconnect,
        Reason::ClientDisconnect => Code::ClientDisconnect,
        Reason::PingTimeout => Code::PingTimeout,
        Reason::TransportClose => Code::TransportClose,
        Reason::ParseError => Code::ParseError,
        Reason::ForcedClose => Code::ForcedClose,
        Reason::TransportError => Code::TransportError,
    }
}

pub(crate) fn open_error(error: OpenError) -> Code {
    match error {
        OpenError::Timeout => Code::Timeout,
        OpenError::Handshake => Code::Handshake,
        OpenError::Transport => Code::Transport,
    }
}

pub(crate) fn ack_error(error: AckError) -> Code {
    match error {
        AckError::Timeout => Code::Timeout,
        AckError::Dropped => Code::Dropped,
        AckError::Disconnected => Code::Disconnected,
    }
}

pub(crate) fn refusal<P>(refusal: &Refusal<P>) -> Code {
    match refusal {
        Refusal::Server(_) => Code::Server,
        Refusal::Timeout => Code::Timeout,
        Refusal::WrongVersion => Code::WrongGeneration,
    }
}

pub(crate) fn misuse(misuse: Misuse) -> Code {
    match misuse {
        Misuse::BufferFull => Code::BufferFull,
        Misuse::TooManyAcks => Code::TooManyAcks,
        Misuse::TooManyAttachments => Code::TooManyAttachments,
        Misuse::StaleReply => Code::StaleReply,
    }
}

pub(crate) fn malformed(malformed: Malformed) -> Code {
    match malformed {
        Malformed::UnknownType => Code::UnknownType,
        Malformed::BadAttachmentCount => Code::BadAttachmentCount,
        Malformed::TooManyAttachments => Code::TooManyAttachments,
        Malformed::HeaderTooLong => Code::HeaderTooLong,
        Malformed::TextForBinary => Code::TextForBinary,
        Malformed::UnexpectedBinary => Code::UnexpectedBinary,
        Malformed::PacketTooLarge => Code::PacketTooLarge,
        Malformed::TooManyEarlyEvents => Code::TooManyEarlyEvents,
        Malformed::BadPayload => Code::BadPayload,
    }
}

pub(crate) fn hint(code: Code) -> Option<Hint> {
    Some(match code {
        Code::Online => Hint::Online,
        Code::Offline => Hint::Offline,
        Code::Foreground => Hint::Foreground,
        Code::Background => Hint::Background,
        Code::Writable => Hint::Writable,
        Code::Congested => Hint::Congested,
        _ => return None,
    })
}

pub(crate) fn offline_policy(code: Option<Code>) -> OfflinePolicy {
    match code {
        Some(Code::DropOldest) => OfflinePolicy::DropOldest,
        Some(Code::DropNewest) => OfflinePolicy::DropNewest,
        _ => OfflinePolicy::Refuse,
    }
}

/// 3 or 4; 0 while it is not known.
pub(crate) fn generation(engine_version: Option<EngineVersion>) -> f64 {
    engine_version.map_or(0.0, |engine_version| f64::from(engine_version.number()))
}

pub(crate) fn engine_version(generation: i32) -> EngineVersion {
    match generation {
        3 => EngineVersion::Eio3,
        _ => EngineVersion::Eio4,
    }
}
