//! A client that keeps trying: it survives failing servers, and gives up after the configured attempts.

use tidewire::{ConnectError, Event, Malformed, OpenError, Reason, TransportError};
use tokio::io::AsyncWriteExt;

use crate::support::events::{expect_disconnected, expect_next_connected, next_change};
use crate::support::scripted::{HANDSHAKE, Scripted};
use crate::support::{guarded, run, run_on_one_thread};

/// Seven attempts, each of which fails later than the one before.
async fn fail_attempts(server: &Scripted) {
    drop(server.accept_tcp().await);
    let (mut stream, _) = server.accept_request().await;
    let response = b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 4\r\n\r\noops";
    stream.write_all(response).await.unwrap();
    drop(server.accept_websocket().await);
    server.accept_websocket().await.send("0nothing").await;
    drop(server.accept_engine().await);
    let mut conn = server.accept_engine().await;
    assert_eq!(conn.text().await, "40");
    drop(conn);
    let mut conn = server.accept_engine().await;
    assert_eq!(conn.text().await, "40");
    conn.send_bytes(b"unannounced").await;
    conn.expect_close().await;
}

#[test]
fn buffered_events_reach_the_first_server_that_accepts() {
    run(async {
        let server = Scripted::start().await;
        let client = server.client("/").build().unwrap();
        let socket = client.socket();
        let mut events = socket.events();
        socket.start();
        socket.emit("kept", 1).await.unwrap();
        let request = tokio::spawn(socket.emit_with_ack::<u8>("acked", 2));
        fail_attempts(&server).await;
        socket.emit("kept", 3).await.unwrap();
        let mut conn = server.accept_namespace("/").await;
        let mut received = [conn.text().await, conn.text().await, conn.text().await];
        conn.send("430[9]").await;
        // The spawned task may emit after the test does.
        received.sort();
        let expected = [r#"420["acked",2]"#, r#"42["kept",1]"#, r#"42["kept",3]"#];
        assert_eq!(received, expected);
        assert_eq!(guarded(request).await.unwrap(), Ok(9));

        let mut errors = Vec::new();
        loop {
            match next_change(&mut events).await {
                Event::Connected(_) => break,
                Event::ConnectError(ConnectError::Unreachable { source: error, .. }) => {
                    errors.push(error);
                }
                other => panic!("{other:?}"),
            }
        }
        // One error for each attempt but the last.
        assert_eq!(errors.len(), 7, "{errors:?}");
        assert!(
            matches!(errors[1], TransportError::Status(502, _)),
            "{errors:?}"
        );
        assert!(
            matches!(errors[3], TransportError::Handshake(OpenError::Handshake)),
            "{errors:?}"
        );
        assert!(
            matches!(
                errors[6],
                TransportError::Malformed(Malformed::UnexpectedBinary)
            ),
            "{errors:?}"
        );
    });
}

#[test]
fn connected_waits_through_failed_attempts() {
    run(async {
        let server = Scripted::start().await;
        let client = server.client("/").build().unwrap();
        let socket = client.socket();
        let (outcome, _conn) = tokio::join!(socket.wait_connected(), async {
            fail_attempts(&server).await;
            server.accept_namespace("/").await
        });
        outcome.unwrap();
    });
}

#[test]
fn without_reconnection_the_first_failure_is_final() {
    run_on_one_thread(async {
        let server = Scripted::start().await;
        let client = server.client("/").reconnection(false).build().unwrap();
        let socket = client.socket();
        for with_handshake in [false, true] {
            let (outcome, ()) = tokio::join!(socket.wait_connected(), async {
                match with_handshake {
                    false => drop(server.accept_websocket().await),
                    true => drop(server.accept_engine().await),
                }
            });
            assert!(
                matches!(outcome, Err(ConnectError::Unreachable { .. })),
                "{outcome:?}"
            );
        }
        let (outcome, conn) = tokio::join!(socket.wait_connected(), server.accept_namespace("/"));
        outcome.unwrap();
        let mut events = socket.events();
        drop(conn);
        assert_eq!(
            expect_disconnected(&mut events).await,
            Reason::TransportClose
        );
        server.expect_no_attempt().await;
    });
}

#[test]
fn connected_fails_with_the_error_of_the_last_attempt() {
    run_on_one_thread(async {
        let server = Scripted::start().await;
        let builder = server.client("/").reconnection_attempts(3);
        let client = builder.build().unwrap();
        let socket = client.socket();
        let (outcome, ()) = tokio::join!(socket.wait_connected(), async {
            for _ in 0..4 {
                let (mut stream, _) = server.accept_request().await;
                let response = b"HTTP/1.1 503 Busy\r\nContent-Length: 4\r\n\r\nbusy";
                stream.write_all(response).await.unwrap();
            }
        });
        let Err(ConnectError::Unreachable {
            source: TransportError::Status(503, body),
            ..
        }) = outcome
        else {
            panic!("{outcome:?}")
        };
        assert_eq!(body, "busy");
        // No attempt is left.
        server.expect_no_attempt().await;
    });
}

#[test]
fn each_pause_and_the_end_of_attempts_are_events() {
    run(async {
        let server = Scripted::start().await;
        let client = server.client("/").reconnection_attempts(2).build().unwrap();
        let socket = client.socket();
        let mut events = socket.events();
        let (outcome, ()) = tokio::join!(socket.wait_connected(), async {
            for _ in 0..3 {
                drop(server.accept_request().await);
            }
        });
        assert!(outcome.is_err());
        let mut received = Vec::new();
        while received.last().is_none_or(|last| last != "failed") {
            match guarded(events.next()).await {
                Some(Event::ConnectError(_)) => received.push("error".to_owned()),
                Some(Event::Reconnecting { attempt, .. }) => received.push(attempt.to_string()),
                Some(Event::ReconnectFailed) => received.push("failed".to_owned()),
                other => panic!("{other:?}"),
            }
        }
        assert_eq!(received, ["error", "1", "error", "2", "error", "failed"]);
    });
}

#[test]
fn an_old_error_is_not_the_cause_of_a_new_one() {
    run(async {
        let server = Scripted::start().await;
        let client = server.client("/").build().unwrap();
        let socket = client.socket();
        let mut events = socket.events();
        socket.start();
        let mut conn = server.accept_websocket().await;
        conn.send(HANDSHAKE).await;
        conn.accept_namespace("/").await;
        // These bytes are not a frame: the connection breaks.
        let mut stream = conn.into_stream();
        stream.write_all(&[0xff; 64]).await.unwrap();
        server.accept_websocket().await.close().await;
        let _conn = server.accept_namespace("/").await;
        let mut causes = Vec::new();
        for _ in 0..4 {
            if let Event::ConnectError(ConnectError::Unreachable { source: cause, .. }) =
                next_change(&mut events).await
            {
                causes.push(cause);
            }
        }
        assert!(
            matches!(causes[..], [TransportError::WebSocketClosed(1005, _)]),
            "{causes:?}"
        );
    });
}

#[test]
fn a_namespace_that_is_not_open_has_no_events_of_failed_attempts() {
    run(async {
        let server = Scripted::start().await;
        let client = server.client("/").build().unwrap();
        let (open, unopened) = (client.socket(), client.namespace("/unopened"));
        let mut events = unopened.events();
        open.start();
        drop(server.accept_websocket().await);
        let _conn = server.accept_namespace("/").await;
        guarded(open.wait_connected()).await.unwrap();
        client.close().await;
        // The first event of the other namespace is its own `Connected`.
        unopened.start();
        let mut conn = server.accept_engine().await;
        assert_eq!(conn.text().await, "40/unopened,");
        conn.send(r#"40/unopened,{"sid":"s"}"#).await;
        expect_next_connected(&mut events).await;
    });
}
