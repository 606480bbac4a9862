//! Binary data with any byte, anywhere in the arguments, with and without an ack.

use serde::{Deserialize, Serialize};
use tidewire::{Bytes, Context};

use crate::support::events::next_named;
use crate::support::run;
use crate::support::scripted::Scripted;
use crate::support::server::{Kind, Server};

/// Every byte twice, including 0x1e, at which rust_socketio splits a frame.
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

// From its source: a binary event with an ack is sent as a binary ack (type 6), without the id.
#[test]
fn a_binary_event_with_an_ack_has_type_5_and_its_id() {
    run(async {
        let server = Scripted::start().await;
        let (socket, mut conn) = server.connect().await;
        let request = socket.emit_with_ack::<Bytes>("file", every_byte_twice());
        let (ack, ()) = tokio::join!(request, async {
            let head = conn.text().await;
            assert_eq!(head, r#"451-0["file",{"_placeholder":true,"num":0}]"#);
            assert_eq!(conn.bytes().await, every_byte_twice());
            conn.send(r#"461-0[{"_placeholder":true,"num":0}]"#).await;
            conn.send_bytes(b"\x1e").await;
        });
        assert_eq!(ack.unwrap(), &b"\x1e"[..]);
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
fn attachments_may_be_anywhere_among_the_arguments() {
    run(async {
        let server = Scripted::start().await;
        let (socket, mut conn) = server.connect().await;
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

// Issues #461, #292, #491: a server event cannot be acked at all. Here with bytes in both directions.
#[test]
fn a_server_event_with_an_ack_id_is_acked() {
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
        let (_socket, mut conn) = server.connect_with(builder).await;
        conn.send("4217[\"plain\",2,3]").await;
        assert_eq!(conn.text().await, "4317[5]");
        conn.send(r#"451-0["question",{"name":"n","parts":[{"_placeholder":true,"num":0}]}]"#)
            .await;
        conn.send_bytes(&every_byte_twice()).await;
        let ack = conn.text().await;
        assert_eq!(ack, r#"461-0[{"_placeholder":true,"num":0},"n"]"#);
        assert_eq!(conn.bytes().await, every_byte_twice());
    });
}
