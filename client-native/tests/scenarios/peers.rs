//! Chat, presence, and messages from one client to another in the `parseMsg` envelope.

use serde_json::{Value, json};
use tidewire::envelope::{Action, Envelope, Online};
use tidewire::peers::{PeerEvent, Peers};
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

/// The next event that the function takes; others are skipped.
async fn next_event<T>(peers: &mut Peers, take: impl Fn(PeerEvent) -> Option<T>) -> T {
    loop {
        let event = guarded(peers.next()).await.expect("the stream goes on");
        if let Some(taken) = take(event) {
            return taken;
        }
    }
}

async fn join(server: &Server, room: &str, user: &str) -> (Peers, String) {
    let url = format!("/ptop?room={room}&userId={user}");
    let socket = server.client(&url).build().unwrap().socket();
    let mut peers = Peers::new(&socket);
    guarded(socket.connect()).await.unwrap();
    let id = next_event(&mut peers, |event| match event {
        PeerEvent::Connected(id) => Some(id.to_string()),
        _ => None,
    });
    let id = id.await;
    (peers, id)
}

pub(crate) async fn peers_see_each_other_and_talk(case: Case) {
    let server = Server::start(case).await;
    let (mut alice, alice_id) = join(&server, "talk", "alice").await;
    let (mut bob, bob_id) = join(&server, "talk", "bob").await;
    for (peers, other) in [(&mut alice, &bob_id), (&mut bob, &alice_id)] {
        let joined = next_event(peers, |event| match event {
            PeerEvent::Joined(id) => Some(id),
            _ => None,
        });
        assert_eq!(joined.await, *other);
        assert!(peers.members().ids().eq([other.as_str()]));
    }
    let message = |event| match event {
        PeerEvent::Message(message) => Some(message),
        _ => None,
    };
    alice.send(&*bob_id, ("你好", 1)).await.unwrap();
    let received = next_event(&mut bob, message).await;
    assert_eq!(received.sender(), Some(&*alice_id));
    let payload: (String, u32) = received.payload().unwrap();
    assert_eq!(payload, ("你好".to_owned(), 1));
    bob.reply(&received, "and you?").await.unwrap();
    let received = next_event(&mut alice, message).await;
    assert_eq!(received.payload::<String>().unwrap(), "and you?");
    bob.sender().socket().client().close().await;
    let left = next_event(&mut alice, |event| match event {
        PeerEvent::Left(id) => Some(id),
        _ => None,
    });
    assert_eq!(left.await, bob_id);
    assert_eq!(alice.members().ids().count(), 0);
}

pub(crate) async fn a_denied_peer_has_the_reason_and_does_not_come_back(case: Case) {
    let server = Server::start(case).await;
    let (mut peers, _) = join(&server, "gone", "carol").await;
    let denied = next_event(&mut peers, |event| match event {
        PeerEvent::Denied(message) => Some(message),
        _ => None,
    });
    let reason: Value = denied.await.payload().unwrap();
    assert_eq!(reason["type"], "deleted");
    next_event(&mut peers, |event| match event {
        PeerEvent::Other(Event::Ended(_)) => Some(()),
        _ => None,
    })
    .await;
}
