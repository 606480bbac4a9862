//! `on`, `once`, `on_any`, `off`, `off_all`: who is called.

use tidewire::Message;

use crate::support::run;
use crate::support::scripted::Scripted;
use crate::{Notes, connected};

#[test]
fn all_handlers_of_an_event_are_called_those_for_any_event_first() {
    run(async {
        let (_server, socket, mut conn) = connected().await;
        let mut notes = Notes::new();
        for name in ["first", "second"] {
            let pen = notes.pen();
            socket.on("x", move |number: u8, _| {
                pen.write(format!("{name} {number}"));
                async {}
            });
        }
        let pen = notes.pen();
        socket.on_any(move |message: Message, _| {
            pen.write(format!("any {}", message.name()));
            async {}
        });
        conn.send(r#"42["x",1]"#).await;
        conn.send(r#"42["y"]"#).await;
        conn.send(r#"42["x",2]"#).await;
        notes.expect(&["any x", "first 1", "second 1"]).await;
        notes.expect(&["any y"]).await;
        notes.expect(&["any x", "first 2", "second 2"]).await;
    });
}

#[test]
fn once_is_once() {
    run(async {
        let (_server, socket, mut conn) = connected().await;
        let mut notes = Notes::new();
        let (once, on) = (notes.pen(), notes.pen());
        socket.once("x", move |number: u8, _| {
            once.write(format!("once {number}"));
            async {}
        });
        socket.on("x", move |number: u8, _| {
            on.write(format!("on {number}"));
            async {}
        });
        // Both are in the driver's hands at the same time.
        conn.feed(r#"42["x",1]"#).await;
        conn.feed(r#"42["x",2]"#).await;
        conn.flush().await;
        notes.expect(&["once 1", "on 1", "on 2"]).await;
    });
}

#[test]
fn what_was_taken_back_is_not_called() {
    run(async {
        let (_server, socket, mut conn) = connected().await;
        let mut notes = Notes::new();
        let write = |note: &'static str| {
            let pen = notes.pen();
            move |_: (), _| {
                pen.write(note);
                async {}
            }
        };
        let gone = socket.on("x", write("gone"));
        socket.on("x", write("stays"));
        let never = socket.once("x", write("never"));
        let pen = notes.pen();
        let any = socket.on_any(move |_, _| {
            pen.write("any");
            async {}
        });
        socket.on("y", write("y"));
        socket.once("y", write("y once"));
        assert!(socket.off(gone) && socket.off(never) && socket.off(any));
        assert!(!socket.off(gone), "it was taken back before");
        socket.off_all("y");
        socket.off_all("nobody");
        conn.send(r#"42["x"]"#).await;
        conn.send(r#"42["y"]"#).await;
        conn.send(r#"42["x"]"#).await;
        notes.expect(&["stays", "stays"]).await;
    });
}

#[test]
fn a_handler_of_the_builder_hears_the_very_first_event() {
    run(async {
        let server = Scripted::start().await;
        let mut notes = Notes::new();
        let (pen, other) = (notes.pen(), notes.pen());
        let builder = server
            .client("/")
            .on("hello", move |text: String, _| {
                pen.write(text);
                async {}
            })
            .on("connect", move |(): (), _| {
                other.write("connected");
                async {}
            });
        let (_socket, _conn) = tokio::join!(builder.connect(), async {
            let mut conn = server.open().await;
            assert_eq!(conn.text().await, "40");
            // In one go with the grant.
            conn.feed(r#"40{"sid":"s"}"#).await;
            conn.feed(r#"42["hello","early"]"#).await;
            conn.flush().await;
            conn
        });
        notes.expect(&["connected", "early"]).await;
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
        let mut notes = Notes::new();
        for (socket, name) in [(&a, "a"), (&b, "b"), (&again, "b again")] {
            let pen = notes.pen();
            socket.on("x", move |number: u8, cx| {
                pen.write(format!("{name} {number} {}", cx.socket().name()));
                async {}
            });
        }
        let connecting = async { tokio::join!(a.connect(), b.connect()) };
        let (_, mut conn) = tokio::join!(connecting, async {
            let mut conn = server.open().await;
            conn.let_in("/a").await;
            conn.let_in("/b").await;
            conn
        });
        assert!(again.is_connected());
        assert_eq!(again.id(), b.id());
        conn.send(r#"42/b,["x",1]"#).await;
        conn.send(r#"42/a,["x",2]"#).await;
        // Each namespace is in order; between them there is none.
        let mut heard = [notes.next().await, notes.next().await, notes.next().await];
        heard.sort();
        assert_eq!(heard, ["a 2 /a", "b 1 /b", "b again 1 /b"]);
    });
}

#[test]
fn a_clone_is_the_same_socket() {
    run(async {
        let (_server, socket, mut conn) = connected().await;
        let mut notes = Notes::new();
        let clone = socket.clone();
        let pen = notes.pen();
        let id = clone.on("x", move |number: u8, _| {
            pen.write(number);
            async {}
        });
        assert_eq!(clone.id(), socket.id());
        drop(clone);
        conn.send(r#"42["x",1]"#).await;
        notes.expect(&["1"]).await;
        let same = socket.client().socket();
        assert!(same.off(id));
        same.disconnect().await;
        assert!(!socket.is_connected());
    });
}
