//! Answers from the server: to the right caller, at any depth, or an error in time.

use std::collections::HashSet;
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use tidewire::{AckError, EmitError, Socket};
use tokio::task::JoinSet;

use crate::support::scripted::{Conn, Scripted};
use crate::support::server::{Kind, Server};
use crate::support::{guarded, run};

async fn connected(server: &Scripted) -> (Socket, Conn) {
    let (socket, conn) = tokio::join!(server.client("/").connect(), server.let_in("/"));
    (socket.unwrap(), conn)
}

/// Any order but the one they came in, and the same in each run.
fn shuffle<T>(items: &mut [T]) {
    let mut seed = 0x2545_f491_4f6c_dd1d_u64;
    for last in (1..items.len()).rev() {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        let chosen = usize::try_from(seed >> 33).unwrap() % (last + 1);
        items.swap(last, chosen);
    }
}

// Row "N acks in flight, answers delivered to the wrong callback": 21 of 200 wrong, for ids are drawn from 0..999.
#[test]
fn answers_in_random_order_reach_their_callers() {
    const COUNT: u64 = 1_200;
    run(async {
        let server = Scripted::start().await;
        let (socket, mut conn) = connected(&server).await;
        let mut asked: FuturesUnordered<_> = (0..COUNT)
            .map(|number| {
                let request = socket.emit_with_ack::<u64>("square", number);
                async move { (number, request.await.unwrap()) }
            })
            .collect();
        let answering = async {
            let mut questions = Vec::new();
            for _ in 0..COUNT {
                let (id, args) = conn.asked().await;
                let (_, number): (String, u64) = serde_json::from_str(&args).unwrap();
                questions.push((id, number));
            }
            let ids: HashSet<u64> = questions.iter().map(|(id, _)| *id).collect();
            assert_eq!(ids.len(), questions.len(), "an id was used twice");
            shuffle(&mut questions);
            for (id, number) in questions {
                conn.feed(&format!("43{id}[{}]", number * number)).await;
            }
            conn.flush().await;
        };
        let hearing = async {
            let mut answered = 0;
            while let Some((number, square)) = asked.next().await {
                assert_eq!(square, number * number);
                answered += 1;
            }
            assert_eq!(answered, COUNT);
        };
        tokio::join!(answering, hearing);
    });
}

// Row "emit_with_ack inside an ack callback": deadlock. Issue #467.
#[test]
fn an_answer_may_be_followed_by_a_question_at_any_depth() {
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

// The same from a handler: all that arrives stalls while one runs.
#[test]
fn a_handler_may_ask_the_server() {
    run(async {
        let server = Server::start(Kind::Testbed).await;
        let (tell, mut told) = tokio::sync::mpsc::unbounded_channel();
        let builder = server.client("/lab").on("echo", move |depth: u32, cx| {
            let tell = tell.clone();
            async move {
                let deeper: u32 = cx.socket().emit_with_ack("echo", depth + 1).await.unwrap();
                tell.send(deeper).unwrap();
                if deeper < 5 {
                    cx.socket().emit("echo", deeper).await.unwrap();
                }
            }
        });
        let socket = builder.connect().await.unwrap();
        socket.emit("echo", 1).await.unwrap();
        for expected in 2..=5 {
            assert_eq!(told.recv().await, Some(expected));
        }
    });
}

// Row "ack timeout": the callback is never called.
#[test]
fn whoever_waits_in_vain_is_told() {
    run(async {
        let server = Scripted::start().await;
        let (socket, mut conn) = connected(&server).await;
        let brief = Duration::from_millis(20);
        let lost = socket
            .emit_with_ack::<u8>("silent", ())
            .timeout(brief)
            .await;
        assert!(matches!(lost, Err(AckError::Timeout { .. })));
        // An answer that comes too late is nobody's, and does no harm.
        let (late, _) = conn.asked().await;
        conn.send(&format!("43{late}[1]")).await;
        let asked = socket.emit_with_ack::<u8>("echo", ());
        let (answer, ()) = tokio::join!(asked, async {
            let (id, _) = conn.asked().await;
            assert_ne!(id, late);
            conn.send(&format!("43{id}[2]")).await;
        });
        assert_eq!(answer, Ok(2));
    });
}

// The same when the connection is lost: nobody waits for an answer that cannot come.
#[test]
fn whoever_waits_hears_that_the_connection_is_lost() {
    run(async {
        let server = Scripted::start().await;
        let (socket, mut conn) = connected(&server).await;
        let asked = socket.emit_with_ack::<u8>("silent", ());
        let (lost, ()) = tokio::join!(asked, async {
            conn.asked().await;
            drop(conn);
        });
        assert!(matches!(lost, Err(AckError::Disconnected { .. })));
    });
}

// What socket.io-client calls `retries`: it has one event on its way at a time.
#[test]
fn what_is_sent_until_answered_survives_silence_and_a_lost_connection() {
    run(async {
        let server = Scripted::start().await;
        let (socket, mut conn) = connected(&server).await;
        let ask = |number: u64, time: Duration| {
            let request = socket.emit_with_ack::<u64>("keep", number);
            request.retries(2).timeout(time)
        };
        let long = Duration::from_secs(600);
        let (silent, first, second) =
            tokio::join!(ask(0, Duration::from_millis(20)), ask(1, long), async {
                // Three times 0, and once 1, in whichever order the tries of 0 fall.
                let mut times = [0, 0];
                while times != [3, 1] {
                    let (_, args) = conn.asked().await;
                    times[usize::from(args == r#"["keep",1]"#)] += 1;
                }
                drop(conn);
                let mut conn = server.let_in("/").await;
                let (id, args) = conn.asked().await;
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
fn dropping_a_request_that_would_be_sent_again_ends_it() {
    run(async {
        let server = Scripted::start().await;
        let (socket, mut conn) = connected(&server).await;
        let request = socket.emit_with_ack::<()>("gone", ()).retries(1_000);
        let asking = tokio::spawn(request.timeout(Duration::from_millis(10)));
        conn.asked().await;
        conn.asked().await;
        asking.abort();
        assert!(asking.await.unwrap_err().is_cancelled());
        let asked = socket.emit_with_ack::<u8>("last", ());
        let (answer, ()) = tokio::join!(asked, async {
            let mut last = conn.asked().await;
            while last.1 != r#"["last"]"# {
                last = conn.asked().await;
            }
            conn.send(&format!("43{}[2]", last.0)).await;
        });
        assert_eq!(answer, Ok(2));
        // The heartbeat is the next that comes.
        conn.send("2").await;
        assert_eq!(conn.text().await, "3");
    });
}

// From its source: an expired ack stays in the list until its answer comes, which it never does.
#[test]
fn expired_acks_do_not_pile_up() {
    // In all more than a namespace awaits at the same time (100,000: `Config::max_acks` of the core); at a time fewer than
    // the queue to the connection holds.
    const ROUNDS: usize = 12;
    const AT_A_TIME: usize = 10_000;
    run(async {
        let server = Scripted::start().await;
        let (socket, mut conn) = connected(&server).await;
        let reading = tokio::spawn(async move {
            loop {
                let (id, args) = conn.asked().await;
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
        assert_eq!(guarded(last).await, Ok(()), "not even one more is awaited");
        guarded(reading).await.unwrap();
    });
}

// Issue #48: await a value from an ack; #409: several of them.
#[test]
fn an_answer_is_a_value_or_several() {
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
