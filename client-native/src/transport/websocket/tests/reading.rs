//! Reading: frames of every kind, cut anywhere.

use std::io::{self, Cursor};
use std::task::{Context, Poll, Waker};

use bytes::Bytes;
use tungstenite::protocol::{Message, Role, WebSocketConfig};
use tungstenite::{Error as WsError, WebSocket};

use super::super::*;
use super::streams::{Pieces, Whole};
use super::{LIMIT, frame, unmasked};

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
