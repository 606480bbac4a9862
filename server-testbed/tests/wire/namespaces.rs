//! What the contract says of who may come in, `/early`, `/chat` and `/ptop`, in both generations.

use crate::raw::{BOTH, Engine, Raw, json, testbed};
use serde_json::{Value, json};

#[tokio::test]
async fn auth_wants_its_token_in_the_payload_or_the_query() {
    let testbed = testbed().await;
    let mut refused = Raw::open(&testbed, Engine::V4, "token=wrong").await;
    refused.send(r#"40/auth,{"token":"wrong"}"#).await;
    assert_eq!(refused.text().await, r#"44/auth,{"message":"auth failed"}"#);
    refused.send(r#"40/auth,{"token":"secret"}"#).await;
    assert!(refused.text().await.starts_with("40/auth,"));

    for engine in BOTH {
        let mut client = Raw::open(&testbed, engine, "token=secret").await;
        client.join("/auth").await;
        client.send(r#"42/auth,3["handshake"]"#).await;
        let report = json(client.text().await.strip_prefix("43/auth,3").unwrap());
        assert_eq!(report[0]["query"]["token"], "secret");
        let none = if engine == Engine::V3 {
            Value::Null
        } else {
            json!({})
        };
        assert_eq!(report[0]["auth"], none);
        assert_eq!(report[0]["headers"]["upgrade"], "websocket");
    }
}

#[tokio::test]
async fn an_unknown_namespace_is_refused() {
    let testbed = testbed().await;
    for engine in BOTH {
        let mut client = Raw::open(&testbed, engine, "").await;
        client.send("40/nope,").await;
        assert_eq!(
            client.text().await,
            r#"44/nope,{"message":"Invalid namespace"}"#
        );
    }
}

#[tokio::test]
async fn early_and_chat_speak_first() {
    let testbed = testbed().await;
    for engine in BOTH {
        let mut client = Raw::open(&testbed, engine, "").await;
        client.join("/early").await;
        assert_eq!(client.event("/early").await, json!(["early", 1]));
        assert_eq!(client.event("/early").await, json!(["early", 2]));

        client.join("/chat").await;
        assert_eq!(
            client.event("/chat").await,
            json!(["res", "auth!auth服务端发送的消息"])
        );
        client.send(r#"42/chat,["chat","hello"]"#).await;
        assert_eq!(
            client.event("/chat").await,
            json!(["res", "packet!packet服务端发送的消息"])
        );
        assert_eq!(
            client.event("/chat").await,
            json!(["res", "chat服务端发送的消息"])
        );
    }
}

#[tokio::test]
async fn a_ptop_room_knows_who_is_there_by_the_id_each_client_has() {
    let testbed = testbed().await;
    let mut old = Raw::open(&testbed, Engine::V3, "room=demo&userId=a").await;
    let old_id = old.join("/ptop").await;
    let alone = online("join", &old_id, &[&old_id]);
    assert_eq!(old.event("/ptop").await, alone);

    let mut new = Raw::open(&testbed, Engine::V4, "room=demo&userId=b").await;
    let new_id = new.join("/ptop").await;
    let both = online("join", &new_id, &[&old_id, &new_id]);
    assert_eq!(old.event("/ptop").await, both);
    assert_eq!(new.event("/ptop").await, both);

    exchange(&mut new, &new_id, &mut old, &old_id).await;
    assert_eq!(
        new.event("/ptop").await[0],
        old_id,
        "the whole namespace hears an exchange"
    );

    old.send("41/ptop,").await;
    assert_eq!(
        new.event("/ptop").await,
        online("leave", &old_id, &[&new_id])
    );
}

/// One client sends to another, which must hear who it was.
async fn exchange(from: &mut Raw, from_id: &str, to: &mut Raw, to_id: &str) {
    from.send(r#"42/ptop,["exchange",{"payload":"nobody hears this"}]"#)
        .await;
    let message = json!(["exchange", {"target": to_id, "payload": {"msg": "hi"}}]);
    from.send(&format!("42/ptop,{message}")).await;
    let heard = to.event("/ptop").await;
    assert_eq!(heard[0], to_id);
    assert_eq!(
        heard[1]["data"],
        json!({"action": "exchange", "payload": {"msg": "hi"}})
    );
    assert_eq!(heard[1]["meta"]["client"], from_id);
    assert_eq!(heard[1]["meta"]["target"], to_id);
    assert!(heard[1]["meta"]["timestamp"].is_u64());
}

/// The presence event, with the ids in the order that the testbed promises.
fn online(action: &str, who: &str, present: &[&str]) -> Value {
    let mut clients = present.to_vec();
    clients.sort_unstable();
    let message = format!(
        "User({who}) {action}{}.",
        if action == "join" { "ed" } else { "d" }
    );
    let target = "participator";
    json!(["online", {"clients": clients, "action": action, "target": target, "message": message}])
}

#[tokio::test]
async fn an_unknown_ptop_room_denies_and_disconnects() {
    let testbed = testbed().await;
    for engine in BOTH {
        let mut client = Raw::open(&testbed, engine, "room=gone&userId=a").await;
        let id = client.join("/ptop").await;
        let denied = client.event("/ptop").await;
        assert_eq!(denied[0], id);
        let reason = json!({"type": "deleted", "message": "deleted, room has been deleted."});
        assert_eq!(
            denied[1]["data"],
            json!({"action": "deny", "payload": reason})
        );
        assert!(client.text().await.starts_with("41/ptop,"));
    }
}
