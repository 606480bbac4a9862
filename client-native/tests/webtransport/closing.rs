//! Closing: what was emitted arrives before the end. And servers that do not read.

use bytes::Bytes;
use tidewire::EmitError;
use tidewire_core::wire::packet::Content;

use crate::scripted::Scripted;
use crate::support::{guarded, run, spawn};

/// The bytes of an event. Some hundred of them exceed all windows of QUIC.
const EVENT: usize = 64 << 10;

#[test]
fn what_was_emitted_arrives_before_the_end() {
    run(async {
        let server = Scripted::start();
        let (socket, _events, mut conn) = server.connect().await;
        let counting = spawn(async move {
            let mut count = 0;
            while let Some(text) = conn.text().await {
                if text != "41" {
                    assert!(
                        text.starts_with(&format!(r#"42["say",{count},"x"#)),
                        "{text}"
                    );
                    count += 1;
                }
            }
            // The client has ended its stream, and then the session.
            guarded(conn.connection.closed()).await;
            count
        });
        let text = "x".repeat(10_000);
        for number in 0..300 {
            socket.emit("say", (number, &text)).await.unwrap();
        }
        guarded(socket.client().close()).await;
        assert_eq!(guarded(counting).await, 300);
    });
}

#[test]
fn binary_goes_in_order_with_its_event_and_empty_binary_arrives() {
    run(async {
        let server = Scripted::start();
        let (socket, mut events, mut conn) = server.connect().await;
        let parts = (
            Bytes::from_static(&[1, 2, 3]),
            Bytes::new(),
            Bytes::from(vec![7; 70_000]),
        );
        socket.emit("parts", parts).await.unwrap();
        let head = conn.text().await.unwrap();
        assert!(head.starts_with(r#"453-["parts","#), "{head}");
        assert_eq!(
            conn.frame().await,
            Some(Content::Binary((&[1, 2, 3]).into()))
        );
        // engine.io-parser does not read an empty frame.
        assert_eq!(conn.frame().await, Some(Content::Text("b".into())));
        assert_eq!(
            conn.frame().await,
            Some(Content::Binary(vec![7; 70_000].into()))
        );
        conn.send(r#"452-["back",{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}]"#)
            .await;
        conn.send_bytes(b"\x80\x82\x08\x09").await;
        let back = guarded(events.message()).await.unwrap();
        assert_eq!(back.attachments(), [&b""[..], b"\x08\x09"]);
    });
}

#[test]
fn emits_wait_for_a_server_that_does_not_read_and_nothing_is_lost() {
    run(async {
        let server = Scripted::start();
        let (socket, _events, mut conn) = server.connect().await;
        let text = "x".repeat(EVENT);
        let mut queued = 0;
        while socket.try_emit("fill", (queued, &text)) != Err(EmitError::QueueFull) {
            queued += 1;
            // 16 MiB, and the windows of both sides.
            assert!(queued * EVENT < 64 << 20, "emits do not wait");
            tokio::task::yield_now().await;
        }
        for number in 0..queued {
            let text = conn.text().await.unwrap();
            let head = format!(r#"42["fill",{number},"x"#);
            assert!(text.starts_with(&head), "{}", &text[..40]);
        }
        // There is room again.
        socket.emit("more", ()).await.unwrap();
        assert_eq!(conn.text().await.as_deref(), Some(r#"42["more"]"#));
    });
}

#[test]
fn a_client_that_is_closed_does_not_wait_for_a_server_that_does_not_read() {
    run(async {
        let server = Scripted::start();
        let (socket, _events, conn) = server.connect().await;
        let text = "x".repeat(EVENT);
        while socket.try_emit("fill", &text) != Err(EmitError::QueueFull) {
            tokio::task::yield_now().await;
        }
        guarded(socket.client().close()).await;
        guarded(conn.connection.closed()).await;
    });
}
