//! Handlers of the reserved events: `connect`, `disconnect`, `connect_error`.

use tidewire::Message;

use crate::support::run;
use crate::support::scripted::Scripted;
use crate::{Calls, connected};

#[test]
fn connect_disconnect_and_connect_error_have_handlers() {
    run(async {
        let server = Scripted::start().await;
        let client = server.client("/").build().unwrap();
        let socket = client.socket();
        let mut calls = Calls::new();
        let recorder = calls.recorder();
        socket.on("connect", move |(): (), cx| {
            recorder.record(format!("connect {}", cx.socket().is_connected()));
            async {}
        });
        let recorder = calls.recorder();
        socket.on("disconnect", move |reason: String, _| {
            recorder.record(format!("disconnect: {reason}"));
            async {}
        });
        let recorder = calls.recorder();
        socket.on("connect_error", move |message: String, _| {
            recorder.record(format!("connect_error: {message}"));
            async {}
        });
        let recorder = calls.recorder();
        socket.on_any(move |message: Message, _| {
            recorder.record(format!("any {}", message.name()));
            async {}
        });

        let (refused, mut conn) = tokio::join!(socket.connect(), async {
            let mut conn = server.accept_engine().await;
            assert_eq!(conn.text().await, "40");
            conn.send(r#"44{"message":"not today","data":{"code":7}}"#)
                .await;
            conn
        });
        assert!(refused.is_err());
        conn.expect_close().await;
        calls.expect(&["connect_error: not today"]).await;

        let (outcome, mut conn) = tokio::join!(socket.connect(), server.accept_namespace("/"));
        outcome.unwrap();
        calls.expect(&["connect true"]).await;
        conn.send(r#"42["x"]"#).await;
        calls.expect(&["any x"]).await;
        conn.close().await;
        calls.expect(&["disconnect: transport close"]).await;
        let mut conn = server.accept_namespace("/").await;
        calls.expect(&["connect true"]).await;
        conn.send("41").await;
        calls.expect(&["disconnect: io server disconnect"]).await;
        // The namespace stays disconnected until the next `connect`.
        conn.expect_close().await;
        let (outcome, conn) = tokio::join!(socket.connect(), server.accept_namespace("/"));
        outcome.unwrap();
        calls.expect(&["connect true"]).await;
        socket.disconnect().await;
        calls.expect(&["disconnect: io client disconnect"]).await;
        drop(conn);
    });
}

#[test]
fn events_of_a_connect_handler_follow_buffered_events() {
    run(async {
        let server = Scripted::start().await;
        let builder = server.client("/").on("connect", async |(): (), cx| {
            cx.socket().emit("greeting", ()).await.unwrap();
        });
        let client = builder.build().unwrap();
        let socket = client.socket();
        socket.emit("buffered", ()).await.unwrap();
        let (outcome, mut conn) = tokio::join!(socket.connect(), server.accept_namespace("/"));
        outcome.unwrap();
        assert_eq!(conn.text().await, r#"42["buffered"]"#);
        assert_eq!(conn.text().await, r#"42["greeting"]"#);
    });
}

#[test]
fn a_server_cannot_emit_reserved_events() {
    run(async {
        let (server, socket, mut conn) = connected().await;
        let mut calls = Calls::new();
        for name in ["connect", "connect_error"] {
            let recorder = calls.recorder();
            socket.on(name, move |_: (), _| {
                recorder.record(name);
                async {}
            });
        }
        conn.send(r#"42["connect_error","boo"]"#).await;
        // A reserved name is a parse error of the protocol: the client reconnects.
        conn.expect_close().await;
        let _conn = server.accept_namespace("/").await;
        calls.expect(&["connect"]).await;
    });
}
