//! A server that does not read: emits wait, within bounds, and the client can be closed anyway.

use std::future::Future;
use std::time::Duration;

use tidewire::{AckError, EmitError, Misuse, Reason, Socket, Transport};
use tokio::task::JoinHandle;

use crate::support::clock::elapses;
use crate::support::events::expect_disconnected;
use crate::support::polled::{Request, accept_namespace};
use crate::support::scripted::{Conn, HANDSHAKE, Scripted, handshake};
use crate::support::{guarded, run, run_on_one_thread};

/// The payload of one event, in bytes.
const PAYLOAD: usize = 64 << 10;
/// The most that the client (16 MiB, in all its stages) and the kernel hold together, in bytes.
const BOUND: usize = 32 << 20;

/// Emits until `emit` waits; returns the number of events queued, and the task that waits.
async fn fill(socket: &Socket) -> (usize, JoinHandle<Result<(), EmitError>>) {
    let payload = "x".repeat(PAYLOAD);
    let mut queued = 0;
    loop {
        let emit = tokio::spawn({
            let (socket, payload) = (socket.clone(), payload.clone());
            async move {
                // This check of the connection must not make room in the queue.
                socket.wait_connected().await.unwrap();
                socket.emit("fill", (queued, payload)).await
            }
        });
        let mut emit = emit;
        // The span passes only if the client cannot go on. If it passes too early, there are fewer events in the queue.
        match elapses(Duration::from_millis(300), &mut emit).await {
            Some(outcome) => outcome.unwrap().unwrap(),
            None => return (queued, emit),
        }
        queued += 1;
        assert!(queued * PAYLOAD < BOUND, "emit does not wait");
    }
}

/// Reads the events of [`fill`] and checks their order and size.
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
    run_on_one_thread(async {
        let server = Scripted::start().await;
        let (socket, mut conn) = server.connect().await;
        let (queued, waiting) = fill(&socket).await;
        assert_eq!(socket.try_emit("more", ()), Err(EmitError::QueueFull));
        read_all(&mut conn, queued + 1).await;
        guarded(waiting).await.unwrap().unwrap();
        socket.try_emit("more", ()).unwrap();
        assert_eq!(conn.text().await, r#"42["more"]"#);
    });
}

#[test]
fn an_emit_that_waits_while_the_client_is_closed_or_the_connection_lost_has_its_verdict() {
    for closes in [true, false] {
        run_on_one_thread(async {
            let server = Scripted::start().await;
            // Nothing is buffered offline.
            let builder = server.client("/").offline_events(0);
            let (connecting, conn) = tokio::join!(builder.connect(), server.accept_namespace("/"));
            let socket = connecting.unwrap();
            let (_, waiting) = fill(&socket).await;
            let expected = if closes {
                guarded(socket.close()).await;
                EmitError::Closed
            } else {
                drop(conn);
                EmitError::Refused(Misuse::BufferFull)
            };
            assert_eq!(guarded(waiting).await.unwrap(), Err(expected));
        });
    }
}

#[test]
fn over_polling_emit_waits_for_as_many_bytes() {
    run_on_one_thread(async {
        let server = Scripted::start().await;
        let builder = server.client("/").transports([Transport::Polling]);
        let connecting = tokio::spawn(builder.connect());
        let _poll = accept_namespace(&server, HANDSHAKE).await;
        let socket = guarded(connecting).await.unwrap().unwrap();
        // The server does not respond to the POST of the first event.
        let (queued, waiting) = fill(&socket).await;
        assert!(queued * PAYLOAD >= 15 << 20, "{queued}");
        waiting.abort();
    });
}

/// Connects the next client to `/` over polling. Returns its next poll, and its WebSocket, which has not answered yet.
async fn accept_upgrade(server: &Scripted) -> (Request, Conn) {
    let upgrades = HANDSHAKE.replace("[]", r#"["websocket"]"#);
    Request::expect(server, "GET")
        .await
        .respond(&upgrades)
        .await;
    let (mut websocket, mut requests) = (None, Vec::new());
    // In any order.
    while websocket.is_none() || requests.len() < 2 {
        let stream = server.accept_tcp().await;
        let mut line = [0; 64];
        guarded(stream.peek(&mut line)).await.unwrap();
        if String::from_utf8_lossy(&line).contains("transport=websocket") {
            websocket = Some(Conn::accept(stream).await.unwrap());
        } else {
            requests.push(Request::of(stream).await);
        }
    }
    requests.sort_by(|one, other| other.method.cmp(&one.method));
    for (request, response) in requests.into_iter().zip(["ok", r#"40{"sid":"socket"}"#]) {
        request.respond(response).await;
    }
    (Request::expect(server, "GET").await, websocket.unwrap())
}

#[test]
fn during_an_upgrade_emit_waits_for_as_many_bytes() {
    run_on_one_thread(async {
        let server = Scripted::start().await;
        let builder = server.client("/").connect_timeout(Duration::from_secs(600));
        let builder = builder.transports([Transport::Polling, Transport::WebSocket]);
        let connecting = tokio::spawn(builder.connect());
        let (poll, mut conn) = accept_upgrade(&server).await;
        let socket = guarded(connecting).await.unwrap().unwrap();
        assert_eq!(conn.text().await, "2probe");
        conn.send("3probe").await;
        // It ends no poll, so the WebSocket does not take over, and packets over it are not those of the session: none is kept.
        for _ in 0..100 {
            conn.send(&format!(r#"42["early","{}"]"#, "x".repeat(PAYLOAD)))
                .await;
        }
        let (queued, waiting) = fill(&socket).await;
        assert!(queued * PAYLOAD >= 15 << 20, "{queued}");
        poll.respond("6").await;
        assert_eq!(conn.text().await, "5");
        read_all(&mut conn, queued + 1).await;
        guarded(waiting).await.unwrap().unwrap();
        assert_eq!(socket.client().metrics().events_received, 0);
    });
}

#[test]
fn the_client_can_be_closed() {
    run_on_one_thread(async {
        let server = Scripted::start().await;
        let (socket, conn) = server.connect().await;
        let mut events = socket.events();
        let (_, waiting) = fill(&socket).await;
        // Sooner than by the heartbeat, which would end the connection as well.
        in_time(socket.client().close()).await;
        assert_eq!(
            expect_disconnected(&mut events).await,
            Reason::ClientDisconnect
        );
        // The emit that waited comes after the close.
        assert_eq!(guarded(waiting).await.unwrap(), Err(EmitError::Closed));
        drop(conn);
        let (outcome, mut conn) = tokio::join!(socket.connect(), server.accept_namespace("/"));
        outcome.unwrap();
        socket.emit("next", ()).await.unwrap();
        assert_eq!(conn.text().await, r#"42["next"]"#);
    });
}

#[test]
fn a_namespace_can_be_disconnected() {
    run_on_one_thread(async {
        let server = Scripted::start().await;
        let (socket, _conn) = server.connect().await;
        let (_, waiting) = fill(&socket).await;
        in_time(socket.disconnect()).await;
        assert!(!socket.is_connected());
        guarded(waiting).await.unwrap().unwrap();
    });
}

#[test]
fn the_connection_ends_with_the_last_handle() {
    run_on_one_thread(async {
        let server = Scripted::start().await;
        let (socket, mut conn) = server.connect().await;
        let (_, waiting) = fill(&socket).await;
        waiting.abort();
        let _ = waiting.await;
        drop(socket);
        // The server sees the end of the stream after the close timeout, although it has not read the events.
        in_time(async { while conn.next().await.is_some() {} }).await;
    });
}

#[test]
fn an_ack_timeout_holds_behind_a_full_queue() {
    run_on_one_thread(async {
        let server = Scripted::start().await;
        let (socket, _conn) = server.connect().await;
        let brief = Duration::from_millis(10);
        let (_, waiting) = fill(&socket).await;
        let request = socket.emit_with_ack::<()>("ask", ()).timeout(brief);
        let outcome = in_time(request).await;
        assert!(matches!(outcome, Err(AckError::Timeout { .. })));
        waiting.abort();
    });
}

#[test]
fn the_heartbeat_ends_the_connection() {
    run(async {
        let server = Scripted::start().await;
        let builder = server
            .client("/")
            .offline_events(BOUND)
            .offline_bytes(2 * BOUND);
        let connecting = tokio::spawn(builder.connect());
        let mut conn = server.accept_websocket().await;
        // Longer than it takes to fill the queue.
        conn.send(&handshake(1_000, 1_000)).await;
        conn.accept_namespace("/").await;
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
        assert_eq!(expect_disconnected(&mut events).await, Reason::PingTimeout);
        // The events still in the queue are sent on the next connection.
        let mut conn = server.accept_namespace("/").await;
        let last = format!(r#"42["fill",{},"#, BOUND / PAYLOAD - 1);
        while !conn.text().await.starts_with(&last) {}
        guarded(emitting).await.unwrap();
    });
}

/// Awaits `future` for less than half the time that the heartbeat of the handshake (45 s) needs.
async fn in_time<T>(future: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(20), future)
        .await
        .expect("it hangs until the heartbeat ends the connection")
}
