//! Checks several nodes on one Redis: what they share, and what they do when it or one of them is away.

use serde_json::json;
use tidewire_testbed::{Config, Testbed, spawn};

use crate::echo::{Subscriber, application};
use crate::http::{get, metric, wait_for_metric};
use crate::raw::{EngineVersion, Raw};
use crate::redis::{Redis, refusing};

async fn node(redis: &str) -> Testbed {
    let config = Config {
        redis: Some(redis.to_owned()),
        echo_auth: Some(application().await),
        ..Config::default()
    };
    spawn(config).await.expect("a free port")
}

/// A client in the room `demo` of `/ptop`.
async fn member(node: &Testbed, version: EngineVersion) -> (Raw, String) {
    let mut raw = Raw::open(node, version, "room=demo").await;
    let id = raw.connect("/ptop").await;
    (raw, id)
}

/// Reads `online` until the room has these members.
async fn wait_for_members(client: &mut Raw, ids: &[&str]) {
    let mut ids = ids.to_vec();
    ids.sort_unstable();
    loop {
        let event = client.event("/ptop").await;
        if event[0] == "online" && event[1]["clients"] == json!(ids) {
            return;
        }
    }
}

async fn join(client: &mut Raw, room: &str) {
    client.send(&format!(r#"42/lab,0["join","{room}"]"#)).await;
    assert_eq!(client.text().await, format!(r#"43/lab,0["{room}"]"#));
}

async fn lab(node: &Testbed, version: EngineVersion) -> Raw {
    let mut client = Raw::open(node, version, "").await;
    client.connect("/lab").await;
    join(&mut client, "den").await;
    client
}

#[tokio::test]
async fn rooms_and_presence_are_shared() {
    let redis = Redis::start();
    let (a, b) = (node(&redis.url()).await, node(&redis.url()).await);
    let mut speaker = lab(&a, EngineVersion::Eio3).await;
    let mut listener = lab(&b, EngineVersion::Eio4).await;
    speaker.send(r#"42/lab,["say","den","hi"]"#).await;
    for client in [&mut speaker, &mut listener] {
        assert_eq!(client.text().await, r#"42/lab,["said","hi"]"#);
    }

    let (mut ann, ann_id) = member(&a, EngineVersion::Eio3).await;
    let (mut bob, bob_id) = member(&b, EngineVersion::Eio4).await;
    for client in [&mut ann, &mut bob] {
        wait_for_members(client, &[&ann_id, &bob_id]).await;
    }
    let message = json!(["exchange", { "target": bob_id, "payload": "hi" }]);
    ann.send(&format!("42/ptop,{message}")).await;
    // News of a join may come once more, with the same list.
    while bob.event("/ptop").await[0] != bob_id.as_str() {}
    drop(bob);
    wait_for_members(&mut ann, &[&ann_id]).await;
}

#[tokio::test]
async fn identities_and_presence_channels_are_shared() {
    let redis = Redis::start();
    let (a, b) = (node(&redis.url()).await, node(&redis.url()).await);
    let mut ann = Subscriber::open(&a).await;
    let mut bob = Subscriber::open(&b).await;
    ann.subscribe("presence-x", "ann").await;
    assert_eq!(ann.event().await[0], "presence:subscribed");
    bob.subscribe("presence-x", "bob").await;
    let mut event = bob.event().await;
    // News of ann may arrive late.
    while event[0] == "presence:joining" {
        event = bob.event().await;
    }
    assert_eq!(event[0], "presence:subscribed");
    assert_eq!(event[2].as_array().map(Vec::len), Some(2));
    assert_eq!(ann.event().await[0], "presence:joining");
    let whisper = json!({ "channel": "presence-x", "event": "client-typing", "data": 1 });
    bob.emit(&json!(["client event", whisper])).await;
    assert_eq!(ann.event().await, json!(["client-typing", "presence-x", 1]));
    drop(bob);
    assert_eq!(ann.event().await[0], "presence:leaving");
}

#[tokio::test]
async fn the_members_of_a_killed_node_leave() {
    let redis = Redis::start();
    let (a, b) = (node(&redis.url()).await, node(&redis.url()).await);
    let (mut ann, ann_id) = member(&a, EngineVersion::Eio4).await;
    let (_bob, bob_id) = member(&b, EngineVersion::Eio4).await;
    wait_for_members(&mut ann, &[&ann_id, &bob_id]).await;
    b.stop().await;
    wait_for_members(&mut ann, &[&ann_id]).await;
    assert_eq!(metric(&a, "members_swept_total").await, 1);
}

#[tokio::test]
async fn a_node_that_shuts_down_takes_its_members_along() {
    let redis = Redis::start();
    let (a, b) = (node(&redis.url()).await, node(&redis.url()).await);
    let (mut ann, ann_id) = member(&a, EngineVersion::Eio4).await;
    let (_bob, bob_id) = member(&b, EngineVersion::Eio4).await;
    wait_for_members(&mut ann, &[&ann_id, &bob_id]).await;
    b.shut_down().await;
    loop {
        let event = ann.event("/ptop").await;
        if event[1]["clients"] == json!([ann_id]) {
            break;
        }
    }
    assert_eq!(
        metric(&a, "members_swept_total").await,
        0,
        "no member had to be swept"
    );
}

#[tokio::test]
async fn a_node_serves_its_clients_while_redis_is_away() {
    let mut redis = Redis::start();
    let (a, b) = (node(&redis.url()).await, node(&redis.url()).await);
    let mut here = lab(&a, EngineVersion::Eio3).await;
    let mut near = lab(&a, EngineVersion::Eio4).await;
    let mut far = lab(&b, EngineVersion::Eio4).await;
    let (mut ann, ann_id) = member(&a, EngineVersion::Eio4).await;
    let (mut bob, bob_id) = member(&b, EngineVersion::Eio4).await;
    for client in [&mut ann, &mut bob] {
        wait_for_members(client, &[&ann_id, &bob_id]).await;
    }
    redis.stop();
    for node in [&a, &b] {
        wait_for_metric(node, "degraded", 1).await;
        assert_eq!(metric(node, "redis_up").await, 0);
        let health = get(node, "/health", "").await;
        assert_eq!(
            (health.status, &health.json()["status"]),
            (200, &json!("degraded"))
        );
    }
    here.send(r#"42/lab,["say","den","local"]"#).await;
    for client in [&mut here, &mut near] {
        assert_eq!(client.text().await, r#"42/lab,["said","local"]"#);
    }
    let (mut carl, carl_id) = member(&a, EngineVersion::Eio4).await;
    wait_for_members(&mut carl, &[&ann_id, &carl_id]).await;

    redis.start_again();
    for node in [&a, &b] {
        wait_for_metric(node, "redis_up", 1).await;
    }
    // Both nodes have written their members again, and tell them.
    for client in [&mut ann, &mut bob, &mut carl] {
        wait_for_members(client, &[&ann_id, &bob_id, &carl_id]).await;
    }
    here.send(r#"42/lab,["say","den","again"]"#).await;
    for client in [&mut here, &mut near, &mut far] {
        assert_eq!(client.text().await, r#"42/lab,["said","again"]"#);
    }
}

#[tokio::test]
async fn a_redis_that_answers_errors_degrades_the_node_only() {
    let node = node(&refusing().await).await;
    let mut here = lab(&node, EngineVersion::Eio3).await;
    let mut near = lab(&node, EngineVersion::Eio4).await;
    here.send(r#"42/lab,["say","den","hi"]"#).await;
    for client in [&mut here, &mut near] {
        assert_eq!(client.text().await, r#"42/lab,["said","hi"]"#);
    }
    let (mut ann, ann_id) = member(&node, EngineVersion::Eio4).await;
    wait_for_members(&mut ann, &[&ann_id]).await;
    assert_eq!(metric(&node, "degraded").await, 1);
}

#[tokio::test]
async fn presence_is_right_again_after_redis_refused_some_commands() {
    let redis = Redis::start();
    let (a, b) = (node(&redis.url()).await, node(&redis.url()).await);
    let (mut ann, ann_id) = member(&a, EngineVersion::Eio4).await;
    wait_for_members(&mut ann, &[&ann_id]).await;

    // A full Redis publishes, and stores nothing.
    redis.command(&["CONFIG", "SET", "maxmemory", "1"]);
    let (mut bob, bob_id) = member(&b, EngineVersion::Eio4).await;
    wait_for_metric(&b, "degraded", 1).await;
    redis.command(&["CONFIG", "SET", "maxmemory", "0"]);
    for client in [&mut ann, &mut bob] {
        wait_for_members(client, &[&ann_id, &bob_id]).await;
    }

    // The end of a member is not written.
    redis.command(&["ACL", "SETUSER", "default", "-hdel"]);
    let errors = metric(&b, "redis_errors_total").await;
    drop(bob);
    while metric(&b, "redis_errors_total").await == errors {
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    redis.command(&["ACL", "SETUSER", "default", "+hdel"]);
    wait_for_members(&mut ann, &[&ann_id]).await;
    assert_eq!(metric(&a, "redis_connections_total").await, 1);
}

#[tokio::test]
async fn presence_is_right_again_after_redis_forgot_everything() {
    let redis = Redis::start();
    let (a, b) = (node(&redis.url()).await, node(&redis.url()).await);
    let (mut ann, ann_id) = member(&a, EngineVersion::Eio4).await;
    let (mut bob, bob_id) = member(&b, EngineVersion::Eio4).await;
    wait_for_members(&mut bob, &[&ann_id, &bob_id]).await;
    redis.command(&["FLUSHALL"]);
    let (_carl, carl_id) = member(&a, EngineVersion::Eio4).await;
    for client in [&mut ann, &mut bob] {
        wait_for_members(client, &[&ann_id, &bob_id, &carl_id]).await;
    }
}

#[tokio::test]
async fn an_address_that_is_none_is_an_error() {
    let config = Config {
        redis: Some("mysql://x".to_owned()),
        ..Config::default()
    };
    let error = spawn(config).await.unwrap_err();
    assert!(
        error
            .to_string()
            .starts_with("redis \"mysql://x\": use redis://"),
        "{error}"
    );
}

#[tokio::test]
async fn what_a_program_publishes_reaches_clients_of_all_nodes() {
    let redis = Redis::start();
    let (a, b) = (node(&redis.url()).await, node(&redis.url()).await);
    let mut clients = [Subscriber::open(&a).await, Subscriber::open(&b).await];
    let mut excluded = Subscriber::open(&b).await;
    redis.publish("ignored", "no JSON");
    redis.publish("a\r\nb", r#"{"event":"x"}"#);
    redis.publish("orders", r#"{"event":"a\r\nb"}"#);
    redis.publish("orders", r#"{"event":7}"#);
    redis.publish("orders", r#"{"event":"Shipped"}"#);
    for client in clients.iter_mut().chain([&mut excluded]) {
        assert_eq!(client.event().await, json!(["orders:Shipped", null]));
    }
    let message = json!({ "event": "Shipped", "data": { "id": 1 }, "socket": excluded.0.sid });
    redis.publish("orders", &message.to_string());
    for client in &mut clients {
        assert_eq!(client.event().await, json!(["orders:Shipped", { "id": 1 }]));
    }
    redis.publish("orders", r#"{"data":2}"#);
    assert_eq!(excluded.event().await, json!(["orders:undefined", 2]));

    let [client, _] = &mut clients;
    client
        .emit(&json!(["subscribe", { "channel": "news" }]))
        .await;
    client.emit(&json!(["echo"])).await;
    while client.event().await != json!(["echo"]) {}
    redis.publish("news", r#"{"event":"App\\Events\\Out","data":3}"#);
    let events = [client.event().await, client.event().await];
    assert!(
        events.contains(&json!(["App\\Events\\Out", "news", 3])),
        "{events:?}"
    );
    assert!(
        events.contains(&json!(["news:App\\Events\\Out", 3])),
        "{events:?}"
    );
}

#[tokio::test]
async fn a_redis_that_hangs_degrades_the_node_until_all_is_made_up_for() {
    let redis = Redis::start();
    let (a, b) = (node(&redis.url()).await, node(&redis.url()).await);
    let (mut ann, ann_id) = member(&a, EngineVersion::Eio4).await;
    let (mut bob, bob_id) = member(&b, EngineVersion::Eio4).await;
    for client in [&mut ann, &mut bob] {
        wait_for_members(client, &[&ann_id, &bob_id]).await;
    }
    redis.signal("STOP");
    wait_for_metric(&a, "degraded", 1).await;
    let (mut carl, carl_id) = member(&a, EngineVersion::Eio4).await;
    wait_for_members(&mut carl, &[&ann_id, &carl_id]).await;
    redis.signal("CONT");
    wait_for_metric(&a, "degraded", 0).await;
    // Redis knows the members of this node already.
    let (_dora, dora_id) = member(&b, EngineVersion::Eio4).await;
    for client in [&mut ann, &mut bob, &mut carl] {
        wait_for_members(client, &[&ann_id, &bob_id, &carl_id, &dora_id]).await;
    }
}

#[tokio::test]
async fn members_of_presence_channels_are_told_again_after_redis_was_away() {
    let mut redis = Redis::start();
    let (a, b) = (node(&redis.url()).await, node(&redis.url()).await);
    let mut ann = Subscriber::open(&a).await;
    ann.subscribe("presence-x", "ann").await;
    assert_eq!(ann.event().await[0], "presence:subscribed");
    redis.stop();
    for node in [&a, &b] {
        wait_for_metric(node, "redis_up", 0).await;
    }
    let mut bob = Subscriber::open(&b).await;
    bob.subscribe("presence-x", "bob").await;
    assert_eq!(bob.event().await[2].as_array().map(Vec::len), Some(1));
    redis.start_again();
    for client in [&mut ann, &mut bob] {
        loop {
            let event = client.event().await;
            let members = event[2].as_array().map(Vec::len);
            if event[0] == "presence:subscribed" && members == Some(2) {
                break;
            }
        }
    }
}
