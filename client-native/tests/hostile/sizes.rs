//! More than was agreed: heads that do not end, packets above the limit.

use tidewire::{
    AckError, Builder, Bytes, EmitError, Event, Events, Misuse, Reason, Socket, SocketError,
};

use crate::support::scripted::{Conn, Scripted};
use crate::support::{expect_malformed, next_change, next_named, run};

const MEBI: usize = 1 << 20;

async fn connected(server: &Scripted, builder: Builder) -> (Socket, Events, Conn) {
    let (socket, conn) = tokio::join!(builder.connect(), server.let_in("/"));
    let socket = socket.unwrap();
    let events = socket.events();
    (socket, events, conn)
}

async fn is_cut_off(events: &mut Events, reasons: &[Reason]) {
    let change = next_change(events).await;
    assert!(
        matches!(change, Event::Disconnected { reason, .. } if reasons.contains(&reason)),
        "{change:?}"
    );
}

#[test]
fn a_head_of_ten_megabytes_is_refused() {
    run(async {
        let digits = format!("42{}", "1".repeat(10 * MEBI));
        let namespace = format!("42/{}", "a".repeat(10 * MEBI));
        let count = format!("45{}", "1".repeat(10 * MEBI));
        for text in [digits, namespace, count] {
            let server = Scripted::start().await;
            let (_socket, mut events, mut conn) = connected(&server, server.client("/")).await;
            conn.send(&text).await;
            expect_malformed(&mut events).await;
            is_cut_off(&mut events, &[Reason::ParseError]).await;
            let _conn = server.let_in("/").await;
            assert!(matches!(
                next_change(&mut events).await,
                Event::Connected(_)
            ));
        }
    });
}

#[test]
fn a_packet_above_the_limit_is_refused_and_one_at_the_limit_is_not() {
    run(async {
        let server = Scripted::start().await;
        let builder = server.client("/").max_packet_bytes(MEBI);
        let (_socket, mut events, mut conn) = connected(&server, builder).await;
        let fits = "a".repeat(MEBI - 16);
        conn.send(&format!(r#"42["x","{fits}"]"#)).await;
        let message = next_named(&mut events, "x").await;
        assert!(message.args::<String>().unwrap() == fits);
        // In one frame, which is not even read to its end.
        let large = "a".repeat(MEBI);
        let text = format!(r#"42["x","{large}"]"#);
        tokio::join!(conn.send_to_deaf_ears(&text), async {
            is_cut_off(&mut events, &[Reason::ParseError]).await;
        });

        // In several frames, each below the limit, it is the packet's.
        let mut conn = server.let_in("/").await;
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

#[test]
fn as_many_attachments_as_the_limit_says_are_taken() {
    run(async {
        let server = Scripted::start().await;
        let (socket, mut events, mut conn) = connected(&server, server.client("/")).await;
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
        // One more is refused on the way out and on the way in.
        let more = vec![Bytes::from_static(b"x"); 1_001];
        let refused = EmitError::Refused(Misuse::TooManyAttachments);
        assert_eq!(socket.emit("x", (&more,)).await, Err(refused.clone()));
        assert_eq!(socket.try_emit("x", (&more,)), Err(refused.clone()));
        let asked = socket.emit_with_ack::<()>("x", (&more,)).await;
        assert_eq!(asked, Err(AckError::Emit(refused)));
        conn.send(r#"451001-["x"]"#).await;
        expect_malformed(&mut events).await;
        is_cut_off(&mut events, &[Reason::ParseError]).await;
    });
}
