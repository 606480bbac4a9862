//! Our reading and writing of frames against tungstenite's own.

use std::collections::{HashSet, VecDeque};
use std::io::{self, Cursor, Read, Write};
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use bytes::Bytes;
use tidewire_core::Packet;
use tidewire_core::wire::engine::EngineType;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, ReadBuf};
use tungstenite::protocol::{Message, Role, WebSocketConfig};
use tungstenite::{Error as WsError, WebSocket};

use super::writer::WRITE;
use super::*;

/// A stream that brings bytes in these pieces and then ends. It keeps what is written, a few bytes at a time.
pub(super) struct Pieces {
    pieces: VecDeque<Vec<u8>>,
    pub(super) written: Vec<u8>,
    /// The most bytes of one write.
    at_once: usize,
    /// Whether all that was written is flushed.
    flushed: bool,
    /// The error at the end of the stream.
    breaks: Option<io::ErrorKind>,
}

impl Pieces {
    pub(super) fn new(pieces: impl IntoIterator<Item = Vec<u8>>) -> Pieces {
        Pieces {
            pieces: pieces
                .into_iter()
                .filter(|piece| !piece.is_empty())
                .collect(),
            written: Vec::new(),
            at_once: 7,
            flushed: true,
            breaks: None,
        }
    }
}

impl AsyncRead for Pieces {
    fn poll_read(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        if let Some(mut piece) = this.pieces.pop_front() {
            let rest = piece.split_off(piece.len().min(buf.remaining()));
            buf.put_slice(&piece);
            if !rest.is_empty() {
                this.pieces.push_front(rest);
            }
            return Poll::Ready(Ok(()));
        }
        Poll::Ready(this.breaks.map_or(Ok(()), |kind| Err(kind.into())))
    }
}

impl AsyncWrite for Pieces {
    fn poll_write(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let size = bytes.len().min(this.at_once);
        this.written.extend_from_slice(&bytes[..size]);
        this.flushed = false;
        Poll::Ready(Ok(size))
    }

    fn poll_flush(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.flushed = true;
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

/// A stream for tungstenite alone.
struct Whole {
    read: Cursor<Vec<u8>>,
    written: Vec<u8>,
}

impl Read for Whole {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        Read::read(&mut self.read, buf)
    }
}

impl Write for Whole {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.written.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The longest message, in bytes.
pub(super) const LIMIT: usize = 100_000;

/// Messages and the end, and the frames that answer them.
#[derive(Debug, PartialEq)]
struct Log {
    received: Vec<String>,
    sent: Vec<Vec<u8>>,
}

/// Reads with tungstenite alone.
fn expected(bytes: &[u8]) -> Log {
    let config = WebSocketConfig::default()
        .max_message_size(Some(LIMIT))
        .max_frame_size(Some(LIMIT));
    let stream = Whole {
        read: Cursor::new(bytes.to_vec()),
        written: Vec::new(),
    };
    let mut socket = WebSocket::from_raw_socket(stream, Role::Client, Some(config));
    let mut received = Vec::new();
    loop {
        let event = match socket.read() {
            Ok(Message::Text(text)) => Received::Text(text.into()),
            Ok(Message::Binary(bytes)) => Received::Binary(bytes),
            Ok(Message::Close(Some(close))) => closed_with(close.code.into(), &close.reason),
            Ok(Message::Close(None)) => closed_with(1005, ""),
            Ok(_) => continue,
            Err(
                WsError::ConnectionClosed
                | WsError::Protocol(ProtocolError::ResetWithoutClosingHandshake),
            ) => closed_with(1006, ""),
            Err(error) => Received::Broken(broken(error)),
        };
        let ends = matches!(event, Received::Closed(..) | Received::Broken(_));
        received.push(format!("{event:?}"));
        if ends {
            break;
        }
    }
    let _ = socket.flush();
    let sent = unmasked(&socket.get_ref().written);
    Log { received, sent }
}

/// Reads with our reader.
fn actual(pieces: impl IntoIterator<Item = Vec<u8>>) -> Log {
    let mut io = WebSocketIo::new(Pieces::new(pieces), Bytes::new(), LIMIT);
    let mut cx = Context::from_waker(Waker::noop());
    let mut received = Vec::new();
    loop {
        let Poll::Ready(event) = io.poll_receive(&mut cx) else {
            assert!(io.is_flooded());
            assert!(io.poll_write(&mut cx).is_ready());
            continue;
        };
        let ends = matches!(event, Received::Closed(..) | Received::Broken(_));
        received.push(format!("{event:?}"));
        if ends {
            break;
        }
    }
    assert!(matches!(io.poll_write(&mut cx), Poll::Ready(Ok(()))));
    assert_eq!(io.unsent(), 0);
    assert!(io.stream.flushed);
    let sent = unmasked(&io.stream.written);
    Log { received, sent }
}

/// The frames of a client, each as its first byte and its content.
pub(super) fn unmasked(mut bytes: &[u8]) -> Vec<Vec<u8>> {
    let mut frames = Vec::new();
    while let Some(head) = head::Head::read(bytes) {
        let (key, rest) = bytes[head.size..].split_at(4);
        let (content, rest) = rest.split_at(usize::try_from(head.payload).unwrap());
        let content = content.iter().zip(key.iter().cycle());
        let content = content.map(|(byte, key)| byte ^ key);
        frames.push(std::iter::once(bytes[0]).chain(content).collect());
        bytes = rest;
    }
    assert!(bytes.is_empty(), "a frame that is not whole");
    frames
}

/// A frame of a server.
pub(super) fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
    let mut frame = vec![first];
    match payload.len() {
        short @ 0..=125 => frame.push(short as u8),
        medium @ 126..=65_535 => {
            frame.push(126);
            frame.extend_from_slice(&(medium as u16).to_be_bytes());
        }
        long => {
            frame.push(127);
            frame.extend_from_slice(&(long as u64).to_be_bytes());
        }
    }
    frame.extend_from_slice(payload);
    frame
}

/// Frames of every kind: usual ones, and those that break each rule of RFC 6455, 5.
fn frames() -> Vec<Vec<u8>> {
    let mut frames: Vec<Vec<u8>> = Vec::new();
    for size in [
        0, 1, 125, 126, 127, 16_380, 16_384, 40_000, 65_535, 65_536, LIMIT,
    ] {
        frames.push(frame(0x81, &vec![b'x'; size]));
        frames.push(frame(0x82, &vec![0xff; size]));
    }
    // Text: characters of several bytes, and bytes that are no text.
    frames.push(frame(0x81, "42[\"é\",\"中\",\"😀\"]".as_bytes()));
    frames.push(frame(0x81, &[b'4', 0xc3]));
    frames.push(frame(0x81, &[0xf0, 0x28, 0x8c, 0xbc]));
    // Over the limit, and lengths that cannot be.
    frames.push(frame(0x82, &vec![0; LIMIT + 1]));
    frames.push([&[0x82, 127][..], &[0xff; 8]].concat());
    frames.push([&[0x81, 127, 0x7f][..], &[0xff; 7]].concat());
    // Lengths in more bytes than they need.
    frames.push([&[0x81, 126, 0, 2][..], b"ab"].concat());
    frames.push([&[0x82, 127, 0, 0, 0, 0, 0, 0, 0, 1][..], b"a"].concat());
    // Fragments, with control frames between them, and a character that is cut.
    frames.push(frame(0x01, "ab\u{e9}".as_bytes().split_at(3).0));
    frames.push(frame(0x00, &[]));
    frames.push(frame(0x00, &[0xa9, b'c']));
    frames.push(frame(0x80, b"end"));
    frames.push(frame(0x80, &[]));
    frames.push(frame(0x02, &[1; 300]));
    frames.push(frame(0x80, &vec![2; 70_000]));
    frames.push(frame(0x00, &vec![3; 60_000]));
    // Control frames.
    for opcode in [0x89, 0x8a] {
        for size in [0, 1, 125, 126] {
            frames.push(frame(opcode, &vec![b'p'; size]));
        }
    }
    frames.push(frame(0x09, b"a fragment of a ping"));
    // Close frames.
    frames.push(frame(0x88, &[]));
    frames.push(frame(0x88, &[3]));
    frames.push(frame(0x88, &[3, 0xe8]));
    frames.push(frame(0x88, b"\x03\xf3because"));
    frames.push(frame(0x88, b"\x03\xf3\xff"));
    frames.push(frame(0x88, &[0, 1]));
    frames.push(frame(0x88, &[0x10, 0]));
    // Reserved bits and opcodes.
    for first in [0x91, 0xa1, 0xc1, 0xc2, 0x83, 0x87, 0x8b, 0x8f, 0x03, 0x0b] {
        frames.push(frame(first, b"abc"));
    }
    // Masked.
    frames.push([&[0x81, 0x83, 1, 2, 3, 4][..], b"abc"].concat());
    frames.push([&[0x82, 0x83, 1, 2, 3, 4][..], b"abc"].concat());
    frames.push([&[0x89, 0x80, 1, 2, 3, 4][..]].concat());
    frames
}

/// A generator of numbers below a bound, the same in every run.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % bound as u64) as usize
    }
}

#[test]
fn frames_of_every_kind_mean_what_tungstenite_says() {
    for frame in frames() {
        assert_eq!(actual([frame.clone()]), expected(&frame));
        // With a message before it and one behind it, and with its end missing.
        let between = [&b"\x81\x01a"[..], &frame, b"\x82\x01b"].concat();
        assert_eq!(actual([between.clone()]), expected(&between));
        let short = &frame[..frame.len() - 1];
        assert_eq!(actual([short.to_vec()]), expected(short));
    }
}

#[test]
fn frames_may_be_cut_at_every_byte() {
    let mut streams: Vec<Vec<u8>> = vec![Vec::new()];
    for frame in frames().into_iter().filter(|frame| frame.len() < 1_000) {
        streams.push(frame.clone());
        streams.push(
            [
                &b"\x01\x01a\x89\x01b"[..],
                &frame,
                b"\x80\x01c\x81\x01d\x88\x00",
            ]
            .concat(),
        );
        streams.push([&b"\x81\x03abc\x89\x00"[..], &frame, b"\x81\x01d"].concat());
    }
    for stream in streams {
        let expected = expected(&stream);
        for at in 0..stream.len() {
            let (before, behind) = stream.split_at(at);
            assert_eq!(actual([before.to_vec(), behind.to_vec()]), expected);
        }
        let single = stream.iter().map(|&byte| vec![byte]);
        assert_eq!(actual(single), expected);
    }
}

#[test]
fn random_streams_mean_what_tungstenite_says() {
    let kinds = frames();
    let mut numbers = Numbers(0x5eed);
    for _ in 0..1_000 {
        let mut stream = Vec::new();
        for _ in 0..numbers.below(12) {
            stream.extend_from_slice(&kinds[numbers.below(kinds.len())]);
        }
        if numbers.below(4) == 0 && !stream.is_empty() {
            let at = numbers.below(stream.len());
            stream[at] ^= 1 << numbers.below(8);
        }
        let mut pieces = Vec::new();
        let mut rest = &stream[..];
        while !rest.is_empty() {
            let longest = [3, 200, 40_000][numbers.below(3)];
            let (piece, behind) = rest.split_at(rest.len().min(1 + numbers.below(longest)));
            pieces.push(piece.to_vec());
            rest = behind;
        }
        assert_eq!(actual(pieces), expected(&stream), "{stream:02x?}");
    }
}

#[test]
fn fragments_are_within_the_limit_together() {
    for last in [LIMIT - 70_000, LIMIT - 70_000 + 1] {
        let stream = [frame(0x02, &[1; 70_000]), frame(0x80, &vec![2; last])].concat();
        assert_eq!(actual([stream.clone()]), expected(&stream));
    }
}

#[test]
fn the_error_of_a_stream_is_the_cause() {
    let mut stream = Pieces::new([b"\x81\x01a\x81\x02b".to_vec()]);
    stream.breaks = Some(io::ErrorKind::ConnectionReset);
    let mut io = WebSocketIo::new(stream, Bytes::new(), LIMIT);
    let mut cx = Context::from_waker(Waker::noop());
    assert!(matches!(
        io.poll_receive(&mut cx),
        Poll::Ready(Received::Text(_))
    ));
    assert!(matches!(
        io.poll_receive(&mut cx),
        Poll::Ready(Received::Broken(TransportError::Io(_)))
    ));
}

#[test]
fn a_close_frame_is_answered_at_once() {
    let close = frame(0x88, b"\x03\xe8bye");
    let mut io = WebSocketIo::new(Pieces::new([close.clone()]), Bytes::new(), LIMIT);
    io.send(&Packet::Probe);
    let mut cx = Context::from_waker(Waker::noop());
    assert!(matches!(
        io.poll_receive(&mut cx),
        Poll::Ready(Received::Closed(TransportError::WebSocketClosed(1000, _)))
    ));
    let sent = unmasked(&io.stream.written);
    assert_eq!(sent, [&b"\x812probe"[..], b"\x88\x03\xe8bye"]);
}

#[test]
fn the_end_of_a_connection_that_cannot_write_is_the_close_frame_of_the_peer() {
    let text = frame(0x81, b"last");
    let close = frame(0x88, b"\x03\xe9bye");
    for (pieces, expected) in [
        (
            vec![text.clone(), close],
            "Closed(WebSocketClosed(1001, \"bye\"))",
        ),
        (vec![text], "Broken(BadPacket)"),
    ] {
        let mut io = WebSocketIo::new(Pieces::new(pieces), Bytes::new(), LIMIT);
        let end = io.end(TransportError::BadPacket);
        assert_eq!(format!("{end:?}"), expected);
    }
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

#[test]
fn bytes_that_came_with_the_handshake_are_read_first() {
    let mut io = WebSocketIo::new(
        Pieces::new([b"b\x81\x01c".to_vec()]),
        Bytes::from_static(b"\x81\x01a\x81\x01"),
        LIMIT,
    );
    let mut cx = Context::from_waker(Waker::noop());
    for expected in ["a", "b", "c"] {
        match io.poll_receive(&mut cx) {
            Poll::Ready(Received::Text(text)) => assert_eq!(text.as_str(), expected),
            other => panic!("{other:?}"),
        }
    }
}

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

#[tokio::test]
async fn a_close_frame_follows_the_queued_frames() {
    let (client, mut server) = tokio::io::duplex(64);
    let mut io = WebSocketIo::new(client, Bytes::new(), LIMIT);
    io.send(&Packet::Probe);
    let reading = async {
        let mut read = vec![0; 6 + 6 + 6];
        server.read_exact(&mut read).await.unwrap();
        server.write_all(&frame(0x88, &[])).await.unwrap();
        unmasked(&read)
    };
    let (read, ()) = tokio::join!(reading, io.close(Duration::from_secs(60)));
    assert_eq!(read, [b"\x812probe".to_vec(), b"\x88".to_vec()]);
}
