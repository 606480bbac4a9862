//! Events that are emitted in one go: they are queued as frames, and keep their order among all else.

use std::task::Poll;

use futures_util::poll;
use tidewire::{EmitError, Misuse};
use tokio::sync::oneshot;

use crate::support::scripted::Scripted;
use crate::support::{guarded, run, run_on_one_thread};

#[test]
fn events_keep_their_order_among_acks_large_ones_and_other_namespaces() {
    run_on_one_thread(async {
        let server = Scripted::start().await;
        let (socket, mut conn) = server.connect().await;
        let other = socket.namespace("/other");
        let (outcome, ()) = tokio::join!(other.connect(), conn.accept_namespace("/other"));
        outcome.unwrap();
        let large = "x".repeat(10_000);
        let mut expected = Vec::new();
        let mut requests = Vec::new();
        for n in 0..50 {
            socket.try_emit("a", n).unwrap();
            expected.push(format!("42[\"a\",{n}]"));
            socket.try_emit("b", ()).unwrap();
            expected.push("42[\"b\"]".to_owned());
            if n % 3 == 0 {
                other.try_emit("c", n).unwrap();
                expected.push(format!("42/other,[\"c\",{n}]"));
            }
            if n % 5 == 0 {
                let mut request = Box::pin(socket.emit_with_ack::<()>("d", n));
                assert!(poll!(&mut request).is_pending());
                expected.push(format!("42{}[\"d\",{n}]", requests.len()));
                requests.push(request);
            }
            if n % 7 == 0 {
                socket.try_emit("e", &large).unwrap();
                expected.push(format!("42[\"e\",\"{large}\"]"));
            }
        }
        for expected in expected {
            assert_eq!(conn.text().await, expected);
        }
    });
}

#[test]
fn events_behind_a_disconnect_are_buffered_in_order() {
    run_on_one_thread(async {
        let server = Scripted::start().await;
        let (socket, _conn) = server.connect().await;
        let mut disconnecting = Box::pin(socket.disconnect());
        assert_eq!(poll!(&mut disconnecting), Poll::Pending);
        // The driver has not had its turn yet.
        assert!(socket.is_connected());
        for n in 0..500 {
            socket.try_emit("n", n).unwrap();
        }
        disconnecting.await;
        assert_eq!(socket.offline_buffer().await.len(), 500);
        let (outcome, mut conn) = tokio::join!(socket.connect(), server.accept_namespace("/"));
        outcome.unwrap();
        for n in 0..500 {
            assert_eq!(conn.text().await, format!("42[\"n\",{n}]"));
        }
    });
}

#[test]
fn each_event_counts_against_the_limit_of_the_queue() {
    run_on_one_thread(async {
        let server = Scripted::start().await;
        let (socket, mut conn) = server.connect().await;
        let mut count = 0;
        let full = loop {
            match socket.try_emit("n", count) {
                Ok(()) => count += 1,
                Err(error) => break error,
            }
        };
        assert_eq!((full, count), (EmitError::QueueFull, 16_384));
        // A caller that waits comes behind them.
        let reading = async {
            for n in 0..=count {
                assert_eq!(conn.text().await, format!("42[\"n\",{n}]"));
            }
        };
        let (emitted, ()) = guarded(async { tokio::join!(socket.emit("n", count), reading) }).await;
        emitted.unwrap();
    });
}

/// The number in an event `n`.
fn number(text: &str) -> usize {
    let number = text
        .strip_prefix("42[\"n\",")
        .and_then(|n| n.strip_suffix(']'));
    number.expect("an event").parse().expect("a number")
}

#[test]
fn a_connection_that_is_lost_loses_only_the_events_on_their_way() {
    const LOSSES: usize = 20;
    run(async {
        let server = Scripted::start().await;
        let builder = server.client("/").offline_events(usize::MAX);
        let (socket, mut conn) = server.connect_with(builder).await;
        let (calm_tx, mut calm_rx) = oneshot::channel::<()>();
        let emitting = tokio::spawn(async move {
            for n in 0.. {
                match socket.try_emit("n", n) {
                    Err(EmitError::QueueFull) => socket.emit("n", n).await.unwrap(),
                    emitted => emitted.unwrap(),
                }
                if n % 100 == 0 {
                    tokio::task::yield_now().await;
                    if calm_rx.try_recv().is_ok() {
                        break;
                    }
                }
            }
            socket.emit("end", ()).await.unwrap();
            socket
        });
        let mut next = 0;
        for loss in 1..=LOSSES {
            for read in 0..loss * 37 {
                let n = number(&conn.text().await);
                assert!(n == next || read == 0 && n > next, "{n} behind {next}");
                next = n + 1;
            }
            drop(conn);
            conn = server.accept_namespace("/").await;
        }
        calm_tx.send(()).unwrap();
        let mut gaps = 0;
        loop {
            let text = conn.text().await;
            if text == "42[\"end\"]" {
                break;
            }
            let n = number(&text);
            assert!(n >= next, "{n} behind {next}");
            gaps += usize::from(n > next);
            next = n + 1;
        }
        assert!(gaps <= 1, "{gaps}");
        guarded(emitting).await.unwrap();
    });
}

#[test]
fn an_event_of_a_namespace_that_is_not_connected_has_its_verdict() {
    run_on_one_thread(async {
        let server = Scripted::start().await;
        // Its WebSocket is open for another namespace.
        let (socket, _conn) = server
            .connect_with(server.client("/").offline_events(1))
            .await;
        let other = socket.namespace("/other");
        other.emit("n", 0).await.unwrap();
        let refused = other.emit("n", 1).await;
        assert_eq!(refused, Err(EmitError::Refused(Misuse::BufferFull)));
    });
}

#[test]
fn events_of_two_namespaces_are_buffered_each_for_its_own() {
    run_on_one_thread(async {
        let server = Scripted::start().await;
        let (socket, mut conn) = server.connect().await;
        let other = socket.namespace("/other");
        let (outcome, ()) = tokio::join!(other.connect(), conn.accept_namespace("/other"));
        outcome.unwrap();
        let mut disconnecting = Box::pin(other.disconnect());
        assert_eq!(poll!(&mut disconnecting), Poll::Pending);
        for n in 0..100 {
            socket.try_emit("n", n).unwrap();
            other.try_emit("other", n).unwrap();
        }
        disconnecting.await;
        assert_eq!(other.offline_buffer().await, ["other"; 100]);
        assert!(socket.offline_buffer().await.is_empty());
        assert_eq!(conn.text().await, "41/other,");
        for n in 0..100 {
            assert_eq!(number(&conn.text().await), n);
        }
        let (outcome, ()) = tokio::join!(other.connect(), conn.accept_namespace("/other"));
        outcome.unwrap();
        for n in 0..100 {
            assert_eq!(conn.text().await, format!("42/other,[\"other\",{n}]"));
        }
    });
}

#[test]
fn events_before_a_disconnect_arrive_before_it() {
    run_on_one_thread(async {
        let server = Scripted::start_with_small_buffers().await;
        let (socket, mut conn) = server.connect().await;
        for n in 0..16_000 {
            socket.try_emit("n", n).unwrap();
        }
        let reading = async {
            for n in 0..16_000 {
                assert_eq!(conn.text().await, format!("42[\"n\",{n}]"));
            }
            assert_eq!(conn.text().await, "41");
        };
        guarded(async { tokio::join!(socket.disconnect(), reading) }).await;
    });
}
