//! Answers to the server: one for each question, whoever gives it, and on the connection that asked.

use std::sync::Arc;
use std::time::Duration;

use tidewire::{AckSender, Context, EmitError, Message, Misuse};
use tokio::sync::{Mutex, mpsc};

use crate::support::run;
use crate::support::{guarded, next_named};
use crate::{Notes, connected};

#[test]
fn the_first_answer_counts() {
    run(async {
        let (_server, socket, mut conn) = connected().await;
        let mut notes = Notes::new();
        for name in ["first", "second"] {
            let pen = notes.pen();
            socket.on("question", move |_: (), mut cx: Context| {
                let pen = pen.clone();
                async move {
                    assert!(cx.wants_ack());
                    cx.ack(name).await.unwrap();
                    assert!(!cx.wants_ack());
                    cx.ack("twice").await.unwrap();
                    pen.write(name);
                }
            });
        }
        conn.send(r#"425["question"]"#).await;
        assert_eq!(conn.text().await, r#"435["first"]"#);
        notes.next().await;
        notes.next().await;
        conn.send("2").await;
        assert_eq!(conn.text().await, "3");
    });
}

#[test]
fn what_is_no_question_is_not_answered() {
    run(async {
        let (_server, socket, mut conn) = connected().await;
        let mut notes = Notes::new();
        let pen = notes.pen();
        socket.on("x", move |_: (), mut cx: Context| {
            let pen = pen.clone();
            async move {
                assert!(!cx.wants_ack());
                assert!(cx.ack_sender().is_none());
                cx.ack("unasked").await.unwrap();
                pen.write("done");
            }
        });
        conn.send(r#"42["x"]"#).await;
        notes.expect(&["done"]).await;
        conn.send("2").await;
        assert_eq!(conn.text().await, "3");
    });
}

#[test]
fn the_right_to_answer_may_be_kept_and_used_in_any_order() {
    run(async {
        let (_server, socket, mut conn) = connected().await;
        let (keep, mut kept) = mpsc::unbounded_channel::<AckSender>();
        socket.on("question", move |_: u8, mut cx: Context| {
            keep.send(cx.ack_sender().unwrap()).unwrap();
            async {}
        });
        for id in 1..=3 {
            conn.send(&format!(r#"42{id}["question",{id}]"#)).await;
        }
        let mut senders = Vec::new();
        for _ in 1..=3 {
            senders.push(kept.recv().await.unwrap());
        }
        for (id, sender) in (1..=3).rev().zip(senders.into_iter().rev()) {
            sender.send((id, "late")).await.unwrap();
            assert_eq!(conn.text().await, format!(r#"43{id}[{id},"late"]"#));
        }
    });
}

#[test]
fn a_stream_and_a_handler_share_one_right_to_answer() {
    run(async {
        let (_server, socket, mut conn) = connected().await;
        let mut events = socket.events();
        let answering = Arc::new(Mutex::new(()));
        let first = answering.clone().lock_owned().await;
        socket.on_any(move |message: Message, mut cx: Context| {
            let answering = answering.clone();
            async move {
                assert!(message.wants_ack());
                let _after = answering.lock().await;
                cx.ack("handler").await.unwrap();
            }
        });
        conn.send(r#"429["question"]"#).await;
        let mut message = next_named(&mut events, "question").await;
        let sender = events.ack_sender(&mut message).unwrap();
        assert!(events.ack_sender(&mut message).is_none());
        sender.send("stream").await.unwrap();
        assert_eq!(conn.text().await, r#"439["stream"]"#);
        drop(first);
        conn.send("2").await;
        assert_eq!(conn.text().await, "3");
        // An absence: the handler has every chance to answer again.
        let second = tokio::time::timeout(Duration::from_millis(50), conn.text()).await;
        assert!(second.is_err(), "{second:?}");
    });
}

#[test]
fn an_answer_does_not_go_to_another_connection() {
    run(async {
        let (server, socket, mut conn) = connected().await;
        let mut events = socket.events();
        conn.send(r#"421["question"]"#).await;
        let mut message = next_named(&mut events, "question").await;
        let sender = events.ack_sender(&mut message).unwrap();
        drop(conn);
        let mut conn = server.let_in("/").await;
        guarded(socket.wait_connected()).await.unwrap();
        let stale = Err(EmitError::Refused(Misuse::StaleReply));
        assert_eq!(sender.send("late").await, stale);
        conn.send("2").await;
        assert_eq!(conn.text().await, "3");
    });
}
