//! A server that pings without end and does not read: the pongs that wait are bounded, because the client stops reading.

use std::time::Duration;

use tidewire::Reason;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::support::clock::elapses;
use crate::support::events::expect_disconnected;
use crate::support::run_on_one_thread;
use crate::support::scripted::Scripted;

/// More than the buffers of both kernels hold, in bytes.
const FLOOD: usize = 128 << 20;

/// A WebSocket ping with as much data as it may have.
fn websocket_ping() -> Vec<u8> {
    let mut frame = vec![0x89, 125];
    frame.extend([b'x'; 125]);
    frame
}

/// An Engine.IO ping. It is shorter than its pong, so that the pongs fill the buffers.
fn engine_ping() -> Vec<u8> {
    vec![0x81, 1, b'2']
}

/// Sends pings until the client reads no more; returns the bytes sent.
async fn flood(stream: &mut TcpStream, ping: &[u8]) -> usize {
    let block = ping.repeat(1_000);
    let mut sent = 0;
    while sent < FLOOD {
        // Goes on amid a ping if the last write was short.
        let rest = &block[sent % ping.len()..];
        let writing = elapses(Duration::from_millis(500), stream.write(rest)).await;
        match writing {
            Some(written) => sent += written.unwrap(),
            None => break,
        }
    }
    sent
}

#[test]
fn it_reads_no_more_while_too_many_pongs_wait() {
    for ping in [websocket_ping(), engine_ping()] {
        run_on_one_thread(async {
            let server = Scripted::start_with_small_buffers().await;
            let (socket, conn) = server.connect().await;
            let mut stream = conn.into_stream();
            let sent = flood(&mut stream, &ping).await;
            assert!(sent < FLOOD, "the client reads on");
            assert!(socket.is_connected());
            // Once the server reads, all goes on: the event is behind the pongs.
            socket.emit("after", "the flood").await.unwrap();
            let mut received = Vec::new();
            while !received.ends_with(b"42") {
                received.clear();
                // Frames of the client are masked: two bytes, the mask, the content.
                let mut head = [0; 6];
                stream.read_exact(&mut head).await.unwrap();
                received.resize(usize::from(head[1] & 0x7f), 0);
                stream.read_exact(&mut received).await.unwrap();
                for (byte, mask) in received.iter_mut().zip(head[2..].iter().cycle()) {
                    *byte ^= mask;
                }
                received.truncate(2);
            }
        });
    }
}

#[test]
fn a_connection_that_is_flooded_can_be_closed() {
    run_on_one_thread(async {
        let server = Scripted::start_with_small_buffers().await;
        let (socket, mut events, conn) = server.connect_with_events(server.client("/")).await;
        let mut stream = conn.into_stream();
        flood(&mut stream, &websocket_ping()).await;
        let closing = tokio::time::timeout(Duration::from_secs(20), socket.close());
        closing.await.expect("it hangs");
        assert_eq!(
            expect_disconnected(&mut events).await,
            Reason::ClientDisconnect
        );
    });
}
