//! Messages of programs without a socket: through Redis, and through HTTP.

use std::convert::Infallible;

use serde_json::{Value, json};
use tidewire::bridge::{
    Publication, TRANSPORT_MESSAGE, TransportMessage, TransportRefusal, bridged_event,
    read_response,
};
use tidewire::envelope::sign;
use tidewire::peers::{PeerEvent, Peers, SaveId};
use tidewire::{Event, Events, Message};

use crate::support::programs::{exchange, publish};
use crate::support::server::{APP, Case, KEY, Server};
use crate::support::{guarded, unix_millis};

/// The next event of the channel; others, such as the `saveId` of mobile-sdk, are skipped.
async fn next_of_orders(events: &mut Events) -> Message {
    loop {
        let message = guarded(events.message()).await.expect("the stream goes on");
        if message.name().starts_with("orders:") {
            return message;
        }
    }
}

pub(crate) async fn publications_reach_all_but_the_socket_that_they_name(case: Case) {
    let server = Server::start(case).await;
    let mut streams = Vec::new();
    let mut ids = Vec::new();
    for _ in 0..2 {
        let socket = server.client("/").build().unwrap().socket();
        let mut events = socket.events();
        guarded(socket.connect()).await.unwrap();
        while !matches!(guarded(events.next()).await, Some(Event::Connected(_))) {}
        ids.push(socket.id().unwrap());
        streams.push(events);
    }
    let shipped = "App\\Events\\OrderShipped";
    let to_all = Publication::new(shipped, json!({"id": 1}));
    let to_others = Publication::new("second", json!("你好")).except(&*ids[0]);
    let for_gone = Publication::new("third", json!(null)).except("gone");
    for publication in [to_all, to_others, for_gone] {
        let text = serde_json::to_string(&publication).unwrap();
        publish(&server, "orders", &text).await;
    }
    let [first, second] = &mut streams[..] else {
        panic!("two clients")
    };
    for (events, expected) in [
        (first, &[shipped, "third"][..]),
        (second, &[shipped, "second", "third"][..]),
    ] {
        for event in expected {
            let message = next_of_orders(events).await;
            assert_eq!(message.name(), bridged_event("orders", event));
            let data: Value = message.args().unwrap();
            let is_object = data.get("id").is_some();
            assert_eq!(is_object, *event == shipped, "{data}");
        }
    }
}

async fn post<T: serde::Serialize>(server: &Server, message: &T) -> Result<(), TransportRefusal> {
    let body = serde_json::to_string(message).unwrap();
    let (status, response) = exchange(server, "POST", TRANSPORT_MESSAGE, &body).await;
    read_response(status, response.as_bytes())
}

/// A message to a client, now and signed.
fn message(to: &SaveId, message: Value) -> TransportMessage<Value> {
    let timestamp = unix_millis();
    TransportMessage {
        timestamp,
        app: APP.to_owned(),
        target: to.socket_id.clone(),
        user_id: to.user_id.clone(),
        sign: sign(APP, KEY, timestamp),
        message,
    }
}

pub(crate) async fn transport_messages_reach_their_receiver(case: Case) {
    let server = Server::start(case).await;
    let socket = server.client("/").build().unwrap().socket();
    let mut peers = Peers::mobile_sdk(&socket, APP, |request| async move {
        Ok::<_, Infallible>(sign(&request.app, KEY, request.timestamp))
    });
    guarded(socket.connect()).await.unwrap();
    let ids = loop {
        if let Some(PeerEvent::Registered(ids)) = guarded(peers.next()).await {
            break ids;
        }
    };
    let content = json!({"msg": "你好"});
    assert_eq!(post(&server, &message(&ids, content.clone())).await, Ok(()));
    let received = loop {
        if let Some(PeerEvent::Message(message)) = guarded(peers.next()).await {
            break message;
        }
    };
    // The payload is JSON as a text.
    let payload: String = received.payload().unwrap();
    assert_eq!(serde_json::from_str::<Value>(&payload).unwrap(), content);

    let gone = SaveId {
        socket_id: "gone".to_owned(),
        ..ids.clone()
    };
    let refusal = post(&server, &message(&gone, json!({}))).await.unwrap_err();
    assert_eq!(
        (refusal.status, &*refusal.message),
        (500, "转发失败 ID: gone 不存在")
    );
    let refusal = post(&server, &message(&ids, json!([1]))).await.unwrap_err();
    assert_eq!(
        (refusal.status, &*refusal.message),
        (422, "Validation Failed")
    );
    let forged = TransportMessage {
        sign: "x".to_owned(),
        ..message(&ids, json!({}))
    };
    assert_eq!(post(&server, &forged).await.unwrap_err().status, 403);
}
