//! Checks the limits of rooms, and names that look like the server's own.

use serde_json::{Value, json};
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
                    "this socket is in 3 rooms and channels; at most 3 are allowed: leave one first"
                ),
            }
        }
    }
}

#[tokio::test]
async fn rooms_and_channels_are_counted_together() {
    let limits = Limits {
        rooms: 4,
        ..Limits::default()
    };
    let config = Config {
        limits,
        ..Config::default()
    };
    let testbed = spawn(config).await.unwrap();
    let mut client = Raw::open(&testbed, BOTH[0], "").await;
    for number in 0..2 {
        client
            .send(&format!(r#"421["join","room-{number}"]"#))
            .await;
        assert_eq!(client.text().await, format!(r#"431["room-{number}"]"#));
    }
    for number in 0..4 {
        let subscribe = json!(["subscribe", { "channel": format!("channel-{number}") }]);
        client.send(&format!("42{subscribe}")).await;
    }
    for number in 2..4 {
        let refused = json!(["subscription_error", format!("channel-{number}"), 422]);
        assert_eq!(client.text().await, format!("42{refused}"));
    }
    client.send(r#"421["join","one more"]"#).await;
    assert!(client.text().await.contains("in 4 rooms and channels"));
    client.send(r#"42["leave","room-0"]"#).await;
    client.send(r#"421["join","one more"]"#).await;
    assert_eq!(client.text().await, r#"431["one more"]"#);
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

#[tokio::test]
async fn lab_events_and_exchanges_of_the_wrong_type_are_refused_to_their_sender() {
    let testbed = spawn(Config::default()).await.unwrap();
    for version in BOTH {
        let mut client = Raw::open(&testbed, version, "").await;
        let mut other = Raw::open(&testbed, version, "").await;
        client.connect("/lab").await;
        other.connect("/lab").await;
        let wrong = [
            json!(null),
            json!(7),
            json!(true),
            json!([]),
            json!({ "a": 1 }),
        ];
        for event in ["join", "leave", "say", "flood"] {
            for value in &wrong {
                refused(&mut client, "/lab", &json!([event, value])).await;
            }
            refused(&mut client, "/lab", &json!([event])).await;
        }
        for count in [json!(-1), json!(1.5), json!("3")] {
            refused(&mut client, "/lab", &json!(["flood", count, "x"])).await;
        }
        let mut member = Raw::open(&testbed, version, "room=a").await;
        member.connect("/ptop").await;
        member.event("/ptop").await;
        for value in wrong.iter().chain([&json!({ "target": 7 })]) {
            refused(&mut member, "/ptop", &json!(["exchange", value])).await;
        }
        // The next message of the other client is its own.
        other.send(r#"42/lab,1["echo","next"]"#).await;
        assert_eq!(other.text().await, r#"43/lab,1["next"]"#);
    }
}

/// Sends an event, and expects a refusal: once as an ack, once as an event.
async fn refused(client: &mut Raw, namespace: &str, event: &Value) {
    let name = event[0].as_str().unwrap_or_default();
    client.send(&format!("42{namespace},5{event}")).await;
    let ack = client.text().await;
    let ack = json(
        ack.strip_prefix(&format!("43{namespace},5"))
            .unwrap_or(&ack),
    );
    let text = ack[0]["error"].as_str().unwrap_or_default();
    assert!(!text.is_empty() && text.starts_with(name), "{event} {ack}");
    client.send(&format!("42{namespace},{event}")).await;
    let answer = client.event(namespace).await;
    assert_eq!(answer, json!(["refused", name, text]), "{event}");
}

#[tokio::test]
async fn a_flood_without_end_ends_with_its_client() {
    let testbed = spawn(Config::default()).await.unwrap();
    let mut client = Raw::open(&testbed, BOTH[0], "").await;
    client.connect("/lab").await;
    client
        .send(&format!(r#"42/lab,["flood",{},"x"]"#, u64::MAX))
        .await;
    for number in 0..10_000 {
        assert_eq!(client.event("/lab").await, json!(["tick", number, "x"]));
    }
    drop(client);
    http::wait_for_metric(&testbed, "connections", 0).await;
}

#[tokio::test]
async fn a_client_that_does_not_answer_is_asked_a_limited_number_of_questions() {
    const MOST: usize = 3;
    let limits = Limits {
        running: MOST,
        ..Limits::default()
    };
    let config = Config {
        limits,
        ..Config::default()
    };
    let testbed = spawn(config).await.unwrap();
    let refusal = "question: 3 events of this socket have not ended, and more are not allowed: answer and read first";
    for version in BOTH {
        let mut client = Raw::open(&testbed, version, "").await;
        client.connect("/lab").await;
        for number in 1..=MOST {
            client.send(r#"42/lab,["question","why"]"#).await;
            let asked = format!(r#"42/lab,{number}["question","why"]"#);
            assert_eq!(client.text().await, asked);
        }
        client.send(r#"42/lab,["question","why"]"#).await;
        let refused = json!(["refused", "question", refusal]);
        assert_eq!(client.event("/lab").await, refused);
        client.send(r#"42/lab,8["question","why"]"#).await;
        let error = json!([{ "error": refusal }]);
        assert_eq!(client.text().await, format!("43/lab,8{error}"));
        // An answer makes room for one more question.
        client.send(r#"43/lab,2["because"]"#).await;
        assert_eq!(client.event("/lab").await, json!(["answered", "because"]));
        client.send(r#"42/lab,["question","again"]"#).await;
        assert_eq!(client.text().await, r#"42/lab,4["question","again"]"#);
        assert_eq!(http::metric(&testbed, "events_running").await, MOST as i64);
        // No question waits for a client that has left.
        drop(client);
        http::wait_for_metric(&testbed, "events_running", 0).await;
    }
}

#[tokio::test]
async fn a_client_that_does_not_read_asks_for_a_limited_number_of_floods() {
    let limits = Limits {
        running: 2,
        ..Limits::default()
    };
    let config = Config {
        limits,
        max_buffer_bytes: 10_000,
        ..Config::default()
    };
    let testbed = spawn(config).await.unwrap();
    let mut client = Raw::open(&testbed, BOTH[1], "").await;
    client.connect("/lab").await;
    let flood = json!(["flood", u64::MAX, "x"]);
    for _ in 0..3 {
        client.send(&format!("42/lab,{flood}")).await;
    }
    loop {
        let event = client.event("/lab").await;
        if event[0] == "refused" {
            break assert_eq!(event[1], "flood");
        }
        assert_eq!(event[0], "tick");
    }
}

/// JSON that JavaScript accepts and this server does not.
fn unreadable() -> [String; 2] {
    let nested = |levels| format!("{}{}", "[".repeat(levels), "]".repeat(levels));
    [r#""half \ud800""#.to_owned(), nested(130)]
}

#[tokio::test]
async fn arguments_that_cannot_be_read_are_refused_to_their_sender() {
    let testbed = spawn(Config::default()).await.unwrap();
    for version in BOTH {
        let mut client = Raw::open(&testbed, version, "room=a").await;
        let mut member = Raw::open(&testbed, version, "room=a").await;
        client.connect("/lab").await;
        member.connect("/ptop").await;
        member.event("/ptop").await;
        for argument in unreadable() {
            for event in ["echo", "question", "join", "leave", "say", "flood"] {
                refuses(&mut client, "/lab", event, &argument).await;
            }
            for event in ["exchange", "unknown"] {
                refuses(&mut member, "/ptop", event, &argument).await;
            }
            let mut root = Raw::open(&testbed, BOTH[0], "").await;
            for event in ["subscribe", "unsubscribe", "client event", "session"] {
                refuses(&mut root, "", event, &argument).await;
            }
        }
        client.send(r#"42/lab,["question","why"]"#).await;
        assert_eq!(client.text().await, r#"42/lab,1["question","why"]"#);
        client.send(r#"43/lab,1["half \ud800"]"#).await;
        let answer = client.event("/lab").await;
        assert_eq!([&answer[0], &answer[1]], ["refused", "question"]);
    }
}

#[tokio::test]
async fn a_connect_that_cannot_be_read_is_refused() {
    let testbed = spawn(Config::default()).await.unwrap();
    for payload in unreadable() {
        let mut client = Raw::open(&testbed, BOTH[1], "").await;
        client.send(&format!("40/lab,{{\"a\":{payload}}}")).await;
        let answer = client.text().await;
        assert!(answer.starts_with(r#"44/lab,{"message":""#), "{answer}");
        client.connect("/lab").await;
    }
}

/// Sends an event as text, and expects a refusal: once as an ack, once as an event.
async fn refuses(client: &mut Raw, namespace: &str, event: &str, argument: &str) {
    let comma = if namespace.is_empty() { "" } else { "," };
    let text = format!(r#"["{event}",{argument}]"#);
    client.send(&format!("42{namespace}{comma}5{text}")).await;
    let ack = client.text().await;
    let ack = json(
        ack.strip_prefix(&format!("43{namespace}{comma}5"))
            .unwrap_or(&ack),
    );
    let refusal = format!("{event}: the arguments cannot be read: ");
    let error = ack[0]["error"].as_str().unwrap_or_default();
    assert!(error.starts_with(&refusal), "{ack}");
    client.send(&format!("42{namespace}{comma}{text}")).await;
    let answer = client.text().await;
    let answer = json(
        answer
            .strip_prefix(&format!("42{namespace}{comma}"))
            .unwrap_or(&answer),
    );
    assert_eq!(answer, json!(["refused", event, error]));
}
