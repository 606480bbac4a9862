//! Socket.IO headers: `<type>[<attachments>-][<namespace>,][<ack id>]`, in front of the payload.
//!
//! Source: socket.io-protocol, revisions 4 and 5; socket.io-parser 3.3 and 4.2. Their leniencies are kept (a space is a
//! digit, a count may be written `0x1`), because servers are tested only against these parsers.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use super::engine::EngineType;
use super::{json, number};
use crate::engine_version::EngineVersion;

/// The type of a Socket.IO packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PacketType {
    /// `0`: asks for a namespace; from the server, confirms it.
    Connect,
    /// `1`: leaves a namespace.
    Disconnect,
    /// `2`: an event.
    Event,
    /// `3`: the ack of an event.
    Ack,
    /// `4`: a refusal (CONNECT_ERROR; ERROR before protocol 5).
    ConnectError,
    /// `5`: an event with attachments.
    BinaryEvent,
    /// `6`: an ack with attachments.
    BinaryAck,
}

impl PacketType {
    const ALL: [PacketType; 7] = [
        PacketType::Connect,
        PacketType::Disconnect,
        PacketType::Event,
        PacketType::Ack,
        PacketType::ConnectError,
        PacketType::BinaryEvent,
        PacketType::BinaryAck,
    ];

    /// Returns the type without regard to attachments: EVENT for BINARY_EVENT, ACK for BINARY_ACK.
    pub const fn plain(self) -> PacketType {
        match self {
            PacketType::BinaryEvent => PacketType::Event,
            PacketType::BinaryAck => PacketType::Ack,
            plain => plain,
        }
    }

    const fn has_attachments(self) -> bool {
        matches!(self, PacketType::BinaryEvent | PacketType::BinaryAck)
    }

    const fn digit(self) -> u8 {
        b'0' + self as u8
    }
}

/// A header that was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Head<'a> {
    /// The packet's type.
    pub kind: PacketType,
    /// How many binary frames follow.
    pub attachments: u32,
    /// The namespace, `/` if none is written. A query after it (`/admin?x=1`) is part of it.
    pub namespace: &'a str,
    /// The ack id, saturated at `u64::MAX`.
    pub ack: Option<u64>,
    /// The length of the header in bytes.
    pub len: usize,
}

/// Why a packet was not accepted, by a fault of the peer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Malformed {
    /// The first character is not a packet type.
    UnknownType,
    /// The number of attachments is missing, zero, or not a number.
    BadAttachmentCount,
    /// The packet has more attachments than [`Config::max_attachments`](crate::Config::max_attachments).
    TooManyAttachments,
    /// The payload cannot belong to a packet of this type.
    BadPayload,
    /// The header is longer than [`HEAD_LIMIT`](crate::HEAD_LIMIT) bytes.
    HeaderTooLong,
    /// A text frame came while attachments were awaited.
    TextForBinary,
    /// A binary frame came that no header had announced.
    UnexpectedBinary,
    /// The packet and its attachments exceed [`Config::max_packet_bytes`](crate::Config::max_packet_bytes).
    PacketTooLarge,
    /// More events came before CONNECT than [`Config::early_events`](crate::Config::early_events) allows.
    TooManyEarlyEvents,
}

impl Malformed {
    /// Returns the fault in stable words, which are those of socket.io-parser where it has them.
    pub const fn as_str(self) -> &'static str {
        match self {
            Malformed::UnknownType => "unknown packet type",
            Malformed::BadAttachmentCount => "illegal attachments",
            Malformed::TooManyAttachments => "too many attachments",
            Malformed::BadPayload => "invalid payload",
            Malformed::HeaderTooLong => "the packet's header is too long",
            Malformed::TextForBinary => "got plaintext data when reconstructing a packet",
            Malformed::UnexpectedBinary => "got binary data when not reconstructing a packet",
            Malformed::PacketTooLarge => "the packet is larger than its limit",
            Malformed::TooManyEarlyEvents => "too many events before CONNECT",
        }
    }

    /// Returns the limit that the packet exceeded.
    const fn limit(self) -> Option<&'static str> {
        Some(match self {
            Malformed::TooManyAttachments => "Config::max_attachments",
            Malformed::HeaderTooLong => "HEAD_LIMIT",
            Malformed::PacketTooLarge => "Config::max_packet_bytes",
            Malformed::TooManyEarlyEvents => "Config::early_events",
            Malformed::UnknownType
            | Malformed::BadAttachmentCount
            | Malformed::BadPayload
            | Malformed::TextForBinary
            | Malformed::UnexpectedBinary => return None,
        })
    }
}

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())?;
        match self.limit() {
            Some(limit) => write!(f, " ({limit})"),
            None => Ok(()),
        }
    }
}

impl core::error::Error for Malformed {}

impl<'a> Head<'a> {
    /// Reads the header at the front of `text`.
    ///
    /// # Errors
    /// [`Malformed::UnknownType`] and [`Malformed::BadAttachmentCount`], where the official parsers fail, too.
    pub fn parse(text: &'a str) -> Result<Head<'a>, Malformed> {
        let (kind, rest) = split_type(text)?;
        let (attachments, rest) = split_attachments(kind, rest)?;
        let (namespace, rest) = split_namespace(rest);
        let (ack, rest) = split_ack(rest);
        Ok(Head {
            kind,
            attachments,
            namespace,
            ack,
            len: text.len() - rest.len(),
        })
    }
}

fn split_type(text: &str) -> Result<(PacketType, &str), Malformed> {
    let mut chars = text.chars();
    let index = match chars.next() {
        // `Number("")` and `Number(" ")` are 0.
        None => 0,
        Some(c) if number::is_space(c) => 0,
        Some(c) => c.to_digit(10).ok_or(Malformed::UnknownType)?,
    };
    let kind = PacketType::ALL
        .get(index as usize)
        .ok_or(Malformed::UnknownType)?;
    Ok((*kind, chars.as_str()))
}

fn split_attachments(kind: PacketType, text: &str) -> Result<(u32, &str), Malformed> {
    if !kind.has_attachments() {
        return Ok((0, text));
    }
    let (count, rest) = split_once(text, b'-').ok_or(Malformed::BadAttachmentCount)?;
    match number::parse(count) {
        None | Some(0) => Err(Malformed::BadAttachmentCount),
        Some(count) => Ok((u32::try_from(count).unwrap_or(u32::MAX), rest)),
    }
}

fn split_namespace(text: &str) -> (&str, &str) {
    if text.as_bytes().first() != Some(&b'/') {
        return ("/", text);
    }
    // Without a comma the namespace takes the rest, payload included, as in the official parsers.
    split_once(text, b',').unwrap_or((text, ""))
}

/// Splits at the first ASCII `separator`. (`str::split_once` takes half a kilobyte of wasm more.)
pub(crate) fn split_once(text: &str, separator: u8) -> Option<(&str, &str)> {
    let at = text.bytes().position(|byte| byte == separator)?;
    Some((text.get(..at)?, text.get(at + 1..)?))
}

fn split_ack(text: &str) -> (Option<u64>, &str) {
    let mut chars = text.chars();
    let mut rest = text;
    while chars
        .next()
        .is_some_and(|c| c.is_ascii_digit() || number::is_space(c))
    {
        rest = chars.as_str();
    }
    let id = text.strip_suffix(rest).unwrap_or_default();
    if id.is_empty() {
        return (None, rest);
    }
    (number::parse(id), rest)
}

// Public for vectors and fuzzers only: the machine checks every packet itself.
/// Checks that a payload with this beginning may follow a header of type `kind`. The host checks that all of it is JSON.
///
/// # Errors
/// [`Malformed::BadPayload`] if it may not.
#[doc(hidden)]
pub fn check_payload(
    version: EngineVersion,
    kind: PacketType,
    payload: &[u8],
) -> Result<(), Malformed> {
    PayloadStart::of(kind, payload).check(version, kind)
}

/// How a payload begins, as far as it says whether the payload fits its packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PayloadStart {
    /// The first byte; `None` if there is no payload.
    pub first: Option<u8>,
    /// The name of the event, if the packet is one.
    pub name: EventName,
}

/// The name of a received event: the first item of its array.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EventName {
    /// A number or a string; also if the packet is not an event.
    Fits,
    /// A name of [`RESERVED_EVENTS`], however it is escaped.
    Reserved,
    /// Neither a string nor a number.
    Bad,
}

impl PayloadStart {
    pub(crate) fn of(kind: PacketType, payload: &[u8]) -> PayloadStart {
        PayloadStart {
            first: payload.first().copied(),
            name: match payload {
                [b'[', rest @ ..] if kind.plain() == PacketType::Event => event_name(rest),
                _ => EventName::Fits,
            },
        }
    }

    pub(crate) fn check(self, version: EngineVersion, kind: PacketType) -> Result<(), Malformed> {
        let Some(first) = self.first else {
            return Ok(());
        };
        let fits = match kind.plain() {
            PacketType::Connect => version.connect_payload_starts().contains(&first),
            PacketType::ConnectError => version.error_payload_starts().contains(&first),
            PacketType::Ack => first == b'[',
            PacketType::Event => first == b'[' && self.name.fits(version),
            _ => false,
        };
        if fits {
            Ok(())
        } else {
            Err(Malformed::BadPayload)
        }
    }
}

impl EventName {
    /// Protocol 5 reserves names.
    fn fits(self, version: EngineVersion) -> bool {
        match self {
            EventName::Fits => true,
            EventName::Reserved => !version.reserves_names(),
            EventName::Bad => false,
        }
    }
}

fn event_name(after_bracket: &[u8]) -> EventName {
    let blanks = after_bracket
        .iter()
        .take_while(|b| b" \t\r\n".contains(b))
        .count();
    match &after_bracket[blanks..] {
        name @ [b'"', ..] if is_reserved(name) => EventName::Reserved,
        [b'"' | b'-' | b'0'..=b'9', ..] => EventName::Fits,
        _ => EventName::Bad,
    }
}

/// Event names that are reserved for the client itself (socket.io-parser 4.2, `RESERVED_EVENTS`).
pub const RESERVED_EVENTS: [&str; 6] = [
    "connect",
    "connect_error",
    "disconnect",
    "disconnecting",
    "newListener",
    "removeListener",
];

/// Returns whether a quoted name, which may have escapes, is reserved. The first byte rules most names out.
fn is_reserved(quoted: &[u8]) -> bool {
    let Some([_, b'c' | b'd' | b'n' | b'r' | b'\\', ..]) = quoted.get(..2) else {
        return false;
    };
    // Longer than the longest reserved name.
    let (mut name, mut length) = ([0; 16], 0);
    let ended = json::unescape(&quoted[1..], &mut |byte| {
        if let Some(place) = name.get_mut(length) {
            *place = byte;
        }
        length += 1;
    });
    let name = name.get(..length).filter(|_| ended.is_some());
    RESERVED_EVENTS
        .iter()
        .any(|reserved| name == Some(reserved.as_bytes()))
}

/// The parts of a header to write.
#[derive(Clone, Copy, Debug)]
pub struct HeadParts<'a> {
    /// The packet's type, without regard to attachments.
    pub kind: PacketType,
    /// How many binary frames follow; more than 0 makes an event or ack a binary one.
    pub attachments: u32,
    /// The namespace; `/` and the empty string are not written.
    pub namespace: &'a str,
    /// A query after the namespace, without `?` (protocol 4 only); an empty one is not written.
    pub query: Option<&'a str>,
    /// The ack id.
    pub ack: Option<u64>,
}

impl HeadParts<'_> {
    /// Appends the header to `out`.
    pub fn write(&self, out: &mut Vec<u8>) {
        out.push(self.written_kind().digit());
        if self.attachments > 0 {
            number::write(out, u64::from(self.attachments));
            out.push(b'-');
        }
        let query = self.query.filter(|query| !query.is_empty());
        if !matches!(self.namespace, "" | "/") || query.is_some() {
            out.extend_from_slice(self.namespace.as_bytes());
            if let Some(query) = query {
                out.push(b'?');
                out.extend_from_slice(query.as_bytes());
            }
            out.push(b',');
        }
        if let Some(id) = self.ack {
            number::write(out, id);
        }
    }

    fn written_kind(&self) -> PacketType {
        match self.kind {
            PacketType::Event if self.attachments > 0 => PacketType::BinaryEvent,
            PacketType::Ack if self.attachments > 0 => PacketType::BinaryAck,
            kind => kind,
        }
    }
}

/// Returns the header of events without an ack and without attachments, with Engine.IO's type: `42`, or `42/name,`. The JSON follows.
pub fn event_header(namespace: &str) -> Vec<u8> {
    let mut header = Vec::from([EngineType::Message.digit()]);
    let parts = HeadParts {
        kind: PacketType::Event,
        attachments: 0,
        namespace,
        query: None,
        ack: None,
    };
    parts.write(&mut header);
    header
}

/// Returns a namespace as the protocol writes it: with a leading `/`, and `/` for the empty string.
pub fn normalized_namespace(name: &str) -> String {
    let mut normal = String::with_capacity(name.len() + 1);
    if name.as_bytes().first() != Some(&b'/') {
        normal.push('/');
    }
    normal.push_str(name);
    normal
}
