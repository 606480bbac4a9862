//! An application that does not read its events: the connection stops reading, within bounds, and no event is lost.

use std::sync::Arc;
use std::time::Duration;

use tidewire::{Builder, Event, Events, Reason, Socket};
use tokio::sync::{Semaphore, mpsc};
use tokio::task::JoinHandle;

use crate::support::clock::elapses;
use crate::support::events::{expect_connected, expect_next_disconnected, next_named};
use crate::support::scripted::{Conn, Scripted, handshake};
use crate::support::{guarded, run, run_on_one_thread};

/// The payload of one event, in bytes; all events together exceed the socket buffers of the kernel by far.
const PAYLOAD: usize = 64 << 10;
const COUNT: usize = 1_024;
/// The most that the inbox of these tests, one turn of the driver and the kernel hold together, in bytes.
const BOUND: usize = 32 << 20;

fn small_inbox(server: &Scripted) -> Builder {
    server.client("/").inbox_bytes(16 * PAYLOAD)
}

/// An inbox for fewer than 16 events without a payload.
fn tiny_inbox(server: &Scripted) -> Builder {
    server.client("/").inbox_bytes(1_200)
}

/// Sends all events; the receiver gets the number sent so far, after each.
fn flood(conn: Conn) -> (JoinHandle<Conn>, mpsc::UnboundedReceiver<usize>) {
    let mut conn = conn;
    let (sent_tx, sent_rx) = mpsc::unbounded_channel();
    let task = tokio::spawn(async move {
        let payload = "x".repeat(PAYLOAD);
        for number in 0..COUNT {
            conn.send(&format!(r#"42["tick",{number},"{payload}"]"#))
                .await;
            let _ = sent_tx.send(number + 1);
        }
        conn
    });
    (task, sent_rx)
}

/// Waits until the server cannot send any more; returns how many events it has sent.
async fn sent_until_stalled(sent_rx: &mut mpsc::UnboundedReceiver<usize>) -> usize {
    let mut sent = 0;
    // The span passes only while neither the client nor the flood can go on.
    while let Some(Some(number)) = elapses(Duration::from_millis(500), sent_rx.recv()).await {
        sent = number;
    }
    sent
}

async fn read_all(events: &mut Events) {
    for expected in 0..COUNT {
        let tick = next_named(events, "tick").await;
        let (number, text): (usize, String) = tick.args().unwrap();
        assert_eq!((number, text.len()), (expected, PAYLOAD));
    }
}

async fn connected(server: &Scripted) -> (Socket, Conn) {
    server.connect_with(small_inbox(server)).await
}

#[test]
fn a_stream_that_is_not_read_stalls_the_server_and_loses_nothing() {
    run_on_one_thread(async {
        let server = Scripted::start().await;
        let (socket, conn) = connected(&server).await;
        let mut events = socket.events();
        let mut other = socket.events();
        let (flooding, mut sent_rx) = flood(conn);
        let sent = sent_until_stalled(&mut sent_rx).await;
        assert!(sent * PAYLOAD < BOUND, "{sent} events were read");
        // The slowest stream sets the pace.
        let reading = tokio::spawn(async move {
            read_all(&mut other).await;
            other
        });
        let sent = sent_until_stalled(&mut sent_rx).await;
        assert!(sent * PAYLOAD < BOUND, "{sent} events were read");
        // Emits are sent meanwhile.
        socket.emit("still", ()).await.unwrap();
        read_all(&mut events).await;
        guarded(reading).await.unwrap();
        let mut conn = guarded(flooding).await.unwrap();
        assert_eq!(conn.text().await, r#"42["still"]"#);
    });
}

#[test]
fn a_dropped_stream_stalls_nothing() {
    run_on_one_thread(async {
        let server = Scripted::start().await;
        let (socket, conn) = connected(&server).await;
        let unread = socket.events();
        let (flooding, mut sent_rx) = flood(conn);
        sent_until_stalled(&mut sent_rx).await;
        drop(unread);
        let mut conn = guarded(flooding).await.unwrap();
        conn.expect_pong_next().await;
    });
}

#[test]
fn at_the_limit_of_running_handlers_the_next_event_waits_and_none_is_lost() {
    // The most handlers that run at the same time.
    const RUNNING: usize = 1_024;
    const EVENTS: usize = 3 * RUNNING;
    run_on_one_thread(async {
        let server = Scripted::start().await;
        let permits = Arc::new(Semaphore::new(0));
        let (begin, mut begun) = mpsc::unbounded_channel();
        let handler_permits = permits.clone();
        let builder = small_inbox(&server).on("tick", move |number: usize, _| {
            begin.send(number).unwrap();
            let permits = handler_permits.clone();
            async move { permits.acquire().await.unwrap().forget() }
        });
        let (_socket, mut conn) = server.connect_with(builder).await;
        let sending = tokio::spawn(async move {
            for number in 0..EVENTS {
                conn.feed(&format!(r#"42["tick",{number}]"#)).await;
            }
            conn.flush().await;
            conn
        });
        for expected in 0..RUNNING {
            assert_eq!(begun.recv().await, Some(expected));
        }
        // No other handler begins while all of these wait.
        let another = elapses(Duration::from_millis(100), begun.recv()).await;
        assert!(another.is_none(), "{another:?}");
        permits.add_permits(EVENTS);
        for expected in RUNNING..EVENTS {
            assert_eq!(begun.recv().await, Some(expected));
        }
        guarded(sending).await.unwrap();
    });
}

// `Builder::inbox` documents this.
#[test]
fn a_heartbeat_that_is_not_read_ends_the_connection() {
    run(async {
        let server = Scripted::start().await;
        let connecting = tokio::spawn(tiny_inbox(&server).connect());
        let mut conn = server.accept_websocket().await;
        conn.send(&handshake(1_000, 1_000)).await;
        conn.accept_namespace("/").await;
        let socket = guarded(connecting).await.unwrap().unwrap();
        let mut events = socket.events();
        // More events than the inbox holds; the frames after them are not read.
        for number in 0..16 {
            conn.send(&format!(r#"42["tick",{number}]"#)).await;
        }
        conn.send("2").await;
        while socket.is_connected() {
            tokio::task::yield_now().await;
        }
        for expected in 0..16 {
            let tick = next_named(&mut events, "tick").await;
            assert_eq!(tick.args::<usize>().unwrap(), expected);
        }
        expect_next_disconnected(&mut events, Reason::PingTimeout).await;
        // The inbox has room now, so the client reconnects.
        let mut conn = server.accept_namespace("/").await;
        expect_connected(&mut events).await;
        conn.expect_pong_next().await;
    });
}

#[test]
fn a_close_while_nothing_is_read_is_noticed_after_the_last_event() {
    run(async {
        let server = Scripted::start().await;
        let (_socket, mut events, mut conn) = server.connect_with_events(tiny_inbox(&server)).await;
        for number in 0..64 {
            conn.send(&format!(r#"42["tick",{number}]"#)).await;
        }
        conn.close().await;
        for expected in 0..64 {
            let tick = next_named(&mut events, "tick").await;
            assert_eq!(tick.args::<usize>().unwrap(), expected);
        }
        expect_next_disconnected(&mut events, Reason::TransportClose).await;
    });
}

#[test]
fn a_connection_that_breaks_while_nothing_is_read_or_written_is_reopened() {
    run_on_one_thread(async {
        let server = Scripted::start().await;
        let (socket, conn) = connected(&server).await;
        let mut events = socket.events();
        let (flooding, mut sent_rx) = flood(conn);
        sent_until_stalled(&mut sent_rx).await;
        // The server does not read either, until the client cannot write any more.
        let payload = "x".repeat(PAYLOAD);
        while socket.try_emit("fill", &payload).is_ok() {
            tokio::task::yield_now().await;
        }
        flooding.abort();
        assert!(flooding.await.unwrap_err().is_cancelled());
        // The heartbeat would notice only after 45 s.
        let noticing = async {
            while socket.is_connected() {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(Duration::from_secs(20), noticing)
            .await
            .expect("the loss was not noticed");
        let (_conn, ()) = tokio::join!(server.accept_namespace("/"), async {
            while !matches!(events.next().await.unwrap(), Event::Connected(_)) {}
        });
    });
}
