//! Polling bodies: the packets of one HTTP message, as either side writes them.

use tidewire_core::wire::engine::EngineType;
use tidewire_core::wire::packet::{BadPacket, Content};
use tidewire_core::wire::polling::{BodyFormat, Writer, decode_octets, decode_text};
use tidewire_core::{EngineVersion, Packet, Payload};

use super::payload::CountedPayload;
use super::wire::Wire;

#[derive(Clone, Debug)]
pub(crate) enum Body {
    Text(String),
    Octets(Vec<u8>),
}

impl Body {
    /// Returns the body that a host posts.
    pub(crate) fn of_packets(packets: &[Packet<CountedPayload>], format: BodyFormat) -> Body {
        let mut writer = Writer::new(format);
        for packet in packets {
            let payload = packet.payload().map_or(&[][..], CountedPayload::bytes);
            if packet.is_binary() {
                writer.binary(EngineType::Message, payload);
            } else {
                let mut head = Vec::new();
                packet.write_head(&mut head);
                writer.text(&head, payload);
            }
        }
        Body::finished(writer, format)
    }

    /// Returns the body of a response.
    pub(crate) fn of_wires(wires: &[Wire], format: BodyFormat) -> Body {
        let mut writer = Writer::new(format);
        for wire in wires {
            match wire {
                Wire::Text(text) => writer.text(text.as_bytes(), &[]),
                Wire::Binary(bytes) if format == BodyFormat::Separated => {
                    writer.binary(EngineType::Message, bytes);
                }
                Wire::Binary(bytes) => {
                    let kind = bytes.first().copied().and_then(EngineType::from_byte);
                    let data = bytes.get(1..).unwrap_or_default();
                    writer.binary(kind.unwrap_or(EngineType::Noop), data);
                }
            }
        }
        Body::finished(writer, format)
    }

    pub(crate) fn text(text: impl Into<String>) -> Body {
        Body::Text(text.into())
    }

    /// Returns the packets, each as the frame it would be over a WebSocket.
    pub(crate) fn wires(&self, engine_version: EngineVersion) -> Vec<Result<Wire, BadPacket>> {
        let frames = match self {
            Body::Text(text) => decode_text(engine_version, text),
            Body::Octets(bytes) => decode_octets(bytes),
        };
        frames.map(|frame| frame.map(wire_of)).collect()
    }

    /// Returns the size in bytes.
    pub(crate) fn len(&self) -> usize {
        match self {
            Body::Text(text) => text.len(),
            Body::Octets(bytes) => bytes.len(),
        }
    }

    fn finished(writer: Writer, format: BodyFormat) -> Body {
        let bytes = writer.finish();
        match format {
            BodyFormat::Octets => Body::Octets(bytes),
            _ => Body::Text(String::from_utf8(bytes).expect("text is UTF-8")),
        }
    }
}

fn wire_of(content: Content<'_>) -> Wire {
    match content {
        Content::Text(text) => Wire::Text(text.into_owned()),
        Content::Binary(bytes) => Wire::Binary(bytes.into_owned()),
    }
}

/// Returns the format of a body with these packets.
pub(crate) fn format_of(
    engine_version: EngineVersion,
    packets: &[Packet<impl Payload>],
    octets: bool,
) -> BodyFormat {
    BodyFormat::new(
        engine_version,
        packets.iter().any(Packet::is_binary),
        octets,
    )
}
