//! Packets above the limits: endless headers, too many bytes, too many attachments.

use tidewire::{AckError, Bytes, EmitError, Event, Misuse, Reason, SocketError, TransportError};
use tokio::io::AsyncWriteExt;

use crate::support::events::{
    expect_connected, expect_disconnected, expect_malformed, next_change, next_named,
};
use crate::support::run;
use crate::support::scripted::Scripted;

const MEBI: usize = 1 << 20;

#[test]
fn a_header_of_ten_mebibytes_ends_the_connection() {
    run(async {
        let digits = format!("42{}", "1".repeat(10 * MEBI));
        let namespace = format!("42/{}", "a".repeat(10 * MEBI));
        let count = format!("45{}", "1".repeat(10 * MEBI));
        for text in [digits, namespace, count] {
            let server = Scripted::start().await;
            let (_socket, mut events, mut conn) =
                server.connect_with_events(server.client("/")).await;
            conn.send(&text).await;
            expect_malformed(&mut events).await;
            assert_eq!(expect_disconnected(&mut events).await, Reason::ParseError);
            let _conn = server.accept_namespace("/").await;
            expect_connected(&mut events).await;
        }
    });
}

#[test]
fn a_packet_at_the_limit_is_received_and_one_above_it_ends_the_connection() {
    run(async {
        let server = Scripted::start().await;
        let builder = server.client("/").max_packet_bytes(MEBI);
        let (_socket, mut events, mut conn) = server.connect_with_events(builder).await;
        let fits = "a".repeat(MEBI - 16);
        conn.send(&format!(r#"42["x","{fits}"]"#)).await;
        let message = next_named(&mut events, "x").await;
        assert!(message.args::<String>().unwrap() == fits);
        // In one frame, which the client does not read to its end.
        let large = "a".repeat(MEBI);
        let text = format!(r#"42["x","{large}"]"#);
        tokio::join!(conn.try_send(&text), async {
            assert_eq!(expect_disconnected(&mut events).await, Reason::ParseError);
        });

        // In several frames, each below the limit: the limit holds for the packet.
        let mut conn = server.accept_namespace("/").await;
        let half = vec![7; MEBI / 2 + 1];
        conn.send(r#"452-["x",{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}]"#)
            .await;
        conn.send_bytes(&half).await;
        conn.send_bytes(&half).await;
        loop {
            match next_change(&mut events).await {
                Event::Disconnected {
                    reason: Reason::ParseError,
                    ..
                } => break,
                Event::Connected(_) | Event::Error(SocketError::Malformed(_)) => {}
                other => panic!("{other:?}"),
            }
        }
    });
}

// tungstenite counts bytes, of which an empty fragment has none.
#[test]
fn a_flood_of_empty_fragments_ends_the_connection() {
    run(async {
        let server = Scripted::start().await;
        let (_socket, mut events, conn) = server.connect_with_events(server.client("/")).await;
        let mut stream = conn.into_stream();
        let mut message = [&b"\x01\x05"[..], b"42[\"x", b"\x80\x02", b"\"]"].concat();
        message.splice(7..7, *b"\x00\x00\x89\x00\x00\x00");
        stream.write_all(&message).await.unwrap();
        next_named(&mut events, "x").await;
        let flood = [&b"\x01\x00"[..], &[0; 10_000]].concat();
        // The client may close before it has read all of it.
        let _ = stream.write_all(&flood).await;
        let Event::Disconnected { reason, error, .. } = next_change(&mut events).await else {
            panic!("it is still connected")
        };
        assert_eq!(reason, Reason::TransportError);
        assert!(
            matches!(&error, Some(TransportError::WebSocket(why)) if why.contains("empty fragments")),
            "{error:?}"
        );
    });
}

#[test]
fn as_many_attachments_as_the_limit_are_received() {
    run(async {
        let server = Scripted::start().await;
        let (socket, mut events, mut conn) = server.connect_with_events(server.client("/")).await;
        let placeholders: Vec<String> = (0..1_000)
            .map(|number| format!(r#"{{"_placeholder":true,"num":{number}}}"#))
            .collect();
        conn.send(&format!(r#"451000-["x",[{}]]"#, placeholders.join(",")))
            .await;
        for number in 0..1_000_u32 {
            conn.send_bytes(&number.to_be_bytes()).await;
        }
        let parts: Vec<Bytes> = next_named(&mut events, "x").await.args().unwrap();
        assert_eq!(parts.len(), 1_000);
        assert_eq!(parts[999], &999_u32.to_be_bytes()[..]);
        // One more is refused in both directions.
        let more = vec![Bytes::from_static(b"x"); 1_001];
        let refused = EmitError::Refused(Misuse::TooManyAttachments);
        assert_eq!(socket.emit("x", (&more,)).await, Err(refused.clone()));
        assert_eq!(socket.try_emit("x", (&more,)), Err(refused.clone()));
        let asked = socket.emit_with_ack::<()>("x", (&more,)).await;
        assert_eq!(asked, Err(AckError::Emit(refused)));
        conn.send(r#"451001-["x"]"#).await;
        expect_malformed(&mut events).await;
        assert_eq!(expect_disconnected(&mut events).await, Reason::ParseError);
    });
}
