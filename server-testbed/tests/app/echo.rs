//! Checks Echo channels, with an application that decides on private and presence channels.

use axum::Router;
use axum::body::Bytes;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use serde_json::{Value, json};
use tidewire_testbed::{Config, Limits, Testbed, spawn};

use crate::http;
use crate::raw::{EngineVersion, Raw, json};

/// Decides by the header `authorization`: its value is the user; `none` is refused; `broken` gets no JSON.
async fn decide(headers: HeaderMap, body: Bytes) -> Result<String, StatusCode> {
    assert_eq!(headers["x-requested-with"], "XMLHttpRequest");
    assert!(body.starts_with(b"channel_name=p"), "{body:?}");
    match headers
        .get("authorization")
        .map(|user| user.to_str().expect("ASCII"))
    {
        None | Some("none") => Err(StatusCode::FORBIDDEN),
        Some("broken") => Ok("no JSON".to_owned()),
        Some("text") => {
            Ok(json!({ "channel_data": "{\"user_id\":7,\"user_info\":\"t\"}" }).to_string())
        }
        Some(user) => {
            let data = json!({ "user_id": user, "user_info": { "name": user } });
            Ok(json!({ "channel_data": data }).to_string())
        }
    }
}

pub(crate) async fn application() -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0")
        .await
        .expect("a free port");
    let url = format!(
        "http://{}/broadcasting/auth",
        listener.local_addr().expect("it has an address")
    );
    let router = Router::new().route("/broadcasting/auth", post(decide));
    tokio::spawn(async { axum::serve(listener, router).await });
    url
}

async fn testbed() -> Testbed {
    let config = Config {
        echo_auth: Some(application().await),
        echo_clients: [("shop".to_owned(), "key".to_owned())].into(),
        limits: Limits {
            rooms: 5,
            ..Limits::default()
        },
        ..Config::default()
    };
    spawn(config).await.expect("a free port")
}

pub(crate) struct Subscriber(pub(crate) Raw);

impl Subscriber {
    pub(crate) async fn open(testbed: &Testbed) -> Self {
        Self(Raw::open(testbed, EngineVersion::Eio3, "").await)
    }

    pub(crate) async fn emit(&mut self, event: &Value) {
        self.0.send(&format!("42{event}")).await;
    }

    pub(crate) async fn subscribe(&mut self, channel: &str, user: &str) {
        let auth = json!({ "headers": { "Authorization": user } });
        self.emit(&json!(["subscribe", { "channel": channel, "auth": auth }]))
            .await;
    }

    pub(crate) async fn event(&mut self) -> Value {
        json(self.0.text().await.strip_prefix("42").expect("EVENT"))
    }

    /// Checks that all before this round trip had no other effect on this client.
    async fn nothing_came(&mut self) {
        self.emit(&json!(["echo", "round trip"])).await;
        assert_eq!(self.event().await, json!(["echo", "round trip"]));
    }

    /// Subscribes to a presence channel, which is answered, so that all subscriptions before are complete.
    async fn settle(&mut self) {
        self.subscribe("presence-settled", "settler").await;
        assert_eq!(self.event().await[0], "presence:subscribed");
        self.emit(&json!(["unsubscribe", { "channel": "presence-settled" }]))
            .await;
        self.nothing_came().await;
    }

    fn id(&self) -> &str {
        &self.0.sid
    }
}

#[tokio::test]
async fn subscribers_receive_events_of_their_channels() {
    let testbed = testbed().await;
    let mut subscriber = Subscriber::open(&testbed).await;
    let mut excluded = Subscriber::open(&testbed).await;
    let mut stranger = Subscriber::open(&testbed).await;
    for client in [&mut subscriber, &mut excluded] {
        client.subscribe("orders", "").await;
        client.settle().await;
    }
    let body = json!({ "channel": "orders", "name": "App\\Events\\Shipped", "data": "{\"id\":1}", "socket_id": excluded.id() });
    let answer = http::post(
        &testbed,
        "/apps/shop/events?auth_key=key",
        "",
        &body.to_string(),
    )
    .await;
    assert_eq!(
        (answer.status, answer.json()),
        (200, json!({ "message": "ok" }))
    );
    assert_eq!(
        subscriber.event().await,
        json!(["App\\Events\\Shipped", "orders", { "id": 1 }])
    );
    excluded.nothing_came().await;
    stranger.nothing_came().await;

    subscriber
        .emit(&json!(["unsubscribe", { "channel": "orders" }]))
        .await;
    subscriber.nothing_came().await;
    http::post(
        &testbed,
        "/apps/shop/events?auth_key=key",
        "",
        &body.to_string(),
    )
    .await;
    subscriber.nothing_came().await;
}

#[tokio::test]
async fn the_application_decides_on_private_channels() {
    let testbed = testbed().await;
    let mut client = Subscriber::open(&testbed).await;
    client.subscribe("private-chat", "none").await;
    assert_eq!(
        client.event().await,
        json!(["subscription_error", "private-chat", 403])
    );
    client.subscribe("presence-chat", "broken").await;
    assert_eq!(
        client.event().await,
        json!(["subscription_error", "presence-chat", 422])
    );
    let header = json!({ "headers": { "X-A": "b\r\nX-C: d" } });
    client
        .emit(&json!(["subscribe", { "channel": "private-chat", "auth": header }]))
        .await;
    assert_eq!(
        client.event().await,
        json!(["subscription_error", "private-chat", 422])
    );

    let closed = spawn(Config::default()).await.unwrap();
    let mut client = Subscriber::open(&closed).await;
    client.subscribe("private-chat", "ann").await;
    assert_eq!(
        client.event().await,
        json!(["subscription_error", "private-chat", 0])
    );
}

#[tokio::test]
async fn members_of_presence_channels_know_each_other() {
    let testbed = testbed().await;
    let mut ann = Subscriber::open(&testbed).await;
    let member = |user: &str, id: &str| json!({ "user_id": user, "user_info": { "name": user }, "socketId": id });
    let ann_member = member("ann", ann.id());
    ann.subscribe("presence-x", "ann").await;
    assert_eq!(
        ann.event().await,
        json!(["presence:subscribed", "presence-x", [ann_member]])
    );

    let mut bob = Subscriber::open(&testbed).await;
    let bob_member = member("bob", bob.id());
    bob.subscribe("presence-x", "bob").await;
    let subscribed = bob.event().await;
    assert_eq!(subscribed[0], "presence:subscribed");
    assert_eq!(subscribed[2].as_array().unwrap().len(), 2);
    assert_eq!(
        ann.event().await,
        json!(["presence:joining", "presence-x", bob_member])
    );

    // A second socket of a user neither joins nor leaves.
    let mut second = Subscriber::open(&testbed).await;
    second.subscribe("presence-x", "bob").await;
    assert_eq!(second.event().await[2].as_array().unwrap().len(), 2);
    second
        .emit(&json!(["unsubscribe", { "channel": "presence-x" }]))
        .await;
    second.nothing_came().await;
    ann.nothing_came().await;

    let path = "/apps/shop/channels/presence-x/users";
    let users = http::get(&testbed, path, "Authorization: Bearer key\r\n")
        .await
        .json();
    assert_eq!(users["users"].as_array().unwrap().len(), 2);

    drop(bob);
    let left = json!({ "user_id": "bob", "user_info": { "name": "bob" } });
    assert_eq!(
        ann.event().await,
        json!(["presence:leaving", "presence-x", left])
    );
    ann.subscribe("presence-y", "text").await;
    assert_eq!(ann.event().await[2][0]["user_id"], 7);
}

#[tokio::test]
async fn whispers_reach_the_other_subscribers_only() {
    let testbed = testbed().await;
    let mut ann = Subscriber::open(&testbed).await;
    let mut bob = Subscriber::open(&testbed).await;
    let mut stranger = Subscriber::open(&testbed).await;
    for (client, user) in [(&mut ann, "ann"), (&mut bob, "bob")] {
        client.subscribe("private-x", user).await;
        client.subscribe("open", user).await;
        client.settle().await;
    }
    let whisper = |channel: &str, event: &str| json!(["client event", { "channel": channel, "event": event, "data": { "a": 1 } }]);
    ann.emit(&whisper("private-x", "client-typing")).await;
    assert_eq!(
        bob.event().await,
        json!(["client-typing", "private-x", { "a": 1 }])
    );
    let text = whisper("private-x", "client-typing")[1].to_string();
    ann.emit(&json!(["client event", text])).await;
    assert_eq!(bob.event().await[0], "client-typing");

    ann.emit(&whisper("private-x", "typing")).await;
    ann.emit(&whisper("open", "client-typing")).await;
    stranger.emit(&whisper("private-x", "client-typing")).await;
    for client in [&mut ann, &mut bob, &mut stranger] {
        client.nothing_came().await;
    }
}

#[tokio::test]
async fn bad_subscriptions_are_refused_to_their_sender_alone() {
    let testbed = testbed().await;
    let mut client = Subscriber::open(&testbed).await;
    for bad in [
        json!(null),
        json!(7),
        json!("x"),
        json!([]),
        json!({}),
        json!({ "channel": 7 }),
        json!({ "channel": "x", "auth": 7 }),
    ] {
        for event in ["subscribe", "unsubscribe"] {
            client.emit(&json!([event, bad])).await;
            let refused = client.event().await;
            assert_eq!(
                (&refused[0], &refused[1]),
                (&json!("refused"), &json!(event)),
                "{bad}"
            );
        }
    }
    for bad in [
        json!(7),
        json!("{"),
        json!({}),
        json!({ "channel": "x" }),
        json!({ "channel": [], "event": "client-x" }),
    ] {
        client.emit(&json!(["client event", bad])).await;
        assert_eq!(client.event().await[1], "client event", "{bad}");
    }
    client.subscribe("a\r\nb", "ann").await;
    assert_eq!(
        client.event().await,
        json!(["subscription_error", "a\r\nb", 422])
    );
    client.subscribe(&"x".repeat(100_000), "ann").await;
    assert_eq!(client.event().await[2], 422);
}

#[tokio::test]
async fn a_flood_of_channels_ends_at_the_limit() {
    let testbed = testbed().await;
    let mut client = Subscriber::open(&testbed).await;
    for number in 0..1_000 {
        client.subscribe(&format!("flood-{number}"), "").await;
    }
    for number in 5..1_000 {
        let error = json!(["subscription_error", format!("flood-{number}"), 422]);
        assert_eq!(client.event().await, error);
    }
    client.nothing_came().await;
    assert_eq!(http::metric(&testbed, "echo_subscriptions").await, 5);
    drop(client);
    http::wait_for_metric(&testbed, "echo_subscriptions", 0).await;
}

#[tokio::test]
async fn the_http_interface_needs_a_key_and_a_sound_body() {
    let testbed = testbed().await;
    for (path, headers) in [
        ("/apps/shop/status", ""),
        ("/apps/shop/status?auth_key=wrong", ""),
        ("/apps/other/status?auth_key=key", ""),
        ("/apps/shop/channels", "Authorization: Basic key\r\n"),
    ] {
        let answer = http::get(&testbed, path, headers).await;
        assert_eq!(
            (answer.status, answer.json()),
            (403, json!({ "error": "Unauthorized" })),
            "{path}"
        );
    }
    let events = "/apps/shop/events?auth_key=key";
    for body in [
        "",
        "[]",
        "{}",
        r#"{"name":"x"}"#,
        r#"{"name":7,"channel":"x"}"#,
        r#"{"name":"x","channel":"a\r\nb"}"#,
        r#"{"name":"x","channels":["a","a\r\nb"]}"#,
        r#"{"name":"a\r\nb","channel":"x"}"#,
        &format!(r#"{{"name":"{}","channel":"x"}}"#, "x".repeat(201)),
    ] {
        assert_eq!(
            http::post(&testbed, events, "", body).await.status,
            400,
            "{body}"
        );
    }
    let status = http::get(&testbed, "/apps/shop/status?auth_key=key", "").await;
    assert_eq!(status.json()["subscription_count"], 0);
    let path = "/apps/shop/channels/orders/users?auth_key=key";
    assert_eq!(http::get(&testbed, path, "").await.status, 400);
}
