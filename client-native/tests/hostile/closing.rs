//! Closing: the server receives every emitted event, then a close.

use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use tidewire::{EmitError, Event, Hint, Reason, Socket};
use tokio::sync::{mpsc, oneshot};

use crate::support::clock::elapses;
use crate::support::events::next_change;
use crate::support::scripted::{Scripted, handshake};
use crate::support::{guarded, run, run_on_one_thread};

#[test]
fn events_emitted_before_close_are_sent_first() {
    const COUNT: usize = 10_000;
    run(async {
        let server = Scripted::start().await;
        let (socket, mut conn) = server.connect().await;
        let closing = async {
            for number in 0..COUNT {
                socket
                    .emit("last", (number, "words".repeat(10)))
                    .await
                    .unwrap();
            }
            socket.client().close().await;
        };
        tokio::join!(closing, async {
            for number in 0..COUNT {
                let text = conn.text().await;
                assert!(
                    text.starts_with(&format!(r#"42["last",{number},"#)),
                    "{text}"
                );
            }
            assert_eq!(conn.text().await, "41");
            conn.expect_close().await;
        });
        assert!(!socket.is_connected());
    });
}

#[test]
fn a_closed_client_takes_no_events_until_it_connects_again() {
    run(async {
        let server = Scripted::start().await;
        let (socket, conn) = server.connect().await;
        let never_connected = socket.namespace("/other");
        never_connected.emit("buffered", ()).await.unwrap();
        tokio::join!(socket.client().close(), conn.close());
        let new = socket.namespace("/new");
        for closed in [&socket, &socket.clone(), &never_connected, &new] {
            assert_eq!(closed.emit("x", ()).await, Err(EmitError::Closed));
            assert_eq!(closed.emit_volatile("x", ()).await, Err(EmitError::Closed));
            assert_eq!(closed.try_emit("x", ()), Err(EmitError::Closed));
            for retries in [0, 1] {
                let request = closed.emit_with_ack::<()>("x", ()).retries(retries);
                assert_eq!(request.await, Err(EmitError::Closed.into()));
            }
            let request = closed.emit_with_ack::<()>("x", ()).volatile();
            assert_eq!(request.await, Err(EmitError::Closed.into()));
        }
        // Connecting opens it again, at once, for this namespace only.
        socket.start();
        socket.emit("again", ()).await.unwrap();
        assert_eq!(new.try_emit("x", ()), Err(EmitError::Closed));
        let mut conn = server.accept_namespace("/").await;
        assert_eq!(conn.text().await, r#"42["again"]"#);
        // A disconnected namespace goes on buffering, as in socket.io-client.
        socket.disconnect().await;
        socket.emit("buffered", ()).await.unwrap();
    });
}

#[test]
fn the_connection_is_closed_when_the_last_handle_is_dropped() {
    run(async {
        let server = Scripted::start().await;
        let client = server.client("/").build().unwrap();
        let socket = client.socket();
        let (outcome, mut conn) = tokio::join!(socket.connect(), server.accept_namespace("/"));
        outcome.unwrap();
        let (other, events) = (socket.clone(), socket.events());
        socket.on("x", async |(): (), _| {});
        drop((client, socket));
        // A clone and a stream are handles; a handler is not.
        other.emit("still", 1).await.unwrap();
        assert_eq!(conn.text().await, r#"42["still",1]"#);
        drop(other);
        conn.expect_pong_next().await;
        drop(events);
        assert_eq!(conn.text().await, "41");
        conn.expect_close().await;
    });
}

#[test]
fn a_handler_with_a_weak_socket_does_not_keep_the_connection() {
    run(async {
        let server = Scripted::start().await;
        let (socket, mut conn) = server.connect().await;
        let (weak, dropped) = (socket.downgrade(), Arc::new(()));
        let held = dropped.clone();
        socket.on("ask", move |(): (), _| {
            let (socket, _held) = (weak.upgrade(), held.clone());
            async move {
                if let Some(socket) = socket {
                    socket.emit("answer", socket.name()).await.unwrap();
                }
            }
        });
        let weak = socket.downgrade();
        conn.send(r#"42["ask"]"#).await;
        assert_eq!(conn.text().await, r#"42["answer","/"]"#);
        assert!(weak.upgrade().is_some());
        drop(socket);
        assert_eq!(conn.text().await, "41");
        conn.expect_close().await;
        assert!(weak.upgrade().is_none());
        // Nothing of the client is left: its handlers are dropped, too.
        while Arc::strong_count(&dropped) > 1 {
            tokio::task::yield_now().await;
        }
    });
}

#[test]
fn events_emitted_before_the_last_handle_is_dropped_are_sent() {
    run(async {
        let server = Scripted::start().await;
        let (socket, mut conn) = server.connect().await;
        for number in 0..100 {
            socket.try_emit("last", number).unwrap();
        }
        drop(socket);
        for number in 0..100 {
            assert_eq!(conn.text().await, format!(r#"42["last",{number}]"#));
        }
        assert_eq!(conn.text().await, "41");
        conn.expect_close().await;
    });
}

#[test]
fn an_attempt_to_connect_ends_with_its_last_handle() {
    run_on_one_thread(async {
        let server = Scripted::start().await;
        let client = server.client("/").build().unwrap();
        client.socket().start();
        let mut conn = server.accept_engine().await;
        assert_eq!(conn.text().await, "40");
        drop(client);
        conn.expect_close().await;
        server.expect_no_attempt().await;
    });
}

#[test]
fn a_client_is_usable_after_an_aborted_connect() {
    run(async {
        let server = Scripted::start().await;
        let client = server.client("/").build().unwrap();
        let socket = client.socket();
        let connecting = tokio::spawn({
            let socket = socket.clone();
            async move { socket.connect().await }
        });
        let conn = server.accept_engine().await;
        connecting.abort();
        assert!(connecting.await.unwrap_err().is_cancelled());
        drop(conn);
        let (outcome, _conn) = tokio::join!(socket.wait_connected(), async {
            server.accept_namespace("/").await
        });
        outcome.unwrap();
    });
}

#[test]
fn an_event_whose_ack_request_is_dropped_is_not_sent() {
    run(async {
        let server = Scripted::start().await;
        let client = server.client("/").build().unwrap();
        let socket = client.socket();
        socket.emit("first", ()).await.unwrap();
        let (emitted_tx, emitted) = oneshot::channel();
        let awaiting = tokio::spawn({
            let request = socket.emit_with_ack::<()>("dropped", ());
            async move {
                // The first poll of the request emits the event.
                let mut request = request;
                let once = std::future::poll_fn(|cx| {
                    assert!(std::pin::Pin::new(&mut request).poll(cx).is_pending());
                    std::task::Poll::Ready(())
                });
                once.await;
                emitted_tx.send(()).unwrap();
                request.await
            }
        });
        emitted.await.unwrap();
        awaiting.abort();
        assert!(awaiting.await.unwrap_err().is_cancelled());
        // A request that is never polled emits nothing.
        drop(socket.emit_with_ack::<()>("never", ()));
        socket.emit("last", ()).await.unwrap();
        let (outcome, mut conn) = tokio::join!(socket.connect(), server.accept_namespace("/"));
        outcome.unwrap();
        assert_eq!(conn.text().await, r#"42["first"]"#);
        assert_eq!(conn.text().await, r#"42["last"]"#);
    });
}

#[test]
fn an_event_whose_ack_times_out_before_the_connection_is_not_sent() {
    run(async {
        let server = Scripted::start().await;
        let client = server.client("/").build().unwrap();
        let socket = client.socket();
        let brief = Duration::from_millis(1);
        let request = socket.emit_with_ack::<()>("late", ()).timeout(brief);
        let outcome = guarded(request).await;
        assert!(matches!(outcome, Err(tidewire::AckError::Timeout { .. })));
        socket.emit("last", ()).await.unwrap();
        let (outcome, mut conn) = tokio::join!(socket.connect(), server.accept_namespace("/"));
        outcome.unwrap();
        assert_eq!(conn.text().await, r#"42["last"]"#);
    });
}

#[test]
fn a_full_buffer_is_an_error() {
    run(async {
        let server = Scripted::start().await;
        let builder = server.client("/").offline_events(2).offline_bytes(1_000);
        let socket = builder.build().unwrap().socket();
        socket.emit("a", ()).await.unwrap();
        let large = socket.emit("large", "x".repeat(1_000)).await;
        let refused = Err(EmitError::Refused(tidewire::Misuse::BufferFull));
        assert_eq!(large, refused);
        socket.emit("b", ()).await.unwrap();
        assert_eq!(socket.emit("c", ()).await, refused);
        socket.emit_volatile("v", ()).await.unwrap();
        let (error_tx, mut errors) = mpsc::unbounded_channel();
        socket.on_error(move |error| {
            let _ = error_tx.send(error);
        });
        socket.try_emit("d", ()).unwrap();
        let error = guarded(errors.recv()).await.unwrap();
        assert!(
            matches!(
                error,
                tidewire::SocketError::NotSent(tidewire::Misuse::BufferFull)
            ),
            "{error:?}"
        );
        let (outcome, mut conn) = tokio::join!(socket.connect(), server.accept_namespace("/"));
        outcome.unwrap();
        assert_eq!(conn.text().await, r#"42["a"]"#);
        assert_eq!(conn.text().await, r#"42["b"]"#);
        socket.emit("after", ()).await.unwrap();
        assert_eq!(conn.text().await, r#"42["after"]"#);
    });
}

#[test]
fn thousands_of_ack_requests_can_be_dropped_at_once() {
    // They are dropped newest first, and the core moves the older ones each time: the square of this counts.
    const COUNT: usize = 4_000;
    run(async {
        let server = Scripted::start().await;
        let (socket, mut conn) = server.connect().await;
        // A busy machine may take longer than the default.
        let limit = Duration::from_secs(600);
        let request = || socket.emit_with_ack::<u64>("ask", ()).timeout(limit);
        let mut requests: FuturesUnordered<_> =
            std::iter::repeat_with(request).take(COUNT).collect();
        let all_received = async {
            for _ in 0..COUNT {
                assert_eq!(conn.event_with_ack().await.1, r#"["ask"]"#);
            }
        };
        tokio::select! {
            outcome = requests.next() => panic!("no ack was sent: {outcome:?}"),
            () = all_received => {}
        }
        drop(requests);
        // The ack of a dropped request is ignored.
        let (last, id) = tokio::join!(request(), async {
            let (id, _) = conn.event_with_ack().await;
            conn.send("430[0]").await;
            conn.send(&format!("43{id}[7]")).await;
            id
        });
        assert_eq!((last, id), (Ok(7), COUNT as u64));
    });
}

/// Whether `close` ends within half of the time that a server has to close, too. It does not answer.
async fn closes_at_once(socket: &Socket) -> bool {
    let closed = elapses(Duration::from_secs(1), socket.client().close());
    closed.await.is_some()
}

#[test]
fn a_session_that_is_lost_is_not_waited_for() {
    run_on_one_thread(async {
        let server = Scripted::start().await;
        let builder = server.client("/");
        let (socket, mut conn) = tokio::join!(builder.connect(), async {
            let mut conn = server.accept_websocket().await;
            conn.send(&handshake(2_000, 2_000)).await;
            conn.accept_namespace("/").await;
            conn
        });
        let socket = socket.unwrap();
        let mut events = socket.events();
        let lost = elapses(Duration::from_secs(10), next_change(&mut events));
        match lost.await {
            Some(Event::Disconnected { reason, .. }) => assert_eq!(reason, Reason::PingTimeout),
            other => panic!("{other:?}"),
        }
        assert!(closes_at_once(&socket).await);
        conn.expect_close().await;
    });
}

#[test]
fn a_session_without_a_network_is_not_waited_for() {
    run_on_one_thread(async {
        let server = Scripted::start().await;
        let (socket, mut conn) = server.connect().await;
        socket.client().hint(Hint::Offline);
        assert!(closes_at_once(&socket).await);
        conn.expect_close().await;
    });
}

#[test]
fn a_session_that_is_open_has_time_to_close() {
    run_on_one_thread(async {
        let server = Scripted::start().await;
        let (socket, mut conn) = server.connect().await;
        assert!(!closes_at_once(&socket).await);
        assert_eq!(conn.text().await, "41");
        conn.expect_close().await;
    });
}
