//! What the server sees at the end: everything that was emitted, then a close.

use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use tidewire::EmitError;
use tokio::sync::oneshot;

use crate::support::scripted::Scripted;
use crate::support::{guarded, run};

#[test]
fn what_was_emitted_before_close_is_sent_first() {
    const COUNT: usize = 10_000;
    run(async {
        let server = Scripted::start().await;
        let (socket, mut conn) = tokio::join!(server.client("/").connect(), server.let_in("/"));
        let socket = socket.unwrap();
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
fn the_connection_is_closed_when_the_last_handle_is_dropped() {
    run(async {
        let server = Scripted::start().await;
        let client = server.client("/").build().unwrap();
        let socket = client.socket();
        let (outcome, mut conn) = tokio::join!(socket.connect(), server.let_in("/"));
        outcome.unwrap();
        let (other, events) = (socket.clone(), socket.events());
        socket.on("x", async |(): (), _| {});
        drop((client, socket));
        // Handlers are no handles; a clone is one, and so is a stream.
        other.emit("still", 1).await.unwrap();
        assert_eq!(conn.text().await, r#"42["still",1]"#);
        drop(other);
        conn.send("2").await;
        assert_eq!(conn.text().await, "3");
        drop(events);
        assert_eq!(conn.text().await, "41");
        conn.expect_close().await;
    });
}

#[test]
fn what_was_emitted_before_the_last_handle_was_dropped_is_sent() {
    run(async {
        let server = Scripted::start().await;
        let (socket, mut conn) = tokio::join!(server.client("/").connect(), server.let_in("/"));
        let socket = socket.unwrap();
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
    run(async {
        let server = Scripted::start().await;
        let client = server.client("/").build().unwrap();
        client.socket().start();
        let mut conn = server.open().await;
        assert_eq!(conn.text().await, "40");
        drop(client);
        conn.expect_close().await;
        // An absence: many times the pause of 1 ms.
        let nothing = tokio::time::timeout(Duration::from_millis(100), server.accept_tcp()).await;
        assert!(nothing.is_err());
    });
}

#[test]
fn a_connect_that_is_given_up_leaves_the_client_of_use() {
    run(async {
        let server = Scripted::start().await;
        let client = server.client("/").build().unwrap();
        let socket = client.socket();
        let waiting = tokio::spawn({
            let socket = socket.clone();
            async move { socket.connect().await }
        });
        let conn = server.open().await;
        waiting.abort();
        assert!(waiting.await.unwrap_err().is_cancelled());
        drop(conn);
        let (outcome, _conn) =
            tokio::join!(socket.wait_connected(), async { server.let_in("/").await });
        outcome.unwrap();
    });
}

#[test]
fn an_answer_that_nobody_waits_for_any_more_is_not_asked_for() {
    run(async {
        let server = Scripted::start().await;
        let client = server.client("/").build().unwrap();
        let socket = client.socket();
        socket.emit("first", ()).await.unwrap();
        let (begun, has_begun) = oneshot::channel();
        let asking = tokio::spawn({
            let request = socket.emit_with_ack::<()>("dropped", ());
            async move {
                // Polls the request once, so that the event is on its way.
                let mut request = request;
                let once = std::future::poll_fn(|cx| {
                    assert!(std::pin::Pin::new(&mut request).poll(cx).is_pending());
                    std::task::Poll::Ready(())
                });
                once.await;
                begun.send(()).unwrap();
                request.await
            }
        });
        has_begun.await.unwrap();
        asking.abort();
        assert!(asking.await.unwrap_err().is_cancelled());
        // Never awaited, so never on its way.
        drop(socket.emit_with_ack::<()>("never", ()));
        socket.emit("last", ()).await.unwrap();
        let (outcome, mut conn) = tokio::join!(socket.connect(), server.let_in("/"));
        outcome.unwrap();
        assert_eq!(conn.text().await, r#"42["first"]"#);
        assert_eq!(conn.text().await, r#"42["last"]"#);
    });
}

#[test]
fn a_question_that_times_out_before_there_is_a_connection_is_not_sent() {
    run(async {
        let server = Scripted::start().await;
        let client = server.client("/").build().unwrap();
        let socket = client.socket();
        let brief = Duration::from_millis(1);
        let request = socket.emit_with_ack::<()>("late", ()).timeout(brief);
        let outcome = guarded(request).await;
        assert!(matches!(outcome, Err(tidewire::AckError::Timeout { .. })));
        socket.emit("last", ()).await.unwrap();
        let (outcome, mut conn) = tokio::join!(socket.connect(), server.let_in("/"));
        outcome.unwrap();
        assert_eq!(conn.text().await, r#"42["last"]"#);
    });
}

#[test]
fn a_buffer_that_is_full_says_so() {
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
        let (tell, told) = oneshot::channel();
        let tell = std::sync::Mutex::new(Some(tell));
        socket.on_error(move |error| {
            if let Some(tell) = tell.lock().unwrap().take() {
                tell.send(error).unwrap();
            }
        });
        socket.try_emit("d", ()).unwrap();
        let error = guarded(told).await.unwrap();
        assert!(
            matches!(
                error,
                tidewire::SocketError::NotSent(tidewire::Misuse::BufferFull)
            ),
            "{error:?}"
        );
        let (outcome, mut conn) = tokio::join!(socket.connect(), server.let_in("/"));
        outcome.unwrap();
        assert_eq!(conn.text().await, r#"42["a"]"#);
        assert_eq!(conn.text().await, r#"42["b"]"#);
        socket.emit("after", ()).await.unwrap();
        assert_eq!(conn.text().await, r#"42["after"]"#);
    });
}

#[test]
fn twenty_thousand_questions_can_be_given_up_at_once() {
    const COUNT: usize = 20_000;
    run(async {
        let server = Scripted::start().await;
        let (socket, mut conn) = tokio::join!(server.client("/").connect(), server.let_in("/"));
        let socket = socket.unwrap();
        let ask = || socket.emit_with_ack::<u64>("ask", ());
        let mut asked: FuturesUnordered<_> = std::iter::repeat_with(ask).take(COUNT).collect();
        let all_heard = async {
            for _ in 0..COUNT {
                assert_eq!(conn.asked().await.1, r#"["ask"]"#);
            }
        };
        tokio::select! {
            outcome = asked.next() => panic!("nobody has answered: {outcome:?}"),
            () = all_heard => {}
        }
        drop(asked);
        // An answer to one that was given up reaches nobody.
        let (last, id) = tokio::join!(ask(), async {
            let (id, _) = conn.asked().await;
            conn.send("430[0]").await;
            conn.send(&format!("43{id}[7]")).await;
            id
        });
        assert_eq!((last, id), (Ok(7), COUNT as u64));
    });
}
