//! A client that keeps trying: it gets through the worst of servers, and gives up when it was told to.

use std::time::Duration;

use tidewire::{ConnectError, Event, OpenError, Reason, TransportError};
use tokio::io::AsyncWriteExt;

use crate::support::scripted::{HANDSHAKE, Scripted};
use crate::support::{guarded, next_change, run};

/// One server after the other, each worse than the one before.
async fn misbehave(server: &Scripted) {
    drop(server.accept_tcp().await);
    let (mut stream, _) = server.request().await;
    let reply = b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 4\r\n\r\noops";
    stream.write_all(reply).await.unwrap();
    drop(server.accept().await);
    server.accept().await.send("0nothing").await;
    drop(server.open().await);
    let mut conn = server.open().await;
    assert_eq!(conn.text().await, "40");
    drop(conn);
    let mut conn = server.open().await;
    assert_eq!(conn.text().await, "40");
    conn.send_bytes(b"unannounced").await;
    conn.expect_close().await;
}

#[test]
fn what_was_emitted_before_reaches_the_first_server_that_behaves() {
    run(async {
        let server = Scripted::start().await;
        let client = server.client("/").build().unwrap();
        let socket = client.socket();
        let mut events = socket.events();
        socket.start();
        socket.emit("kept", 1).await.unwrap();
        let asked = tokio::spawn(socket.emit_with_ack::<u8>("asked", 2));
        misbehave(&server).await;
        socket.emit("kept", 3).await.unwrap();
        let mut conn = server.let_in("/").await;
        let mut seen = [conn.text().await, conn.text().await, conn.text().await];
        conn.send("430[9]").await;
        // The task that asks may have been slower than the emits.
        seen.sort();
        let expected = [r#"420["asked",2]"#, r#"42["kept",1]"#, r#"42["kept",3]"#];
        assert_eq!(seen, expected);
        assert_eq!(guarded(asked).await.unwrap(), Ok(9));

        let mut told = Vec::new();
        loop {
            match next_change(&mut events).await {
                Event::Connected(_) => break,
                Event::ConnectError(ConnectError::Unreachable { source: error, .. }) => {
                    told.push(error);
                }
                other => panic!("{other:?}"),
            }
        }
        // Every attempt but the last is told as one that has failed.
        assert_eq!(told.len(), 7, "{told:?}");
        assert!(
            matches!(told[1], TransportError::Status(502, _)),
            "{told:?}"
        );
        assert!(
            matches!(told[3], TransportError::Handshake(OpenError::Handshake)),
            "{told:?}"
        );
        assert!(
            matches!(told[6], TransportError::Closed(Reason::ParseError)),
            "{told:?}"
        );
    });
}

#[test]
fn whoever_waits_patiently_hears_of_the_end_alone() {
    run(async {
        let server = Scripted::start().await;
        let client = server.client("/").build().unwrap();
        let socket = client.socket();
        let (outcome, _conn) = tokio::join!(socket.wait_connected(), async {
            misbehave(&server).await;
            server.let_in("/").await
        });
        outcome.unwrap();
    });
}

#[test]
fn a_client_that_shall_not_come_back_says_that_it_does_not() {
    run(async {
        let server = Scripted::start().await;
        let client = server.client("/").reconnection(false).build().unwrap();
        let socket = client.socket();
        let (outcome, ()) = tokio::join!(socket.wait_connected(), async {
            drop(server.accept().await);
        });
        assert!(
            matches!(outcome, Err(ConnectError::Unreachable { .. })),
            "{outcome:?}"
        );
        let (outcome, ()) = tokio::join!(socket.wait_connected(), async {
            drop(server.open().await);
        });
        assert!(
            matches!(outcome, Err(ConnectError::Unreachable { .. })),
            "{outcome:?}"
        );
        let (outcome, conn) = tokio::join!(socket.wait_connected(), server.let_in("/"));
        outcome.unwrap();
        let mut events = socket.events();
        drop(conn);
        assert!(matches!(
            next_change(&mut events).await,
            Event::Disconnected {
                reason: Reason::TransportClose,
                ..
            }
        ));
        // An absence: many times the pause of 1 ms.
        let nothing = tokio::time::timeout(Duration::from_millis(100), server.accept_tcp()).await;
        assert!(nothing.is_err());
    });
}

#[test]
fn the_last_attempt_that_fails_is_the_error_of_whoever_waited() {
    run(async {
        let server = Scripted::start().await;
        let builder = server.client("/").reconnection_attempts(3);
        let client = builder.build().unwrap();
        let socket = client.socket();
        let (outcome, ()) = tokio::join!(socket.wait_connected(), async {
            for _ in 0..4 {
                let (mut stream, _) = server.request().await;
                let reply = b"HTTP/1.1 503 Busy\r\nContent-Length: 4\r\n\r\nbusy";
                stream.write_all(reply).await.unwrap();
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
        // No attempt is left, so there is none (many times the pause of 1 ms).
        let nothing = tokio::time::timeout(Duration::from_millis(100), server.accept_tcp()).await;
        assert!(nothing.is_err());
    });
}

#[test]
fn each_pause_and_the_end_of_attempts_are_told() {
    run(async {
        let server = Scripted::start().await;
        let client = server.client("/").reconnection_attempts(2).build().unwrap();
        let socket = client.socket();
        let mut events = socket.events();
        let (outcome, ()) = tokio::join!(socket.wait_connected(), async {
            for _ in 0..3 {
                drop(server.request().await);
            }
        });
        assert!(outcome.is_err());
        let mut told = Vec::new();
        while told.last().is_none_or(|last| last != "failed") {
            match guarded(events.next()).await {
                Some(Event::ConnectError(_)) => told.push("error".to_owned()),
                Some(Event::Reconnecting { attempt, .. }) => told.push(attempt.to_string()),
                Some(Event::ReconnectFailed) => told.push("failed".to_owned()),
                other => panic!("{other:?}"),
            }
        }
        assert_eq!(told, ["error", "1", "error", "2", "error", "failed"]);
    });
}

#[test]
fn an_old_error_is_not_told_as_the_cause_of_a_new_one() {
    run(async {
        let server = Scripted::start().await;
        let client = server.client("/").build().unwrap();
        let socket = client.socket();
        let mut events = socket.events();
        socket.start();
        let mut conn = server.accept().await;
        conn.send(HANDSHAKE).await;
        conn.let_in("/").await;
        // What follows the WebSocket's frames is none: the connection breaks.
        let mut stream = conn.into_stream();
        stream.write_all(&[0xff; 64]).await.unwrap();
        server.accept().await.close().await;
        let _conn = server.let_in("/").await;
        let mut causes = Vec::new();
        for _ in 0..4 {
            if let Event::ConnectError(ConnectError::Unreachable { source: cause, .. }) =
                next_change(&mut events).await
            {
                causes.push(cause);
            }
        }
        assert!(
            matches!(
                causes[..],
                [TransportError::Handshake(OpenError::Transport)]
            ),
            "{causes:?}"
        );
    });
}

#[test]
fn a_namespace_that_nobody_wants_hears_nothing_of_failures() {
    run(async {
        let server = Scripted::start().await;
        let client = server.client("/").build().unwrap();
        let (wanted, unwanted) = (client.socket(), client.namespace("/unwanted"));
        let mut silent = unwanted.events();
        wanted.start();
        drop(server.accept().await);
        let _conn = server.let_in("/").await;
        guarded(wanted.wait_connected()).await.unwrap();
        client.close().await;
        // Nothing has come, and what comes now is what this test has asked for.
        unwanted.start();
        let mut conn = server.open().await;
        assert_eq!(conn.text().await, "40/unwanted,");
        conn.send(r#"40/unwanted,{"sid":"s"}"#).await;
        assert!(matches!(
            next_change(&mut silent).await,
            Event::Connected(_)
        ));
    });
}
