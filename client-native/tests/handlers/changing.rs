//! Handlers that add and remove handlers while events are handled, and events whose names are written in other ways.

use std::sync::{Arc, Mutex};

use tidewire::{Context, HandlerId};
use tokio::sync::oneshot;

use crate::support::run;
use crate::support::scripted::Conn;
use crate::{Calls, Recorder, connected};

/// Sends events that the driver receives at the same time.
async fn send_together(conn: &mut Conn, events: &[&str]) {
    for event in events {
        conn.feed(&format!("42{event}")).await;
    }
    conn.flush().await;
}

/// A handler that records its name.
fn record(
    recorder: Recorder,
    name: &'static str,
) -> impl Fn((), Context) -> std::future::Ready<()> + Send + Sync {
    move |(), _| {
        recorder.record(name);
        std::future::ready(())
    }
}

#[test]
fn a_handler_added_by_a_handler_is_called_from_the_next_event_on() {
    run(async {
        let (_server, socket, mut conn) = connected().await;
        let mut calls = Calls::new();
        let recorder = calls.recorder();
        socket.once("x", move |(), context| {
            recorder.record("adds");
            let added = recorder.clone();
            context.socket().on_any(move |message, _| {
                added.record(format!("any {}", message.name()));
                async {}
            });
            context.socket().on("x", record(recorder.clone(), "added"));
            context
                .socket()
                .once("x", record(recorder.clone(), "added once"));
            async {}
        });
        socket.on("x", record(calls.recorder(), "old"));
        send_together(&mut conn, &[r#"["x"]"#, r#"["x"]"#, r#"["x"]"#]).await;
        calls.expect(&["adds", "old"]).await;
        calls.expect(&["any x", "old", "added", "added once"]).await;
        calls.expect(&["any x", "old", "added"]).await;
    });
}

#[test]
fn a_handler_removed_by_a_handler_is_called_for_this_event_and_no_other() {
    run(async {
        let (_server, socket, mut conn) = connected().await;
        let mut calls = Calls::new();
        let ids: Arc<Mutex<Vec<HandlerId>>> = Arc::default();
        let (removes, recorder) = (ids.clone(), calls.recorder());
        let first = socket.on("x", move |(), context: Context| {
            for id in removes.lock().unwrap().drain(..) {
                recorder.record(format!("off {}", context.socket().off(id)));
            }
            async {}
        });
        let second = socket.on("x", record(calls.recorder(), "second"));
        let once = socket.once("x", record(calls.recorder(), "once"));
        socket.on("x", record(calls.recorder(), "stays"));
        ids.lock().unwrap().extend([first, second, once]);
        send_together(&mut conn, &[r#"["x"]"#, r#"["x"]"#]).await;
        // The one that is called once was removed before the first was called.
        calls.expect(&["off true", "off true", "off false"]).await;
        calls.expect(&["second", "once", "stays"]).await;
        calls.expect(&["stays"]).await;
    });
}

#[test]
fn off_all_by_a_handler_is_for_the_next_event_on() {
    run(async {
        let (_server, socket, mut conn) = connected().await;
        let mut calls = Calls::new();
        let recorder = calls.recorder();
        socket.on("x", move |(), context: Context| {
            recorder.record("first");
            context.socket().off_all("x");
            context.socket().off_all("y");
            async {}
        });
        socket.on("x", record(calls.recorder(), "second"));
        socket.on("y", record(calls.recorder(), "y"));
        socket.on("z", record(calls.recorder(), "z"));
        send_together(&mut conn, &[r#"["x"]"#, r#"["y"]"#, r#"["x"]"#, r#"["z"]"#]).await;
        calls.expect(&["first", "second", "z"]).await;
    });
}

#[test]
fn the_events_between_find_the_handlers_of_their_time() {
    run(async {
        let (_server, socket, mut conn) = connected().await;
        let mut calls = Calls::new();
        let (adds, removes) = (calls.recorder(), Arc::new(Mutex::new(None)));
        let added = removes.clone();
        socket.on("add", move |(), context: Context| {
            let id = context.socket().on("x", record(adds.clone(), "x"));
            added.lock().unwrap().replace(id);
            async {}
        });
        socket.on("remove", move |(), context: Context| {
            if let Some(id) = removes.lock().unwrap().take() {
                assert!(context.socket().off(id));
            }
            async {}
        });
        socket.on("end", record(calls.recorder(), "end"));
        let (x, add, remove) = (r#"["x"]"#, r#"["add"]"#, r#"["remove"]"#);
        send_together(&mut conn, &[x, add, x, x, remove, x, add, x, r#"["end"]"#]).await;
        calls.expect(&["x", "x", "x", "end"]).await;
    });
}

#[test]
fn names_are_compared_however_they_are_written() {
    run(async {
        let (_server, socket, mut conn) = connected().await;
        let mut calls = Calls::new();
        for name in ["x", "xy", "", "7", "a\"b", "a\\nb", "a\nb", "\u{e9}", "/"] {
            let recorder = calls.recorder();
            socket.on(name, move |number: u8, _| {
                recorder.record(format!("{name:?} {number}"));
                async {}
            });
        }
        for (name, expected) in [
            (r#""x""#, "x"),
            (r#" "x" "#, "x"),
            (r#""\u0078""#, "x"),
            (r#""xy""#, "xy"),
            (r#""x\u0079""#, "xy"),
            (r#""""#, ""),
            ("7", "7"),
            (r#""7""#, "7"),
            (r#""\u0037""#, "7"),
            (r#""a\"b""#, "a\"b"),
            (r#""a\\nb""#, "a\\nb"),
            (r#""a\nb""#, "a\nb"),
            ("\"\u{e9}\"", "\u{e9}"),
            (r#""\u00e9""#, "\u{e9}"),
            (r#""/""#, "/"),
            (r#""\/""#, "/"),
        ] {
            // Names that no handler has, although they begin alike.
            send_together(&mut conn, &[r#"["xyz",1]"#, r#"["x\u0020",1]"#, "[70,1]"]).await;
            send_together(&mut conn, &[&format!("[{name},1]")]).await;
            calls.expect(&[&format!("{expected:?} 1")]).await;
        }
    });
}

#[test]
fn once_is_once_however_the_name_is_written() {
    run(async {
        let (_server, socket, mut conn) = connected().await;
        let mut calls = Calls::new();
        let (plain, escaped) = (r#"["x"]"#, r#"[ "\u0078" ]"#);
        for events in [[plain, escaped], [escaped, plain]] {
            socket.once("x", record(calls.recorder(), "once"));
            let on = socket.on("x", record(calls.recorder(), "on"));
            send_together(&mut conn, &events).await;
            calls.expect(&["once", "on", "on"]).await;
            assert!(socket.off(on));
        }
    });
}

#[test]
fn a_removed_handler_is_dropped_although_no_event_follows() {
    run(async {
        let (_server, socket, mut conn) = connected().await;
        let mut calls = Calls::new();
        let (held, dropped) = oneshot::channel::<()>();
        let recorder = calls.recorder();
        let id = socket.on("x", move |(), _| {
            recorder.record(held.is_closed());
            async {}
        });
        send_together(&mut conn, &[r#"["x"]"#]).await;
        calls.expect(&["false"]).await;
        assert!(socket.off(id));
        assert!(crate::support::guarded(dropped).await.is_err());
    });
}

#[test]
fn after_its_events_the_dispatcher_does_not_keep_the_client_alive() {
    run(async {
        let (_server, socket, mut conn) = connected().await;
        let mut calls = Calls::new();
        socket.on("x", record(calls.recorder(), "x"));
        send_together(&mut conn, &[r#"["x"]"#, r#"["unknown"]"#]).await;
        calls.expect(&["x"]).await;
        drop(socket);
        // Until the end of the stream.
        while conn.next().await.is_some() {}
    });
}

#[test]
fn a_panic_of_a_dropped_handler_ends_nothing() {
    struct Panics;
    impl Drop for Panics {
        fn drop(&mut self) {
            panic!("a test's own panic: of a dropped handler");
        }
    }
    run(async {
        let (_server, socket, mut conn) = connected().await;
        let mut calls = Calls::new();
        let panics = Panics;
        socket.once("x", move |(), _| {
            let _panics = &panics;
            async {}
        });
        let panics = Panics;
        let id = socket.on("x", move |(), _| {
            let _panics = &panics;
            async {}
        });
        socket.on("y", move |(), context: Context| {
            context.socket().off(id);
            async {}
        });
        socket.on("z", record(calls.recorder(), "z"));
        send_together(&mut conn, &[r#"["x"]"#, r#"["y"]"#, r#"["z"]"#]).await;
        calls.expect(&["z"]).await;
        send_together(&mut conn, &[r#"["z"]"#]).await;
        calls.expect(&["z"]).await;
    });
}
