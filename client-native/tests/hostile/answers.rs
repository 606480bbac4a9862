//! Answers that are behind a flood of events: acks, and the answer to a connect. The connection reads on for them.

use tidewire::{AckError, Context, Message, error_text};
use tokio::sync::mpsc;

use crate::support::events::next_named;
use crate::support::scripted::{Conn, Scripted};
use crate::support::{guarded, run};

/// More than the pending handlers and the inbox of these tests hold together.
const EVENTS: usize = 20_000;
/// Less than the events take, and more than a quarter of it, in bytes.
const INBOX: usize = 1_000_000;

/// Sends the events, and acks the requests that the client then sends.
async fn flood_and_ack(mut conn: Conn) {
    for number in 0..EVENTS {
        conn.feed(&format!(r#"42["tick",{number}]"#)).await;
    }
    conn.flush().await;
    for _ in 0..EVENTS {
        let (id, args) = conn.event_with_ack().await;
        conn.send(&format!("43{id}{}", args.replace(r#""double","#, "")))
            .await;
    }
    while conn.next().await.is_some() {}
}

#[test]
fn each_handler_of_a_flood_gets_its_ack() {
    run(async {
        let server = Scripted::start().await;
        let (acked, mut acks) = mpsc::unbounded_channel();
        let handler = move |number: usize, context: Context| {
            let acked = acked.clone();
            async move {
                let ack = context.socket().emit_with_ack::<usize>("double", number);
                acked.send((number, ack.await)).unwrap();
            }
        };
        let builder = server.client("/").inbox_bytes(INBOX).on("tick", handler);
        let (_socket, conn) = server.connect_with(builder).await;
        let flooding = tokio::spawn(flood_and_ack(conn));
        for _ in 0..EVENTS {
            let (number, ack) = guarded(acks.recv()).await.unwrap();
            assert_eq!(ack, Ok(number));
        }
        flooding.abort();
    });
}

#[test]
fn a_loop_that_awaits_an_ack_for_each_event_of_a_flood_gets_them() {
    run(async {
        let server = Scripted::start().await;
        let builder = server.client("/").inbox_bytes(INBOX);
        let (socket, mut events, conn) = server.connect_with_events(builder).await;
        let flooding = tokio::spawn(flood_and_ack(conn));
        for expected in 0..EVENTS {
            let number: usize = next_named(&mut events, "tick").await.args().unwrap();
            assert_eq!(number, expected);
            let ack = socket.emit_with_ack::<usize>("double", number).await;
            assert_eq!(ack, Ok(number));
        }
        flooding.abort();
    });
}

#[test]
fn a_namespace_connects_behind_a_flood() {
    run(async {
        let server = Scripted::start().await;
        let builder = server.client("/").inbox_bytes(INBOX);
        let (socket, events, mut conn) = server.connect_with_events(builder).await;
        let other = socket.namespace("/other");
        let connecting = tokio::spawn(async move { other.connect().await });
        assert_eq!(conn.text().await, "40/other,");
        for number in 0..EVENTS {
            conn.feed(&format!(r#"42["tick",{number}]"#)).await;
        }
        conn.send(r#"40/other,{"sid":"other"}"#).await;
        guarded(connecting).await.unwrap().unwrap();
        drop(events);
    });
}

#[test]
fn past_the_second_limit_an_ack_fails_with_the_reason_and_no_event_is_lost() {
    run(async {
        let server = Scripted::start().await;
        // The events take more than four times as much.
        let builder = server.client("/").inbox_bytes(INBOX / 10);
        let (socket, mut events, mut conn) = server.connect_with_events(builder).await;
        let mut other = socket.events();
        let asking = tokio::spawn({
            let socket = socket.clone();
            async move { socket.emit_with_ack::<()>("ask", ()).await }
        });
        let (id, _) = conn.event_with_ack().await;
        let flooding = tokio::spawn(async move {
            for number in 0..EVENTS {
                conn.feed(&format!(r#"42["tick",{number}]"#)).await;
            }
            conn.send(&format!("43{id}[]")).await;
            let (id, _) = conn.event_with_ack().await;
            conn.send(&format!("43{id}[]")).await;
            while conn.next().await.is_some() {}
        });
        let error = guarded(asking).await.unwrap().unwrap_err();
        let event = "ask".to_owned();
        assert_eq!(error, AckError::InboxFull { event });
        assert!(error_text(&error).contains("Builder::inbox_bytes"));
        for expected in 0..EVENTS {
            // Both streams hold the connection up.
            for events in [&mut events, &mut other] {
                let tick: Message = next_named(events, "tick").await;
                assert_eq!(tick.args::<usize>().unwrap(), expected);
            }
        }
        // The late ack of the first event is ignored.
        assert_eq!(socket.emit_with_ack("ask", ()).await, Ok(()));
        flooding.abort();
    });
}
