//! Random inputs, the same in every run: decoders do not panic or loop, and encoded packets are decoded again.

use std::borrow::Cow;

use tidewire_core::EngineVersion;
use tidewire_core::wire::engine::EngineType;
use tidewire_core::wire::head::{Head, HeadParts, check_payload};
use tidewire_core::wire::packet::{Content, EnginePacket};
use tidewire_core::wire::polling::{self, BodyFormat};
use tidewire_core::wire::{base64, stream};

use crate::peer::Peer;
use crate::rng::Rng;

const VERSIONS: [EngineVersion; 2] = [EngineVersion::Eio3, EngineVersion::Eio4];

/// Bytes with a meaning in one of the decoders.
const SPECIAL_BYTES: &[u8] = b"0123456789-,/[]{}\"\\:abe.+ \n\x00\x01\x04\x7e\x7f\x80\x9f\xa0\xc3\xe2\x82\xac\xed\xef\xbb\xbf\xf0\xff\x1e";

impl Rng {
    fn bytes(&mut self, longest: usize) -> Vec<u8> {
        let special = self.below(4) > 0;
        let length = self.below(longest + 1);
        let byte = |_| match special {
            true => self.pick(SPECIAL_BYTES),
            false => self.below(256) as u8,
        };
        (0..length).map(byte).collect()
    }

    fn text(&mut self, longest: usize) -> String {
        String::from_utf8_lossy(&self.bytes(longest)).into_owned()
    }

    fn packet(&mut self) -> EnginePacket<'static> {
        let kind = EngineType::from_byte(self.below(7) as u8).expect("there are seven");
        let data = match self.below(2) {
            0 => Content::Text(Cow::Owned(self.text(20))),
            _ => Content::Binary(Cow::Owned(self.bytes(20))),
        };
        EnginePacket { kind, data }
    }
}

#[test]
fn random_vectors_do_not_panic() {
    let mut rng = Rng(1);
    for _ in 0..100_000 {
        let bytes = rng.bytes(40);
        let text = String::from_utf8_lossy(&bytes);
        for engine_version in VERSIONS {
            if let Ok(head) = Head::parse(&text) {
                let _ = check_payload(engine_version, head.kind, &text.as_bytes()[head.len..]);
            }
            let _ = EnginePacket::decode(engine_version, &Content::Text(Cow::Borrowed(&text)));
            let _ = EnginePacket::decode(engine_version, &Content::Binary(Cow::Borrowed(&bytes)));
            // Each item takes at least a byte, and the last may be an error.
            assert!(polling::decode_text(engine_version, &text).count() <= text.len() + 1);
        }
        assert!(polling::decode_octets(&bytes).count() <= bytes.len() + 1);
        assert!(base64::decode(&bytes).len() <= bytes.len());
        if let Ok(Some((_, end))) = stream::decode(&bytes, rng.below(300) as u64) {
            assert!((1..=bytes.len()).contains(&end));
        }
    }
}

#[test]
fn random_vectors_leave_the_machine_working() {
    let mut rng = Rng(2);
    for round in 0..2_000 {
        let mut peer = Peer::new(VERSIONS[round % 2], 3);
        for _ in 0..10 {
            let frame = match rng.below(3) {
                0 => Content::Binary(Cow::Owned(rng.bytes(9))),
                _ => Content::Text(Cow::Owned(rng.text(30))),
            };
            peer.feed(&frame);
            peer.events();
        }
    }
}

#[test]
fn random_vectors_round_trip() {
    let mut rng = Rng(3);
    for _ in 0..10_000 {
        let packets: Vec<_> = (0..1 + rng.below(4)).map(|_| rng.packet()).collect();
        for engine_version in VERSIONS {
            for supports_binary in [true, false] {
                packets_round_trip(engine_version, supports_binary, &packets[0]);
                bodies_round_trip(engine_version, supports_binary, &packets);
            }
        }
        streams_round_trip(&packets, &mut rng);
        let mut text = Vec::new();
        let bytes = rng.bytes(30);
        base64::encode(&bytes, |group| text.extend(group));
        assert_eq!(text.len(), base64::encoded_len(bytes.len()));
        assert_eq!(base64::decode(&text), bytes);
        heads_round_trip(&mut rng);
    }
}

fn packets_round_trip(
    engine_version: EngineVersion,
    supports_binary: bool,
    packet: &EnginePacket<'_>,
) {
    let frame = packet.encode(engine_version, supports_binary);
    let decoded = EnginePacket::decode(engine_version, &frame);
    assert_eq!(decoded, Ok(as_sent(engine_version, packet)));
}

fn bodies_round_trip(
    engine_version: EngineVersion,
    supports_binary: bool,
    packets: &[EnginePacket<'_>],
) {
    let any_binary = packets
        .iter()
        .any(|packet| matches!(packet.data, Content::Binary(_)));
    let format = BodyFormat::new(engine_version, any_binary, supports_binary);
    // A separator within a text splits it anyway.
    let is_ambiguous = |packet: &EnginePacket<'_>| match &packet.data {
        Content::Text(text) => text.contains('\u{1e}'),
        Content::Binary(_) => false,
    };
    if format == BodyFormat::Separated && packets.iter().any(is_ambiguous) {
        return;
    }
    let body = polling::encode(format, packets);
    let frames = match format {
        BodyFormat::Octets => polling::decode_octets(&body),
        _ => polling::decode_text(
            engine_version,
            std::str::from_utf8(&body).expect("a text body"),
        ),
    };
    let frames: Vec<_> = frames.map(|frame| frame.expect("a good packet")).collect();
    let decoded: Result<Vec<_>, _> = frames
        .iter()
        .map(|frame| EnginePacket::decode(engine_version, frame))
        .collect();
    let wanted = packets.iter().map(|packet| as_sent(engine_version, packet));
    assert_eq!(decoded, Ok(wanted.collect()));
}

fn streams_round_trip(packets: &[EnginePacket<'_>], rng: &mut Rng) {
    let (mut sent, mut wanted) = (Vec::new(), Vec::new());
    for packet in packets {
        let frame = packet.encode(EngineVersion::Eio4, true);
        let (bytes, is_binary) = match &frame {
            Content::Text(text) => (text.as_bytes(), false),
            Content::Binary(bytes) => (&**bytes, true),
        };
        if bytes.is_empty() {
            continue;
        }
        stream::write_header(bytes.len(), is_binary, &mut sent);
        sent.extend_from_slice(bytes);
        wanted.push(as_sent(EngineVersion::Eio4, packet));
    }
    let (mut received, mut found) = (Vec::new(), Vec::new());
    for chunk in sent.chunks(1 + rng.below(9)) {
        received.extend_from_slice(chunk);
        while let Some((frame, end)) = stream::decode(&received, 100).expect("good headers") {
            let packet = EnginePacket::decode(EngineVersion::Eio4, &frame).expect("a good packet");
            found.push(as_sent(EngineVersion::Eio4, &packet));
            received.drain(..end);
        }
    }
    assert_eq!(found, wanted);
    assert!(received.is_empty());
}

/// Returns the packet as it arrives: in Engine.IO 4 only messages are binary.
fn as_sent(engine_version: EngineVersion, packet: &EnginePacket<'_>) -> EnginePacket<'static> {
    let data = match &packet.data {
        Content::Text(text) => Content::Text(Cow::Owned(text.to_string())),
        Content::Binary(bytes) => Content::Binary(Cow::Owned(bytes.to_vec())),
    };
    let is_message = engine_version == EngineVersion::Eio4 && matches!(data, Content::Binary(_));
    let kind = if is_message {
        EngineType::Message
    } else {
        packet.kind
    };
    EnginePacket { kind, data }
}

fn heads_round_trip(rng: &mut Rng) {
    let digit = ["0", "1", "2", "3", "4"][rng.below(5)];
    let kind = Head::parse(digit).expect("a type without attachments").kind;
    let is_binary = matches!(digit, "2" | "3") && rng.below(2) == 0;
    let namespace = format!("/{}", rng.text(9).replace(',', ""));
    let parts = HeadParts {
        kind,
        attachments: if is_binary {
            1 + rng.below(1000) as u32
        } else {
            0
        },
        namespace: &namespace,
        query: None,
        ack: [None, Some(rng.below(usize::MAX) as u64)][rng.below(2)],
    };
    let mut text = Vec::new();
    parts.write(&mut text);
    let length = text.len();
    text.extend_from_slice(b"[\"x\"]");
    let text = String::from_utf8(text).expect("UTF-8 was written");
    let head = Head::parse(&text).expect("a good head");
    assert_eq!(head.kind.plain(), kind);
    assert_eq!(head.attachments, parts.attachments);
    assert_eq!(head.namespace, namespace);
    assert_eq!((head.ack, head.len), (parts.ack, length));
}
