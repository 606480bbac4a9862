//! The failure of one handler is an error event and affects no other handler.

use std::sync::Arc;

use tidewire::{SocketError, Value};
use tokio::sync::Notify;

use crate::support::run;
use crate::{Calls, Recorder, connected};

fn record_errors(recorder: Recorder) -> impl Fn(SocketError) + Send + Sync {
    move |error| {
        recorder.record(match error {
            SocketError::Decode { event, .. } => format!("decode {event}"),
            SocketError::HandlerPanicked { event } => format!("panic {event}"),
            other => format!("{other:?}"),
        });
    }
}

#[test]
fn arguments_of_another_type_are_an_error_and_the_handler_is_not_called() {
    run(async {
        let (_server, socket, mut conn) = connected().await;
        let mut calls = Calls::new();
        socket.on_error(record_errors(calls.recorder()));
        let (recorder, other) = (calls.recorder(), calls.recorder());
        socket.on("x", move |(number, text): (u8, String), _| {
            recorder.record(format!("{number} {text}"));
            async {}
        });
        socket.on("x", move |whole: Value, _| {
            other.record(format!("{whole:?}").len() > 1);
            async {}
        });
        for args in [r#","a","b""#, ",300,\"a\"", ",1", ""] {
            conn.send(&format!(r#"42["x"{args}]"#)).await;
            assert_eq!(calls.next().await, "decode x");
            // The other handler accepts any argument, but needs one.
            let expected = if args.is_empty() { "decode x" } else { "true" };
            assert_eq!(calls.next().await, expected);
        }
        conn.send(r#"42["x",1,"a"]"#).await;
        calls.expect(&["1 a", "true"]).await;
    });
}

#[test]
fn a_panic_ends_one_call_and_no_other() {
    run(async {
        let (_server, socket, mut conn) = connected().await;
        let mut calls = Calls::new();
        socket.on_error(record_errors(calls.recorder()));
        let gate = Arc::new(Notify::new());
        let (handler_gate, other) = (gate.clone(), calls.recorder());
        socket.on("x", |_: (), _| {
            assert_eq!(1, 2, "a test's own panic: at once");
            async {}
        });
        socket.on("x", async |_: (), _| -> () {
            panic!("a test's own panic: when polled")
        });
        socket.on("x", move |_: (), _| {
            let gate = handler_gate.clone();
            async move {
                gate.notified().await;
                assert_eq!(1, 2, "a test's own panic: after waiting");
            }
        });
        socket.on("x", move |_: (), _| {
            other.record("called");
            async {}
        });
        for _ in 0..2 {
            conn.send(r#"42["x"]"#).await;
            calls.expect(&["panic x", "panic x", "called"]).await;
            gate.notify_one();
            calls.expect(&["panic x"]).await;
        }
        assert!(socket.is_connected());
    });
}

#[test]
fn a_panic_of_the_error_handler_ends_nothing_either() {
    run(async {
        let (_server, socket, mut conn) = connected().await;
        let mut calls = Calls::new();
        socket.on_error(|_| panic!("a test's own panic: of the error handler"));
        let recorder = calls.recorder();
        socket.on("x", move |number: u8, _| {
            recorder.record(number);
            async {}
        });
        conn.send(r#"42["x","wrong"]"#).await;
        conn.send(r#"42["x",1]"#).await;
        calls.expect(&["1"]).await;
        // Setting another error handler replaces this one.
        socket.on_error(record_errors(calls.recorder()));
        conn.send(r#"42["x","wrong"]"#).await;
        calls.expect(&["decode x"]).await;
    });
}

#[test]
fn handlers_begin_in_the_order_of_events_whatever_they_wait_for() {
    const COUNT: usize = 500;
    run(async {
        let (_server, socket, mut conn) = connected().await;
        let mut calls = Calls::new();
        let recorder = calls.recorder();
        let gate = Arc::new(Notify::new());
        let handler_gate = gate.clone();
        socket.on("even", move |number: usize, _| {
            recorder.record(number);
            let gate = handler_gate.clone();
            async move { gate.notified().await }
        });
        let recorder = calls.recorder();
        socket.on("odd", move |number: usize, _| {
            let recorder = recorder.clone();
            async move {
                recorder.record(number);
                tokio::task::yield_now().await;
            }
        });
        for number in 0..COUNT {
            let name = ["even", "odd"][number % 2];
            conn.feed(&format!(r#"42["{name}",{number}]"#)).await;
        }
        conn.flush().await;
        for number in 0..COUNT {
            assert_eq!(calls.next().await, number.to_string());
        }
        gate.notify_waiters();
    });
}

#[test]
fn a_slow_handler_does_not_delay_its_own_next_call() {
    run(async {
        let (_server, socket, mut conn) = connected().await;
        let mut calls = Calls::new();
        let recorder = calls.recorder();
        let second = Arc::new(Notify::new());
        socket.on("x", move |number: u8, _| {
            let (recorder, second) = (recorder.clone(), second.clone());
            async move {
                if number == 1 {
                    second.notified().await;
                } else {
                    second.notify_one();
                }
                recorder.record(number);
            }
        });
        conn.send(r#"42["x",1]"#).await;
        conn.send(r#"42["x",2]"#).await;
        calls.expect(&["2", "1"]).await;
    });
}
