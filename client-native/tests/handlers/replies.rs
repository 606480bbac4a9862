//! Acks to the server: one per event, from a handler or a stream, and only on the connection of the event.

use std::sync::Arc;

use tidewire::{AckSender, Context, EmitError, Message, Misuse};
use tokio::sync::{Mutex, mpsc};

use crate::support::events::next_named;
use crate::support::guarded;
use crate::support::run;
use crate::{Calls, connected};

#[test]
fn only_the_first_ack_is_sent() {
    run(async {
        let (_server, socket, mut conn) = connected().await;
        let mut calls = Calls::new();
        for name in ["first", "second"] {
            let recorder = calls.recorder();
            socket.on("ask", move |_: (), mut cx: Context| {
                let recorder = recorder.clone();
                async move {
                    assert!(cx.wants_ack());
                    cx.ack(name).await.unwrap();
                    assert!(!cx.wants_ack());
                    cx.ack("twice").await.unwrap();
                    recorder.record(name);
                }
            });
        }
        conn.send(r#"425["ask"]"#).await;
        assert_eq!(conn.text().await, r#"435["first"]"#);
        calls.next().await;
        calls.next().await;
        conn.expect_pong_next().await;
    });
}

#[test]
fn an_event_without_an_ack_id_is_not_acked() {
    run(async {
        let (_server, socket, mut conn) = connected().await;
        let mut calls = Calls::new();
        let recorder = calls.recorder();
        socket.on("x", move |_: (), mut cx: Context| {
            let recorder = recorder.clone();
            async move {
                assert!(!cx.wants_ack());
                assert!(cx.ack_sender().is_none());
                cx.ack("unasked").await.unwrap();
                recorder.record("done");
            }
        });
        conn.send(r#"42["x"]"#).await;
        calls.expect(&["done"]).await;
        conn.expect_pong_next().await;
    });
}

#[test]
fn ack_senders_may_be_kept_and_used_in_any_order() {
    run(async {
        let (_server, socket, mut conn) = connected().await;
        let (senders_tx, mut senders) = mpsc::unbounded_channel::<AckSender>();
        socket.on("ask", move |_: u8, mut cx: Context| {
            senders_tx.send(cx.ack_sender().unwrap()).unwrap();
            async {}
        });
        for id in 1..=3 {
            conn.send(&format!(r#"42{id}["ask",{id}]"#)).await;
        }
        let mut kept = Vec::new();
        for _ in 1..=3 {
            kept.push(senders.recv().await.unwrap());
        }
        for (id, sender) in (1..=3).rev().zip(kept.into_iter().rev()) {
            sender.send((id, "late")).await.unwrap();
            assert_eq!(conn.text().await, format!(r#"43{id}[{id},"late"]"#));
        }
    });
}

#[test]
fn a_stream_and_a_handler_share_one_ack() {
    run(async {
        let (_server, socket, mut conn) = connected().await;
        let mut events = socket.events();
        let mut calls = Calls::new();
        let recorder = calls.recorder();
        let acking = Arc::new(Mutex::new(()));
        let first = acking.clone().lock_owned().await;
        socket.on_any(move |message: Message, mut cx: Context| {
            let (acking, recorder) = (acking.clone(), recorder.clone());
            async move {
                assert!(message.wants_ack());
                let _after = acking.lock().await;
                cx.ack("handler").await.unwrap();
                recorder.record("acked");
            }
        });
        conn.send(r#"429["ask"]"#).await;
        let mut message = next_named(&mut events, "ask").await;
        let sender = events.ack_sender(&mut message).unwrap();
        assert!(events.ack_sender(&mut message).is_none());
        sender.send("stream").await.unwrap();
        assert_eq!(conn.text().await, r#"439["stream"]"#);
        drop(first);
        calls.expect(&["acked"]).await;
        // Commands are handled in order: a second answer of the handler would be sent before this event.
        socket.emit("next", ()).await.unwrap();
        assert_eq!(conn.text().await, r#"42["next"]"#);
    });
}

#[test]
fn an_ack_is_not_sent_on_another_connection() {
    run(async {
        let (server, socket, mut conn) = connected().await;
        let mut events = socket.events();
        conn.send(r#"421["ask"]"#).await;
        let mut message = next_named(&mut events, "ask").await;
        let sender = events.ack_sender(&mut message).unwrap();
        drop(conn);
        let mut conn = server.accept_namespace("/").await;
        guarded(socket.wait_connected()).await.unwrap();
        let stale = Err(EmitError::Refused(Misuse::StaleReply));
        assert_eq!(sender.send("late").await, stale);
        conn.expect_pong_next().await;
    });
}
