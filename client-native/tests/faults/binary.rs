//! Bytes of any value, anywhere, with an ack or without.

use serde::{Deserialize, Serialize};
use tidewire::{Bytes, Context};

use crate::support::scripted::Scripted;
use crate::support::server::{Kind, Server};
use crate::support::{next_named, run};

/// Every byte twice: 0x1e, where rust_socketio cuts a frame, among them.
fn every_byte_twice() -> Bytes {
    (0..=255u8).chain(0..=255).collect()
}

// Row "binary event holding the byte 0x1e": truncated; 512 bytes of 0..255 twice: nothing is delivered.
#[test]
fn any_byte_may_be_sent_and_received() {
    run(async {
        let server = Server::start(Kind::Testbed).await;
        let socket = server.client("/lab").connect().await.unwrap();
        let mut events = socket.events();
        for bytes in [
            Bytes::from_static(&[1, 0x1e, 2, 0x1e]),
            Bytes::from_static(&[0x1e]),
            every_byte_twice(),
            Bytes::new(),
        ] {
            socket.emit("echo", &bytes).await.unwrap();
            let echo = next_named(&mut events, "echo").await;
            assert_eq!(echo.args::<Bytes>().unwrap(), bytes);
        }
    });
}

// From its source: a binary event that wants an answer goes out as an answer (type 6), without the id.
#[test]
fn a_binary_event_that_wants_an_answer_is_of_type_5_with_its_id() {
    run(async {
        let server = Scripted::start().await;
        let (socket, mut conn) = tokio::join!(server.client("/").connect(), server.let_in("/"));
        let socket = socket.unwrap();
        let asked = socket.emit_with_ack::<Bytes>("file", every_byte_twice());
        let (answer, ()) = tokio::join!(asked, async {
            let head = conn.text().await;
            assert_eq!(head, r#"451-0["file",{"_placeholder":true,"num":0}]"#);
            assert_eq!(conn.bytes().await, every_byte_twice());
            conn.send(r#"461-0[{"_placeholder":true,"num":0}]"#).await;
            conn.send_bytes(b"\x1e").await;
        });
        assert_eq!(answer.unwrap(), &b"\x1e"[..]);
    });
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Upload {
    name: String,
    parts: Vec<Bytes>,
}

fn upload() -> Upload {
    Upload {
        name: "a".into(),
        parts: vec![every_byte_twice(), Bytes::from_static(b"b")],
    }
}

// Issues #373 (binary inside an object) and #90 (several attachments); from its source: one attachment at most, and on
// receipt the other arguments are dropped.
#[test]
fn attachments_stand_anywhere_beside_other_arguments() {
    run(async {
        let server = Scripted::start().await;
        let (socket, mut conn) = tokio::join!(server.client("/").connect(), server.let_in("/"));
        let socket = socket.unwrap();
        let sent = (1, upload(), Bytes::from_static(b"c"), "text");
        socket.emit("upload", sent).await.unwrap();
        let head = conn.text().await;
        let placeholder = |number: u8| format!(r#"{{"_placeholder":true,"num":{number}}}"#);
        let expected = format!(
            r#"453-["upload",1,{{"name":"a","parts":[{},{}]}},{},"text"]"#,
            placeholder(0),
            placeholder(1),
            placeholder(2)
        );
        assert_eq!(head, expected);
        for part in [&every_byte_twice()[..], b"b", b"c"] {
            assert_eq!(conn.bytes().await, part);
        }

        let mut events = socket.events();
        conn.send(&head).await;
        for part in [&every_byte_twice()[..], b"b", b"c"] {
            conn.send_bytes(part).await;
        }
        let message = next_named(&mut events, "upload").await;
        let back: (u8, Upload, Bytes, String) = message.args().unwrap();
        assert_eq!(back, (1, upload(), Bytes::from_static(b"c"), "text".into()));
    });
}

// Issues #461, #292, #491: a server's question cannot be answered at all. Here with bytes on both ways.
#[test]
fn a_question_of_the_servers_is_answered() {
    run(async {
        let server = Scripted::start().await;
        let builder = server
            .client("/")
            .on("question", |upload: Upload, mut cx: Context| async move {
                cx.ack((upload.parts[0].clone(), upload.name))
                    .await
                    .unwrap();
            })
            .on("plain", |(a, b): (i32, i32), mut cx: Context| async move {
                cx.ack(a + b).await.unwrap();
            });
        let (socket, mut conn) = tokio::join!(builder.connect(), server.let_in("/"));
        let _socket = socket.unwrap();
        conn.send("4217[\"plain\",2,3]").await;
        assert_eq!(conn.text().await, "4317[5]");
        conn.send(r#"451-0["question",{"name":"n","parts":[{"_placeholder":true,"num":0}]}]"#)
            .await;
        conn.send_bytes(&every_byte_twice()).await;
        let answer = conn.text().await;
        assert_eq!(answer, r#"461-0[{"_placeholder":true,"num":0},"n"]"#);
        assert_eq!(conn.bytes().await, every_byte_twice());
    });
}
