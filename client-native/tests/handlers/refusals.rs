//! `on_refused`: the application may retry a refused CONNECT with a fresh token.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use serde_json::json;
use tidewire::{Builder, ConnectError, Refused, Retry, Socket};

use crate::support::events::{expect_connect_error, expect_connected};
use crate::support::scripted::{Conn, Scripted};
use crate::support::{guarded, reconnect_after, run, run_on_one_thread};

const EXPIRED: &str = r#"44{"message":"expired","data":{"code":401}}"#;

/// A client whose tokens are 0, 1, 2 and so on.
fn counting(server: &Scripted) -> Builder {
    let calls = AtomicU32::new(0);
    server.client("/").auth_with(move || {
        let number = calls.fetch_add(1, Ordering::Relaxed);
        async move { Ok::<_, String>(json!({"token": number})) }
    })
}

async fn fresh(_: Refused) -> Retry {
    Retry::WithFreshAuth
}

/// Accepts the next connection and checks the token of its CONNECT.
async fn expect_token(server: &Scripted, token: u32) -> Conn {
    let mut conn = server.accept_engine().await;
    assert_eq!(conn.text().await, format!(r#"40{{"token":{token}}}"#));
    conn
}

/// Refuses the CONNECT of the next connection, which the client then closes.
async fn refuse(server: &Scripted, token: u32) {
    let mut conn = expect_token(server, token).await;
    conn.send(EXPIRED).await;
    conn.expect_close().await;
}

/// Accepts the CONNECT of the next connection.
async fn accept(server: &Scripted, token: u32) -> Conn {
    let mut conn = expect_token(server, token).await;
    conn.send(r#"40{"sid":"s"}"#).await;
    conn
}

fn is_refused(outcome: &Result<(), ConnectError>) -> bool {
    matches!(outcome, Err(ConnectError::Refused(why)) if why.message() == "expired")
}

#[test]
fn connect_waits_until_a_fresh_token_is_accepted() {
    run(async {
        let server = Scripted::start().await;
        let codes = Arc::new(AtomicU32::new(0));
        let sum = codes.clone();
        let client = counting(&server).on_refused(2, move |refused| {
            sum.fetch_add(
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
        let connecting = async { tokio::join!(socket.connect(), socket.wait_connected()) };
        let ((connect, connected), mut conn) = tokio::join!(connecting, async {
            refuse(&server, 0).await;
            refuse(&server, 1).await;
            accept(&server, 2).await
        });
        connect.unwrap();
        connected.unwrap();
        assert_eq!(codes.load(Ordering::Relaxed), 802);
        for _ in 0..2 {
            let error = expect_connect_error(&mut events).await;
            assert!(matches!(error, ConnectError::Refused(_)), "{error:?}");
        }
        expect_connected(&mut events).await;
        socket.emit("in", ()).await.unwrap();
        assert_eq!(conn.text().await, r#"42["in"]"#);
    });
}

#[test]
fn reconnections_refresh_the_token_and_reset_the_count_of_refusals() {
    run(async {
        let server = Scripted::start().await;
        let client = counting(&server).on_refused(1, fresh).build().unwrap();
        let socket = client.socket();
        let (outcome, mut conn) = tokio::join!(socket.connect(), accept(&server, 0));
        outcome.unwrap();
        let mut token = 0;
        for round in 0..3 {
            drop(conn);
            refuse(&server, token + 1).await;
            // Events emitted meanwhile are buffered.
            socket.emit("kept", round).await.unwrap();
            conn = accept(&server, token + 2).await;
            assert_eq!(conn.text().await, format!(r#"42["kept",{round}]"#));
            token += 2;
        }
    });
}

#[test]
fn on_refused_is_called_up_to_its_limit_and_the_next_refusal_is_final() {
    run_on_one_thread(async {
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
        server.expect_no_attempt().await;
    });
}

#[test]
fn each_attempt_comes_after_a_pause() {
    run_on_one_thread(async {
        let server = Scripted::start().await;
        let hour = Duration::from_secs(3600);
        let client = reconnect_after(counting(&server).on_refused(1, fresh), hour);
        let client = client.build().unwrap();
        client.socket().start();
        refuse(&server, 0).await;
        // The shortest pause is half an hour.
        server.expect_no_attempt().await;
        // `connect` does not wait for the pause to end.
        let socket = client.socket();
        let (again, _conn) = tokio::join!(socket.connect(), accept(&server, 1));
        again.unwrap();
    });
}

#[test]
fn a_refusal_is_final_if_the_application_gives_up_fails_or_does_not_decide() {
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
        // The last `on_refused` replaces the others, and the client is still usable.
        socket.on_refused(1, fresh);
        let (outcome, _conn) = tokio::join!(socket.connect(), async {
            refuse(&server, 4).await;
            accept(&server, 5).await
        });
        outcome.unwrap();
    });
}

#[test]
fn disconnecting_during_the_pause_ends_reconnection() {
    run_on_one_thread(async {
        let server = Scripted::start().await;
        let pause = Duration::from_millis(400);
        for close in [false, true] {
            let client = reconnect_after(counting(&server).on_refused(9, fresh), pause);
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
            // The longest pause is 600 ms.
            server.expect_no_attempt().await;
        }
    });
}

#[test]
fn other_namespaces_keep_the_connection_while_one_is_refused() {
    run(async {
        let server = Scripted::start().await;
        let client = counting(&server).build().unwrap();
        let (root, orders) = (client.socket(), client.namespace("/orders"));
        let (outcome, mut conn) = tokio::join!(root.connect(), accept(&server, 0));
        outcome.unwrap();
        let token = Arc::new(AtomicU32::new(7));
        let next = token.clone();
        orders.set_auth_with(move || {
            let token = token.load(Ordering::Relaxed);
            async move { Ok::<_, String>(json!({ "token": token })) }
        });
        // The callback fetches the new token.
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
fn an_auth_function_that_never_ends_times_out() {
    run(async {
        let server = Scripted::start().await;
        let client = server.client("/").connect_timeout(Duration::from_secs(1));
        let client = client.auth_with(async || std::future::pending::<Result<(), String>>().await);
        let (outcome, ()) = tokio::join!(guarded(client.connect()), async {
            let mut conn = server.accept_engine().await;
            conn.expect_close().await;
        });
        assert!(
            matches!(&outcome, Err(ConnectError::Auth(why)) if why.contains("Builder::connect_timeout")),
            "{outcome:?}"
        );
    });
}

#[test]
fn a_refusal_names_its_namespace_and_shows_the_start_of_its_message() {
    run(async {
        let server = Scripted::start().await;
        let builder = server.client("/chat");
        let long = "x".repeat(200_000);
        let (outcome, _conn) = tokio::join!(builder.connect(), async {
            let mut conn = server.accept_engine().await;
            assert_eq!(conn.text().await, "40/chat,");
            let refusal = format!(r#"44/chat,{{"message":"no\n{long}"}}"#);
            conn.send(&refusal).await;
            conn
        });
        let Err(ConnectError::Refused(refused)) = &outcome else {
            panic!("{outcome:?}")
        };
        assert_eq!(refused.namespace(), "/chat");
        assert_eq!(refused.message().len(), 200_003);
        let text = outcome.unwrap_err().to_string();
        assert!(
            text.starts_with("the server refused the namespace /chat: no xxx") && text.len() < 300,
            "{text:.400}"
        );
    });
}
