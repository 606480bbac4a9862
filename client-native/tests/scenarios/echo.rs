//! Echo channels: public, private and presence channels, whispers, and their return after a restart.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use serde::Deserialize;
use serde_json::{Value, json};
use tidewire::echo::{Channel, ChannelEvent, ChannelEvents, ChannelMessage, Echo, EchoError};
use tidewire::{Context, SocketError};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use crate::support::guarded;
use crate::support::laravel::{broadcast, subscribed};
use crate::support::programs::publish;
use crate::support::server::{Case, Server};

#[derive(Debug, PartialEq, Deserialize)]
struct Order {
    id: u64,
}

#[derive(Debug, PartialEq, Deserialize)]
struct User {
    name: String,
}

/// A connected client, which Laravel knows as this user.
async fn client(server: &Server, user: &str) -> Echo {
    let socket = server.client("/").build().unwrap().socket();
    let echo = Echo::builder(&socket)
        .bearer_token(&format!("user-{user}"))
        .build()
        .unwrap();
    guarded(socket.connect()).await.unwrap();
    echo
}

/// A handler that passes its events on.
fn passing<T: Send + 'static>(
    sender: &UnboundedSender<T>,
) -> impl Fn(T, Context) -> std::future::Ready<()> + Send + Sync + 'static {
    let sender = sender.clone();
    move |value, _| {
        let _ = sender.send(value);
        std::future::ready(())
    }
}

async fn next<T>(receiver: &mut UnboundedReceiver<T>) -> T {
    guarded(receiver.recv())
        .await
        .expect("the handler is there")
}

/// The next message of the stream; other events are skipped.
async fn next_message(events: &mut ChannelEvents) -> ChannelMessage {
    loop {
        let event = guarded(events.next()).await.expect("the stream goes on");
        if let ChannelEvent::Message(message) = event {
            return message;
        }
    }
}

pub(crate) async fn a_public_channel_has_its_own_events(case: Case) {
    let server = Server::start(case).await;
    let echo = client(&server, "ann").await;
    let (orders_tx, mut orders) = unbounded_channel::<Order>();
    let (named_tx, mut named) = unbounded_channel::<Value>();
    let channel = echo.channel("orders").unwrap();
    let channel = channel.listen("OrderShipped", passing(&orders_tx)).unwrap();
    let channel = channel
        .listen(".order.shipped", passing(&named_tx))
        .unwrap();
    let other = echo.channel("returns").unwrap();
    for channel in [&channel, &other] {
        channel.subscribe().await.unwrap();
        subscribed(&server, channel.name(), 1).await;
    }
    let shipped = "App\\Events\\OrderShipped";
    broadcast(&server, "returns", shipped, json!({"id": 1}), None).await;
    broadcast(&server, "orders", shipped, json!({"id": 2}), None).await;
    assert_eq!(next(&mut orders).await, Order { id: 2 });
    broadcast(
        &server,
        "orders",
        "order.shipped",
        json!({"id": "你好"}),
        None,
    )
    .await;
    assert_eq!(next(&mut named).await, json!({"id": "你好"}));

    channel.stop_listening("OrderShipped");
    let mut events = channel.events();
    broadcast(&server, "orders", shipped, json!({"id": 3}), None).await;
    let message = next_message(&mut events).await;
    assert!(message.is("OrderShipped") && !message.is_whisper("OrderShipped"));
    assert_eq!(message.event(), shipped);
    assert_eq!(message.data::<Order>().unwrap(), Order { id: 3 });
    assert!(orders.try_recv().is_err());
    let text = json!({"event": "order.shipped", "data": {"id": 4}, "socket": null});
    publish(&server, "orders", &text.to_string()).await;
    assert_eq!(next(&mut named).await, json!({"id": 4}));
}

/// A private channel, with its refusals.
fn refusable(echo: &Echo, name: &str, refusals: &UnboundedSender<u16>) -> Channel {
    let channel = echo.private(name).unwrap();
    channel.error(passing(refusals)).unwrap()
}

pub(crate) async fn a_private_channel_asks_laravel(case: Case) {
    let server = Server::start(case).await;
    let (ann, stranger) = (client(&server, "ann").await, client(&server, "").await);
    let (refused_tx, mut refused) = unbounded_channel();
    let channel = refusable(&ann, "p.1", &refused_tx);
    channel.subscribe().await.unwrap();
    subscribed(&server, "private-p.1", 1).await;
    for (echo, name, status) in [
        (&stranger, "p.1", 403),
        (&ann, "forbidden", 403),
        (&ann, "unreachable", 0),
    ] {
        let channel = refusable(echo, name, &refused_tx);
        channel.subscribe().await.unwrap();
        assert_eq!(next(&mut refused).await, status, "{name}");
    }
    let mut events = channel.events();
    broadcast(&server, "private-p.1", "e", json!([1, 2]), None).await;
    let message = next_message(&mut events).await;
    assert_eq!(message.data::<(u8, u8)>().unwrap(), (1, 2));
    assert!(refused.try_recv().is_err());
}

pub(crate) async fn a_presence_channel_tells_who_is_there(case: Case) {
    let server = Server::start(case).await;
    let ann = client(&server, "1").await;
    let (here_tx, mut here) = unbounded_channel::<Vec<User>>();
    let (joining_tx, mut joining) = unbounded_channel::<User>();
    let (leaving_tx, mut leaving) = unbounded_channel::<User>();
    let user = |id: &str| User {
        name: format!("user {id}"),
    };
    let channel = ann.join("room").unwrap().here(passing(&here_tx)).unwrap();
    let channel = channel.joining(passing(&joining_tx)).unwrap();
    let channel = channel.leaving(passing(&leaving_tx)).unwrap();
    channel.subscribe().await.unwrap();
    assert_eq!(next(&mut here).await, [user("1")]);

    let bob = client(&server, "b").await;
    let (bobs_tx, mut bobs) = unbounded_channel::<Vec<User>>();
    let of_bob = bob.join("room").unwrap().here(passing(&bobs_tx)).unwrap();
    let mut events = of_bob.events();
    of_bob.subscribe().await.unwrap();
    assert_eq!(next(&mut bobs).await.len(), 2);
    let Some(ChannelEvent::Here(list)) = guarded(events.next()).await else {
        panic!("not first")
    };
    let mut ids: Vec<&str> = list.iter().map(|member| &*member.user_id).collect();
    ids.sort_unstable();
    assert_eq!(ids, ["1", "b"]);
    assert_eq!(next(&mut joining).await, user("b"));
    for channel in [&channel, &of_bob] {
        let members = channel.members();
        let ids: Vec<&str> = members.iter().map(|member| &*member.user_id).collect();
        assert_eq!(ids, ["1", "b"]);
        let info: User = members[0].info().unwrap();
        assert_eq!(info, user("1"));
    }
    bob.leave("room").await.unwrap();
    assert_eq!(next(&mut leaving).await, user("b"));
    assert_eq!(channel.members().len(), 1);
    assert_eq!(of_bob.members(), []);
    // A user is there until its last socket is gone.
    of_bob.subscribe().await.unwrap();
    assert_eq!(next(&mut joining).await, user("b"));
    bob.socket().client().close().await;
    assert_eq!(next(&mut leaving).await, user("b"));
}

pub(crate) async fn whispers_go_to_the_others(case: Case) {
    let server = Server::start(case).await;
    let (ann, bob) = (client(&server, "ann").await, client(&server, "bob").await);
    let (typing_tx, mut typing) = unbounded_channel::<Value>();
    let mut channels = Vec::new();
    for echo in [&ann, &bob] {
        let channel = echo.private("chat").unwrap();
        let channel = channel.listen_for_whisper("typing", passing(&typing_tx));
        let channel = channel.unwrap();
        channel.subscribe().await.unwrap();
        channels.push(channel);
    }
    subscribed(&server, "private-chat", 2).await;
    let mut of_bob = channels[1].events();
    channels[0]
        .whisper("typing", json!({"who": "ann"}))
        .await
        .unwrap();
    assert_eq!(next(&mut typing).await, json!({"who": "ann"}));
    assert!(next_message(&mut of_bob).await.is_whisper("typing"));
    channels[1]
        .whisper("typing", json!({"who": "bob"}))
        .await
        .unwrap();
    assert_eq!(next(&mut typing).await, json!({"who": "bob"}));
    assert!(typing.try_recv().is_err());
    let public = ann.channel("chat").unwrap();
    let refused = public.whisper("typing", ()).await;
    assert!(
        matches!(refused, Err(EchoError::NotPrivate(_))),
        "{refused:?}"
    );
}

pub(crate) async fn a_broadcast_skips_the_socket_that_it_names(case: Case) {
    let server = Server::start(case).await;
    let (ann, bob) = (client(&server, "ann").await, client(&server, "bob").await);
    let mut streams = Vec::new();
    for echo in [&ann, &bob] {
        let channel = echo.channel("orders").unwrap();
        channel.subscribe().await.unwrap();
        streams.push(channel.events());
    }
    subscribed(&server, "orders", 2).await;
    let (name, id) = ann.socket_id_header().unwrap();
    assert_eq!(name, "X-Socket-ID");
    broadcast(&server, "orders", "first", json!(1), Some(&id)).await;
    broadcast(&server, "orders", "second", json!(2), None).await;
    assert_eq!(next_message(&mut streams[0]).await.event(), "second");
    assert_eq!(next_message(&mut streams[1]).await.event(), "first");
}

pub(crate) async fn channels_come_back_after_a_restart_with_fresh_headers(case: Case) {
    let mut server = Server::start(case).await;
    let builder = server.client("/");
    let socket = crate::support::reconnect_after(builder, std::time::Duration::from_millis(5))
        .build()
        .unwrap()
        .socket();
    let asked = Arc::new(AtomicU32::new(0));
    let count = asked.clone();
    let echo = Echo::builder(&socket)
        .headers_with(move |request| {
            assert_eq!(request.channel, "presence-room");
            let number = count.fetch_add(1, Ordering::Relaxed);
            async move { Ok::<_, String>([("Authorization", format!("Bearer user-{number}"))]) }
        })
        .build()
        .unwrap();
    let (here_tx, mut here) = unbounded_channel::<Vec<User>>();
    // Not connected yet.
    let room = echo.join("room").unwrap().here(passing(&here_tx)).unwrap();
    room.subscribe().await.unwrap();
    let orders = echo.channel("orders").unwrap();
    orders.subscribe().await.unwrap();
    let mut events = orders.events();
    guarded(socket.connect()).await.unwrap();
    assert_eq!(next(&mut here).await[0].name, "user 0");
    let first = echo.socket_id().unwrap();
    server.stop().await;
    server.restart().await;
    assert_eq!(next(&mut here).await[0].name, "user 1");
    assert_eq!(asked.load(Ordering::Relaxed), 2);
    // A server that ended may still count the user of before.
    assert!(room.members().iter().any(|member| member.user_id == "1"));
    assert_ne!(echo.socket_id().unwrap(), first);
    subscribed(&server, "orders", 1).await;
    broadcast(&server, "orders", "e", json!(1), None).await;
    assert_eq!(next_message(&mut events).await.event(), "e");
    assert_eq!(echo.channels(), ["orders", "presence-room"]);
}

pub(crate) async fn a_channel_that_is_left_is_silent(case: Case) {
    let server = Server::start(case).await;
    let echo = client(&server, "ann").await;
    let (heard_tx, mut heard) = unbounded_channel::<u32>();
    for name in ["left", "kept"] {
        let channel = echo.channel(name).unwrap();
        let channel = channel.listen(".e", passing(&heard_tx)).unwrap();
        channel.subscribe().await.unwrap();
        subscribed(&server, name, 1).await;
    }
    echo.leave("left").await.unwrap();
    subscribed(&server, "left", 0).await;
    broadcast(&server, "left", "e", json!(1), None).await;
    broadcast(&server, "kept", "e", json!(2), None).await;
    assert_eq!(next(&mut heard).await, 2);
    echo.leave_all().await.unwrap();
    subscribed(&server, "kept", 0).await;
    assert!(echo.channels().is_empty());
}

pub(crate) async fn a_refused_channel_can_be_tried_again(case: Case) {
    let server = Server::start(case).await;
    let socket = server.client("/").build().unwrap().socket();
    let asked = Arc::new(AtomicU32::new(0));
    let echo = Echo::builder(&socket)
        .headers_with(move |_| {
            // No token, then one that Laravel does not know, then one that it knows.
            let token = ["", "Bearer old", "Bearer user-ann"];
            let at = asked.fetch_add(1, Ordering::Relaxed) as usize;
            let headers = token.get(at).map(|token| [("Authorization", *token)]);
            async move { headers.ok_or("asked too often") }
        })
        .build()
        .unwrap();
    guarded(socket.connect()).await.unwrap();
    let (refused_tx, mut refused) = unbounded_channel();
    let channel = refusable(&echo, "p", &refused_tx);
    for _ in 0..2 {
        channel.subscribe().await.unwrap();
        assert_eq!(next(&mut refused).await, 403);
    }
    channel.subscribe().await.unwrap();
    subscribed(&server, "private-p", 1).await;
    let again = channel.subscribe().await;
    assert!(again.is_ok(), "it is subscribed: no further headers");
    let failed = echo.private("q").unwrap().subscribe().await;
    let Err(EchoError::Auth { channel, error }) = failed else {
        panic!("{failed:?}")
    };
    assert_eq!((&*channel, &*error), ("private-q", "asked too often"));
}

pub(crate) async fn events_of_another_type_are_errors_of_their_handler(case: Case) {
    let server = Server::start(case).await;
    let echo = client(&server, "ann").await;
    let (error_tx, mut errors) = unbounded_channel();
    echo.socket().on_error(move |error| {
        let _ = error_tx.send(error);
    });
    let (order_tx, mut orders) = unbounded_channel::<Order>();
    let (value_tx, mut values) = unbounded_channel::<Value>();
    let channel = echo.channel("orders").unwrap();
    let channel = channel.listen(".e", passing(&order_tx)).unwrap();
    let channel = channel.listen(".e", passing(&value_tx)).unwrap();
    channel.subscribe().await.unwrap();
    subscribed(&server, "orders", 1).await;
    for data in [
        json!("text"),
        json!([]),
        json!({"id": "1"}),
        json!({"id": 1}),
    ] {
        broadcast(&server, "orders", "e", data.clone(), None).await;
        assert_eq!(next(&mut values).await, data);
    }
    assert_eq!(next(&mut orders).await, Order { id: 1 });
    for _ in 0..3 {
        let error = next(&mut errors).await;
        assert!(matches!(error, SocketError::Decode { .. }), "{error:?}");
    }
    assert!(errors.try_recv().is_err());
}
