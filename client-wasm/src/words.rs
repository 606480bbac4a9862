//! The core's own words in both languages.

use alloc::vec::Vec;

use tidewire_core::wire::head::Malformed;
use tidewire_core::{
    AckError, EngineVersion, Hint, Misuse, OfflinePolicy, OpenError, Reason, Transport,
};

use crate::layout::Word;

pub(crate) fn transport(transport: Transport) -> Word {
    match transport {
        Transport::Polling => Word::Polling,
        Transport::WebSocket => Word::WebSocket,
    }
}

/// The transports of a number whose decimal digits they are: their places in `WORDS`, counted from 1.
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

pub(crate) fn reason(reason: Reason) -> Word {
    match reason {
        Reason::ServerDisconnect => Word::ServerDisconnect,
        Reason::ClientDisconnect => Word::ClientDisconnect,
        Reason::PingTimeout => Word::PingTimeout,
        Reason::TransportClose => Word::TransportClose,
        Reason::ParseError => Word::ParseError,
        Reason::ForcedClose => Word::ForcedClose,
        Reason::TransportError => Word::TransportError,
    }
}

pub(crate) fn open_error(error: OpenError) -> Word {
    match error {
        OpenError::Timeout => Word::Timeout,
        OpenError::Handshake => Word::Handshake,
        OpenError::Transport => Word::Transport,
    }
}

pub(crate) fn ack_error(error: AckError) -> Word {
    match error {
        AckError::Timeout => Word::Timeout,
        AckError::Dropped => Word::Dropped,
        AckError::Disconnected => Word::Disconnected,
    }
}

pub(crate) fn misuse(misuse: Misuse) -> Word {
    match misuse {
        Misuse::BufferFull => Word::BufferFull,
        Misuse::TooManyAcks => Word::TooManyAcks,
        Misuse::TooManyAttachments => Word::TooManyAttachments,
        Misuse::StaleReply => Word::StaleReply,
    }
}

pub(crate) fn malformed(malformed: Malformed) -> Word {
    match malformed {
        Malformed::UnknownType => Word::UnknownType,
        Malformed::BadAttachmentCount => Word::Attachments,
        Malformed::TooManyAttachments => Word::TooManyAttachments,
        Malformed::HeaderTooLong => Word::TooLong,
        Malformed::TextForBinary => Word::TextForBinary,
        Malformed::UnexpectedBinary => Word::UnexpectedBinary,
        Malformed::PacketTooLarge => Word::TooLarge,
        Malformed::TooManyEarlyEvents => Word::TooManyEarly,
        Malformed::BadPayload => Word::Payload,
    }
}

pub(crate) fn hint(word: Word) -> Option<Hint> {
    Some(match word {
        Word::Online => Hint::Online,
        Word::Offline => Hint::Offline,
        Word::Foreground => Hint::Foreground,
        Word::Background => Hint::Background,
        Word::Writable => Hint::Writable,
        Word::Congested => Hint::Congested,
        _ => return None,
    })
}

pub(crate) fn offline_policy(word: Option<Word>) -> OfflinePolicy {
    match word {
        Some(Word::DropOldest) => OfflinePolicy::DropOldest,
        Some(Word::DropNewest) => OfflinePolicy::DropNewest,
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
