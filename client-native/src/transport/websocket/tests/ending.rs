//! Close frames of both sides.

use std::task::{Context, Poll, Waker};

use bytes::Bytes;
use tidewire_core::Packet;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::super::*;
use super::streams::Pieces;
use super::{LIMIT, frame, unmasked};

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
