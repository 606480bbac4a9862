//! The namespace's own events, as handlers: `connect`, `disconnect`, `connect_error`.

use tidewire::Message;

use crate::support::run;
use crate::support::scripted::Scripted;
use crate::{Notes, connected};

#[test]
fn comings_and_goings_have_handlers() {
    run(async {
        let server = Scripted::start().await;
        let client = server.client("/").build().unwrap();
        let socket = client.socket();
        let mut notes = Notes::new();
        let pen = notes.pen();
        socket.on("connect", move |(): (), cx| {
            pen.write(format!("connect {}", cx.socket().is_connected()));
            async {}
        });
        let pen = notes.pen();
        socket.on("disconnect", move |reason: String, _| {
            pen.write(format!("disconnect: {reason}"));
            async {}
        });
        let pen = notes.pen();
        socket.on("connect_error", move |message: String, _| {
            pen.write(format!("connect_error: {message}"));
            async {}
        });
        let pen = notes.pen();
        socket.on_any(move |message: Message, _| {
            pen.write(format!("any {}", message.name()));
            async {}
        });

        let (refused, mut conn) = tokio::join!(socket.connect(), async {
            let mut conn = server.open().await;
            assert_eq!(conn.text().await, "40");
            conn.send(r#"44{"message":"not today","data":{"code":7}}"#)
                .await;
            conn
        });
        assert!(refused.is_err());
        conn.expect_close().await;
        notes.expect(&["connect_error: not today"]).await;

        let (outcome, mut conn) = tokio::join!(socket.connect(), server.let_in("/"));
        outcome.unwrap();
        notes.expect(&["connect true"]).await;
        conn.send(r#"42["x"]"#).await;
        notes.expect(&["any x"]).await;
        conn.close().await;
        notes.expect(&["disconnect: transport close"]).await;
        let mut conn = server.let_in("/").await;
        notes.expect(&["connect true"]).await;
        conn.send("41").await;
        notes.expect(&["disconnect: io server disconnect"]).await;
        // It stays away, until it is told to come.
        conn.expect_close().await;
        let (outcome, conn) = tokio::join!(socket.connect(), server.let_in("/"));
        outcome.unwrap();
        notes.expect(&["connect true"]).await;
        socket.disconnect().await;
        notes.expect(&["disconnect: io client disconnect"]).await;
        drop(conn);
    });
}

#[test]
fn what_a_connect_handler_emits_comes_behind_what_had_waited() {
    run(async {
        let server = Scripted::start().await;
        let builder = server.client("/").on("connect", async |(): (), cx| {
            cx.socket().emit("greeting", ()).await.unwrap();
        });
        let client = builder.build().unwrap();
        let socket = client.socket();
        socket.emit("waited", ()).await.unwrap();
        let (outcome, mut conn) = tokio::join!(socket.connect(), server.let_in("/"));
        outcome.unwrap();
        assert_eq!(conn.text().await, r#"42["waited"]"#);
        assert_eq!(conn.text().await, r#"42["greeting"]"#);
    });
}

#[test]
fn a_server_cannot_pretend_to_be_the_client() {
    run(async {
        let (server, socket, mut conn) = connected().await;
        let mut notes = Notes::new();
        for name in ["connect", "connect_error"] {
            let pen = notes.pen();
            socket.on(name, move |_: (), _| {
                pen.write(name);
                async {}
            });
        }
        conn.send(r#"42["connect_error","boo"]"#).await;
        // A reserved name is a parse error of the protocol: the connection is opened anew.
        conn.expect_close().await;
        let _conn = server.let_in("/").await;
        notes.expect(&["connect"]).await;
    });
}
