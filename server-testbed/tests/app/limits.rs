//! Checks the limits of rooms, and names that look like the server's own.

use serde_json::json;
use tidewire_testbed::{Config, Limits, spawn};

use crate::http;
use crate::raw::{BOTH, Raw, json};

#[tokio::test]
async fn a_flood_of_rooms_ends_at_the_limit() {
    let limits = Limits {
        rooms: 3,
        ..Limits::default()
    };
    let testbed = spawn(Config {
        limits,
        ..Config::default()
    })
    .await
    .unwrap();
    for version in BOTH {
        let mut client = Raw::open(&testbed, version, "").await;
        client.connect("/lab").await;
        for number in 0..100 {
            let frame = format!(r#"42/lab,{number}["join","room-{number}"]"#);
            client.send(&frame).await;
            let ack = json(
                client
                    .text()
                    .await
                    .strip_prefix(&format!("43/lab,{number}"))
                    .unwrap(),
            );
            match number {
                0..3 => assert_eq!(ack, json!([format!("room-{number}")])),
                _ => assert_eq!(
                    ack[0]["error"],
                    "this socket is in 3 rooms; at most 3 are allowed: leave one first"
                ),
            }
        }
    }
}

#[tokio::test]
async fn names_that_the_server_uses_itself_are_refused() {
    let testbed = spawn(Config::default()).await.unwrap();
    let mut client = Raw::open(&testbed, BOTH[0], "").await;
    for name in ["\0socket:x", "\0echo:orders", "a\r\nb", &"x".repeat(500)] {
        client.send(&format!("421{}", json!(["join", name]))).await;
        let ack = json(client.text().await.strip_prefix("431").unwrap());
        assert!(ack[0]["error"].is_string(), "{name:?} {ack}");
        client
            .send(&format!("422{}", json!(["say", name, "x"])))
            .await;
        assert_eq!(client.text().await, "432[]", "{name:?}");
    }
    let refused = Raw::open(&testbed, BOTH[1], "room=a%0D%0Ab").await;
    let mut refused = refused;
    refused.send("40/ptop,").await;
    let answer = refused.text().await;
    assert!(
        answer.starts_with(r#"44/ptop,{"message":"the room contains"#),
        "{answer}"
    );
}

#[tokio::test]
async fn ids_that_look_like_event_names_are_events_only() {
    let testbed = spawn(Config::default()).await.unwrap();
    let mut sender = Raw::open(&testbed, BOTH[0], "room=a").await;
    let mut other = Raw::open(&testbed, BOTH[1], "room=a").await;
    let id = sender.connect("/ptop").await;
    sender.event("/ptop").await;
    other.connect("/ptop").await;
    for client in [&mut sender, &mut other] {
        client.event("/ptop").await;
    }
    for target in [
        "connect",
        "disconnect",
        "error",
        "online",
        "refused",
        "",
        "/ptop#x",
    ] {
        let message = json!(["exchange", { "target": target, "payload": 1 }]);
        sender.send(&format!("42/ptop,{message}")).await;
        let received = other.event("/ptop").await;
        assert_eq!(received[0], target);
        assert_eq!(received[1]["meta"]["client"], id);
        assert_eq!(sender.event("/ptop").await[0], target);
    }
    let message = json!(["exchange", { "target": "a\r\nb" }]);
    sender.send(&format!("42/ptop,{message}")).await;
    assert_eq!(sender.event("/ptop").await[0], "refused");
    sender
        .send(r#"42/ptop,["exchange",{"target":"next"}]"#)
        .await;
    assert_eq!(other.event("/ptop").await[0], "next");
    assert!(http::metric(&testbed, "refusals_total").await > 0);
}
