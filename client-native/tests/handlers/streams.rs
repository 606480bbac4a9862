//! Events as streams, beside each other and beside handlers.

use futures_util::StreamExt;
use tidewire::{EmitError, Event, Reason};

use crate::support::scripted::Scripted;
use crate::support::{guarded, next_named, run};
use crate::{Notes, connected};

#[test]
fn several_streams_and_handlers_hear_everything() {
    const COUNT: usize = 200;
    run(async {
        let (_server, socket, mut conn) = connected().await;
        let mut notes = Notes::new();
        let pen = notes.pen();
        socket.on("x", move |number: usize, _| {
            pen.write(number);
            async {}
        });
        let streams = [socket.events(), socket.events(), socket.clone().events()];
        for number in 0..COUNT {
            conn.feed(&format!(r#"42["x",{number}]"#)).await;
        }
        conn.flush().await;
        for mut stream in streams {
            for expected in 0..COUNT {
                let message = next_named(&mut stream, "x").await;
                assert_eq!(message.args::<usize>().unwrap(), expected);
            }
        }
        for expected in 0..COUNT {
            assert_eq!(notes.next().await, expected.to_string());
        }
    });
}

#[test]
fn a_stream_hears_what_comes_after_it_was_made() {
    run(async {
        let (_server, socket, mut conn) = connected().await;
        let mut early = socket.events();
        conn.send(r#"42["first"]"#).await;
        assert_eq!(guarded(early.message()).await.unwrap().name(), "first");
        let mut late = socket.events();
        conn.send(r#"42["second"]"#).await;
        assert_eq!(guarded(late.message()).await.unwrap().name(), "second");
        assert_eq!(guarded(early.message()).await.unwrap().name(), "second");
    });
}

#[test]
fn a_stream_goes_on_after_a_close_and_tells_of_the_next_connection() {
    run(async {
        let (server, socket, conn) = connected().await;
        let mut events = socket.events();
        drop(conn);
        let mut heard = Vec::new();
        let _conn = server.let_in("/").await;
        for _ in 0..3 {
            heard.push(guarded(events.next()).await.unwrap());
        }
        assert!(
            matches!(
                heard[..],
                [
                    Event::Disconnected {
                        reason: Reason::TransportClose,
                        ..
                    },
                    Event::Reconnecting { attempt: 1, .. },
                    Event::Connected(_)
                ]
            ),
            "{heard:?}"
        );
        socket.client().close().await;
        assert!(matches!(
            guarded(events.next()).await,
            Some(Event::Disconnected {
                reason: Reason::ClientDisconnect,
                ..
            })
        ));
        let (outcome, _conn) = tokio::join!(socket.connect(), server.let_in("/"));
        outcome.unwrap();
        assert!(matches!(
            guarded(events.next()).await,
            Some(Event::Connected(_))
        ));
    });
}

#[test]
fn a_stream_keeps_the_client_alive() {
    run(async {
        let (_server, socket, mut conn) = connected().await;
        let mut events = socket.events();
        drop(socket);
        conn.send(r#"42["x"]"#).await;
        // With the methods of `futures::Stream`, which it is.
        let heard = guarded(StreamExt::next(&mut events)).await;
        assert!(matches!(heard, Some(Event::Message(_))), "{heard:?}");
        drop(events);
        assert_eq!(conn.text().await, "41");
        conn.expect_close().await;
    });
}

#[test]
fn a_stream_ends_with_the_runtime_of_its_client() {
    let own = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .unwrap();
    run(async {
        let server = Scripted::start().await;
        let builder = server.client("/");
        let client = own.spawn(async move { builder.build().unwrap() });
        let socket = client.await.unwrap().socket();
        let (outcome, _conn) = tokio::join!(socket.connect(), server.let_in("/"));
        outcome.unwrap();
        let mut events = socket.events();
        let waiting = tokio::spawn(socket.emit_with_ack::<()>("x", ()));
        own.shutdown_background();
        assert!(guarded(events.next()).await.is_none());
        // Nobody is left waiting, and whoever comes later is told.
        let lost = guarded(waiting).await.unwrap();
        assert_eq!(lost, Err(EmitError::Closed.into()));
        assert_eq!(socket.emit("x", ()).await, Err(EmitError::Closed));
        assert_eq!(socket.try_emit("x", ()), Err(EmitError::Closed));
        let late = guarded(socket.emit_with_ack::<()>("x", ())).await;
        assert_eq!(late, Err(EmitError::Closed.into()));
        assert!(guarded(socket.connect()).await.is_err());
        guarded(socket.disconnect()).await;
        guarded(socket.client().close()).await;
        assert!(!socket.is_connected());
        // A stream that is made now has nothing to tell.
        assert!(guarded(socket.events().next()).await.is_none());
    });
}
