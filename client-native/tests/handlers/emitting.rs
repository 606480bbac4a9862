//! Events that are emitted in one go: they are queued as frames, and keep their order among all else.

use std::task::Poll;

use futures_util::poll;
use tidewire::EmitError;

use crate::support::scripted::Scripted;
use crate::support::{guarded, run_on_one_thread};

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
