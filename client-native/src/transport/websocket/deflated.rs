//! Compressed messages (RFC 7692).

use std::task::{Context, Poll, Waker};

use flate2::{Compress, Compression, Decompress, FlushCompress, FlushDecompress};
use tidewire_core::Packet;

use super::tests::streams::Pieces;
use super::tests::{LIMIT, frame, unmasked};
use super::*;
use crate::transport::deflate::{Offer, PerMessageDeflate};

/// The first bytes of a compressed text message: whole, and the first fragment.
const TEXT: u8 = head::TEXT | head::COMPRESSED;
const BINARY: u8 = head::BINARY | head::COMPRESSED;
const FIRST: u8 = TEXT & 0x7f;

const FRAGMENT: u8 = 0x00;
const LAST: u8 = 0x80;
const PING: u8 = 0x89;

const ANSWER: &str = "permessage-deflate";
const TAIL: [u8; 4] = [0, 0, 0xff, 0xff];

fn open(pieces: Vec<Vec<u8>>, settings: PerMessageDeflate, answer: &str) -> WebSocketIo<Pieces> {
    let deflate = Offer::new(settings).accept(answer).unwrap();
    WebSocketIo::new(Pieces::new(pieces), Bytes::new(), LIMIT).with_deflate(Some(deflate))
}

/// Reads all messages, and the end.
fn received(pieces: Vec<Vec<u8>>, answer: &str) -> Vec<Received> {
    let mut io = open(pieces, PerMessageDeflate::new(), answer);
    let mut cx = Context::from_waker(Waker::noop());
    let mut received = Vec::new();
    loop {
        let Poll::Ready(event) = io.poll_receive(&mut cx) else {
            panic!("the stream ends")
        };
        let ends = matches!(event, Received::Closed(..) | Received::Broken(_));
        received.push(event);
        if ends {
            return received;
        }
    }
}

/// The messages of a stream, as bytes.
fn contents(bytes: &[u8], answer: &str) -> Vec<Vec<u8>> {
    let received = received(vec![bytes.to_vec()], answer);
    let contents = received.iter().filter_map(|received| match received {
        Received::Text(text) => Some(text.as_str().as_bytes().to_vec()),
        Received::Binary(bytes) => Some(bytes.to_vec()),
        Received::Closed(..) | Received::Broken(_) => None,
    });
    contents.collect()
}

fn error(bytes: &[u8]) -> TransportError {
    match received(vec![bytes.to_vec()], ANSWER).pop() {
        Some(Received::Broken(error)) => error,
        other => panic!("{other:?}"),
    }
}

/// The server's compression.
struct Server {
    compress: Compress,
    takes_over: bool,
}

impl Server {
    fn new(takes_over: bool, bits: u8) -> Server {
        Server {
            compress: Compress::new_with_window_bits(Compression::new(6), false, bits),
            takes_over,
        }
    }

    fn compressed(&mut self, content: &[u8]) -> Vec<u8> {
        let mut out = Vec::with_capacity(content.len() * 2 + 100);
        let flush = FlushCompress::Sync;
        self.compress
            .compress_vec(content, &mut out, flush)
            .unwrap();
        assert!(out.ends_with(&TAIL) && out.len() < out.capacity());
        out.truncate(out.len() - TAIL.len());
        if !self.takes_over {
            self.compress.reset();
        }
        out
    }
}

#[test]
fn the_examples_of_rfc_7692_are_read() {
    let hello = [0xf2, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00];
    let fragments = [frame(FIRST, &hello[..3]), frame(LAST, &hello[3..])].concat();
    let context = [
        frame(TEXT, &hello),
        frame(TEXT, &[0xf2, 0x00, 0x11, 0x00, 0x00]),
    ]
    .concat();
    let stored = [0, 5, 0, 0xfa, 0xff, b'H', b'e', b'l', b'l', b'o', 0];
    let last_block = [0xf3, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00, 0x00];
    let two_blocks = [
        0xf2, 0x48, 0x05, 0, 0, 0, 0xff, 0xff, 0xca, 0xc9, 0xc9, 0x07, 0x00,
    ];
    for (bytes, times) in [
        (frame(TEXT, &hello), 1),
        (fragments, 1),
        (context, 2),
        (frame(TEXT, &stored), 1),
        // A message with a final block, and one after it.
        (
            [frame(TEXT, &last_block), frame(TEXT, &last_block)].concat(),
            2,
        ),
        (frame(TEXT, &two_blocks), 1),
    ] {
        assert_eq!(contents(&bytes, ANSWER), vec![b"Hello"; times]);
    }
    for empty in [&[0_u8][..], &[]] {
        assert_eq!(contents(&frame(TEXT, empty), ANSWER), [b""]);
    }
}

#[test]
fn messages_are_read_wherever_the_stream_is_cut() {
    for takes_over in [true, false] {
        let answer = match takes_over {
            true => ANSWER,
            false => "permessage-deflate; server_no_context_takeover",
        };
        let mut server = Server::new(takes_over, 15);
        let long: Vec<u8> = (0..40_000_u32)
            .flat_map(u32::to_le_bytes)
            .take(LIMIT)
            .collect();
        let first = server.compressed(b"42[\"said\",\"hello, hello\"]");
        let again = server.compressed(b"42[\"said\",\"hello, hello\"]");
        assert_eq!(again.len() < first.len(), takes_over);
        let fragmented = server.compressed(b"42[\"in fragments\"]");
        let binary = server.compressed(&[4, 1, 2, 3, 255]);
        let long_one = server.compressed(&long);
        let bytes = [
            frame(TEXT, &first),
            frame(head::TEXT, b"not compressed"),
            frame(TEXT, &again),
            frame(FIRST, &fragmented[..5]),
            frame(PING, b"x"),
            frame(FRAGMENT, &fragmented[5..6]),
            frame(LAST, &fragmented[6..]),
            frame(0x01, b"plain "),
            frame(LAST, b"fragments"),
            frame(BINARY, &binary),
        ]
        .concat();
        let whole = format!("{:?}", received(vec![bytes.clone()], answer));
        assert_eq!(whole.matches("hello, hello").count(), 2, "{whole}");
        for part in [
            "not compressed",
            "in fragments",
            "plain fragments",
            "\\x04\\x01\\x02\\x03\\xff",
        ] {
            assert!(whole.contains(part), "{whole}");
        }
        for cut in 1..bytes.len() {
            let pieces = vec![bytes[..cut].to_vec(), bytes[cut..].to_vec()];
            assert_eq!(format!("{:?}", received(pieces, answer)), whole);
        }
        let with_long = [bytes, frame(BINARY, &long_one)].concat();
        assert_eq!(contents(&with_long, answer).pop().unwrap(), long);
    }
}

#[test]
fn frames_that_must_not_be_compressed_are_refused() {
    let hello = [0xf2, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00];
    let continued = [frame(0x01, b"x"), frame(LAST | head::COMPRESSED, &hello)].concat();
    let second = [
        frame(FIRST, &hello[..3]),
        frame(LAST | head::COMPRESSED, &hello[3..]),
    ]
    .concat();
    for bytes in [
        frame(PING | head::COMPRESSED, b"x"),
        continued,
        second,
        // The other reserved bits.
        frame(TEXT | 0x20, &hello),
        // A message amid another one.
        [frame(FIRST, &hello[..3]), frame(TEXT, &hello)].concat(),
    ] {
        let error = error(&bytes);
        assert!(matches!(error, TransportError::WebSocket(_)), "{error:?}");
    }
    // Without an agreement.
    let mut io = WebSocketIo::new(Pieces::new([frame(TEXT, &hello)]), Bytes::new(), LIMIT);
    let event = io.poll_receive(&mut Context::from_waker(Waker::noop()));
    assert!(matches!(event, Poll::Ready(Received::Broken(_))));
}

#[test]
fn content_that_cannot_be_decompressed_is_an_error() {
    let garbage = error(&frame(TEXT, &[0xff; 40]));
    assert!(
        garbage.to_string().contains("cannot be decompressed"),
        "{garbage}"
    );
    let no_utf8 = Server::new(true, 15).compressed(&[0xff, 0xfe]);
    assert!(error(&frame(TEXT, &no_utf8)).to_string().contains("UTF-8"));
    // A back reference to before the first message.
    let context = error(&frame(TEXT, &[0xf2, 0x00, 0x11, 0x00, 0x00]));
    assert!(
        context.to_string().contains("cannot be decompressed"),
        "{context}"
    );
}

#[test]
fn a_server_that_uses_a_larger_window_than_agreed_is_read_or_refused() {
    let answer = "permessage-deflate; server_max_window_bits=9";
    let settings = PerMessageDeflate::new().server_max_window_bits(9);
    let random: Vec<u8> = std::iter::repeat_with(rand::random::<u8>)
        .take(5_000)
        .collect();
    let mut server = Server::new(true, 15);
    let first = server.compressed(&random);
    // It refers to the first message, which the agreed window has forgotten.
    let again = server.compressed(&random);
    assert!(again.len() < 1_000, "{}", again.len());
    let frames = vec![frame(BINARY, &first), frame(BINARY, &again)];
    let mut io = open(frames, settings, answer);
    let mut next = || io.poll_receive(&mut Context::from_waker(Waker::noop()));
    assert!(matches!(next(), Poll::Ready(Received::Binary(bytes)) if bytes == random));
    match next() {
        Poll::Ready(Received::Binary(bytes)) => assert_eq!(bytes, random),
        Poll::Ready(Received::Broken(error)) => {
            assert!(
                error.to_string().contains("cannot be decompressed"),
                "{error}"
            );
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_message_has_its_limit_after_decompression() {
    let mut server = Server::new(false, 15);
    let most = server.compressed(&vec![b'x'; LIMIT]);
    assert_eq!(contents(&frame(TEXT, &most), ANSWER)[0].len(), LIMIT);
    for size in [LIMIT + 1, 200 * LIMIT] {
        let bomb = server.compressed(&vec![b'x'; size]);
        for bytes in [
            frame(TEXT, &bomb),
            [frame(FIRST, &bomb[..9]), frame(LAST, &bomb[9..])].concat(),
        ] {
            let error = error(&bytes);
            assert!(
                matches!(error, TransportError::TooLarge(LIMIT)),
                "{error:?}"
            );
        }
    }
    let too_long = error(&frame(BINARY, &vec![0; LIMIT + 1]));
    assert!(
        matches!(too_long, TransportError::TooLarge(LIMIT)),
        "{too_long:?}"
    );
}

/// Sends these contents. Returns each frame, decompressed, and whether it was compressed; and the bytes of all.
fn sent(
    settings: PerMessageDeflate,
    answer: &str,
    contents: &[&[u8]],
) -> (Vec<(bool, Vec<u8>)>, usize) {
    let mut io = open(Vec::new(), settings, answer);
    for content in contents {
        let payload = Bytes::copy_from_slice(content);
        io.send(&Packet::Attachment {
            payload,
            prefix: None,
        });
    }
    let mut cx = Context::from_waker(Waker::noop());
    assert!(matches!(io.poll_write(&mut cx), Poll::Ready(Ok(()))));
    let size = io.stream.written.len();
    let takes_over = !answer.contains("client_no");
    let mut decompress = Decompress::new_with_window_bits(false, 15);
    let frames = unmasked(&io.stream.written).into_iter().map(|frame| {
        let (first, content) = frame.split_first().unwrap();
        if *first == head::BINARY {
            return (false, content.to_vec());
        }
        assert_eq!(*first, BINARY);
        let mut out = Vec::with_capacity(LIMIT);
        for part in [content, &TAIL] {
            let flush = FlushDecompress::Sync;
            decompress.decompress_vec(part, &mut out, flush).unwrap();
        }
        if !takes_over {
            decompress.reset(false);
        }
        (true, out)
    });
    (frames.collect(), size)
}

#[test]
fn messages_above_the_threshold_are_sent_compressed() {
    let new = || PerMessageDeflate::new().threshold(100);
    let random: Vec<u8> = std::iter::repeat_with(rand::random::<u8>)
        .take(LIMIT / 2)
        .collect();
    let contents = [&[7; 99][..], &[7; 100], &random, &[1; 5_000], &random, b""];
    let compressed = [false, true, true, true, true, false];
    let mut sizes = Vec::new();
    for (settings, answer) in [
        (new(), ANSWER),
        (new().level(0), ANSWER),
        (
            new().level(9),
            "permessage-deflate; client_max_window_bits=9",
        ),
        (new(), "permessage-deflate; client_no_context_takeover"),
        (
            new().client_context_takeover(false),
            "permessage-deflate; client_no_context_takeover",
        ),
    ] {
        let (frames, size) = sent(settings, answer, &contents);
        let expected = compressed.into_iter().zip(contents.map(<[u8]>::to_vec));
        assert!(frames.iter().cloned().eq(expected), "{answer}");
        sizes.push(size);
    }
    // Level 0 adds a few bytes to a message.
    assert!(sizes[1] > sizes[0] && sizes[1] < LIMIT + 6_000, "{sizes:?}");
}

#[test]
fn a_message_refers_to_those_before_it_unless_either_side_forbids_it() {
    let random: Vec<u8> = std::iter::repeat_with(rand::random::<u8>)
        .take(5_000)
        .collect();
    let twice = [&random[..], &random];
    let (_, kept) = sent(PerMessageDeflate::new(), ANSWER, &twice);
    let none = "permessage-deflate; client_no_context_takeover";
    let (_, apart) = sent(PerMessageDeflate::new(), none, &twice);
    assert!(kept < 6_000 && apart > 10_000, "{kept}, {apart}");
}

#[test]
fn a_window_of_8_bits_sends_without_compression() {
    let answer = "permessage-deflate; client_max_window_bits=8; server_max_window_bits=8";
    let content = [7; 5_000];
    let (frames, _) = sent(PerMessageDeflate::new(), answer, &[&content]);
    assert_eq!(frames, [(false, content.to_vec())]);
    // zlib writes one of 9 bits at least; short content uses no more than 8.
    let compressed = Server::new(true, 9).compressed(b"hello, hello");
    assert_eq!(
        contents(&frame(TEXT, &compressed), answer),
        [b"hello, hello"]
    );
}
