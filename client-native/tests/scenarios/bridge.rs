//! Messages of programs without a socket, through Redis.

use serde_json::{Value, json};
use tidewire::Event;
use tidewire::bridge::{Publication, bridged_event};

use crate::support::guarded;
use crate::support::laravel::publish;
use crate::support::server::{Case, Server};

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
        publish(server.redis_port(), "orders", &text).await;
    }
    let [first, second] = &mut streams[..] else {
        panic!("two clients")
    };
    for (events, expected) in [
        (first, &[shipped, "third"][..]),
        (second, &[shipped, "second", "third"][..]),
    ] {
        for event in expected {
            // An upgrade may be told between the messages.
            let message = guarded(events.message()).await.unwrap();
            assert_eq!(message.name(), bridged_event("orders", event));
            let data: Value = message.args().unwrap();
            let is_object = data.get("id").is_some();
            assert_eq!(is_object, *event == shipped, "{data}");
        }
    }
}
