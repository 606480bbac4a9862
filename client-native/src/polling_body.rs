//! The bodies of polling: the packets of a response, and those of a POST.

use bytes::Bytes;
use tidewire_core::wire::packet::BadPacket;
use tidewire_core::wire::polling::{self, BodyFormat, Writer};
use tidewire_core::wire::{engine::EngineType, packet::Content};
use tidewire_core::{EngineVersion, Frame, Packet};

use crate::frame;

/// The body of a response to a GET.
#[derive(Debug)]
pub(crate) struct Body {
    pub(crate) bytes: Bytes,
    /// Whether its type is `application/octet-stream`, which a 2.x server uses for binary.
    pub(crate) octets: bool,
}

impl Body {
    pub(crate) fn size(&self) -> usize {
        self.bytes.len()
    }

    /// The Engine.IO version of the body's format; `known` if an earlier response has shown it.
    pub(crate) fn version(&self, known: Option<EngineVersion>) -> EngineVersion {
        match (known, std::str::from_utf8(&self.bytes)) {
            (Some(known), _) => known,
            (None, Ok(text)) if !self.octets => polling::engine_version_of(text),
            // Only a 2.x server sends bodies that are not text.
            _ => EngineVersion::Eio3,
        }
    }

    /// Whether its format is that of another version than `known`.
    pub(crate) fn contradicts(&self, known: Option<EngineVersion>) -> bool {
        known.is_some_and(|known| self.version(None) != known)
    }

    /// The packets. A text body that is not UTF-8 is one bad packet.
    pub(crate) fn frames(&self, version: EngineVersion) -> Vec<Result<(Bytes, bool), BadPacket>> {
        if self.octets {
            return self.collect(polling::decode_octets(&self.bytes));
        }
        match std::str::from_utf8(&self.bytes) {
            Ok(text) => self.collect(polling::decode_text(version, text)),
            Err(_) => vec![Err(BadPacket)],
        }
    }

    fn collect(&self, frames: polling::Frames<'_>) -> Vec<Result<(Bytes, bool), BadPacket>> {
        frames
            .map(|frame| frame.map(|content| self.own(content)))
            .collect()
    }

    /// A packet's bytes, and whether they are text. Shares the memory of the body if the packet borrows from it.
    fn own(&self, content: Content<'_>) -> (Bytes, bool) {
        match content {
            Content::Text(text) => match text {
                std::borrow::Cow::Borrowed(text) => (self.bytes.slice_ref(text.as_bytes()), true),
                std::borrow::Cow::Owned(text) => (Bytes::from(text), true),
            },
            Content::Binary(bytes) => match bytes {
                std::borrow::Cow::Borrowed(bytes) => (self.bytes.slice_ref(bytes), false),
                std::borrow::Cow::Owned(bytes) => (Bytes::from(bytes), false),
            },
        }
    }
}

/// The machine's frame of a packet from a body.
pub(crate) fn frame(packet: &(Bytes, bool)) -> Frame<'_, Bytes> {
    let (bytes, is_text) = packet;
    if *is_text {
        frame::text(bytes, bytes.clone())
    } else {
        frame::binary(bytes, bytes.clone())
    }
}

/// The body of a POST.
#[derive(Debug)]
pub(crate) struct PostBody {
    pub(crate) kind: &'static str,
    pub(crate) bytes: Vec<u8>,
}

impl PostBody {
    pub(crate) fn new(version: EngineVersion, packets: &[Packet<Bytes>]) -> PostBody {
        let format = BodyFormat::new(version, packets.iter().any(Packet::is_binary), true);
        let mut writer = Writer::new(format);
        let mut head = Vec::new();
        for packet in packets {
            let payload = packet.payload().map_or(&[][..], |payload| payload);
            if packet.is_binary() {
                writer.binary(EngineType::Message, payload);
            } else {
                head.clear();
                packet.write_head(&mut head);
                writer.text(&head, payload);
            }
        }
        PostBody {
            kind: format.content_type(),
            bytes: writer.finish(),
        }
    }

    /// In bytes.
    pub(crate) fn size(&self) -> usize {
        self.bytes.len()
    }
}
