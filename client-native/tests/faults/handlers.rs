//! A slow handler delays nothing but itself.

use std::sync::Arc;

use tidewire::Context;
use tokio::sync::{Semaphore, mpsc};

use crate::support::run;
use crate::support::scripted::Scripted;
use crate::support::server::{Kind, Server};

// Row "3 handlers of 500 ms, then an ack": the ack waits 1.5 s, and pongs too. Here the handlers wait for the ack itself,
// so that a client which delays it would hang.
#[test]
fn waiting_handlers_delay_neither_acks_nor_heartbeats() {
    run(async {
        let server = Scripted::start().await;
        let acked = Arc::new(Semaphore::new(0));
        let (calls_tx, mut calls) = mpsc::unbounded_channel();
        let handler_acked = acked.clone();
        let builder = server.client("/").on("slow", move |number: u8, _| {
            let (calls_tx, acked) = (calls_tx.clone(), handler_acked.clone());
            async move {
                calls_tx.send(number).unwrap();
                acked.acquire().await.unwrap().forget();
                calls_tx.send(number).unwrap();
            }
        });
        let (socket, mut conn) = server.connect_with(builder).await;
        for number in 1..=3 {
            conn.send(&format!(r#"42["slow",{number}]"#)).await;
            // Each handler begins in order, while the ones before it still wait.
            assert_eq!(calls.recv().await, Some(number));
        }
        conn.expect_pong_next().await;
        let request = socket.emit_with_ack::<u8>("ask", ());
        let (ack, ()) = tokio::join!(request, async {
            let (id, _) = conn.event_with_ack().await;
            conn.send(&format!("43{id}[7]")).await;
        });
        assert_eq!(ack, Ok(7));
        acked.add_permits(3);
        for _ in 1..=3 {
            assert!(calls.recv().await.is_some());
        }
    });
}

// From its source: a lock on the builder is held while a callback runs, and one on the acks while an ack callback runs.
#[test]
fn a_handler_may_register_and_remove_handlers() {
    run(async {
        let server = Server::start(Kind::Testbed).await;
        let (steps_tx, mut steps) = mpsc::unbounded_channel();
        let client = server.client("/lab").build().unwrap();
        let socket = client.socket();
        socket.once("echo", move |step: u8, cx: Context| {
            let steps_tx = steps_tx.clone();
            async move {
                let inner = steps_tx.clone();
                let id = cx.socket().on("echo", move |step: u8, _| {
                    let _ = inner.send(step);
                    async {}
                });
                assert!(cx.socket().off(id));
                assert!(!cx.socket().off(id));
                cx.socket().on("echo", move |step: u8, _| {
                    let _ = steps_tx.send(step * 10);
                    async {}
                });
                cx.socket().emit("echo", step + 1).await.unwrap();
            }
        });
        socket.connect().await.unwrap();
        socket.emit("echo", 1).await.unwrap();
        assert_eq!(steps.recv().await, Some(20));
    });
}

// Issue #363: handlers must be boxed closures with boxed futures, and share state through locks.
#[test]
fn a_handler_is_a_plain_async_function_or_closure() {
    async fn named(number: u32, cx: Context) {
        cx.socket().emit("say", ("den", number + 1)).await.unwrap();
    }
    run(async {
        let server = Server::start(Kind::Testbed).await;
        let socket = server.client("/lab").connect().await.unwrap();
        let (numbers_tx, mut numbers) = mpsc::unbounded_channel();
        socket.on("echo", named);
        socket.on("said", move |number: u32, _| {
            let sent = numbers_tx.send(number);
            async move { sent.unwrap() }
        });
        let _: String = socket.emit_with_ack("join", "den").await.unwrap();
        socket.emit("echo", 41).await.unwrap();
        assert_eq!(numbers.recv().await, Some(42));
    });
}
