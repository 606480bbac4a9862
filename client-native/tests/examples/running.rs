//! Each example runs against its servers, and a client of the test sees that it does what it says.

use std::convert::Infallible;
use std::time::Duration;

use serde_json::{Value, json};
use tidewire::Client;
use tidewire::echo::Echo;
use tidewire::envelope::sign;
use tidewire::peers::{PeerEvent, PeerMessage, Peers, SaveId, Target};
use tokio::sync::oneshot;

use crate::programs::mobile_sdk::{Address, Note};
use crate::programs::{
    bot, chat_bot, exchange_bot, fleet, from_rust_socketio, laravel, mobile_sdk, peer_to_peer,
    quick_start,
};
use crate::support::laravel::subscribed;
use crate::support::peer::Peer;
use crate::support::server::{Kind, Server};
use crate::support::{guarded, run};

const KEY: &str = "0123456789abcdef0123456789abcdef";

/// The next event that the function takes; others are skipped.
async fn next<T>(peers: &mut Peers, take: impl Fn(PeerEvent) -> Option<T>) -> T {
    loop {
        let event = guarded(peers.next()).await.expect("the stream goes on");
        if let Some(taken) = take(event) {
            return taken;
        }
    }
}

fn message(event: PeerEvent) -> Option<PeerMessage> {
    match event {
        PeerEvent::Message(message) => Some(message),
        _ => None,
    }
}

fn joined(event: PeerEvent) -> Option<String> {
    match event {
        PeerEvent::Joined(id) => Some(id),
        _ => None,
    }
}

fn left(event: PeerEvent) -> Option<String> {
    match event {
        PeerEvent::Left(id) => Some(id),
        _ => None,
    }
}

async fn connect(url: &str) -> Peers {
    let socket = Client::builder(format!("{url}?room=demo&userId=test"))
        .build()
        .unwrap()
        .socket();
    let peers = Peers::new(&socket);
    guarded(socket.connect()).await.unwrap();
    peers
}

/// The example greets a client that joins after it, and prints the answer. Both variants of the server, and a room that is gone.
async fn talks_peer_to_peer(url: String) {
    let mut watch = connect(&url).await;
    let example_url = url.clone();
    let example = tokio::spawn(async move { peer_to_peer::run(&example_url).await });
    let example_id = next(&mut watch, joined).await;
    let mut test = connect(&url).await;
    let greeting = next(&mut test, message).await;
    assert_eq!(greeting.sender(), Some(&*example_id));
    assert_eq!(greeting.payload::<Value>().unwrap(), json!({"msg": "test"}));
    test.reply(&greeting, json!({"msg": "你好"})).await.unwrap();
    example.abort();
    assert_eq!(next(&mut watch, left).await, example_id);
}

#[test]
fn the_quick_start_runs_to_its_end() {
    run(async {
        for kind in [Kind::Testbed, Kind::SocketIo2] {
            let server = Server::start(kind).await;
            guarded(quick_start::run(&server.url("/lab")))
                .await
                .unwrap();
        }
    });
}

#[test]
fn peer_to_peer_talks_with_the_testbed_and_egg() {
    run(async {
        for kind in [Kind::Testbed, Kind::Egg] {
            let server = Server::start(kind).await;
            talks_peer_to_peer(server.url("/ptop")).await;
        }
    });
}

#[test]
fn peer_to_peer_talks_with_the_second_variant_of_the_server() {
    run(async {
        let server = Peer::node("seeds/online.js", 0, &[]);
        talks_peer_to_peer(format!("http://127.0.0.1:{}/", server.port)).await;
    });
}

#[test]
fn peer_to_peer_and_the_bots_end_in_a_room_that_is_gone() {
    run(async {
        let server = Server::start(Kind::Testbed).await;
        let url = server.url("/ptop?room=gone&userId=bot");
        guarded(bot::run(&url)).await.unwrap();
        let ended = guarded(exchange_bot::run(&url, std::future::pending())).await;
        let status = ended.unwrap();
        assert_eq!((status.exits.kicked, status.restarts), (2, 1));
        let variant = Peer::node("seeds/online.js", 0, &[]);
        let url = format!("http://127.0.0.1:{}/?room=gone", variant.port);
        guarded(bot::run(&url)).await.unwrap();
    });
}

#[test]
fn the_bot_greets_each_member() {
    run(async {
        let server = Server::start(Kind::Egg).await;
        let url = server.url("/ptop?room=demo&userId=bot");
        let example = tokio::spawn(async move { bot::run(&url).await });
        let mut test = connect(&server.url("/ptop")).await;
        let greeting = next(&mut test, message).await;
        let payload: Value = greeting.payload().unwrap();
        assert_eq!(payload, json!({"msg": "hello from a bot"}));
        example.abort();
    });
}

#[test]
fn the_exchange_bot_counts_until_it_is_stopped() {
    run(async {
        let server = Server::start(Kind::SocketIo2).await;
        let url = server.url("/ptop?room=demo&userId=bot");
        let (stop, stopped) = oneshot::channel::<()>();
        let example =
            tokio::spawn(
                async move { exchange_bot::run(&url, async { drop(stopped.await) }).await },
            );
        let mut test = connect(&server.url("/ptop")).await;
        let bot = next(&mut test, joined).await;
        test.send(&*bot, json!(7)).await.unwrap();
        for count in 1..=2 {
            test.send(&*bot, json!({"msg": "why"})).await.unwrap();
            let answer = next(&mut test, message).await.payload::<Value>().unwrap();
            let text = format!("why? That is question {count}.");
            assert_eq!(answer, json!({"msg": text}));
        }
        stop.send(()).unwrap();
        let status = guarded(example).await.unwrap().unwrap();
        assert_eq!((status.exits.stopped, status.restarts), (1, 0));
        assert_eq!(next(&mut test, left).await, bot);
    });
}

#[test]
fn the_chat_bot_answers_who_speaks_to_it_and_says_goodbye() {
    run(async {
        for kind in [Kind::SocketIo2, Kind::SocketIo4] {
            let server = Server::start(kind).await;
            let socket = server.client("/lab").connect().await.unwrap();
            let mut said = socket.listen::<(String, String)>("said");
            let _: String = socket.emit_with_ack("join", "chat").await.unwrap();
            let url = server.url("/lab");
            let (stop, stopped) = oneshot::channel::<()>();
            let example =
                tokio::spawn(
                    async move { chat_bot::run(&url, async { drop(stopped.await) }).await },
                );
            let answer = loop {
                // The bot may not be in the room yet.
                for text in ["hello", "tide: why?"] {
                    socket.emit("say", ("chat", "ann", text)).await.unwrap();
                }
                // Its own words, and perhaps the bot's.
                let (who, text) = guarded(said.next()).await.unwrap().unwrap();
                if who == "tide" {
                    break text;
                }
            };
            assert!(
                answer.starts_with("ann, you ask \"why?\" in line "),
                "{answer}"
            );
            stop.send(()).unwrap();
            let status = guarded(example).await.unwrap().unwrap();
            assert_eq!((status.exits.stopped, status.restarts), (1, 0));
            while guarded(said.next()).await.unwrap().unwrap().1 != "goodbye" {}
        }
    });
}

#[test]
fn each_bot_of_the_fleet_gets_its_echoes_and_leaves() {
    run(async {
        let server = Server::start(Kind::Testbed).await;
        // With the server, they stay below 1,024 open files, a common limit.
        let bots = 400;
        let work = fleet::Work {
            pause: Duration::from_millis(100),
            rounds: 3,
        };
        let url = server.url("/lab");
        let ran = guarded(fleet::run(&url, bots, work, std::future::pending()));
        let status = ran.await.unwrap();
        assert_eq!((status.bots, status.ended), (bots, bots), "{status}");
        assert_eq!(status.exits.returned, 400, "{status}");
        assert_eq!(status.metrics.acks_received, 1_200, "{status}");
        fleet::summarize(&status);
    });
}

#[test]
fn from_rust_socketio_gets_its_ack_from_old_and_new_servers() {
    run(async {
        for kind in [Kind::SocketIo2, Kind::SocketIo4] {
            let server = Server::start(kind).await;
            let answer = guarded(from_rust_socketio::run(&server.url("/lab"))).await;
            assert_eq!(answer.unwrap(), json!({"myAckData": 123}));
        }
    });
}

/// A client of mobile-sdk of the test, and its ids.
async fn register(url: &str) -> (Peers, SaveId) {
    let socket = Client::builder(url).build().unwrap().socket();
    let mut peers = Peers::mobile_sdk(&socket, "signatureApp", |request| async move {
        Ok::<_, Infallible>(sign(&request.app, KEY, request.timestamp))
    });
    guarded(socket.connect()).await.unwrap();
    let ids = next(&mut peers, |event| match event {
        PeerEvent::Registered(ids) => Some(ids),
        _ => None,
    });
    let ids = ids.await;
    (peers, ids)
}

fn address(SaveId { socket_id, user_id }: &SaveId) -> Address {
    Address {
        socket_id: socket_id.clone(),
        user_id: user_id.clone(),
    }
}

#[test]
fn mobile_sdk_answers_under_its_first_user_id_also_after_a_reconnect() {
    run(async {
        let server = Peer::node("seeds/mobile-sdk.js", 0, &[]);
        let url = format!("http://127.0.0.1:{}/", server.port);
        let (mut test, ids) = register(&url).await;
        let to = address(&ids);
        let example_url = url.clone();
        let example =
            tokio::spawn(async move { mobile_sdk::run(&example_url, KEY, Some(to)).await });
        let hello: Note = next(&mut test, message).await.payload().unwrap();
        assert_eq!(hello.text, "hello");
        let first = hello.from.unwrap();

        let socket = test.sender().socket().clone();
        socket.emit("drop", &first.socket_id).await.unwrap();
        // The example has the user id again when the server knows it under a new socket id.
        let socket_id = loop {
            let found: String = guarded(socket.emit_with_ack("find", &first.user_id))
                .await
                .unwrap();
            if !found.is_empty() && found != first.socket_id {
                break found;
            }
        };
        let target = Target::from(socket_id).with_user(&*first.user_id);
        let text = "why".to_owned();
        let from = Some(address(&ids));
        test.send(target, Note { text, from }).await.unwrap();
        let answer: Note = next(&mut test, message).await.payload().unwrap();
        assert_eq!(answer.text, "you said why");
        example.abort();
    });
}

#[test]
fn mobile_sdk_with_a_wrong_key_is_denied() {
    run(async {
        let server = Peer::node("seeds/mobile-sdk.js", 0, &[]);
        let url = format!("http://127.0.0.1:{}/", server.port);
        guarded(mobile_sdk::run(&url, "wrong", None)).await.unwrap();
    });
}

#[test]
fn laravel_greets_each_user_and_ends_if_it_is_refused() {
    run(async {
        let server = Server::start(Kind::LaravelEcho).await;
        let url = server.url("/");
        let example_url = url.clone();
        let example = tokio::spawn(async move { laravel::run(&example_url, "user-bot").await });
        subscribed(&server, "presence-room.1", 1).await;
        let socket = Client::builder(&url).build().unwrap().socket();
        let echo = Echo::builder(&socket)
            .bearer_token("user-7")
            .build()
            .unwrap();
        let (hello_tx, mut hellos) = tokio::sync::mpsc::unbounded_channel();
        let room = echo.join("room.1").unwrap();
        let room = room.listen_for_whisper("hello", move |hello: Value, _| {
            let _ = hello_tx.send(hello);
            std::future::ready(())
        });
        room.unwrap().subscribe().await.unwrap();
        guarded(socket.connect()).await.unwrap();
        assert_eq!(guarded(hellos.recv()).await, Some(json!({"to": "7"})));
        example.abort();
        let refused = guarded(laravel::run(&url, "unknown")).await.unwrap_err();
        assert!(refused.to_string().ends_with("status 403"), "{refused}");
    });
}
