//! The auth payload: its sources, and their failures.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use serde_json::json;
use tidewire::{BuildError, ConnectError, Event, Socket};
use tokio::sync::Semaphore;

use crate::support::scripted::Scripted;
use crate::support::{guarded, reconnect_after, run};

/// Connects without success; returns the message of the auth error.
async fn auth_error(socket: &Socket, server: &Scripted) -> String {
    let (outcome, ()) = tokio::join!(socket.connect(), async {
        let mut conn = server.accept_engine().await;
        // No CONNECT is sent without its auth.
        conn.expect_close().await;
    });
    match outcome {
        Err(ConnectError::Auth(why)) => why,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_function_that_fails_or_panics_is_the_error_of_connect() {
    run(async {
        let server = Scripted::start().await;
        let client = server.client("/").build().unwrap();
        let socket = client.socket();
        socket.set_auth_with(async || Err::<(), _>("the vault is locked"));
        assert_eq!(auth_error(&socket, &server).await, "the vault is locked");
        socket.set_auth_with(async || -> Result<(), String> {
            panic!("a test's own panic: when polled")
        });
        assert!(auth_error(&socket, &server).await.contains("panic"));
        let counter = Arc::new(AtomicU32::new(0));
        socket.set_auth_with(move || {
            let before = counter.fetch_add(1, Ordering::Relaxed);
            assert_eq!(before, 1, "a test's own panic: at once");
            async { Ok::<_, String>(json!({"token": 2})) }
        });
        assert!(auth_error(&socket, &server).await.contains("panic"));
        // The client is still usable.
        let (outcome, ()) = tokio::join!(socket.connect(), async {
            let mut conn = server.accept_engine().await;
            assert_eq!(conn.text().await, r#"40{"token":2}"#);
            conn.send(r#"40{"sid":"s"}"#).await;
        });
        outcome.unwrap();
    });
}

#[test]
fn a_function_that_fails_while_reconnecting_is_called_again() {
    run(async {
        let server = Scripted::start().await;
        let calls = AtomicU32::new(0);
        let builder = reconnect_after(server.client("/"), Duration::from_millis(1));
        let builder = builder.auth_with(move || {
            let number = calls.fetch_add(1, Ordering::Relaxed);
            async move {
                match number {
                    1 | 2 => Err("the vault is locked"),
                    _ => Ok(json!({ "token": number })),
                }
            }
        });
        let client = builder.build().unwrap();
        let socket = client.socket();
        let mut events = socket.events();
        let mut failures = 0;
        socket.start();
        for number in [0, 1, 2, 3] {
            let mut conn = server.accept_engine().await;
            if number == 1 || number == 2 {
                conn.expect_close().await;
                continue;
            }
            assert_eq!(conn.text().await, format!(r#"40{{"token":{number}}}"#));
            conn.send(r#"40{"sid":"s"}"#).await;
            loop {
                match guarded(events.next()).await.unwrap() {
                    Event::Connected(_) => break,
                    Event::ConnectError(ConnectError::Auth(_)) => failures += 1,
                    _ => {}
                }
            }
        }
        assert_eq!(failures, 2);
    });
}

#[test]
fn auth_that_is_ready_after_its_connection_is_lost_is_not_used_for_the_next() {
    run(async {
        let server = Scripted::start().await;
        let (permits, calls) = (Arc::new(Semaphore::new(0)), AtomicU32::new(0));
        let auth_permits = permits.clone();
        let builder = server.client("/").auth_with(move || {
            let number = calls.fetch_add(1, Ordering::Relaxed);
            let permits = auth_permits.clone();
            async move {
                // The second call waits for one permit, the first for two.
                permits.acquire_many(2 - number).await.unwrap().forget();
                Ok::<_, String>(json!({ "token": number }))
            }
        });
        let client = builder.build().unwrap();
        client.socket().start();
        drop(server.accept_engine().await);
        let mut conn = server.accept_engine().await;
        // Enough for both calls: the first one waits in front.
        permits.add_permits(3);
        assert_eq!(conn.text().await, r#"40{"token":1}"#);
    });
}

#[test]
fn new_auth_is_used_from_the_next_connect_on() {
    run(async {
        let server = Scripted::start().await;
        let builder = server.client("/").auth(json!({"token": 1}));
        let client = builder.build().unwrap();
        let socket = client.socket();
        for token in [1, 2] {
            let (outcome, mut conn) = tokio::join!(socket.connect(), async {
                let mut conn = server.accept_engine().await;
                assert_eq!(conn.text().await, format!(r#"40{{"token":{token}}}"#));
                conn.send(r#"40{"sid":"s"}"#).await;
                conn
            });
            outcome.unwrap();
            socket.set_auth(json!({"token": token + 1})).unwrap();
            socket.disconnect().await;
            assert_eq!(guarded(conn.text()).await, "41");
        }
        let not_json = std::collections::HashMap::from([(vec![1], 2)]);
        assert!(matches!(
            socket.set_auth(not_json),
            Err(BuildError::Auth(_))
        ));
    });
}
