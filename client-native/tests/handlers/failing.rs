//! What goes wrong in one handler is told, and is nobody else's problem.

use std::sync::Arc;

use tidewire::{SocketError, Value};
use tokio::sync::Notify;

use crate::support::run;
use crate::{Notes, Pen, connected};

fn write_errors(pen: Pen) -> impl Fn(SocketError) + Send + Sync {
    move |error| {
        pen.write(match error {
            SocketError::Decode { event, .. } => format!("decode {event}"),
            SocketError::HandlerPanicked { event } => format!("panic {event}"),
            other => format!("{other:?}"),
        });
    }
}

#[test]
fn arguments_of_another_type_are_told_and_the_handler_is_not_called() {
    run(async {
        let (_server, socket, mut conn) = connected().await;
        let mut notes = Notes::new();
        socket.on_error(write_errors(notes.pen()));
        let (pen, other) = (notes.pen(), notes.pen());
        socket.on("x", move |(number, text): (u8, String), _| {
            pen.write(format!("{number} {text}"));
            async {}
        });
        socket.on("x", move |whole: Value, _| {
            other.write(format!("{whole:?}").len() > 1);
            async {}
        });
        for args in [r#","a","b""#, ",300,\"a\"", ",1", ""] {
            conn.send(&format!(r#"42["x"{args}]"#)).await;
            assert_eq!(notes.next().await, "decode x");
            // The other one takes anything but nothing.
            let expected = if args.is_empty() { "decode x" } else { "true" };
            assert_eq!(notes.next().await, expected);
        }
        conn.send(r#"42["x",1,"a"]"#).await;
        notes.expect(&["1 a", "true"]).await;
    });
}

#[test]
fn a_panic_ends_one_call_and_no_other() {
    run(async {
        let (_server, socket, mut conn) = connected().await;
        let mut notes = Notes::new();
        socket.on_error(write_errors(notes.pen()));
        let gate = Arc::new(Notify::new());
        let (waits, other) = (gate.clone(), notes.pen());
        socket.on("x", |_: (), _| {
            assert_eq!(1, 2, "a test's own panic: at once");
            async {}
        });
        socket.on("x", async |_: (), _| -> () {
            panic!("a test's own panic: when polled")
        });
        socket.on("x", move |_: (), _| {
            let waits = waits.clone();
            async move {
                waits.notified().await;
                assert_eq!(1, 2, "a test's own panic: after it has waited");
            }
        });
        socket.on("x", move |_: (), _| {
            other.write("heard");
            async {}
        });
        for _ in 0..2 {
            conn.send(r#"42["x"]"#).await;
            notes.expect(&["panic x", "panic x", "heard"]).await;
            gate.notify_one();
            notes.expect(&["panic x"]).await;
        }
        assert!(socket.is_connected());
    });
}

#[test]
fn a_panic_of_the_error_handler_ends_nothing_either() {
    run(async {
        let (_server, socket, mut conn) = connected().await;
        let mut notes = Notes::new();
        socket.on_error(|_| panic!("a test's own panic: of the error handler"));
        let pen = notes.pen();
        socket.on("x", move |number: u8, _| {
            pen.write(number);
            async {}
        });
        conn.send(r#"42["x","wrong"]"#).await;
        conn.send(r#"42["x",1]"#).await;
        notes.expect(&["1"]).await;
        // The last one that was set is the one.
        socket.on_error(write_errors(notes.pen()));
        conn.send(r#"42["x","wrong"]"#).await;
        notes.expect(&["decode x"]).await;
    });
}

#[test]
fn handlers_begin_in_the_order_of_events_whatever_they_wait_for() {
    const COUNT: usize = 500;
    run(async {
        let (_server, socket, mut conn) = connected().await;
        let mut notes = Notes::new();
        let pen = notes.pen();
        let gate = Arc::new(Notify::new());
        let waits = gate.clone();
        socket.on("even", move |number: usize, _| {
            pen.write(number);
            let waits = waits.clone();
            async move { waits.notified().await }
        });
        let pen = notes.pen();
        socket.on("odd", move |number: usize, _| {
            let pen = pen.clone();
            async move {
                pen.write(number);
                tokio::task::yield_now().await;
            }
        });
        for number in 0..COUNT {
            let name = ["even", "odd"][number % 2];
            conn.feed(&format!(r#"42["{name}",{number}]"#)).await;
        }
        conn.flush().await;
        for number in 0..COUNT {
            assert_eq!(notes.next().await, number.to_string());
        }
        gate.notify_waiters();
    });
}

#[test]
fn a_slow_handler_does_not_hold_up_its_own_next_call() {
    run(async {
        let (_server, socket, mut conn) = connected().await;
        let mut notes = Notes::new();
        let pen = notes.pen();
        let second = Arc::new(Notify::new());
        socket.on("x", move |number: u8, _| {
            let (pen, second) = (pen.clone(), second.clone());
            async move {
                if number == 1 {
                    second.notified().await;
                } else {
                    second.notify_one();
                }
                pen.write(number);
            }
        });
        conn.send(r#"42["x",1]"#).await;
        conn.send(r#"42["x",2]"#).await;
        notes.expect(&["2", "1"]).await;
    });
}
