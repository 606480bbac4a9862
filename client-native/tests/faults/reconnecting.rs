//! After a lost connection: buffered emits are sent, each CONNECT has fresh auth, and every attempt has its pause.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use tidewire::{Hint, Reason};

use crate::support::events::{expect_connected, expect_disconnected};
use crate::support::scripted::{Scripted, handshake};
use crate::support::{guarded, reconnect_after, run, run_on_one_thread};

// Issue #230: buffer emits while reconnecting; "dropped after the connection is lost".
#[test]
fn events_emitted_while_disconnected_are_sent_after_reconnection() {
    run(async {
        let server = Scripted::start().await;
        let (socket, conn) = server.connect().await;
        let mut events = socket.events();
        drop(conn);
        expect_disconnected(&mut events).await;
        for number in 0..100 {
            socket.emit("kept", number).await.unwrap();
        }
        let mut conn = server.accept_namespace("/").await;
        for number in 0..100 {
            assert_eq!(conn.text().await, format!(r#"42["kept",{number}]"#));
        }
    });
}

// Issues #374, #466, #500: a manual disconnection must end the attempts to reconnect.
#[test]
fn disconnect_ends_reconnection() {
    run_on_one_thread(async {
        for in_an_attempt in [false, true] {
            let server = Scripted::start().await;
            let (socket, mut events, conn) = server.connect_with_events(server.client("/")).await;
            drop(conn);
            expect_disconnected(&mut events).await;
            // During an attempt that the server does not answer, or during the pause before one.
            let _unanswered = match in_an_attempt {
                true => Some(server.accept_tcp().await),
                false => None,
            };
            socket.disconnect().await;
            server.drop_attempts().await;
            server.expect_no_attempt().await;
            assert!(!socket.is_connected());
            // Issue #253: `connect` reconnects.
            let (again, _conn) = tokio::join!(socket.connect(), server.accept_namespace("/"));
            again.unwrap();
        }
    });
}

// The same for a disconnection while connected.
#[test]
fn the_end_of_the_connection_does_not_reconnect_a_disconnected_namespace() {
    run_on_one_thread(async {
        let server = Scripted::start().await;
        let (socket, mut conn) = server.connect().await;
        socket.disconnect().await;
        assert_eq!(conn.text().await, "41");
        conn.expect_close().await;
        server.expect_no_attempt().await;
    });
}

// Issues #291 and #401: an async function gives new auth on each reconnection.
#[test]
fn every_connect_has_fresh_auth() {
    run(async {
        let server = Scripted::start().await;
        let calls = Arc::new(AtomicU32::new(0));
        let builder = server.client("/").auth_with(move || {
            let number = calls.fetch_add(1, Ordering::Relaxed);
            async move {
                tokio::task::yield_now().await;
                Ok::<_, String>(serde_json::json!({ "token": number }))
            }
        });
        let connecting = tokio::spawn(builder.connect());
        for number in 0..4 {
            let mut conn = server.accept_engine().await;
            assert_eq!(conn.text().await, format!(r#"40{{"token":{number}}}"#));
            conn.send(r#"40{"sid":"s"}"#).await;
        }
        guarded(connecting).await.unwrap().unwrap();
    });
}

// From its source: after 15 minutes without a connection the attempts follow each other without a pause.
#[test]
fn there_is_a_pause_before_each_attempt() {
    run_on_one_thread(async {
        let server = Scripted::start().await;
        // The shortest pause is half of this.
        let delay = Duration::from_secs(3600);
        let builder = reconnect_after(server.client("/"), delay);
        let (socket, mut events, conn) = server.connect_with_events(builder).await;
        drop(conn);
        expect_disconnected(&mut events).await;
        server.expect_no_attempt().await;
        // A `connect` waits for the next attempt, too, and a hint makes it at once.
        let again = tokio::spawn({
            let socket = socket.clone();
            async move { socket.connect().await }
        });
        server.expect_no_attempt().await;
        socket.client().hint(Hint::Online);
        let _conn = server.accept_namespace("/").await;
        again.await.unwrap().unwrap();
    });
}

// Issue #248: reconnection ends after longer outages.
#[test]
fn attempts_continue_until_the_server_is_back() {
    run(async {
        let server = Scripted::start().await;
        let (socket, conn) = server.connect().await;
        drop(conn);
        for _ in 0..200 {
            drop(server.accept_tcp().await);
        }
        let _conn = server.accept_namespace("/").await;
        guarded(socket.wait_connected()).await.unwrap();
    });
}

// Issue #320 (no error when the network is lost) and #359 (the server's ping timeout is respected).
#[test]
fn a_silent_server_is_noticed_by_its_ping_timeout() {
    run(async {
        let server = Scripted::start().await;
        let client = server.client("/").build().unwrap();
        let socket = client.socket();
        let mut events = socket.events();
        socket.start();
        let mut conn = server.accept_websocket().await;
        conn.send(&handshake(500, 500)).await;
        conn.accept_namespace("/").await;
        expect_connected(&mut events).await;
        assert_eq!(expect_disconnected(&mut events).await, Reason::PingTimeout);
        let _conn = server.accept_namespace("/").await;
        expect_connected(&mut events).await;
    });
}
