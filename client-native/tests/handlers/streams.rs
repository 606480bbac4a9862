//! Events as streams, together with other streams and handlers.

use std::sync::{Arc, Mutex};
use std::task::{Context, Wake, Waker};

use futures_util::StreamExt;
use tidewire::{Client, EmitError, Ended, Event, Reason, Transport};

use crate::support::events::{expect_next_connected, expect_next_disconnected, next_named};
use crate::support::scripted::Scripted;
use crate::support::{guarded, run};
use crate::{Calls, connected};

/// egg denies a client with a message to its id, and disconnects it at once.
#[test]
fn a_message_to_the_socket_is_one_even_if_it_is_read_after_a_kick() {
    run(async {
        let server = Scripted::start().await;
        let (socket, mut conn) = server.connect().await;
        let (mut events, mut typed) = (socket.events(), socket.listen::<String>("tick"));
        for packet in [r#"42["tick","a"]"#, r#"42["socket","deny"]"#, "41"] {
            conn.feed(packet).await;
        }
        conn.flush().await;
        assert!(matches!(socket.ended().await, Ended::Kicked));
        assert_eq!(socket.id(), None);
        let messages = [events.message().await, events.message().await];
        let to_me = messages.map(|message| message.unwrap().is_to_me());
        assert_eq!(to_me, [false, true]);
        // The streams end, and do not wait for events that cannot come.
        assert!(events.message().await.is_none());
        assert_eq!(typed.next().await, Some(Ok("a".to_owned())));
        assert_eq!(typed.next().await, None);
        // A stream that is made after the end does not wait either.
        assert!(socket.events().message().await.is_none());
        drop(conn);
        // They go on after another connect.
        let (outcome, mut conn) = tokio::join!(socket.connect(), server.accept_namespace("/"));
        outcome.unwrap();
        conn.send(r#"42["tick","b"]"#).await;
        assert_eq!(events.message().await.unwrap().name(), "tick");
        assert_eq!(typed.next().await, Some(Ok("b".to_owned())));
    });
}

/// Asks for the transport at the moment at which a stream has an event.
struct Asking {
    client: Client,
    answers: Mutex<Vec<Option<Transport>>>,
}

impl Wake for Asking {
    fn wake(self: Arc<Self>) {
        let transport = self.client.transport();
        self.answers.lock().unwrap().push(transport);
    }
}

#[test]
fn the_transport_is_known_as_soon_as_a_stream_tells_of_the_connection() {
    run(async {
        let server = Scripted::start().await;
        let client = server.client("/").build().unwrap();
        let socket = client.socket();
        let mut events = socket.events();
        let asking = Arc::new(Asking {
            client,
            answers: Mutex::default(),
        });
        let waker = Waker::from(asking.clone());
        let first = events.poll_next_unpin(&mut Context::from_waker(&waker));
        assert!(first.is_pending());
        let (outcome, _conn) = tokio::join!(socket.connect(), async {
            let mut conn = server.accept_websocket().await;
            // A 2.x server connects `/` unasked, so one read opens the session and connects.
            conn.feed(r#"0{"sid":"s","upgrades":[],"pingInterval":25000,"pingTimeout":20000}"#)
                .await;
            conn.feed("40").await;
            conn.flush().await;
            conn
        });
        outcome.unwrap();
        let answers = asking.answers.lock().unwrap();
        assert_eq!(*answers, [Some(Transport::WebSocket)]);
    });
}

#[test]
fn a_stream_of_all_events_tells_each_end_once() {
    run(async {
        let server = Scripted::start().await;
        let (socket, mut events, mut conn) = server.connect_with_events(server.client("/")).await;
        tokio::join!(socket.close(), async {
            assert_eq!(conn.text().await, "41");
            conn.expect_close().await;
        });
        socket.disconnect().await;
        socket.close().await;
        let mut told = Vec::new();
        while told.len() < 2 {
            told.push(guarded(events.next()).await.unwrap());
        }
        assert!(
            matches!(
                told[..],
                [Event::Disconnected { .. }, Event::Ended(Ended::Closed)]
            ),
            "{told:?}"
        );
        // A connect that fails is another one.
        drop(server);
        socket.connect().await.unwrap_err();
        let failed = [events.next().await, events.next().await];
        assert!(
            matches!(
                failed,
                [
                    Some(Event::ConnectError(_)),
                    Some(Event::Ended(Ended::GaveUp(_)))
                ]
            ),
            "{failed:?}"
        );
    });
}

#[test]
fn an_end_that_a_connect_has_followed_does_not_end_a_stream() {
    run(async {
        let server = Scripted::start().await;
        let (socket, mut events, mut conn) = server.connect_with_events(server.client("/")).await;
        conn.send("41").await;
        assert!(matches!(socket.ended().await, Ended::Kicked));
        drop(conn);
        let (outcome, mut conn) = tokio::join!(socket.connect(), server.accept_namespace("/"));
        outcome.unwrap();
        conn.send(r#"42["tick"]"#).await;
        assert_eq!(guarded(events.message()).await.unwrap().name(), "tick");
    });
}

#[test]
fn several_streams_and_handlers_receive_every_event() {
    const COUNT: usize = 200;
    run(async {
        let (_server, socket, mut conn) = connected().await;
        let mut calls = Calls::new();
        let recorder = calls.recorder();
        socket.on("x", move |number: usize, _| {
            recorder.record(number);
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
            assert_eq!(calls.next().await, expected.to_string());
        }
    });
}

#[test]
fn a_stream_receives_the_events_after_its_creation() {
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
fn a_stream_continues_with_the_next_connection() {
    run(async {
        let (server, socket, conn) = connected().await;
        let mut events = socket.events();
        drop(conn);
        let mut received = Vec::new();
        let _conn = server.accept_namespace("/").await;
        for _ in 0..3 {
            received.push(guarded(events.next()).await.unwrap());
        }
        assert!(
            matches!(
                received[..],
                [
                    Event::Disconnected {
                        reason: Reason::TransportClose,
                        ..
                    },
                    Event::Reconnecting { attempt: 1, .. },
                    Event::Connected(_)
                ]
            ),
            "{received:?}"
        );
        socket.client().close().await;
        expect_next_disconnected(&mut events, Reason::ClientDisconnect).await;
        let (outcome, _conn) = tokio::join!(socket.connect(), server.accept_namespace("/"));
        outcome.unwrap();
        expect_next_connected(&mut events).await;
    });
}

#[test]
fn a_stream_keeps_the_client_alive() {
    run(async {
        let (_server, socket, mut conn) = connected().await;
        let mut events = socket.events();
        drop(socket);
        conn.send(r#"42["x"]"#).await;
        // Through `futures::Stream`.
        let event = guarded(StreamExt::next(&mut events)).await;
        assert!(matches!(event, Some(Event::Message(_))), "{event:?}");
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
        let (outcome, _conn) = tokio::join!(socket.connect(), server.accept_namespace("/"));
        outcome.unwrap();
        let mut events = socket.events();
        let waiting = tokio::spawn(socket.emit_with_ack::<()>("x", ()));
        own.shutdown_background();
        assert!(guarded(events.next()).await.is_none());
        // Pending calls end, and later calls fail.
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
        // A stream created now ends at once.
        assert!(guarded(socket.events().next()).await.is_none());
    });
}
