//! Echo channels on the wire: messages to the server, bad messages of the server, headers that are late, and limits.

use std::future::pending;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use serde_json::{Value, json};
use tidewire::echo::{ChannelEvent, Echo, EchoError, InvalidChannel};
use tidewire::{Socket, SocketError};

use super::Calls;
use crate::support::scripted::{Conn, Scripted};
use crate::support::{guarded, run};

fn echo(socket: &Socket) -> Echo {
    let builder = Echo::builder(socket).header("X-Tenant", "7");
    builder.bearer_token("abc").build().unwrap()
}

/// The next event of the client.
async fn event(conn: &mut Conn) -> Value {
    let text = conn.text().await;
    serde_json::from_str(text.strip_prefix("42").unwrap()).unwrap()
}

fn subscription(name: &str, channel: &str, headers: &Value) -> Value {
    json!([name, {"channel": channel, "auth": {"headers": headers}}])
}

#[test]
fn the_messages_are_those_of_laravel_echo() {
    run(async {
        let server = Scripted::start().await;
        let (socket, mut conn) = server.connect().await;
        let echo = echo(&socket);
        let headers = json!({"Authorization": "Bearer abc", "X-Tenant": "7"});
        echo.channel("orders").unwrap().subscribe().await.unwrap();
        let expected = subscription("subscribe", "orders", &json!({}));
        assert_eq!(event(&mut conn).await, expected);
        let chat = echo.join("chat").unwrap();
        chat.subscribe().await.unwrap();
        let expected = subscription("subscribe", "presence-chat", &headers);
        assert_eq!(event(&mut conn).await, expected);
        chat.whisper("typing", json!({"n": 1})).await.unwrap();
        let whisper =
            json!({"channel": "presence-chat", "event": "client-typing", "data": {"n": 1}});
        assert_eq!(event(&mut conn).await, json!(["client event", whisper]));
        echo.leave("chat").await.unwrap();
        let expected = subscription("unsubscribe", "presence-chat", &json!({}));
        assert_eq!(event(&mut conn).await, expected);
        // It has left already, so the server is not told again.
        chat.leave().await.unwrap();
        echo.leave_channel("orders").await.unwrap();
        let expected = subscription("unsubscribe", "orders", &json!({}));
        assert_eq!(event(&mut conn).await, expected);
    });
}

#[test]
fn bad_names_and_headers_are_errors() {
    run(async {
        let server = Scripted::start().await;
        let (socket, _conn) = server.connect().await;
        let channels = echo(&socket);
        for (name, why) in [
            ("", InvalidChannel::Empty),
            ("a\r\nb", InvalidChannel::ControlCharacter),
            ("a\0", InvalidChannel::ControlCharacter),
            (&"x".repeat(201), InvalidChannel::TooLong),
        ] {
            for made in [
                channels.channel(name),
                channels.private(name),
                channels.join(name),
            ] {
                let error = made.map(drop).unwrap_err();
                assert_eq!(error, EchoError::Channel(why), "{name:?}");
            }
            assert!(channels.leave(name).await.is_err());
        }
        let public = channels.channel("x").unwrap();
        let here = public.here(|_: Vec<Value>, _| async {}).map(drop);
        assert!(matches!(here, Err(EchoError::NotPresence(_))), "{here:?}");
        let built = Echo::builder(&socket).bearer_token("a\r\nHost: b").build();
        assert!(matches!(built, Err(EchoError::Header(_))), "{built:?}");
        let given = Echo::builder(&socket)
            .headers_with(|_| async { Ok::<_, String>([("X-Note", "你好")]) })
            .build()
            .unwrap();
        let refused = given.private("p").unwrap().subscribe().await.unwrap_err();
        assert!(matches!(refused, EchoError::Auth { .. }), "{refused:?}");
        assert!(refused.to_string().contains("X-Note"), "{refused}");
    });
}

#[test]
fn messages_of_another_form_are_errors_or_ignored() {
    run(async {
        let server = Scripted::start().await;
        let (socket, mut conn) = server.connect().await;
        let mut calls = Calls::new();
        let note = calls.recorder();
        socket.on_error(move |error| match error {
            SocketError::HandlerFailed { event, error } => note.record(format!("{event}: {error}")),
            other => note.record(format!("{other:?}")),
        });
        let room = echo(&socket).join("room").unwrap();
        let note = calls.recorder();
        let room = room
            .here(move |list: Vec<Value>, _| {
                note.record(format!("here {list:?}"));
                async {}
            })
            .unwrap();
        let note = calls.recorder();
        let room = room
            .error(move |status, _| {
                note.record(format!("refused {status}"));
                async {}
            })
            .unwrap();
        room.subscribe().await.unwrap();
        event(&mut conn).await;
        let mut events = room.events();
        for bad in [
            r#"42["presence:subscribed"]"#,
            r#"42["presence:subscribed",7,[]]"#,
            r#"42["presence:subscribed",null,null]"#,
            r#"42["presence:subscribed","presence-other",[{"user_id":1}]]"#,
            r#"42["presence:joining","private-room",7]"#,
            r#"42["presence:leaving","__proto__",{"user_id":1}]"#,
            r#"42["subscription_error","other","text"]"#,
            r#"42["subscription_error",{},403]"#,
            r#"42["subscription_error",["presence-room"],403]"#,
        ] {
            conn.send(bad).await;
        }
        let members = "expected a member with `user_id`, a text or a number";
        for (bad, error) in [
            (
                r#"["presence:subscribed","presence-room"]"#,
                "presence:subscribed: expected a list of members",
            ),
            (
                r#"["presence:subscribed","presence-room",{}]"#,
                "presence:subscribed: expected a list of members",
            ),
            (
                r#"["presence:joining","presence-room",null]"#,
                &format!("presence:joining: {members}"),
            ),
            (
                r#"["presence:joining","presence-room",{"user_id":[]}]"#,
                &format!("presence:joining: {members}"),
            ),
            (
                r#"["presence:leaving","presence-room","1"]"#,
                &format!("presence:leaving: {members}"),
            ),
            (
                r#"["subscription_error","presence-room",{}]"#,
                "subscription_error: expected a status, a number from 0 to 65,535",
            ),
        ] {
            conn.send(&format!("42{bad}")).await;
            assert_eq!(calls.next().await, error, "{bad}");
        }
        conn.send(
            r#"42["presence:subscribed","presence-room",[7,{"user_id":1,"user_info":"Ann"}]]"#,
        )
        .await;
        assert_eq!(calls.next().await, r#"here [String("Ann")]"#);
        assert_eq!(room.members().len(), 1);
        let here = guarded(events.next()).await;
        assert!(matches!(here, Some(ChannelEvent::Here(list)) if list.len() == 1));
        conn.send(r#"42["subscription_error","presence-room",403]"#)
            .await;
        assert_eq!(calls.next().await, "refused 403");
        assert!(room.members().is_empty());
        // An event without a channel is none of a channel. One without data has `null`.
        conn.send(r#"42["App\\Events\\X"]"#).await;
        conn.send(r#"42["App\\Events\\X","presence-room"]"#).await;
        let refused = guarded(events.next()).await;
        assert!(matches!(refused, Some(ChannelEvent::Refused(403))));
        let Some(ChannelEvent::Message(message)) = guarded(events.next()).await else {
            panic!("no message")
        };
        assert!(message.is("X"));
        assert_eq!(message.data::<Option<u8>>(), Ok(None));
        assert!(message.data::<u8>().is_err());
    });
}

#[test]
fn headers_that_are_late_send_nothing() {
    run(async {
        let server = Scripted::start().await;
        let (socket, mut conn) = server.connect().await;
        let asked = Arc::new(AtomicU32::new(0));
        let count = asked.clone();
        let echo = Echo::builder(&socket)
            .headers_with(move |_| {
                let first = count.fetch_add(1, Ordering::Relaxed) == 0;
                async move {
                    if first {
                        pending::<()>().await;
                    }
                    Ok::<_, String>([("X-Try", "2")])
                }
            })
            .build()
            .unwrap();
        let channel = echo.private("p").unwrap();
        {
            let subscribing = channel.subscribe();
            tokio::pin!(subscribing);
            let polled = futures_util::poll!(&mut subscribing);
            assert!(polled.is_pending());
        }
        // The future is dropped, so the channel can be subscribed to.
        channel.subscribe().await.unwrap();
        let expected = subscription("subscribe", "private-p", &json!({"X-Try": "2"}));
        assert_eq!(event(&mut conn).await, expected);
        // Headers for a channel that is left meanwhile.
        let other = echo.private("q").unwrap();
        asked.store(0, Ordering::Relaxed);
        let subscribing = other.subscribe();
        tokio::pin!(subscribing);
        assert!(futures_util::poll!(&mut subscribing).is_pending());
        echo.leave("q").await.unwrap();
        assert_eq!(echo.channels(), ["private-p"]);
        assert!(futures_util::poll!(&mut subscribing).is_pending());
        socket.emit("last", ()).await.unwrap();
        assert_eq!(event(&mut conn).await, json!(["last"]));
    });
}

#[test]
fn a_function_that_never_answers_does_not_keep_the_client_alive() {
    run(async {
        let server = Scripted::start().await;
        let socket = server.client("/").build().unwrap().socket();
        let mut calls = Calls::new();
        let note = calls.recorder();
        let echo = Echo::builder(&socket)
            .headers_with(move |_| {
                note.record("asked");
                pending::<Result<[(&str, &str); 0], String>>()
            })
            .build()
            .unwrap();
        echo.private("p").unwrap().subscribe().await.unwrap();
        let (outcome, mut conn) = tokio::join!(socket.connect(), server.accept_namespace("/"));
        outcome.unwrap();
        assert_eq!(calls.next().await, "asked");
        drop((echo, socket));
        while conn.next().await.is_some() {}
    });
}

#[test]
fn the_listeners_are_bounded() {
    run(async {
        let server = Scripted::start().await;
        let (socket, _conn) = server.connect().await;
        let echo = echo(&socket);
        let mut channel = echo.channel("orders").unwrap();
        for _ in 0..10_000 {
            channel = channel.listen(".e", |(), _| async {}).unwrap();
        }
        let one_more = channel.clone().listen(".e", |(), _| async {}).map(drop);
        assert_eq!(one_more, Err(EchoError::TooManyListeners));
        channel.stop_listening(".other");
        channel.stop_listening(".e");
        channel.listen(".e", |(), _| async {}).map(drop).unwrap();
        echo.leave("orders").await.unwrap();
    });
}

#[test]
fn channels_can_be_used_in_a_task_of_any_thread() {
    fn check<T: Send + Sync + 'static>(_: &T) {}
    run(async {
        let server = Scripted::start().await;
        let (socket, mut conn) = server.connect().await;
        let echo = echo(&socket);
        let channel = echo.private("p").unwrap();
        check(&echo);
        check(&channel);
        check(&channel.events());
        let task = tokio::spawn(async move { channel.subscribe().await });
        guarded(task).await.unwrap().unwrap();
        assert_eq!(event(&mut conn).await[0], "subscribe");
    });
}
