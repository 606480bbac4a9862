//! A server that does not read: what cannot be written waits, within bounds, and the client can be closed all the same.

use std::future::Future;
use std::time::Duration;

use tidewire::{EmitError, Event, Reason, Socket};
use tokio::task::JoinHandle;

use crate::support::scripted::{Conn, HANDSHAKE, Scripted};
use crate::support::{guarded, next_change, run};

/// One event is 64 KiB and its head.
const PAYLOAD: usize = 64 << 10;
/// What the queue, the driver and the kernel may hold together: 16 MiB each for the first two, and some for the kernel.
const BOUND: usize = 64 << 20;

async fn connected(server: &Scripted) -> (Socket, Conn) {
    let (socket, conn) = tokio::join!(server.client("/").connect(), server.let_in("/"));
    (socket.unwrap(), conn)
}

/// Emits until `emit` has to wait; gives the number of events taken, and the one that waits.
async fn fill(socket: &Socket) -> (usize, JoinHandle<Result<(), EmitError>>) {
    let payload = "x".repeat(PAYLOAD);
    let mut taken = 0;
    loop {
        let emit = tokio::spawn({
            let (socket, payload) = (socket.clone(), payload.clone());
            async move {
                // To make sure of the connection must not make room in the queue.
                socket.wait_connected().await.unwrap();
                socket.emit("fill", (taken, payload)).await
            }
        });
        match waits(emit).await {
            Ok(outcome) => outcome.unwrap(),
            Err(waiting) => return (taken, waiting),
        }
        taken += 1;
        assert!(taken * PAYLOAD < BOUND, "emit does not wait");
    }
}

/// Whether `task` has not ended in a time that is ample for it.
async fn waits<T>(task: JoinHandle<T>) -> Result<T, JoinHandle<T>> {
    let mut task = task;
    // An absence: whoever is not held up is ready in microseconds. Should the machine be so slow that this ends too early,
    // the test goes on with fewer events.
    match tokio::time::timeout(Duration::from_millis(300), &mut task).await {
        Ok(ended) => Ok(ended.unwrap()),
        Err(_) => Err(task),
    }
}

/// The events that `fill` emitted, in order and whole.
async fn read_all(conn: &mut Conn, count: usize) {
    for number in 0..count {
        let text = conn.text().await;
        let head = format!(r#"42["fill",{number},""#);
        assert!(text.starts_with(&head), "{}", &text[..40]);
        assert_eq!(text.len(), head.len() + PAYLOAD + 2);
    }
}

#[test]
fn emit_waits_and_nothing_is_lost() {
    run(async {
        let server = Scripted::start().await;
        let (socket, mut conn) = connected(&server).await;
        let (taken, waiting) = fill(&socket).await;
        assert_eq!(socket.try_emit("more", ()), Err(EmitError::QueueFull));
        read_all(&mut conn, taken + 1).await;
        guarded(waiting).await.unwrap().unwrap();
        socket.try_emit("more", ()).unwrap();
        assert_eq!(conn.text().await, r#"42["more"]"#);
    });
}

#[test]
fn the_client_can_be_closed() {
    run(async {
        let server = Scripted::start().await;
        let (socket, conn) = connected(&server).await;
        let mut events = socket.events();
        let (_, waiting) = fill(&socket).await;
        // The guard is much shorter than a heartbeat, which would end the connection as well.
        in_time(socket.client().close()).await;
        assert!(matches!(
            next_change(&mut events).await,
            Event::Disconnected {
                reason: Reason::ClientDisconnect,
                ..
            }
        ));
        // The emit that waited is behind the close: it is kept for the next connection.
        guarded(waiting).await.unwrap().unwrap();
        drop(conn);
        let (outcome, mut conn) = tokio::join!(socket.connect(), server.let_in("/"));
        outcome.unwrap();
        assert!(conn.text().await.starts_with(r#"42["fill","#));
    });
}

#[test]
fn a_namespace_can_be_left() {
    run(async {
        let server = Scripted::start().await;
        let (socket, _conn) = connected(&server).await;
        let (_, waiting) = fill(&socket).await;
        in_time(socket.disconnect()).await;
        assert!(!socket.is_connected());
        guarded(waiting).await.unwrap().unwrap();
    });
}

#[test]
fn the_connection_ends_with_the_last_handle() {
    run(async {
        let server = Scripted::start().await;
        let (socket, mut conn) = connected(&server).await;
        let (_, waiting) = fill(&socket).await;
        waiting.abort();
        let _ = waiting.await;
        drop(socket);
        // The server sees the end of the stream, though it never read what was sent, after the client's patience.
        in_time(async { while conn.next().await.is_some() {} }).await;
    });
}

#[test]
fn whoever_waits_for_an_answer_is_told_in_time() {
    run(async {
        let server = Scripted::start().await;
        let (socket, _conn) = connected(&server).await;
        let brief = Duration::from_millis(10);
        let (_, waiting) = fill(&socket).await;
        // Behind the queue that is full.
        let request = socket.emit_with_ack::<()>("ask", ()).timeout(brief);
        let outcome = in_time(request).await;
        assert!(matches!(outcome, Err(tidewire::AckError::Timeout { .. })));
        waiting.abort();
    });
}

#[test]
fn the_heartbeat_ends_the_connection_in_the_end() {
    run(async {
        let server = Scripted::start().await;
        let builder = server
            .client("/")
            .offline_events(BOUND)
            .offline_bytes(2 * BOUND);
        let connecting = tokio::spawn(builder.connect());
        let mut conn = server.accept().await;
        // Longer than it takes to fill the queue.
        let handshake = HANDSHAKE.replace("25000", "1000").replace("20000", "1000");
        conn.send(&handshake).await;
        conn.let_in("/").await;
        let socket = guarded(connecting).await.unwrap().unwrap();
        let mut events = socket.events();
        let payload = "x".repeat(PAYLOAD);
        let emitting = tokio::spawn({
            let socket = socket.clone();
            async move {
                for number in 0..BOUND / PAYLOAD {
                    socket.emit("fill", (number, &payload)).await.unwrap();
                }
            }
        });
        assert!(matches!(
            next_change(&mut events).await,
            Event::Disconnected {
                reason: Reason::PingTimeout,
                ..
            }
        ));
        // What was not given to the connection yet is sent on the next one.
        let mut conn = server.let_in("/").await;
        let last = format!(r#"42["fill",{},"#, BOUND / PAYLOAD - 1);
        while !conn.text().await.starts_with(&last) {}
        guarded(emitting).await.unwrap();
    });
}

/// Bounded by less than half of what the heartbeat of [`HANDSHAKE`] would take.
async fn in_time<T>(future: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(20), future)
        .await
        .expect("it hangs until the heartbeat ends the connection")
}
