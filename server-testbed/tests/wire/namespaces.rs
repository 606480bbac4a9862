//! Checks the namespaces of the contract with Engine.IO 3 and 4: `/auth`, `/early`, `/chat`, `/ptop`.

use crate::raw::{BOTH, EngineVersion, Raw, json, testbed};
use serde_json::{Value, json};

#[tokio::test]
async fn auth_requires_its_token_in_the_payload_or_the_query() {
    let testbed = testbed().await;
    let mut refused = Raw::open(&testbed, EngineVersion::Eio4, "token=wrong").await;
    refused.send(r#"40/auth,{"token":"wrong"}"#).await;
    assert_eq!(refused.text().await, r#"44/auth,{"message":"auth failed"}"#);
    refused.send(r#"40/auth,{"token":"secret"}"#).await;
    assert!(refused.text().await.starts_with("40/auth,"));

    for version in BOTH {
        let mut client = Raw::open(&testbed, version, "token=secret").await;
        client.connect("/auth").await;
        client.send(r#"42/auth,3["handshake"]"#).await;
        let report = json(client.text().await.strip_prefix("43/auth,3").unwrap());
        assert_eq!(report[0]["query"]["token"], "secret");
        let none = if version == EngineVersion::Eio3 {
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
    for version in BOTH {
        let mut client = Raw::open(&testbed, version, "").await;
        client.send("40/nope,").await;
        assert_eq!(
            client.text().await,
            r#"44/nope,{"message":"Invalid namespace"}"#
        );
    }
}

#[tokio::test]
async fn early_and_chat_emit_first() {
    let testbed = testbed().await;
    for version in BOTH {
        let mut client = Raw::open(&testbed, version, "").await;
        client.connect("/early").await;
        assert_eq!(client.event("/early").await, json!(["early", 1]));
        assert_eq!(client.event("/early").await, json!(["early", 2]));

        client.connect("/chat").await;
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
async fn a_ptop_room_lists_its_members_by_the_ids_that_clients_know() {
    let testbed = testbed().await;
    let mut old = Raw::open(&testbed, EngineVersion::Eio3, "room=demo&userId=a").await;
    let old_id = old.connect("/ptop").await;
    let alone = online("join", &old_id, &[&old_id]);
    assert_eq!(old.event("/ptop").await, alone);

    let mut new = Raw::open(&testbed, EngineVersion::Eio4, "room=demo&userId=b").await;
    let new_id = new.connect("/ptop").await;
    let both = online("join", &new_id, &[&old_id, &new_id]);
    assert_eq!(old.event("/ptop").await, both);
    assert_eq!(new.event("/ptop").await, both);

    exchange(&mut new, &new_id, &mut old, &old_id).await;
    assert_eq!(
        new.event("/ptop").await[0],
        old_id,
        "the whole namespace receives an exchange"
    );

    old.send("41/ptop,").await;
    assert_eq!(
        new.event("/ptop").await,
        online("leave", &old_id, &[&new_id])
    );
}

/// Sends a message from one client to another, and checks the sender's id in it.
async fn exchange(from: &mut Raw, from_id: &str, to: &mut Raw, to_id: &str) {
    from.send(r#"42/ptop,["exchange",{"payload":"ignored"}]"#)
        .await;
    let refused = from.event("/ptop").await;
    assert_eq!(refused[0], "refused");
    assert_eq!(refused[1], "exchange");
    let message = json!(["exchange", {"target": to_id, "payload": {"msg": "hi"}}]);
    from.send(&format!("42/ptop,{message}")).await;
    let received = to.event("/ptop").await;
    assert_eq!(received[0], to_id);
    assert_eq!(
        received[1]["data"],
        json!({"action": "exchange", "payload": {"msg": "hi"}})
    );
    assert_eq!(received[1]["meta"]["client"], from_id);
    assert_eq!(received[1]["meta"]["target"], to_id);
    assert!(received[1]["meta"]["timestamp"].is_u64());
}

/// Returns the presence event, with the ids in the testbed's order.
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
    for version in BOTH {
        let mut client = Raw::open(&testbed, version, "room=gone&userId=a").await;
        let id = client.connect("/ptop").await;
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
