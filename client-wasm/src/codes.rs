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
        Transport::WebTransport => Code::WebTransport,
    }
}

/// Reads transports from the decimal digits of a number; each digit is a position in `CODES`, plus 1.
pub(crate) fn transports(mut digits: u32) -> Vec<Transport> {
    let mut transports = Vec::new();
    while digits > 0 {
        let last = match digits % 10 {
            1 => Transport::Polling,
            3 => Transport::WebTransport,
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
        Refusal::WrongVersion => Code::WrongVersion,
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

pub(crate) fn engine_version(version: EngineVersion) -> Code {
    match version {
        EngineVersion::Eio3 => Code::Eio3,
        EngineVersion::Eio4 => Code::Eio4,
    }
}

/// Reads an Engine.IO version from a position in `CODES`.
pub(crate) fn read_engine_version(code: u32) -> EngineVersion {
    match Code::at(code) {
        Some(Code::Eio3) => EngineVersion::Eio3,
        _ => EngineVersion::Eio4,
    }
}

/// Returns the position of a code in `CODES`; -1 for none.
pub(crate) fn position(code: Option<Code>) -> f64 {
    code.map_or(-1.0, |code| f64::from(code as u8))
}

#[cfg(test)]
mod tests {

    use super::*;
    use crate::layout::CODES;

    /// All variants of an enum. The match makes a variant that is missing here fail to compile.
    macro_rules! variants {
        ($type:ident: $($variant:ident),* $(,)?) => {{
            let _ = |value: $type| match value {
                $($type::$variant => (),)*
            };
            [$($type::$variant),*]
        }};
    }

    /// Checks that the codes are distinct, and that their texts are these.
    fn check<const N: usize>(codes: [Code; N], texts: [&str; N]) {
        assert_eq!(codes.map(|code| CODES[code as usize]), texts);
        for (at, code) in codes.iter().enumerate() {
            assert!(!codes[..at].contains(code), "{code:?} twice");
        }
    }

    #[test]
    fn transports_have_the_texts_of_the_query() {
        let all = variants!(Transport: Polling, WebSocket, WebTransport);
        check(all.map(transport), all.map(Transport::name));
    }

    #[test]
    fn engine_versions_have_codes() {
        let all = variants!(EngineVersion: Eio3, Eio4);
        let codes = all.map(engine_version);
        check(codes, ["eio3", "eio4"]);
        assert_eq!(codes.map(|code| read_engine_version(code as u32)), all);
    }

    #[test]
    fn reasons_have_the_texts_of_socket_io() {
        let all = variants!(
            Reason: ServerDisconnect,
            ClientDisconnect,
            PingTimeout,
            TransportClose,
            TransportError,
            ParseError,
            ForcedClose,
        );
        check(all.map(reason), all.map(Reason::as_str));
    }

    #[test]
    fn malformed_packets_have_the_texts_of_the_core() {
        let all = variants!(
            Malformed: UnknownType,
            BadAttachmentCount,
            TooManyAttachments,
            BadPayload,
            HeaderTooLong,
            TextForBinary,
            UnexpectedBinary,
            PacketTooLarge,
            TooManyEarlyEvents,
        );
        let texts = all.map(Malformed::as_str);
        check(all.map(malformed), texts.each_ref().map(|text| &text[..]));
    }

    #[test]
    fn errors_have_the_texts_of_the_contract() {
        let all = variants!(OpenError: Transport, Timeout, Handshake);
        check(all.map(open_error), ["transport", "timeout", "handshake"]);
        let all = variants!(AckError: Timeout, Disconnected, Dropped);
        check(all.map(ack_error), ["timeout", "disconnected", "dropped"]);
        let all = variants!(Misuse: BufferFull, TooManyAcks, TooManyAttachments, StaleReply);
        let texts = [
            "buffer full",
            "too many acks",
            "too many attachments",
            "stale reply",
        ];
        check(all.map(misuse), texts);
    }

    #[test]
    fn refusals_have_the_texts_of_the_contract() {
        let all = [
            Refusal::Server(Some(())),
            Refusal::Timeout,
            Refusal::WrongVersion,
        ];
        let codes = all.each_ref().map(refusal);
        check(codes, ["server", "timeout", "wrong version"]);
    }

    #[test]
    fn every_hint_has_a_code() {
        let all = variants!(Hint: Online, Offline, Foreground, Background, Writable, Congested);
        let hints: Vec<Hint> = Code::ALL.iter().filter_map(|code| hint(*code)).collect();
        assert_eq!(hints, all);
        for hint in all {
            let text = std::format!("{hint:?}").to_lowercase();
            let at = CODES.iter().position(|code| *code == text).unwrap();
            assert_eq!(super::hint(Code::ALL[at]), Some(hint));
        }
    }

    #[test]
    fn every_policy_has_a_code() {
        let all = variants!(OfflinePolicy: Refuse, DropOldest, DropNewest);
        let codes = [Code::Refuse, Code::DropOldest, Code::DropNewest];
        check(codes, ["refuse", "drop-oldest", "drop-newest"]);
        assert_eq!(codes.map(|code| offline_policy(Some(code))), all);
        assert_eq!(offline_policy(None), OfflinePolicy::Refuse);
    }

    #[test]
    fn transports_are_read_digit_by_digit() {
        assert_eq!(transports(21), [Transport::WebSocket, Transport::Polling]);
        assert_eq!(transports(1), [Transport::Polling]);
        assert_eq!(transports(3), [Transport::WebTransport]);
        assert_eq!(transports(0), []);
    }
}
