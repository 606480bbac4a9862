//! Handlers that return an ack or an error, replies to messages, typed streams, and the end of a namespace.

use std::error::Error as _;
use std::future::Future as _;

use tidewire::{
    Ack, AckError, ConnectError, EmitError, Ended, Event, Hint, SocketError, Transport,
};

use crate::support::events::next_named;
use crate::support::scripted::{Conn, Scripted};
use crate::support::{guarded, run};
use crate::{Calls, connected};

#[test]
fn a_handler_returns_the_ack_that_the_server_expects() {
    run(async {
        let (_server, socket, mut conn) = connected().await;
        socket.on("sum", async |(a, b): (i64, i64), _| Ack(a + b));
        socket.on("swap", async |(a, b): (i64, String), _| Ack((b, a)));
        socket.on("maybe", async |give: bool, _| give.then_some(Ack(())));
        conn.send(r#"421["sum",1,2]"#).await;
        assert_eq!(conn.text().await, "431[3]");
        conn.send(r#"422["swap",1,"x"]"#).await;
        assert_eq!(conn.text().await, r#"432["x",1]"#);
        // Without an ack id there is no ack: the next one is that of `maybe`.
        conn.send(r#"42["sum",1,2]"#).await;
        conn.send(r#"423["maybe",false]"#).await;
        conn.send(r#"424["maybe",true]"#).await;
        assert_eq!(conn.text().await, "434[]");
    });
}

#[test]
fn an_error_that_a_handler_returns_goes_to_the_error_handler_and_no_ack_is_sent() {
    run(async {
        let (_server, socket, mut conn) = connected().await;
        let mut calls = Calls::new();
        let recorder = calls.recorder();
        socket.on_error(move |error| recorder.record(error));
        socket.on("half", async |n: u32, _| {
            if n.is_multiple_of(2) {
                Ok(Ack(n / 2))
            } else {
                Err(format!("{n} is odd"))
            }
        });
        conn.send(r#"421["half",3]"#).await;
        conn.send(r#"422["half",4]"#).await;
        assert_eq!(conn.text().await, "432[2]");
        calls
            .expect(&["a handler of `half` failed: 3 is odd"])
            .await;
    });
}

#[test]
fn a_handler_may_be_one_that_only_panics() {
    run(async {
        let (_server, socket, mut conn) = connected().await;
        let mut calls = Calls::new();
        let recorder = calls.recorder();
        socket.on_error(move |error| recorder.record(error));
        socket.on("x", async |_: (), _| panic!("on purpose"));
        conn.send(r#"42["x"]"#).await;
        calls.expect(&["a handler of `x` panicked"]).await;
    });
}

#[test]
fn the_first_ack_of_an_event_wins() {
    run(async {
        let (_server, socket, mut conn) = connected().await;
        let mut events = socket.events();
        conn.send(r#"421["ask"]"#).await;
        let message = next_named(&mut events, "ask").await;
        message.reply(("first", 1)).await.unwrap();
        message.reply("second").await.unwrap();
        assert_eq!(conn.text().await, r#"431["first",1]"#);
        // An event without an ack id takes a reply, and sends none.
        conn.send(r#"42["tell"]"#).await;
        next_named(&mut events, "tell")
            .await
            .reply(1)
            .await
            .unwrap();
        conn.send(r#"422["ask"]"#).await;
        next_named(&mut events, "ask")
            .await
            .reply(())
            .await
            .unwrap();
        assert_eq!(conn.text().await, "432[]");
    });
}

#[test]
fn an_ack_that_cannot_be_encoded_leaves_room_for_another() {
    run(async {
        let (_server, socket, mut conn) = connected().await;
        let mut events = socket.events();
        conn.send(r#"421["ask"]"#).await;
        let message = next_named(&mut events, "ask").await;
        let not_json = std::collections::HashMap::from([((1, 2), 3)]);
        assert!(matches!(
            message.reply(not_json).await,
            Err(EmitError::Encode(_))
        ));
        message.reply("fine").await.unwrap();
        assert_eq!(conn.text().await, r#"431["fine"]"#);
    });
}

#[test]
fn a_typed_stream_has_the_events_of_one_name_and_goes_on_after_an_error() {
    run(async {
        let (_server, socket, mut conn) = connected().await;
        let mut ticks = socket.listen::<(u32, String)>("tick");
        for text in [
            r#"42["tock",0]"#,
            r#"42["tick",1,"a"]"#,
            r#"42["tick","no number"]"#,
            r#"42["tick",2,"b"]"#,
        ] {
            conn.send(text).await;
        }
        assert_eq!(guarded(ticks.next()).await, Some(Ok((1, "a".to_owned()))));
        assert!(matches!(guarded(ticks.next()).await, Some(Err(_))));
        assert_eq!(guarded(ticks.next()).await, Some(Ok((2, "b".to_owned()))));
    });
}

#[test]
fn a_request_can_be_polled_in_select() {
    run(async {
        let (_server, socket, mut conn) = connected().await;
        let mut request = socket.emit_with_ack::<u8>("ask", ());
        let mut answered = false;
        let answer = loop {
            tokio::select! {
                answer = &mut request => break answer,
                text = conn.text(), if !answered => {
                    assert_eq!(text, r#"420["ask"]"#);
                    conn.send("430[7]").await;
                    answered = true;
                }
            }
        };
        assert_eq!(answer, Ok(7));
    });
}

async fn started() -> (Scripted, tidewire::Socket, Conn) {
    let server = Scripted::start().await;
    let client = server.client("/").build().unwrap();
    let socket = client.socket();
    socket.start();
    let conn = server.accept_namespace("/").await;
    guarded(socket.wait_connected()).await.unwrap();
    (server, socket, conn)
}

#[test]
fn the_end_of_a_namespace_has_its_reason() {
    run(async {
        let (_server, socket, mut conn) = started().await;
        conn.send("41").await;
        assert!(matches!(guarded(socket.ended()).await, Ended::Kicked));
        // Again, after it.
        assert!(matches!(guarded(socket.ended()).await, Ended::Kicked));

        let (_server, socket, _conn) = started().await;
        let (ended, ()) = tokio::join!(guarded(socket.ended()), socket.disconnect());
        assert!(matches!(ended, Ended::Closed), "{ended:?}");

        let (server, socket, conn) = started().await;
        socket.off_all("nothing");
        drop(conn);
        // It reconnects: this is not the end.
        let _conn = server.accept_namespace("/").await;
        guarded(socket.wait_connected()).await.unwrap();
        let (ended, ()) = tokio::join!(guarded(socket.ended()), socket.close());
        assert!(matches!(ended, Ended::Closed), "{ended:?}");
    });
}

#[test]
fn a_namespace_that_was_never_connected_ends_with_the_client() {
    run(async {
        let client = tidewire::Client::builder("http://localhost")
            .build()
            .unwrap();
        let ended = client.socket().ended();
        let other = client.namespace("/other").ended();
        client.close().await;
        assert!(matches!(guarded(ended).await, Ended::Closed));
        assert!(matches!(guarded(other).await, Ended::Closed));
    });
}

#[test]
fn disconnecting_while_connecting_is_closed_and_not_an_error() {
    run(async {
        let server = Scripted::start().await;
        let client = server.client("/").reconnection(false).build().unwrap();
        let socket = client.socket();
        let mut events = socket.events();
        socket.start();
        let _conn = server.accept_engine().await;
        let ended = socket.ended();
        socket.disconnect().await;
        assert!(matches!(guarded(ended).await, Ended::Closed));
        let event = guarded(events.next()).await;
        assert!(
            matches!(event, Some(Event::Ended(Ended::Closed))),
            "{event:?}"
        );
        // A fence: the next event is the next connect.
        socket.start();
        let _conn = server.accept_namespace("/").await;
        let event = guarded(events.next()).await;
        assert!(matches!(event, Some(Event::Connected(_))), "{event:?}");
    });
}

#[test]
fn listeners_have_all_events_before_the_end_is_told() {
    run(async {
        let (_server, socket, mut conn) = started().await;
        let mut events = socket.events();
        let ended = socket.ended();
        conn.send(r#"42["last"]"#).await;
        conn.send("41").await;
        guarded(ended).await;
        let mut polled = std::pin::pin!(events.next());
        let waker = std::task::Waker::noop();
        let first = polled
            .as_mut()
            .poll(&mut std::task::Context::from_waker(waker));
        assert!(
            matches!(first, std::task::Poll::Ready(Some(Event::Message(_)))),
            "{first:?}"
        );
    });
}

#[test]
fn waiting_for_a_connection_keeps_the_pauses() {
    run(async {
        let server = Scripted::start().await;
        let hour = std::time::Duration::from_secs(3600);
        let builder = server.client("/").reconnection_delay(hour);
        let client = builder.reconnection_delay_max(hour).build().unwrap();
        let socket = client.socket();
        let mut events = socket.events();
        socket.start();
        drop(server.accept_tcp().await);
        while !matches!(
            guarded(events.next()).await,
            Some(Event::Reconnecting { .. })
        ) {}
        for _ in 0..20 {
            let waiting = socket.wait_connected();
            let mut waiting = std::pin::pin!(waiting);
            let waker = std::task::Waker::noop();
            let polled = waiting
                .as_mut()
                .poll(&mut std::task::Context::from_waker(waker));
            assert!(polled.is_pending());
        }
        // The hint makes the second attempt, for which `connect` waits: the first one since the pause began.
        let (outcome, ()) = tokio::join!(socket.connect(), async {
            client.hint(Hint::Online);
            drop(server.accept_tcp().await);
        });
        outcome.unwrap_err();
        let change = guarded(events.next()).await;
        assert!(matches!(change, Some(Event::ConnectError(_))), "{change:?}");
        // It has not ended the attempts in the background.
        let change = guarded(events.next()).await;
        assert!(
            matches!(change, Some(Event::Reconnecting { .. })),
            "{change:?}"
        );
    });
}

#[test]
fn an_auth_payload_must_be_an_object() {
    run(async {
        let server = Scripted::start().await;
        let error = server.client("/").auth("token").build().unwrap_err();
        let text = error.source().unwrap().to_string();
        assert!(text.contains("not an object"), "{text}");
        let client = server
            .client("/")
            .auth_with(async || Ok::<_, String>("token"));
        let (outcome, _conn) = tokio::join!(client.connect(), server.accept_engine());
        assert!(matches!(outcome, Err(ConnectError::Auth(_))), "{outcome:?}");
        // `null` is no payload at all.
        let client = server
            .client("/")
            .auth_with(async || Ok::<_, String>(None::<u8>));
        let (outcome, _conn) = tokio::join!(client.connect(), server.accept_namespace("/"));
        outcome.unwrap();
    });
}

#[test]
fn a_reply_that_cannot_be_encoded_leaves_the_ack_open() {
    run(async {
        let (_server, socket, mut conn) = connected().await;
        let mut events = socket.events();
        conn.send(r#"421["ask"]"#).await;
        let message = next_named(&mut events, "ask").await;
        let bad = std::collections::BTreeMap::from([((1, 2), 3)]);
        message.reply(bad).await.unwrap_err();
        message.reply("good").await.unwrap();
        assert_eq!(conn.text().await, r#"431["good"]"#);
    });
}

#[test]
fn a_dropped_handler_may_remove_others() {
    struct Removes(tidewire::Socket);
    impl Drop for Removes {
        fn drop(&mut self) {
            self.0.off_all("other");
        }
    }
    run(async {
        let (_server, socket, _conn) = connected().await;
        let removes = Removes(socket.clone());
        let id = socket.on("x", move |(): (), _| {
            let _removes = &removes;
            async {}
        });
        assert!(socket.off(id));
        assert!(!socket.off(id));
    });
}

#[test]
fn a_later_cookie_replaces_one_of_the_same_name() {
    run(async {
        let server = Scripted::start().await;
        let client = server
            .client("/")
            .header("Cookie", "a=1; b=2")
            .cookie("a", "3")
            .build()
            .unwrap();
        client.socket().start();
        let (_stream, request) = server.accept_request().await;
        assert!(request.contains("cookie: b=2; a=3\r\n"), "{request}");
        let error = server.client("/").cookie("a b", "1").build().unwrap_err();
        assert_eq!(error.to_string(), "invalid header: Cookie: a b");
    });
}

#[test]
fn a_client_that_does_not_reconnect_has_given_up_with_the_last_error() {
    run(async {
        let server = Scripted::start().await;
        let builder = server
            .client("/")
            .reconnection(false)
            .reconnection_attempts(3);
        let (socket, conn) = tokio::join!(builder.connect(), server.accept_namespace("/"));
        let socket = socket.unwrap();
        let mut events = socket.events();
        drop(conn);
        let ended = guarded(socket.ended()).await;
        assert!(
            matches!(ended, Ended::GaveUp(ConnectError::Unreachable { .. })),
            "{ended:?}"
        );
        let Some(Event::Disconnected { reconnects, .. }) = guarded(events.next()).await else {
            panic!("disconnected first")
        };
        assert!(!reconnects);
    });
}

#[test]
fn a_disconnection_that_attempts_follow_says_so() {
    run(async {
        let (server, socket, conn) = started().await;
        let mut events = socket.events();
        drop(conn);
        let Some(Event::Disconnected { reconnects, .. }) = guarded(events.next()).await else {
            panic!("disconnected first")
        };
        assert!(reconnects);
        let _conn = server.accept_namespace("/").await;
    });
}

#[test]
fn errors_name_the_event_and_the_timeout() {
    run(async {
        let (_server, socket, _conn) = connected().await;
        let timeout = std::time::Duration::from_millis(10);
        let error = socket
            .emit_with_ack::<()>("save", ())
            .timeout(timeout)
            .await
            .unwrap_err();
        assert_eq!(
            error.to_string(),
            "no ack for `save` within 10ms (AckRequest::timeout, Builder::ack_timeout)"
        );
        let (lost, ()) = tokio::join!(socket.emit_with_ack::<()>("save", ()), socket.disconnect(),);
        let error = lost.unwrap_err();
        assert!(matches!(error, AckError::Disconnected { .. }), "{error:?}");
        assert!(error.to_string().contains("`save`"), "{error}");
    });
}

#[test]
fn the_error_of_a_malformed_packet_names_the_rule() {
    run(async {
        let (_server, socket, mut conn) = connected().await;
        let mut events = socket.events();
        conn.send("42{}").await;
        let Some(Event::Error(error @ SocketError::Malformed(_))) = guarded(events.next()).await
        else {
            panic!("the error comes first")
        };
        assert_eq!(
            error.to_string(),
            "the server sent a malformed packet: invalid payload"
        );
    });
}

#[test]
fn connections_come_from_the_local_address_and_a_wrong_family_is_told() {
    run(async {
        let server = Scripted::start().await;
        let local = "127.0.0.2".parse().unwrap();
        for transport in [Transport::WebSocket, Transport::Polling] {
            let builder = server
                .client("/")
                .local_address(local)
                .transports([transport]);
            let client = builder.build().unwrap();
            client.socket().start();
            let stream = server.accept_tcp().await;
            assert_eq!(stream.peer_addr().unwrap().ip(), local, "{transport:?}");
        }
        let error = server
            .client("/")
            .local_address("::1".parse().unwrap())
            .connect()
            .await
            .unwrap_err();
        let text = error.source().unwrap().to_string();
        assert!(
            text.contains("has no address of the family of ::1"),
            "{text}"
        );
    });
}

#[test]
fn a_percent_encoded_namespace_is_sent_decoded() {
    run(async {
        let server = Scripted::start().await;
        let client = server.client("/caf%C3%A9%20bar").build().unwrap();
        assert_eq!(client.socket().name(), "/café bar");
        client.socket().start();
        let mut conn = server.accept_namespace("/café bar").await;
        client.socket().emit("hi", ()).await.unwrap();
        assert_eq!(conn.text().await, r#"42/café bar,["hi"]"#);
    });
}
