//! `on`, `once`, `on_any`, `off`, `off_all`: which handlers are called.

use tidewire::Message;

use crate::support::run;
use crate::support::scripted::Scripted;
use crate::{Calls, connected};

#[test]
fn all_handlers_of_an_event_are_called_those_for_any_event_first() {
    run(async {
        let (_server, socket, mut conn) = connected().await;
        let mut calls = Calls::new();
        for name in ["first", "second"] {
            let recorder = calls.recorder();
            socket.on("x", move |number: u8, _| {
                recorder.record(format!("{name} {number}"));
                async {}
            });
        }
        let recorder = calls.recorder();
        socket.on_any(move |message: Message, _| {
            recorder.record(format!("any {}", message.name()));
            async {}
        });
        conn.send(r#"42["x",1]"#).await;
        conn.send(r#"42["y"]"#).await;
        conn.send(r#"42["x",2]"#).await;
        calls.expect(&["any x", "first 1", "second 1"]).await;
        calls.expect(&["any y"]).await;
        calls.expect(&["any x", "first 2", "second 2"]).await;
    });
}

#[test]
fn once_is_once() {
    run(async {
        let (_server, socket, mut conn) = connected().await;
        let mut calls = Calls::new();
        let (once, on) = (calls.recorder(), calls.recorder());
        socket.once("x", move |number: u8, _| {
            once.record(format!("once {number}"));
            async {}
        });
        socket.on("x", move |number: u8, _| {
            on.record(format!("on {number}"));
            async {}
        });
        // The driver receives both at the same time.
        conn.feed(r#"42["x",1]"#).await;
        conn.feed(r#"42["x",2]"#).await;
        conn.flush().await;
        calls.expect(&["once 1", "on 1", "on 2"]).await;
    });
}

#[test]
fn a_removed_handler_is_not_called() {
    run(async {
        let (_server, socket, mut conn) = connected().await;
        let mut calls = Calls::new();
        let record = |note: &'static str| {
            let recorder = calls.recorder();
            move |_: (), _| {
                recorder.record(note);
                async {}
            }
        };
        let gone = socket.on("x", record("gone"));
        socket.on("x", record("stays"));
        let never = socket.once("x", record("never"));
        let recorder = calls.recorder();
        let any = socket.on_any(move |_, _| {
            recorder.record("any");
            async {}
        });
        socket.on("y", record("y"));
        socket.once("y", record("y once"));
        assert!(socket.off(gone) && socket.off(never) && socket.off(any));
        assert!(!socket.off(gone), "it was removed before");
        socket.off_all("y");
        socket.off_all("unknown");
        conn.send(r#"42["x"]"#).await;
        conn.send(r#"42["y"]"#).await;
        conn.send(r#"42["x"]"#).await;
        calls.expect(&["stays", "stays"]).await;
    });
}

#[test]
fn a_handler_of_the_builder_receives_the_very_first_event() {
    run(async {
        let server = Scripted::start().await;
        let mut calls = Calls::new();
        let (recorder, other) = (calls.recorder(), calls.recorder());
        let builder = server
            .client("/")
            .on("hello", move |text: String, _| {
                recorder.record(text);
                async {}
            })
            .on("connect", move |(): (), _| {
                other.record("connected");
                async {}
            });
        let (_socket, _conn) = tokio::join!(builder.connect(), async {
            let mut conn = server.accept_engine().await;
            assert_eq!(conn.text().await, "40");
            // Together with the reply to CONNECT.
            conn.feed(r#"40{"sid":"s"}"#).await;
            conn.feed(r#"42["hello","early"]"#).await;
            conn.flush().await;
            conn
        });
        calls.expect(&["connected", "early"]).await;
    });
}

#[test]
fn handlers_belong_to_their_namespace() {
    run(async {
        let server = Scripted::start().await;
        let client = server.client("/a").build().unwrap();
        let (a, b) = (client.socket(), client.namespace("b"));
        // The same name is the same namespace.
        let again = client.namespace("/b");
        assert_eq!((a.name(), b.name(), again.name()), ("/a", "/b", "/b"));
        let mut calls = Calls::new();
        for (socket, name) in [(&a, "a"), (&b, "b"), (&again, "b again")] {
            let recorder = calls.recorder();
            socket.on("x", move |number: u8, cx| {
                recorder.record(format!("{name} {number} {}", cx.socket().name()));
                async {}
            });
        }
        let connecting = async { tokio::join!(a.connect(), b.connect()) };
        let (_, mut conn) = tokio::join!(connecting, async {
            let mut conn = server.accept_engine().await;
            conn.accept_namespace("/a").await;
            conn.accept_namespace("/b").await;
            conn
        });
        assert!(again.is_connected());
        assert_eq!(again.id(), b.id());
        conn.send(r#"42/b,["x",1]"#).await;
        conn.send(r#"42/a,["x",2]"#).await;
        // Events are in order within a namespace only.
        let mut received = [calls.next().await, calls.next().await, calls.next().await];
        received.sort();
        assert_eq!(received, ["a 2 /a", "b 1 /b", "b again 1 /b"]);
    });
}

#[test]
fn a_clone_is_the_same_socket() {
    run(async {
        let (_server, socket, mut conn) = connected().await;
        let mut calls = Calls::new();
        let clone = socket.clone();
        let recorder = calls.recorder();
        let id = clone.on("x", move |number: u8, _| {
            recorder.record(number);
            async {}
        });
        assert_eq!(clone.id(), socket.id());
        drop(clone);
        conn.send(r#"42["x",1]"#).await;
        calls.expect(&["1"]).await;
        let same = socket.client().socket();
        assert!(same.off(id));
        same.disconnect().await;
        assert!(!socket.is_connected());
    });
}
