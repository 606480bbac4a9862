//! A task that waits for the network is woken when it can go on.

use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::Wake;

use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex};

use super::writer::WRITE;
use super::*;

/// Counts how often a task is woken.
#[derive(Default)]
struct Wakes(AtomicUsize);

impl Wake for Wakes {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

impl Wakes {
    fn take(&self) -> usize {
        self.0.swap(0, Ordering::Relaxed)
    }
}

/// The result of a future that need not wait.
fn now<T>(future: impl Future<Output = T>) -> T {
    let mut cx = Context::from_waker(Waker::noop());
    match pin!(future).poll(&mut cx) {
        Poll::Ready(result) => result,
        Poll::Pending => panic!("it waits"),
    }
}

/// A client, and its server. The stream has room for so many bytes in each direction.
fn connected(room: usize) -> (WebSocketIo<DuplexStream>, DuplexStream) {
    let (client, server) = duplex(room);
    (WebSocketIo::new(client, Bytes::new(), 1 << 20), server)
}

fn binary(size: usize) -> Packet<Bytes> {
    Packet::Attachment {
        payload: vec![7; size].into(),
        prefix: None,
    }
}

#[test]
fn a_reader_is_woken_by_each_byte_of_any_frame() {
    let wakes = Arc::new(Wakes::default());
    let waker = Waker::from(wakes.clone());
    let mut cx = Context::from_waker(&waker);
    let long = [&[0x82, 126, 0x50, 0][..], &[7; 0x5000]].concat();
    for frame in [
        &b"\x81\x02ab"[..],
        b"\x89\x04ping\x81\x00",
        b"\x8a\x00\x81\x00",
        b"\x01\x01a\x89\x00\x80\x01b",
        b"\x88\x05\x03\xe8end",
        &long,
    ] {
        let (mut io, mut server) = connected(64);
        for byte in frame {
            let polled = io.poll_receive(&mut cx);
            assert!(polled.is_pending(), "{polled:?}");
            now(server.write_u8(*byte)).unwrap();
            assert_eq!(wakes.take(), 1);
        }
        assert!(io.poll_receive(&mut cx).is_ready());
    }
}

#[test]
fn a_writer_is_woken_while_frames_are_left() {
    let wakes = Arc::new(Wakes::default());
    let waker = Waker::from(wakes.clone());
    let mut cx = Context::from_waker(&waker);
    // The second is more than is kept: an attempt to write it comes before `poll_write`, and is not woken.
    for size in [100, 2 * WRITE] {
        let (mut io, mut server) = connected(7);
        io.send(&binary(size));
        let all = io.unsent() + 7 * usize::from(size > WRITE);
        assert!((size + 6..=size + 14).contains(&all), "{all}");
        let mut read = 0;
        while io.poll_write(&mut cx).is_pending() {
            assert_eq!(wakes.take(), 0);
            // What is left is in the stream.
            assert_eq!(all, read + 7 + io.unsent());
            read += now(server.read(&mut [0; 5])).unwrap();
            assert_eq!(wakes.take(), 1);
        }
        assert_eq!(io.unsent(), 0);
        drop(io);
        read += now(server.read_to_end(&mut Vec::new())).unwrap();
        assert_eq!(read, all);
    }
}

#[test]
fn only_poll_write_ends_the_pause_of_a_flooded_reader() {
    let (mut io, mut server) = connected(1 << 20);
    let mut cx = Context::from_waker(Waker::noop());
    let pings = [&[0x89, 125][..], &[b'x'; 125]].concat();
    now(server.write_all(&pings.repeat(WaitingPongs::MAX + 1))).unwrap();
    now(server.write_all(b"\x81\x01a")).unwrap();
    assert!(io.poll_receive(&mut cx).is_pending());
    assert!(io.is_flooded());
    // The pongs are written before the packet, but the caller does not know.
    io.send(&binary(WRITE));
    assert_eq!(io.unsent(), 0);
    assert!(io.is_flooded());
    assert!(io.poll_receive(&mut cx).is_pending());
    assert!(io.poll_write(&mut cx).is_ready());
    assert!(!io.is_flooded());
    assert!(matches!(
        io.poll_receive(&mut cx),
        Poll::Ready(Received::Text(_))
    ));
}
