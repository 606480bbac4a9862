//! Socket.IO headers and Engine.IO packets: decoded and encoded again, each is the same.

use tidewire_core::EngineVersion;
use tidewire_core::wire::head::{Head, HeadParts, PacketType, check_payload};
use tidewire_core::wire::packet::{Content, EnginePacket};

pub(crate) fn run(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    head(&text);
    for version in [EngineVersion::Eio3, EngineVersion::Eio4] {
        packet(version, &Content::Text(text.clone()));
        packet(version, &Content::Binary(data.into()));
    }
}

/// Checks that a header lies inside the text, and that it survives a round trip.
fn head(text: &str) {
    let Ok(head) = Head::parse(text) else { return };
    let rest = &text[head.len..];
    assert!(head.namespace == "/" || text.contains(head.namespace));
    let is_binary = matches!(head.kind, PacketType::BinaryEvent | PacketType::BinaryAck);
    assert!(is_binary || head.attachments == 0, "{head:?}");
    for version in [EngineVersion::Eio3, EngineVersion::Eio4] {
        // It must not panic, whatever it returns.
        let _ = check_payload(version, head.kind, rest.as_bytes());
    }
    let mut written = Vec::new();
    parts(&head).write(&mut written);
    let written = String::from_utf8(written).expect("a header is text");
    let again = Head::parse(&written).expect("an encoded packet can be decoded");
    assert_eq!(again.kind, head.kind, "{written:?}");
    assert_eq!(again.attachments, head.attachments, "{written:?}");
    assert_eq!(again.namespace, head.namespace, "{written:?}");
    assert_eq!(again.ack, head.ack, "{written:?}");
    assert_eq!(again.len, written.len(), "{written:?}");
}

fn parts<'a>(head: &Head<'a>) -> HeadParts<'a> {
    HeadParts {
        kind: head.kind,
        attachments: head.attachments,
        namespace: head.namespace,
        query: None,
        ack: head.ack,
    }
}

/// Checks that a packet survives a round trip, with and without binary support.
fn packet(version: EngineVersion, frame: &Content<'_>) {
    let Ok(packet) = EnginePacket::decode(version, frame) else {
        return;
    };
    for supports_binary in [true, false] {
        let written = packet.encode(version, supports_binary);
        let again =
            EnginePacket::decode(version, &written).expect("an encoded packet can be decoded");
        assert_eq!(again.data, packet.data, "{written:?}");
        let typed = version == EngineVersion::Eio3 || matches!(packet.data, Content::Text(_));
        assert!(!typed || again.kind == packet.kind, "{written:?}");
    }
}
