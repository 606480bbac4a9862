//! Packets: what is read from a header or a frame is written the same, and nothing that comes is misread.

use tidewire_core::EngineVersion;
use tidewire_core::wire::head::{Head, HeadParts, PacketType, check_payload};
use tidewire_core::wire::packet::{Content, EnginePacket};

pub(crate) fn run(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    head(&text);
    for engine_version in [EngineVersion::Eio3, EngineVersion::Eio4] {
        packet(engine_version, &Content::Text(text.clone()));
        packet(engine_version, &Content::Binary(data.into()));
    }
}

/// A header that is read is inside the text, and written again it is read the same.
fn head(text: &str) {
    let Ok(head) = Head::parse(text) else { return };
    let rest = &text[head.len..];
    assert!(head.namespace == "/" || text.contains(head.namespace));
    let is_binary = matches!(head.kind, PacketType::BinaryEvent | PacketType::BinaryAck);
    assert!(is_binary || head.attachments == 0, "{head:?}");
    for engine_version in [EngineVersion::Eio3, EngineVersion::Eio4] {
        // Whether it fits or not, it is only looked at.
        let _ = check_payload(engine_version, head.kind, rest.as_bytes());
    }
    let mut written = Vec::new();
    parts(&head).write(&mut written);
    let written = String::from_utf8(written).expect("a header is text");
    let again = Head::parse(&written).expect("what is written can be read");
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

/// A packet that is read is written, with and without binary, so that it is read the same.
fn packet(engine_version: EngineVersion, frame: &Content<'_>) {
    let Ok(packet) = EnginePacket::decode(engine_version, frame) else {
        return;
    };
    for supports_binary in [true, false] {
        let written = packet.encode(engine_version, supports_binary);
        let again =
            EnginePacket::decode(engine_version, &written).expect("what is written can be read");
        assert_eq!(again.data, packet.data, "{written:?}");
        let typed =
            engine_version == EngineVersion::Eio3 || matches!(packet.data, Content::Text(_));
        assert!(!typed || again.kind == packet.kind, "{written:?}");
    }
}
