//! Connecting: Engine.IO versions, namespaces, auth, heartbeats.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::{Value, json};
use tidewire::{ConnectError, Retry};

use crate::support::events::{expect_disconnected, expect_next_connected, next_change, next_named};
use crate::support::server::{Case, Pings, Server};
use crate::support::{guarded, reconnect_after, within};

pub(crate) async fn connects_and_detects_the_engine_version(case: Case) {
    let server = Server::start(case).await;
    let socket = guarded(server.client("").connect()).await.unwrap();
    assert_eq!(socket.engine_version(), Some(server.engine_version()));
    assert!(socket.is_connected());
    assert!(socket.id().is_some_and(|id| id.len() > 8));
    let answer: String = socket.emit_with_ack("echo", "hello").await.unwrap();
    assert_eq!(answer, "hello");
}

pub(crate) async fn ends_up_on_the_expected_transport(case: Case) {
    let server = Server::start(case).await;
    let socket = guarded(server.client("/lab").connect()).await.unwrap();
    let wanted = case.mode.last();
    // An upgrade takes several round trips; each ack makes sure of one.
    while socket.client().transport() != Some(wanted) {
        let answer: u8 = socket.emit_with_ack("echo", 1).await.unwrap();
        assert_eq!(answer, 1);
    }
    let answer: u8 = socket.emit_with_ack("echo", 2).await.unwrap();
    assert_eq!(answer, 2);
}

pub(crate) async fn multiplexes_namespaces_on_one_connection(case: Case) {
    let server = Server::start(case).await;
    let root = guarded(server.client("/").connect()).await.unwrap();
    let lab = root.namespace("/lab");
    let chat = root.namespace("chat");
    let (a, b) = tokio::join!(guarded(lab.connect()), guarded(chat.connect()));
    a.unwrap();
    b.unwrap();
    let ids = [root.id().unwrap(), lab.id().unwrap(), chat.id().unwrap()];
    if server.is_eio3() {
        assert_eq!(*ids[1], format!("/lab#{}", ids[0]));
        assert_eq!(*ids[2], format!("/chat#{}", ids[0]));
    }
    let (one, two): (Result<u32, _>, Result<u32, _>) =
        tokio::join!(root.emit_with_ack("echo", 1), lab.emit_with_ack("echo", 2));
    assert_eq!((one.unwrap(), two.unwrap()), (1, 2));
}

pub(crate) async fn receives_events_sent_before_connect(case: Case) {
    let server = Server::start(case).await;
    let client = server.client("/early").build().unwrap();
    let socket = client.socket();
    let mut events = socket.events();
    guarded(socket.connect()).await.unwrap();
    expect_next_connected(&mut events).await;
    for expected in [1, 2] {
        let message = next_named(&mut events, "early").await;
        assert_eq!(message.args::<i32>().unwrap(), expected);
    }
}

pub(crate) async fn is_refused_without_the_token_and_accepted_with_it(case: Case) {
    let server = Server::start(case).await;
    let refused = guarded(server.client("/auth").connect()).await.unwrap_err();
    let ConnectError::Refused(why) = refused else {
        panic!("{refused:?}")
    };
    assert_eq!(why.message(), "auth failed");
    if case.kind.is_socketio4() {
        assert_eq!(why.data::<Value>().unwrap(), json!({"code": 401}));
    }

    let auth_calls = Arc::new(AtomicU32::new(0));
    let counter = auth_calls.clone();
    let builder = server.client(if server.is_eio3() {
        "/auth?token=secret"
    } else {
        "/auth"
    });
    let builder = builder.auth_with(move || {
        counter.fetch_add(1, Ordering::SeqCst);
        async { Ok::<_, String>(json!({"token": "secret"})) }
    });
    let socket = guarded(builder.connect()).await.unwrap();
    socket.disconnect().await;
    guarded(socket.connect()).await.unwrap();
    assert_eq!(
        auth_calls.load(Ordering::SeqCst),
        if server.is_eio3() { 0 } else { 2 }
    );
}

pub(crate) async fn refreshes_its_token_after_a_refusal(case: Case) {
    let server = Server::start(case).await;
    let token = Arc::new(Mutex::new("expired"));
    let (shown, refreshed) = (token.clone(), token.clone());
    let refusals = Arc::new(AtomicU32::new(0));
    let counter = refusals.clone();
    let pause = Duration::from_millis(1);
    // Socket.IO 2.x has no auth payload: its token is in the query.
    let builder = reconnect_after(server.client("/auth"), pause)
        .auth_in_query(true)
        .auth_with(move || {
            let token = *shown.lock().unwrap();
            async move { Ok::<_, String>(json!({ "token": token })) }
        })
        .on_refused(3, move |refused| {
            assert_eq!(refused.message(), "auth failed");
            // The second call sets a valid token.
            if counter.fetch_add(1, Ordering::SeqCst) == 1 {
                *refreshed.lock().unwrap() = "secret";
            }
            async { Retry::WithFreshAuth }
        });
    let socket = guarded(builder.connect()).await.unwrap();
    assert_eq!(refusals.load(Ordering::SeqCst), 2);
    let answer: u8 = socket.emit_with_ack("echo", 1).await.unwrap();
    assert_eq!(answer, 1);
}

pub(crate) async fn is_refused_an_unknown_namespace(case: Case) {
    let server = Server::start(case).await;
    let refused = guarded(server.client("/nope").connect()).await.unwrap_err();
    let ConnectError::Refused(why) = refused else {
        panic!("{refused:?}")
    };
    assert_eq!(why.message(), "Invalid namespace");
}

#[cfg(not(target_family = "wasm"))]
pub(crate) async fn sends_query_headers_and_auth(case: Case) {
    let server = Server::start(case).await;
    let builder = server
        .client("/lab?a=1")
        .query("b", "ä &")
        .header("X-Tide", "wire")
        .cookie("session", "s1")
        .cookie("lang", "de");
    let socket = guarded(builder.auth(json!({"who": "me"})).connect())
        .await
        .unwrap();
    let seen: Value = socket.emit_with_ack("handshake", ()).await.unwrap();
    assert_eq!(seen["query"]["a"], "1");
    assert_eq!(seen["query"]["b"], "ä &");
    assert_eq!(seen["headers"]["x-tide"], "wire");
    let cookies = seen["headers"]["cookie"].as_str().unwrap();
    for cookie in ["session=s1", "lang=de"] {
        assert!(cookies.split("; ").any(|own| own == cookie), "{cookies}");
    }
    if !server.is_eio3() {
        assert_eq!(seen["auth"], json!({"who": "me"}));
    }
}

pub(crate) async fn lives_through_three_heartbeats(case: Case) {
    let pings = if case.kind.is_python() || cfg!(target_family = "wasm") {
        // python-engineio rounds to seconds, and before 4.x drops a client that is silent for the timeout. A page shares its
        // thread with the browser.
        Pings {
            interval: Duration::from_secs(1),
            timeout: Duration::from_secs(2),
        }
    } else {
        Pings {
            interval: Duration::from_millis(300),
            timeout: Duration::from_millis(300),
        }
    };
    let server = Server::start_with(case, Some(pings)).await;
    let socket = guarded(server.client("/lab").connect()).await.unwrap();
    let mut events = socket.events();
    // The server closes a connection without heartbeat after two intervals. A server in another process needs real time.
    let change = within(pings.interval * 4, next_change(&mut events)).await;
    assert!(change.is_none(), "{change:?}");
    let answer: u8 = socket.emit_with_ack("echo", 7).await.unwrap();
    assert_eq!(answer, 7);
    drop(server);
    expect_disconnected(&mut events).await;
}
