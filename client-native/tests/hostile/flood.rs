//! A client that does not read what it asked for: the connection stops reading, within bounds, and nothing is lost.

use std::sync::Arc;
use std::time::Duration;

use tidewire::{Builder, Event, Events, Reason, Socket};
use tokio::sync::{Semaphore, mpsc};
use tokio::task::JoinHandle;

use crate::support::scripted::{Conn, HANDSHAKE, Scripted};
use crate::support::{guarded, next_change, next_named, run};

/// One event is 64 KiB and its head; in all they are far more than the kernel keeps for a connection.
const PAYLOAD: usize = 64 << 10;
const COUNT: usize = 1_024;
/// What the inbox of these tests, one turn of the driver and the kernel may hold together.
const BOUND: usize = 32 << 20;

fn small_inbox(server: &Scripted) -> Builder {
    server
        .client("/")
        .inbox_events(16)
        .inbox_bytes(16 * PAYLOAD)
}

/// Sends the flood, and tells how many events have gone out.
fn flood(conn: Conn) -> (JoinHandle<Conn>, mpsc::UnboundedReceiver<usize>) {
    let mut conn = conn;
    let (tell, told) = mpsc::unbounded_channel();
    let task = tokio::spawn(async move {
        let payload = "x".repeat(PAYLOAD);
        for number in 0..COUNT {
            conn.send(&format!(r#"42["tick",{number},"{payload}"]"#))
                .await;
            let _ = tell.send(number + 1);
        }
        conn
    });
    (task, told)
}

/// How many events went out until the server was held up.
async fn held_up(told: &mut mpsc::UnboundedReceiver<usize>) -> usize {
    let mut sent = 0;
    // An absence: whoever is not held up sends one in microseconds. Ending too early does the test no harm.
    while let Ok(Some(number)) = tokio::time::timeout(Duration::from_millis(500), told.recv()).await
    {
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
    let (socket, conn) = tokio::join!(small_inbox(server).connect(), server.let_in("/"));
    (socket.unwrap(), conn)
}

#[test]
fn a_stream_that_is_not_read_holds_the_server_up_and_loses_nothing() {
    run(async {
        let server = Scripted::start().await;
        let (socket, conn) = connected(&server).await;
        let mut events = socket.events();
        let mut other = socket.events();
        let (flooding, mut told) = flood(conn);
        let sent = held_up(&mut told).await;
        assert!(sent * PAYLOAD < BOUND, "{sent} events were taken");
        // The slowest listener is the one that counts.
        let reading = tokio::spawn(async move {
            read_all(&mut other).await;
            other
        });
        let sent = held_up(&mut told).await;
        assert!(sent * PAYLOAD < BOUND, "{sent} events were taken");
        // Emits go out all the while.
        socket.emit("still", ()).await.unwrap();
        read_all(&mut events).await;
        guarded(reading).await.unwrap();
        let mut conn = guarded(flooding).await.unwrap();
        assert_eq!(conn.text().await, r#"42["still"]"#);
    });
}

#[test]
fn a_stream_that_is_dropped_holds_nothing_up() {
    run(async {
        let server = Scripted::start().await;
        let (socket, conn) = connected(&server).await;
        let unread = socket.events();
        let (flooding, mut told) = flood(conn);
        held_up(&mut told).await;
        drop(unread);
        let mut conn = guarded(flooding).await.unwrap();
        conn.send("2").await;
        assert_eq!(conn.text().await, "3");
    });
}

#[test]
fn more_waiting_handlers_than_may_run_hold_the_server_up_and_lose_nothing() {
    // As many as may run at the same time.
    const RUNNING: usize = 1_024;
    const EVENTS: usize = 3 * RUNNING;
    run(async {
        let server = Scripted::start().await;
        let permits = Arc::new(Semaphore::new(0));
        let (tell, mut begun) = mpsc::unbounded_channel();
        let waits_for = permits.clone();
        let builder = small_inbox(&server).on("tick", move |number: usize, _| {
            tell.send(number).unwrap();
            let permits = waits_for.clone();
            async move { permits.acquire().await.unwrap().forget() }
        });
        let (socket, mut conn) = tokio::join!(builder.connect(), server.let_in("/"));
        let _socket = socket.unwrap();
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
        // An absence: no other begins while all of these wait.
        let another = tokio::time::timeout(Duration::from_millis(100), begun.recv()).await;
        assert!(another.is_err(), "{another:?}");
        permits.add_permits(EVENTS);
        for expected in RUNNING..EVENTS {
            assert_eq!(begun.recv().await, Some(expected));
        }
        guarded(sending).await.unwrap();
    });
}

// `Builder::inbox`: "A heartbeat that is not read ends the connection in the end."
#[test]
fn a_heartbeat_that_is_not_read_ends_the_connection() {
    run(async {
        let server = Scripted::start().await;
        let connecting = tokio::spawn(small_inbox(&server).connect());
        let mut conn = server.accept().await;
        let handshake = HANDSHAKE.replace("25000", "1000").replace("20000", "1000");
        conn.send(&handshake).await;
        conn.let_in("/").await;
        let socket = guarded(connecting).await.unwrap().unwrap();
        let mut events = socket.events();
        // As many as the inbox holds; what comes behind them is not read.
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
        let change = guarded(events.next()).await;
        assert!(
            matches!(
                change,
                Some(Event::Disconnected {
                    reason: Reason::PingTimeout,
                    ..
                })
            ),
            "{change:?}"
        );
        // There is room now: it comes back.
        let mut conn = server.let_in("/").await;
        assert!(matches!(
            next_change(&mut events).await,
            Event::Connected(_)
        ));
        conn.send("2").await;
        assert_eq!(conn.text().await, "3");
    });
}

#[test]
fn a_server_that_hangs_up_on_a_client_that_does_not_read_is_noticed_when_it_reads() {
    run(async {
        let server = Scripted::start().await;
        let (socket, mut conn) = connected(&server).await;
        let mut events = socket.events();
        for number in 0..64 {
            conn.send(&format!(r#"42["tick",{number}]"#)).await;
        }
        conn.close().await;
        for expected in 0..64 {
            let tick = next_named(&mut events, "tick").await;
            assert_eq!(tick.args::<usize>().unwrap(), expected);
        }
        let change = guarded(events.next()).await;
        assert!(
            matches!(
                change,
                Some(Event::Disconnected {
                    reason: Reason::TransportClose,
                    ..
                })
            ),
            "{change:?}"
        );
    });
}

#[test]
fn a_connection_that_breaks_while_nothing_is_read_or_written_comes_back() {
    run(async {
        let server = Scripted::start().await;
        let (socket, conn) = connected(&server).await;
        let mut events = socket.events();
        let (flooding, mut told) = flood(conn);
        held_up(&mut told).await;
        // The server does not read either, until the client cannot write any more.
        let payload = "x".repeat(PAYLOAD);
        while socket.try_emit("fill", &payload).is_ok() {
            tokio::task::yield_now().await;
        }
        flooding.abort();
        assert!(flooding.await.unwrap_err().is_cancelled());
        // Well before the heartbeat would, after 45 s.
        let noticing = async {
            while socket.is_connected() {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(Duration::from_secs(20), noticing)
            .await
            .expect("the loss was not noticed");
        let (_conn, ()) = tokio::join!(server.let_in("/"), async {
            while !matches!(events.next().await.unwrap(), Event::Connected(_)) {}
        });
    });
}
