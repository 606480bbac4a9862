//! Writing, as tungstenite reads it.

use std::collections::HashSet;
use std::io::Cursor;
use std::task::{Context, Poll, Waker};

use bytes::Bytes;
use tidewire_core::Packet;
use tidewire_core::wire::engine::EngineType;
use tungstenite::WebSocket;
use tungstenite::protocol::{Message, Role};

use super::super::writer::WRITE;
use super::super::*;
use super::LIMIT;
use super::streams::{Pieces, Whole};

/// Packets of all sizes in which the head of a frame changes.
fn packets() -> Vec<Packet<Bytes>> {
    let sizes = [0, 1, 3, 7, 8, 9, 125, 126, 127, 65_535, 65_536, 200_000];
    let attachments = sizes.into_iter().map(|size| Packet::Attachment {
        payload: (0..size).map(|at| at as u8).collect::<Vec<u8>>().into(),
        prefix: (size % 2 == 1).then_some(4),
    });
    let pings = [Packet::Probe, Packet::Engine(EngineType::Ping)];
    attachments.chain(pings).collect()
}

#[test]
fn a_server_reads_the_frames_however_they_are_written() {
    for at_once in [1, 2, 1_000, usize::MAX] {
        let mut stream = Pieces::new([]);
        stream.at_once = at_once;
        let mut io = WebSocketIo::new(stream, Bytes::new(), LIMIT);
        for packet in packets() {
            io.send(&packet);
            let mut block = FrameBlock::default();
            block.push_text([b"42", b"[]"]);
            block.push_text([b"42", &[b'x'; 200]]);
            io.send_block(block);
        }
        let all = io.stream.written.len() + io.unsent();
        let mut cx = Context::from_waker(Waker::noop());
        assert!(matches!(io.poll_write(&mut cx), Poll::Ready(Ok(()))));
        assert_eq!((io.stream.written.len(), io.unsent()), (all, 0));
        let read = Cursor::new(io.stream.written);
        let written = Vec::new();
        let mut server = WebSocket::from_raw_socket(Whole { read, written }, Role::Server, None);
        for packet in packets() {
            let mut content = Vec::new();
            packet.write_head(&mut content);
            content.extend(packet.payload().into_iter().flatten());
            let message = server.read().unwrap();
            assert_eq!(message.is_binary(), packet.is_binary());
            assert_eq!(message.into_data(), content);
            assert_eq!(server.read().unwrap(), Message::text("42[]"));
            assert_eq!(server.read().unwrap().len(), 202);
        }
        assert!(server.read().is_err());
    }
}

#[test]
fn each_frame_has_a_mask_of_its_own() {
    let mut io = WebSocketIo::new(Pieces::new([]), Bytes::new(), LIMIT);
    for _ in 0..100 {
        io.send(&Packet::Engine(EngineType::Ping));
    }
    let mut cx = Context::from_waker(Waker::noop());
    assert!(io.poll_write(&mut cx).is_ready());
    let frames = io.stream.written.chunks(7);
    let masks: HashSet<&[u8]> = frames.map(|frame| &frame[2..6]).collect();
    assert!(masks.len() > 90, "{}", masks.len());
}

#[test]
fn a_stream_that_takes_nothing_is_broken() {
    for size in [0, 2 * WRITE] {
        let mut stream = Pieces::new([]);
        stream.at_once = 0;
        let mut io = WebSocketIo::new(stream, Bytes::new(), LIMIT);
        let payload = vec![0; size].into();
        let prefix = None;
        io.send(&Packet::Attachment { payload, prefix });
        let mut cx = Context::from_waker(Waker::noop());
        let broken = io.poll_write(&mut cx);
        assert!(
            matches!(broken, Poll::Ready(Err(TransportError::Io(_)))),
            "{broken:?}"
        );
    }
}
