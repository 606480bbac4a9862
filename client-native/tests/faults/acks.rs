//! Acks from the server reach the right caller, at any depth, or end with an error in time.

use std::collections::HashSet;
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use tidewire::{AckError, EmitError};
use tokio::task::JoinSet;

use crate::support::scripted::Scripted;
use crate::support::server::{Kind, Server};
use crate::support::{guarded, run};

/// Shuffles with a fixed seed.
fn shuffle<T>(items: &mut [T]) {
    let mut seed = 0x2545_f491_4f6c_dd1d_u64;
    for last in (1..items.len()).rev() {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        let chosen = usize::try_from(seed >> 33).unwrap() % (last + 1);
        items.swap(last, chosen);
    }
}

// Row "N acks in flight, answers delivered to the wrong callback": 21 of 200 wrong, because ids are drawn from 0..999.
#[test]
fn acks_in_random_order_reach_their_callers() {
    const COUNT: u64 = 1_200;
    run(async {
        let server = Scripted::start().await;
        let (socket, mut conn) = server.connect().await;
        let mut requests: FuturesUnordered<_> = (0..COUNT)
            .map(|number| {
                let request = socket.emit_with_ack::<u64>("square", number);
                async move { (number, request.await.unwrap()) }
            })
            .collect();
        let acking = async {
            let mut received = Vec::new();
            for _ in 0..COUNT {
                let (id, args) = conn.event_with_ack().await;
                let (_, number): (String, u64) = serde_json::from_str(&args).unwrap();
                received.push((id, number));
            }
            let ids: HashSet<u64> = received.iter().map(|(id, _)| *id).collect();
            assert_eq!(ids.len(), received.len(), "an id was used twice");
            shuffle(&mut received);
            for (id, number) in received {
                conn.feed(&format!("43{id}[{}]", number * number)).await;
            }
            conn.flush().await;
        };
        let awaiting = async {
            let mut acked = 0;
            while let Some((number, square)) = requests.next().await {
                assert_eq!(square, number * number);
                acked += 1;
            }
            assert_eq!(acked, COUNT);
        };
        tokio::join!(acking, awaiting);
    });
}

// Row "emit_with_ack inside an ack callback": deadlock. Issue #467.
#[test]
fn an_ack_may_be_followed_by_the_next_request_at_any_depth() {
    run(async {
        let server = Server::start(Kind::Testbed).await;
        let socket = server.client("/lab").connect().await.unwrap();
        let first: u32 = socket.emit_with_ack("echo", 1).await.unwrap();
        let again = socket.clone();
        let nested = tokio::spawn(async move {
            let second: u32 = again.emit_with_ack("echo", first + 1).await.unwrap();
            let third: u32 = again.emit_with_ack("echo", second + 1).await.unwrap();
            third
        });
        assert_eq!(nested.await.unwrap(), 3);
    });
}

// The same from a handler: nothing is received while a handler of rust_socketio runs.
#[test]
fn a_handler_may_await_an_ack() {
    run(async {
        let server = Server::start(Kind::Testbed).await;
        let (depths_tx, mut depths) = tokio::sync::mpsc::unbounded_channel();
        let builder = server.client("/lab").on("echo", move |depth: u32, cx| {
            let depths_tx = depths_tx.clone();
            async move {
                let deeper: u32 = cx.socket().emit_with_ack("echo", depth + 1).await.unwrap();
                depths_tx.send(deeper).unwrap();
                if deeper < 5 {
                    cx.socket().emit("echo", deeper).await.unwrap();
                }
            }
        });
        let socket = builder.connect().await.unwrap();
        socket.emit("echo", 1).await.unwrap();
        for expected in 2..=5 {
            assert_eq!(depths.recv().await, Some(expected));
        }
    });
}

// Row "ack timeout": the callback is never called.
#[test]
fn an_ack_that_does_not_arrive_times_out() {
    run(async {
        let server = Scripted::start().await;
        let (socket, mut conn) = server.connect().await;
        let brief = Duration::from_millis(20);
        let lost = socket
            .emit_with_ack::<u8>("silent", ())
            .timeout(brief)
            .await;
        assert!(matches!(lost, Err(AckError::Timeout { .. })));
        // A late ack is ignored.
        let (late, _) = conn.event_with_ack().await;
        conn.send(&format!("43{late}[1]")).await;
        let request = socket.emit_with_ack::<u8>("echo", ());
        let (ack, ()) = tokio::join!(request, async {
            let (id, _) = conn.event_with_ack().await;
            assert_ne!(id, late);
            conn.send(&format!("43{id}[2]")).await;
        });
        assert_eq!(ack, Ok(2));
    });
}

// The same when the connection is lost: no caller waits for an ack that cannot arrive.
#[test]
fn a_lost_connection_ends_pending_acks() {
    run(async {
        let server = Scripted::start().await;
        let (socket, mut conn) = server.connect().await;
        let request = socket.emit_with_ack::<u8>("silent", ());
        let (lost, ()) = tokio::join!(request, async {
            conn.event_with_ack().await;
            drop(conn);
        });
        assert!(matches!(lost, Err(AckError::Disconnected { .. })));
    });
}

// The option `retries` of socket.io-client, which has one event in flight at a time.
#[test]
fn retries_survive_a_silent_server_and_a_lost_connection() {
    run(async {
        let server = Scripted::start().await;
        let (socket, mut conn) = server.connect().await;
        let emit = |number: u64, timeout: Duration| {
            let request = socket.emit_with_ack::<u64>("keep", number);
            request.retries(2).timeout(timeout)
        };
        let long = Duration::from_secs(600);
        let (silent, first, second) =
            tokio::join!(emit(0, Duration::from_millis(20)), emit(1, long), async {
                // Three attempts of 0 and one of 1, in any order.
                let mut attempts = [0, 0];
                while attempts != [3, 1] {
                    let (_, args) = conn.event_with_ack().await;
                    attempts[usize::from(args == r#"["keep",1]"#)] += 1;
                }
                drop(conn);
                let mut conn = server.accept_namespace("/").await;
                let (id, args) = conn.event_with_ack().await;
                assert_eq!(args, r#"["keep",1]"#);
                conn.send(&format!("43{id}[11]")).await;
                conn
            });
        assert!(matches!(
            silent,
            Err(AckError::Timeout { .. } | AckError::Disconnected { .. })
        ));
        assert_eq!(first, Ok(11));
        drop(second);
    });
}

#[test]
fn dropping_a_request_ends_its_retries() {
    run(async {
        let server = Scripted::start().await;
        let (socket, mut conn) = server.connect().await;
        let request = socket.emit_with_ack::<()>("gone", ()).retries(1_000);
        let awaiting = tokio::spawn(request.timeout(Duration::from_millis(10)));
        conn.event_with_ack().await;
        conn.event_with_ack().await;
        awaiting.abort();
        assert!(awaiting.await.unwrap_err().is_cancelled());
        let request = socket.emit_with_ack::<u8>("last", ());
        let (ack, ()) = tokio::join!(request, async {
            let mut last = conn.event_with_ack().await;
            while last.1 != r#"["last"]"# {
                last = conn.event_with_ack().await;
            }
            conn.send(&format!("43{}[2]", last.0)).await;
        });
        assert_eq!(ack, Ok(2));
        conn.expect_pong_next().await;
    });
}

// From its source: an expired ack stays in the list until it arrives, which it never does.
#[test]
fn expired_acks_are_removed() {
    // In total more than a namespace may await at the same time (100,000: `Config::max_acks` of the core); at a time fewer
    // than the queue to the connection holds.
    const ROUNDS: usize = 12;
    const AT_A_TIME: usize = 10_000;
    run(async {
        let server = Scripted::start().await;
        let (socket, mut conn) = server.connect().await;
        let reading = tokio::spawn(async move {
            loop {
                let (id, args) = conn.event_with_ack().await;
                if args == r#"["last"]"# {
                    conn.send(&format!("43{id}[]")).await;
                    return conn;
                }
            }
        });
        for _ in 0..ROUNDS {
            let mut waiting = JoinSet::new();
            for _ in 0..AT_A_TIME {
                let brief = Duration::from_millis(1);
                let request = socket.emit_with_ack::<()>("silent", ()).timeout(brief);
                waiting.spawn(request);
            }
            while let Some(outcome) = guarded(waiting.join_next()).await {
                assert!(matches!(outcome.unwrap(), Err(AckError::Timeout { .. })));
            }
        }
        let last = socket.emit_with_ack::<()>("last", ());
        assert_eq!(
            guarded(last).await,
            Ok(()),
            "expired acks count against the limit"
        );
        guarded(reading).await.unwrap();
    });
}

// Issue #48: await a value from an ack; #409: several of them.
#[test]
fn an_ack_has_one_value_or_several() {
    run(async {
        let server = Server::start(Kind::Testbed).await;
        let socket = server.client("/lab").connect().await.unwrap();
        let (a, b): (String, Option<u8>) = socket
            .emit_with_ack("echo", ("a", None::<u8>))
            .await
            .unwrap();
        assert_eq!((a.as_str(), b), ("a", None));
        let reserved = socket.emit_with_ack::<()>("disconnect", ()).await;
        let expected = EmitError::ReservedName("disconnect".into());
        assert_eq!(reserved, Err(AckError::Emit(expected)));
    });
}
