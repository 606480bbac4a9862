//! A refusal that the application has an answer to: a fresh token, and the namespace is asked for again.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use serde_json::json;
use tidewire::{Builder, ConnectError, Event, Refused, Retry, Socket};

use crate::support::scripted::{Conn, Scripted};
use crate::support::{guarded, next_change, run};

const EXPIRED: &str = r#"44{"message":"expired","data":{"code":401}}"#;

/// A client whose tokens are counted.
fn counting(server: &Scripted) -> Builder {
    let asked = AtomicU32::new(0);
    server.client("/").auth_with(move || {
        let number = asked.fetch_add(1, Ordering::Relaxed);
        async move { Ok::<_, String>(json!(number)) }
    })
}

async fn fresh(_: Refused) -> Retry {
    Retry::WithFreshAuth
}

/// Opens the next connection and reads the token of its CONNECT.
async fn asked_with(server: &Scripted, token: u32) -> Conn {
    let mut conn = server.open().await;
    assert_eq!(conn.text().await, format!("40{token}"));
    conn
}

/// Refuses the next connection, whose last namespace closes it.
async fn refuse(server: &Scripted, token: u32) {
    let mut conn = asked_with(server, token).await;
    conn.send(EXPIRED).await;
    conn.expect_close().await;
}

async fn grant(server: &Scripted, token: u32) -> Conn {
    let mut conn = asked_with(server, token).await;
    conn.send(r#"40{"sid":"s"}"#).await;
    conn
}

fn is_refused(outcome: &Result<(), ConnectError>) -> bool {
    matches!(outcome, Err(ConnectError::Refused(why)) if why.message() == "expired")
}

#[test]
fn whoever_connects_waits_until_a_fresh_token_is_let_in() {
    run(async {
        let server = Scripted::start().await;
        let seen = Arc::new(AtomicU32::new(0));
        let sees = seen.clone();
        let client = counting(&server).on_refused(2, move |refused| {
            sees.fetch_add(
                refused.data::<serde_json::Value>().unwrap()["code"]
                    .as_u64()
                    .unwrap() as u32,
                Ordering::Relaxed,
            );
            async { Retry::WithFreshAuth }
        });
        let client = client.build().unwrap();
        let socket = client.socket();
        let mut events = socket.events();
        let waiting = async { tokio::join!(socket.connect(), socket.wait_connected()) };
        let ((one, all), mut conn) = tokio::join!(waiting, async {
            refuse(&server, 0).await;
            refuse(&server, 1).await;
            grant(&server, 2).await
        });
        one.unwrap();
        all.unwrap();
        assert_eq!(seen.load(Ordering::Relaxed), 802);
        for _ in 0..2 {
            let change = next_change(&mut events).await;
            assert!(
                matches!(change, Event::ConnectError(ConnectError::Refused(_))),
                "{change:?}"
            );
        }
        assert!(matches!(
            next_change(&mut events).await,
            Event::Connected(_)
        ));
        socket.emit("in", ()).await.unwrap();
        assert_eq!(conn.text().await, r#"42["in"]"#);
    });
}

#[test]
fn a_connection_that_comes_back_refreshes_its_token_too_and_refusals_count_anew() {
    run(async {
        let server = Scripted::start().await;
        let client = counting(&server).on_refused(1, fresh).build().unwrap();
        let socket = client.socket();
        let (outcome, mut conn) = tokio::join!(socket.connect(), grant(&server, 0));
        outcome.unwrap();
        let mut token = 0;
        for round in 0..3 {
            drop(conn);
            refuse(&server, token + 1).await;
            // What is emitted meanwhile is kept.
            socket.emit("kept", round).await.unwrap();
            conn = grant(&server, token + 2).await;
            assert_eq!(conn.text().await, format!(r#"42["kept",{round}]"#));
            token += 2;
        }
    });
}

#[test]
fn refusals_are_asked_about_as_often_as_was_said_and_the_next_one_stands() {
    run(async {
        let server = Scripted::start().await;
        let client = counting(&server).on_refused(3, fresh).build().unwrap();
        let socket = client.socket();
        for first in [0, 4] {
            let (outcome, ()) = tokio::join!(socket.connect(), async {
                for token in first..first + 4 {
                    refuse(&server, token).await;
                }
            });
            assert!(is_refused(&outcome), "{outcome:?}");
        }
        // An absence: many times the pause of 1 ms.
        let nothing = tokio::time::timeout(Duration::from_millis(100), server.accept_tcp()).await;
        assert!(nothing.is_err());
    });
}

#[test]
fn each_attempt_comes_after_a_pause() {
    run(async {
        let server = Scripted::start().await;
        let hour = Duration::from_secs(3600);
        let client = counting(&server)
            .on_refused(1, fresh)
            .reconnection_delay(hour)
            .reconnection_delay_max(hour);
        let client = client.build().unwrap();
        client.socket().start();
        refuse(&server, 0).await;
        // An absence: the shortest pause is half an hour.
        let nothing = tokio::time::timeout(Duration::from_millis(200), server.accept_tcp()).await;
        assert!(nothing.is_err());
        // Who asks does not wait for the pause to end.
        let socket = client.socket();
        let (again, _conn) = tokio::join!(socket.connect(), grant(&server, 1));
        again.unwrap();
    });
}

#[test]
fn a_refusal_stands_when_the_application_says_so_or_says_nothing() {
    run(async {
        let server = Scripted::start().await;
        let brief = Duration::from_millis(1_500);
        let client = counting(&server).connect_timeout(brief).build().unwrap();
        let socket = client.socket();
        let decisions: [fn(&Socket); 4] = [
            |_| {},
            |socket| socket.on_refused(9, async |_| Retry::GiveUp),
            |socket| socket.on_refused(9, async |_| panic!("a test's own panic")),
            |socket| socket.on_refused(9, async |_| std::future::pending().await),
        ];
        for (token, decide) in (0..).zip(decisions) {
            decide(&socket);
            let (outcome, ()) = tokio::join!(socket.connect(), refuse(&server, token));
            assert!(is_refused(&outcome), "{outcome:?}");
        }
        // It is the last one of these that counts, and the client is as good as new.
        socket.on_refused(1, fresh);
        let (outcome, _conn) = tokio::join!(socket.connect(), async {
            refuse(&server, 4).await;
            grant(&server, 5).await
        });
        outcome.unwrap();
    });
}

#[test]
fn whoever_leaves_in_the_pause_does_not_come_back() {
    run(async {
        let server = Scripted::start().await;
        let pause = Duration::from_millis(400);
        for close in [false, true] {
            let client = counting(&server)
                .on_refused(9, fresh)
                .reconnection_delay(pause)
                .reconnection_delay_max(pause);
            let client = client.build().unwrap();
            let socket = client.socket();
            let (outcome, ()) = tokio::join!(socket.connect(), async {
                refuse(&server, 0).await;
                match close {
                    false => socket.disconnect().await,
                    true => client.close().await,
                }
            });
            assert!(matches!(outcome, Err(ConnectError::Closed)), "{outcome:?}");
            // An absence: the longest pause is 600 ms.
            let nothing = tokio::time::timeout(pause * 2, server.accept_tcp()).await;
            assert!(nothing.is_err());
        }
    });
}

#[test]
fn other_namespaces_keep_the_connection_while_one_is_refused() {
    run(async {
        let server = Scripted::start().await;
        let client = counting(&server).build().unwrap();
        let (root, orders) = (client.socket(), client.namespace("/orders"));
        let (outcome, mut conn) = tokio::join!(root.connect(), grant(&server, 0));
        outcome.unwrap();
        let token = Arc::new(AtomicU32::new(7));
        let next = token.clone();
        orders.set_auth_with(move || {
            let token = token.load(Ordering::Relaxed);
            async move { Ok::<_, String>(json!({ "token": token })) }
        });
        // The decision fetches the new token.
        orders.on_refused(1, move |_| {
            next.fetch_add(1, Ordering::Relaxed);
            async { Retry::WithFreshAuth }
        });
        let (outcome, ()) = tokio::join!(orders.connect(), async {
            assert_eq!(conn.text().await, r#"40/orders,{"token":7}"#);
            conn.send(r#"44/orders,{"message":"expired"}"#).await;
            assert_eq!(conn.text().await, r#"40/orders,{"token":8}"#);
            conn.send(r#"40/orders,{"sid":"o"}"#).await;
        });
        outcome.unwrap();
        assert!(root.is_connected());
    });
}

#[test]
fn an_auth_function_that_never_ends_is_not_waited_for() {
    run(async {
        let server = Scripted::start().await;
        let client = server.client("/").connect_timeout(Duration::from_secs(1));
        let client = client.auth_with(async || std::future::pending::<Result<(), String>>().await);
        let (outcome, ()) = tokio::join!(guarded(client.connect()), async {
            let mut conn = server.open().await;
            conn.expect_close().await;
        });
        assert!(
            matches!(&outcome, Err(ConnectError::Auth(why)) if why.contains("Builder::connect_timeout")),
            "{outcome:?}"
        );
    });
}
