//! A handler that takes its time holds up nothing but itself.

use std::sync::Arc;

use tidewire::Context;
use tokio::sync::{Semaphore, mpsc};

use crate::support::run;
use crate::support::scripted::Scripted;
use crate::support::server::{Kind, Server};

// Row "3 handlers of 500 ms, then an ack": the ack waits 1.5 s, and pongs too. Here the handlers wait for the ack itself,
// so that holding it up would be for ever.
#[test]
fn waiting_handlers_hold_up_neither_acks_nor_heartbeats() {
    run(async {
        let server = Scripted::start().await;
        let answered = Arc::new(Semaphore::new(0));
        let (tell, mut told) = mpsc::unbounded_channel();
        let waits_for = answered.clone();
        let builder = server.client("/").on("slow", move |number: u8, _| {
            let (tell, answered) = (tell.clone(), waits_for.clone());
            async move {
                tell.send(number).unwrap();
                answered.acquire().await.unwrap().forget();
                tell.send(number).unwrap();
            }
        });
        let (socket, mut conn) = tokio::join!(builder.connect(), server.let_in("/"));
        let socket = socket.unwrap();
        for number in 1..=3 {
            conn.send(&format!(r#"42["slow",{number}]"#)).await;
            // Each begins while those before it still wait: in order, and none is held up.
            assert_eq!(told.recv().await, Some(number));
        }
        conn.send("2").await;
        assert_eq!(conn.text().await, "3");
        let asked = socket.emit_with_ack::<u8>("ask", ());
        let (answer, ()) = tokio::join!(asked, async {
            let (id, _) = conn.asked().await;
            conn.send(&format!("43{id}[7]")).await;
        });
        assert_eq!(answer, Ok(7));
        answered.add_permits(3);
        for _ in 1..=3 {
            assert!(told.recv().await.is_some());
        }
    });
}

// From its source: the builder's lock is held while a callback runs, and the acks' lock while an ack's does.
#[test]
fn a_handler_may_register_and_take_back_handlers() {
    run(async {
        let server = Server::start(Kind::Testbed).await;
        let (tell, mut told) = mpsc::unbounded_channel();
        let client = server.client("/lab").build().unwrap();
        let socket = client.socket();
        socket.once("echo", move |step: u8, cx: Context| {
            let tell = tell.clone();
            async move {
                let inner = tell.clone();
                let id = cx.socket().on("echo", move |step: u8, _| {
                    let _ = inner.send(step);
                    async {}
                });
                assert!(cx.socket().off(id));
                assert!(!cx.socket().off(id));
                cx.socket().on("echo", move |step: u8, _| {
                    let _ = tell.send(step * 10);
                    async {}
                });
                cx.socket().emit("echo", step + 1).await.unwrap();
            }
        });
        socket.connect().await.unwrap();
        socket.emit("echo", 1).await.unwrap();
        assert_eq!(told.recv().await, Some(20));
    });
}

// Issue #363: handlers are boxes of boxed futures, and state goes in through locks.
#[test]
fn a_handler_is_a_plain_async_function_or_closure() {
    async fn named(number: u32, cx: Context) {
        cx.socket().emit("say", ("den", number + 1)).await.unwrap();
    }
    run(async {
        let server = Server::start(Kind::Testbed).await;
        let socket = server.client("/lab").connect().await.unwrap();
        let (tell, mut told) = mpsc::unbounded_channel();
        socket.on("echo", named);
        socket.on("said", move |number: u32, _| {
            let told = tell.send(number);
            async move { told.unwrap() }
        });
        let _: String = socket.emit_with_ack("join", "den").await.unwrap();
        socket.emit("echo", 41).await.unwrap();
        assert_eq!(told.recv().await, Some(42));
    });
}
