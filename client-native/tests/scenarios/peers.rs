//! Chat, presence, and messages from one client to another in the `parseMsg` envelope.

use serde_json::{Value, json};
use tidewire::envelope::{Action, Envelope, Online};
use tidewire::{Event, Events, Reason, Socket};

use crate::support::events::{expect_disconnected, next_named};
use crate::support::guarded;
use crate::support::server::{Case, Server};

pub(crate) async fn chats(case: Case) {
    let server = Server::start(case).await;
    let client = server.client("/chat").build().unwrap();
    let chat = client.socket();
    let mut events = chat.events();
    guarded(chat.connect()).await.unwrap();
    let greeting: String = next_named(&mut events, "res").await.args().unwrap();
    assert!(greeting.starts_with("auth!"), "{greeting}");
    chat.emit("chat", "hello world!").await.unwrap();
    let packet: String = next_named(&mut events, "res").await.args().unwrap();
    assert!(packet.contains("packet!"), "{packet}");
    let answer: String = next_named(&mut events, "res").await.args().unwrap();
    assert!(answer.starts_with("chat"), "{answer}");
}

async fn enter(server: &Server, room: &str, user: &str) -> (Socket, Events) {
    let client = server
        .client(&format!("/ptop?room={room}&userId={user}"))
        .build()
        .unwrap();
    let socket = client.socket();
    let events = socket.events();
    guarded(socket.connect()).await.unwrap();
    (socket, events)
}

async fn next_online(events: &mut Events) -> Online {
    next_named(events, "online").await.args().unwrap()
}

pub(crate) async fn exchanges_messages_between_two_clients(case: Case) {
    let server = Server::start(case).await;
    let (alice, mut alice_events) = enter(&server, "demo", "alice").await;
    let alice_id = alice.id().unwrap();
    let online = next_online(&mut alice_events).await;
    assert!(online.clients.contains(&alice_id), "{online:?}");

    let (bob, mut bob_events) = enter(&server, "demo", "bob").await;
    let bob_id = bob.id().unwrap();
    let online = next_online(&mut alice_events).await;
    assert!(
        online.clients.contains(&alice_id) && online.clients.contains(&bob_id),
        "{online:?}"
    );

    let payload = json!({"msg": "你好 bob"});
    let request = json!({"target": &*bob_id, "payload": payload});
    alice.emit("exchange", request).await.unwrap();
    let message = next_named(&mut bob_events, &bob_id).await;
    let envelope: Envelope<Value> = message.args().unwrap();
    assert_eq!(envelope.data.action, Action::Exchange);
    assert_eq!(envelope.data.payload, payload);
    assert_eq!(envelope.meta.client.as_deref(), Some(&*alice_id));
    assert_eq!(envelope.meta.target.as_deref(), Some(&*bob_id));

    bob.disconnect().await;
    let online = next_online(&mut alice_events).await;
    assert!(!online.clients.contains(&bob_id), "{online:?}");
}

pub(crate) async fn is_denied_and_kicked_from_a_room_that_is_gone(case: Case) {
    let server = Server::start(case).await;
    let client = server
        .client("/ptop?room=gone&userId=carol")
        .build()
        .unwrap();
    let socket = client.socket();
    let mut events = socket.events();
    guarded(socket.connect()).await.unwrap();
    let Event::Connected(id) = guarded(events.next()).await.unwrap() else {
        panic!("not first")
    };
    let denied: Envelope<Value> = next_named(&mut events, &id).await.args().unwrap();
    assert_eq!(denied.data.action, Action::Deny);
    assert_eq!(denied.data.payload["type"], "deleted");
    assert_eq!(
        expect_disconnected(&mut events).await,
        Reason::ServerDisconnect
    );
    assert!(!socket.is_connected());
}
