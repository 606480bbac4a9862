//! `connect` ends when the namespace is connected, and not before.

use serde_json::json;
use tidewire::ConnectError;
use tokio::io::AsyncWriteExt;

use crate::support::run;
use crate::support::scripted::Scripted;
use crate::support::server::{Kind, Server};

// Row "connect() to an unknown namespace": Ok, and an error as an event.
#[test]
fn a_namespace_that_does_not_exist_is_an_error_of_connect() {
    run(async {
        let server = Server::start(Kind::Testbed).await;
        let refused = server.client("/nope").connect().await.unwrap_err();
        let ConnectError::Refused(why) = refused else {
            panic!("{refused:?}")
        };
        assert_eq!(why.message(), "Invalid namespace");
    });
}

// From its source: an unsolicited pong (`3`) before CONNECT.
#[test]
fn nothing_is_sent_unasked() {
    run(async {
        let server = Scripted::start().await;
        let builder = server.client("/chat").auth(json!({"token": "t"}));
        let connecting = tokio::spawn(builder.connect());
        let mut conn = server.accept_engine().await;
        assert_eq!(conn.text().await, r#"40/chat,{"token":"t"}"#);
        conn.send(r#"40/chat,{"sid":"s"}"#).await;
        let socket = connecting.await.unwrap().unwrap();
        conn.send("2").await;
        assert_eq!(conn.text().await, "3");
        socket.emit("hello", ()).await.unwrap();
        assert_eq!(conn.text().await, r#"42/chat,["hello"]"#);
        tokio::join!(socket.client().close(), async {
            assert_eq!(conn.text().await, "41/chat,");
            conn.expect_close().await;
        });
    });
}

// Issue #502: `connect` returns before the server has accepted the namespace, and an event emitted then ends the connection.
#[test]
fn events_emitted_right_after_connect_arrive() {
    run(async {
        let server = Server::start(Kind::Testbed).await;
        let socket = server.client("/lab").connect().await.unwrap();
        socket.emit("join", "den").await.unwrap();
        let ack: u8 = socket.emit_with_ack("echo", 1).await.unwrap();
        assert_eq!(ack, 1);
        assert!(socket.is_connected());
    });
}

// The same without waiting for the connection: no event is sent before the server has accepted the namespace.
#[test]
fn events_emitted_before_connect_is_accepted_are_buffered() {
    run(async {
        let server = Scripted::start().await;
        let client = server.client("/").build().unwrap();
        let socket = client.socket();
        socket.start();
        socket.emit("first", 1).await.unwrap();
        let mut conn = server.accept_engine().await;
        assert_eq!(conn.text().await, "40");
        socket.emit("second", 2).await.unwrap();
        conn.send(r#"40{"sid":"s"}"#).await;
        assert_eq!(conn.text().await, r#"42["first",1]"#);
        assert_eq!(conn.text().await, r#"42["second",2]"#);
    });
}

// Issue #224: several namespaces on one connection.
#[test]
fn namespaces_share_a_connection() {
    run(async {
        let server = Scripted::start().await;
        let client = server.client("/a").build().unwrap();
        let (a, b) = (client.socket(), client.namespace("/b"));
        let connecting = async { tokio::join!(a.connect(), b.connect()) };
        let ((first, second), mut conn) = tokio::join!(connecting, async {
            let mut conn = server.accept_engine().await;
            conn.accept_namespace("/a").await;
            conn.accept_namespace("/b").await;
            conn
        });
        assert!(first.is_ok() && second.is_ok());
        b.emit("x", ()).await.unwrap();
        assert_eq!(conn.text().await, r#"42/b,["x"]"#);
    });
}

// Issues #131, #188 (query and path), #474 (cookies for sticky sessions).
#[test]
fn path_query_and_headers_are_in_the_request() {
    run(async {
        let server = Scripted::start().await;
        let builder = server
            .client("/?a=1")
            .path("my/io")
            .query("b", "2")
            .header("Cookie", "io=node-3");
        let connecting = tokio::spawn(builder.connect());
        let (mut stream, request) = server.accept_request().await;
        let line = "GET /my/io/?a=1&b=2&EIO=4&transport=websocket HTTP/1.1\r\n";
        assert!(request.starts_with(line), "{request}");
        assert!(request.contains("cookie: io=node-3\r\n"), "{request}");
        let response = b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n";
        stream.write_all(response).await.unwrap();
        assert!(connecting.await.unwrap().is_err());
    });
}
