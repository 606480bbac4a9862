//! After a loss: what was emitted is kept, the token is asked for anew, and there are pauses.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use tidewire::{Event, Reason};

use crate::support::scripted::{HANDSHAKE, Scripted};
use crate::support::{guarded, next_change, run};

// Issue #230: buffer emits while reconnecting; "dropped after the connection is lost".
#[test]
fn what_is_emitted_while_the_connection_is_lost_is_sent_when_it_is_back() {
    run(async {
        let server = Scripted::start().await;
        let (socket, conn) = tokio::join!(server.client("/").connect(), server.let_in("/"));
        let socket = socket.unwrap();
        let mut events = socket.events();
        drop(conn);
        assert!(matches!(
            next_change(&mut events).await,
            Event::Disconnected { .. }
        ));
        for number in 0..100 {
            socket.emit("kept", number).await.unwrap();
        }
        let mut conn = server.let_in("/").await;
        for number in 0..100 {
            assert_eq!(conn.text().await, format!(r#"42["kept",{number}]"#));
        }
    });
}

// Issues #374, #466, #500: a manual disconnection must end the attempts to come back.
#[test]
fn whoever_disconnects_does_not_come_back() {
    run(async {
        let server = Scripted::start().await;
        let (socket, conn) = tokio::join!(server.client("/").connect(), server.let_in("/"));
        let socket = socket.unwrap();
        let mut events = socket.events();
        drop(conn);
        next_change(&mut events).await;
        // Between two attempts, or in the middle of one.
        socket.disconnect().await;
        // Whatever was under way has been accepted by then, and nothing comes any more: many times the pause of 1 ms.
        while let Ok(stream) =
            tokio::time::timeout(Duration::from_millis(200), server.accept_tcp()).await
        {
            drop(stream);
        }
        assert!(!socket.is_connected());
        // Issue #253: until it is asked for.
        let (again, _conn) = tokio::join!(socket.connect(), server.let_in("/"));
        again.unwrap();
    });
}

// The same after a disconnection while connected.
#[test]
fn whoever_left_is_not_brought_back_by_the_end_of_the_connection() {
    run(async {
        let server = Scripted::start().await;
        let (socket, mut conn) = tokio::join!(server.client("/").connect(), server.let_in("/"));
        let socket = socket.unwrap();
        socket.disconnect().await;
        assert_eq!(conn.text().await, "41");
        conn.expect_close().await;
        // An absence: many times the pause of 1 ms.
        let nothing = tokio::time::timeout(Duration::from_millis(100), server.accept_tcp()).await;
        assert!(nothing.is_err());
    });
}

// Issues #291 and #401: an async function gives new auth on each reconnection.
#[test]
fn the_token_is_asked_for_anew_at_each_connect() {
    run(async {
        let server = Scripted::start().await;
        let asked = Arc::new(AtomicU32::new(0));
        let builder = server.client("/").auth_with(move || {
            let number = asked.fetch_add(1, Ordering::Relaxed);
            async move {
                tokio::task::yield_now().await;
                Ok::<_, String>(serde_json::json!({ "token": number }))
            }
        });
        let connecting = tokio::spawn(builder.connect());
        for number in 0..4 {
            let mut conn = server.open().await;
            assert_eq!(conn.text().await, format!(r#"40{{"token":{number}}}"#));
            conn.send(r#"40{"sid":"s"}"#).await;
        }
        guarded(connecting).await.unwrap().unwrap();
    });
}

// From its source: after 15 minutes without a connection the attempts follow each other without a pause.
#[test]
fn there_is_a_pause_before_each_attempt() {
    run(async {
        let server = Scripted::start().await;
        let pause = Duration::from_secs(3600);
        let builder = server
            .client("/")
            .reconnection_delay(pause)
            .reconnection_delay_max(pause);
        let (socket, conn) = tokio::join!(builder.connect(), server.let_in("/"));
        let socket = socket.unwrap();
        drop(conn);
        // An absence: the shortest pause is half an hour.
        let nothing = tokio::time::timeout(Duration::from_millis(200), server.accept_tcp()).await;
        assert!(nothing.is_err());
        // Who asks does not wait for the pause to end.
        let (again, _conn) = tokio::join!(socket.connect(), server.let_in("/"));
        again.unwrap();
    });
}

// Issue #248: reconnection ends after longer outages.
#[test]
fn attempts_go_on_for_as_long_as_it_takes() {
    run(async {
        let server = Scripted::start().await;
        let (socket, conn) = tokio::join!(server.client("/").connect(), server.let_in("/"));
        let socket = socket.unwrap();
        drop(conn);
        for _ in 0..200 {
            drop(server.accept_tcp().await);
        }
        let _conn = server.let_in("/").await;
        guarded(socket.wait_connected()).await.unwrap();
    });
}

// Issue #320 (no error when the network is lost) and #359 (the server's ping timeout is respected).
#[test]
fn a_server_that_falls_silent_is_noticed() {
    run(async {
        let server = Scripted::start().await;
        let client = server.client("/").build().unwrap();
        let socket = client.socket();
        let mut events = socket.events();
        socket.start();
        let mut conn = server.accept().await;
        let impatient = HANDSHAKE.replace("25000", "500").replace("20000", "500");
        conn.send(&impatient).await;
        conn.let_in("/").await;
        assert!(matches!(
            next_change(&mut events).await,
            Event::Connected(_)
        ));
        let change = next_change(&mut events).await;
        assert!(
            matches!(
                change,
                Event::Disconnected {
                    reason: Reason::PingTimeout,
                    ..
                }
            ),
            "{change:?}"
        );
        let _conn = server.let_in("/").await;
        assert!(matches!(
            next_change(&mut events).await,
            Event::Connected(_)
        ));
    });
}
