//! Polling bodies of both Engine.IO versions: packets are not larger than their body, and a body survives a round trip.

use tidewire_core::EngineVersion;
use tidewire_core::wire::packet::{BadPacket, Content, EnginePacket};
use tidewire_core::wire::polling::{self, BodyFormat, Frames};

pub(crate) fn run(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    // A host calls it before it decodes a body: it must not panic on any text.
    let _ = polling::engine_version_of(&text);
    body(
        EngineVersion::Eio4,
        text.len(),
        polling::decode_text(EngineVersion::Eio4, &text),
    );
    body(
        EngineVersion::Eio3,
        text.len(),
        polling::decode_text(EngineVersion::Eio3, &text),
    );
    body(
        EngineVersion::Eio3,
        data.len(),
        polling::decode_octets(data),
    );
}

fn body(version: EngineVersion, len: usize, frames: Frames<'_>) {
    let frames: Vec<Result<Content<'_>, BadPacket>> = frames.collect();
    assert!(
        frames.len() <= len + 1,
        "{} packets of {len} bytes",
        frames.len()
    );
    let bad = frames.iter().position(Result::is_err);
    assert!(
        bad.is_none_or(|at| at + 1 == frames.len()),
        "a bad packet is the last"
    );
    let good: Vec<Content<'_>> = frames.into_iter().filter_map(Result::ok).collect();
    let size = good.iter().map(size).sum::<usize>();
    // An Engine.IO 3 packet may get a type byte that is not in the body.
    assert!(size <= len + good.len(), "{size} bytes of {len}");
    let packets: Vec<EnginePacket<'_>> = good
        .iter()
        .filter_map(|frame| EnginePacket::decode(version, frame).ok())
        .collect();
    for supports_binary in [true, false] {
        rewrite(version, supports_binary, &packets);
    }
}

fn size(content: &Content<'_>) -> usize {
    match content {
        Content::Text(text) => text.len(),
        Content::Binary(bytes) => bytes.len(),
    }
}

fn rewrite(version: EngineVersion, supports_binary: bool, packets: &[EnginePacket<'_>]) {
    if packets.is_empty() || packets.iter().any(|packet| separates(version, packet)) {
        return;
    }
    let any_binary = packets
        .iter()
        .any(|own| matches!(own.data, Content::Binary(_)));
    let format = BodyFormat::new(version, any_binary, supports_binary);
    let body = polling::encode(format, packets);
    let again: Vec<Content<'_>> = match format {
        BodyFormat::Octets => polling::decode_octets(&body).map(good).collect(),
        _ => {
            let text = str::from_utf8(&body).expect("the body is text");
            let frames = polling::decode_text(version, text).map(good);
            frames.map(owned).collect()
        }
    };
    let expected: Vec<Content<'_>> = packets
        .iter()
        .map(|own| own.encode(version, true))
        .collect();
    assert_eq!(again, expected, "in the format {format:?}");
}

/// Returns whether a text contains the separator of Engine.IO 4, which would split it in two packets. JSON never contains it.
fn separates(version: EngineVersion, packet: &EnginePacket<'_>) -> bool {
    version == EngineVersion::Eio4
        && matches!(&packet.data, Content::Text(text) if text.contains('\u{1e}'))
}

fn good(frame: Result<Content<'_>, BadPacket>) -> Content<'_> {
    frame.expect("an encoded body can be decoded")
}

fn owned(content: Content<'_>) -> Content<'static> {
    match content {
        Content::Text(text) => Content::Text(text.into_owned().into()),
        Content::Binary(bytes) => Content::Binary(bytes.into_owned().into()),
    }
}
