//! Checks mobile-sdk's contract on `/`, and bad input in each field of its messages.

use serde_json::{Value, json};
use tidewire_testbed::{Config, Testbed, spawn};

use crate::http;
use crate::raw::{BOTH, EngineVersion, Raw, json};
use crate::redis::Redis;

const APP: &str = "signatureApp";
const KEY: &str = "0123456789abcdef0123456789abcdef";
/// The signature that the original makes with this time.
const TIME: u64 = 1_543_469_988_762;
const SIGN: &str = "63cfcdf8f45e3d139212f477a6c8efff";

async fn testbed(original: bool) -> Testbed {
    let config = Config {
        original,
        ..config()
    };
    spawn(config).await.expect("a free port")
}

fn config() -> Config {
    Config {
        apps: [(APP.to_owned(), KEY.to_owned())].into(),
        ..Config::default()
    }
}

struct Member {
    raw: Raw,
    socket: String,
    user: String,
}

impl Member {
    /// Connects and reads the identity.
    async fn connect(testbed: &Testbed, version: EngineVersion) -> Self {
        let mut raw = Raw::open(testbed, version, "").await;
        if version == EngineVersion::Eio4 {
            raw.send("40").await;
            assert!(raw.text().await.starts_with("40{"));
        }
        let mut member = Self {
            raw,
            socket: String::new(),
            user: String::new(),
        };
        let saved = member.response().await;
        assert_eq!(saved["data"]["action"], "saveId");
        let text = |name: &str| {
            saved["data"]["payload"][name]
                .as_str()
                .expect("a text")
                .to_owned()
        };
        (member.socket, member.user) = (text("socketId"), text("userId"));
        if version == EngineVersion::Eio3 {
            assert_eq!(member.socket, member.raw.sid);
        }
        member
    }

    async fn request(&mut self, message: &Value) {
        self.raw
            .send(&format!("42{}", json!(["requestMessage", message])))
            .await;
    }

    async fn event(&mut self) -> Value {
        json(self.raw.text().await.strip_prefix("42").expect("EVENT"))
    }

    async fn response(&mut self) -> Value {
        let mut event = self.event().await;
        assert_eq!(event[0], "responseMessage");
        event[1].take()
    }

    /// Checks that nothing came before the answer of this round trip.
    async fn nothing_came(&mut self) {
        self.raw.send(r#"42["echo","round trip"]"#).await;
        assert_eq!(self.event().await, json!(["echo", "round trip"]));
    }
}

fn message(action: &str, meta: &Value, payload: &Value) -> Value {
    let mut message = json!({
        "meta": { "timestamp": TIME, "app": APP, "sign": SIGN },
        "data": { "action": action, "payload": payload },
    });
    for (name, value) in meta.as_object().expect("an object") {
        message["meta"][name] = value.clone();
    }
    message
}

#[tokio::test]
async fn a_message_reaches_the_owner_of_an_id_and_names_its_sender() {
    let testbed = testbed(false).await;
    for version in BOTH {
        let mut sender = Member::connect(&testbed, version).await;
        let mut receiver = Member::connect(&testbed, EngineVersion::Eio3).await;
        let mut stranger = Member::connect(&testbed, EngineVersion::Eio4).await;
        let meta = json!({ "target": receiver.socket, "userId": receiver.user });
        let payload = json!({ "text": "你好", "list": [1, null, 2.5] });
        sender
            .request(&message("sendToOthers", &meta, &payload))
            .await;

        let received = receiver.response().await;
        assert_eq!(
            received["data"],
            json!({ "action": "exchange", "payload": payload })
        );
        assert_eq!(received["meta"]["client"], sender.socket);
        assert_eq!(received["meta"]["userId"], sender.user);
        assert_eq!(received["meta"]["target"], receiver.socket);
        assert!(received["meta"]["timestamp"].is_u64());
        stranger.nothing_came().await;
        sender.nothing_came().await;
    }
}

#[tokio::test]
async fn the_original_tells_no_sender() {
    let testbed = testbed(true).await;
    let mut sender = Member::connect(&testbed, EngineVersion::Eio3).await;
    let mut receiver = Member::connect(&testbed, EngineVersion::Eio3).await;
    let meta = json!({ "target": receiver.socket, "userId": receiver.user });
    sender
        .request(&message("sendToOthers", &meta, &json!(1)))
        .await;
    let received = receiver.response().await;
    let fields: Vec<_> = received["meta"].as_object().unwrap().keys().collect();
    assert_eq!(fields, ["timestamp"]);
}

#[tokio::test]
async fn a_message_with_the_wrong_user_or_target_reaches_no_client() {
    let testbed = testbed(false).await;
    let mut sender = Member::connect(&testbed, EngineVersion::Eio4).await;
    let mut receiver = Member::connect(&testbed, EngineVersion::Eio4).await;
    for meta in [
        json!({ "target": receiver.socket, "userId": sender.user }),
        json!({ "target": "absent", "userId": receiver.user }),
    ] {
        sender
            .request(&message("sendToOthers", &meta, &json!(1)))
            .await;
    }
    sender.nothing_came().await;
    receiver.nothing_came().await;
    assert_eq!(http::metric(&testbed, "messages_lost_total").await, 2);
}

#[tokio::test]
async fn a_client_that_comes_back_keeps_its_user() {
    let testbed = testbed(false).await;
    let mut sender = Member::connect(&testbed, EngineVersion::Eio3).await;
    let mut member = Member::connect(&testbed, EngineVersion::Eio3).await;
    let first = "first-user";
    member
        .request(&message(
            "reconnectAndUpdates",
            &json!({ "userId": first }),
            &json!(null),
        ))
        .await;
    let updated = member.response().await["data"].take();
    assert_eq!(
        updated,
        json!({ "action": "reconnectUpdated", "payload": "socket userid updated!" })
    );

    let meta = json!({ "target": member.socket, "userId": first });
    sender
        .request(&message("sendToOthers", &meta, &json!("hi")))
        .await;
    assert_eq!(member.response().await["data"]["payload"], "hi");
}

#[tokio::test]
async fn a_wrong_signature_disconnects() {
    let testbed = testbed(false).await;
    for version in BOTH {
        for wrong in [
            json!({ "sign": "0".repeat(32) }),
            json!({ "sign": null }),
            json!({ "app": "unknown" }),
            json!({ "app": null }),
            json!({ "timestamp": TIME + 1 }),
            json!({ "timestamp": null }),
        ] {
            let mut member = Member::connect(&testbed, version).await;
            member
                .request(&message("requestId", &wrong, &json!({})))
                .await;
            let refused = member.response().await;
            let text = format!("Illegal signature, disconnected client {}", member.socket);
            assert_eq!(
                refused["data"],
                json!({ "action": "exchange", "payload": text }),
                "{wrong}"
            );
            assert!(member.raw.text().await.starts_with("41"), "{wrong}");
        }
    }
}

#[tokio::test]
async fn bad_input_in_any_field_is_refused_to_its_sender_alone() {
    let testbed = testbed(false).await;
    let mut other = Member::connect(&testbed, EngineVersion::Eio4).await;
    let mut sender = Member::connect(&testbed, EngineVersion::Eio4).await;
    let long = "x".repeat(10_000);
    let bad = [
        json!(7),
        json!(true),
        json!([]),
        json!({ "a": 1 }),
        json!("a\r\nb"),
        json!(long),
    ];
    let fields = [
        "/meta/app",
        "/meta/target",
        "/meta/userId",
        "/data/action",
        "/meta",
        "/data",
    ];
    for field in fields {
        // An object without fields is a message without a signature.
        let signed = |value: &&Value| field != "/meta" || !value.is_object();
        for value in bad.iter().filter(signed) {
            let meta = json!({ "target": other.socket, "userId": other.user });
            let mut message = message("sendToOthers", &meta, &json!({}));
            *message.pointer_mut(field).unwrap() = value.clone();
            sender.request(&message).await;
            let refused = sender.event().await;
            assert_eq!(refused[0], "refused", "{field} {value}");
            assert_eq!(refused[1], "requestMessage", "{field} {value}");
            assert!(
                refused[2].as_str().is_some_and(|text| text.len() < 300),
                "{refused}"
            );
        }
    }
    for frame in [
        r#"42["requestMessage"]"#,
        r#"42["requestMessage",null]"#,
        r#"42["requestMessage",[]]"#,
    ] {
        sender.raw.send(frame).await;
        assert_eq!(sender.event().await[0], "refused", "{frame}");
    }
    sender.raw.send(r#"4210["requestMessage",5]"#).await;
    let ack = sender.raw.text().await;
    assert!(
        ack.starts_with(r#"4310[{"error":"requestMessage: argument 1"#),
        "{ack}"
    );
    sender.nothing_came().await;
    other.nothing_came().await;
}

fn transport(fields: &Value) -> Value {
    let mut body = json!({
        "timestamp": TIME, "app": APP, "sign": SIGN, "target": "x", "userId": "y", "message": { "a": [1] },
    });
    for (name, value) in fields.as_object().expect("an object") {
        body[name] = value.clone();
    }
    body
}

const ROUTE: &str = "/api/transportMessage";

#[tokio::test]
async fn a_program_reaches_a_client_by_the_rest_route() {
    for original in [false, true] {
        let testbed = testbed(original).await;
        let mut member = Member::connect(&testbed, EngineVersion::Eio3).await;
        let target = json!({ "target": member.socket, "userId": member.user });
        let answer = http::post(&testbed, ROUTE, "", &transport(&target).to_string()).await;
        assert_eq!(answer.status, 200);
        assert_eq!(
            answer.json(),
            json!({ "status": 200, "success": true, "message": "转发成功" })
        );
        let received = member.response().await["data"].take();
        assert_eq!(
            received,
            json!({ "action": "exchange", "payload": "{\"a\":[1]}" })
        );

        let absent = transport(&json!({ "target": "absent" })).to_string();
        let answer = http::post(&testbed, ROUTE, "", &absent).await;
        assert_eq!(answer.status, 500);
        assert_eq!(answer.json()["message"], "转发失败 ID: absent 不存在");

        let mut unsigned = transport(&target);
        unsigned["sign"] = json!("wrong");
        let answer = http::post(&testbed, ROUTE, "", &unsigned.to_string()).await;
        assert_eq!(answer.status, if original { 200 } else { 403 });
        if original {
            member.response().await;
        }
        member.nothing_came().await;
    }
}

#[tokio::test]
async fn the_rest_route_refuses_bad_bodies() {
    let testbed = testbed(false).await;
    for field in ["timestamp", "app", "sign", "target", "userId", "message"] {
        for value in [json!(null), json!([]), json!(true)] {
            let body = transport(&json!({ field: value })).to_string();
            let answer = http::post(&testbed, ROUTE, "", &body).await;
            assert_eq!(answer.status, 422, "{field} {value}");
            assert_eq!(answer.json()["code"], "invalid_param");
        }
    }
    for body in ["", "{", "[]", "\u{0}"] {
        assert_eq!(
            http::post(&testbed, ROUTE, "", body).await.status,
            422,
            "{body:?}"
        );
    }
    let large = format!("\"{}\"", "x".repeat(200_000));
    assert_eq!(http::post(&testbed, ROUTE, "", &large).await.status, 413);
}

/// Redis hangs, so that the identity is stored late: a lab event does not overtake a controller's event that waits for it.
#[tokio::test]
async fn events_keep_their_order_while_the_identity_is_stored() {
    let redis = Redis::start();
    let config = Config {
        redis: Some(redis.url()),
        ..config()
    };
    let testbed = spawn(config).await.expect("a free port");
    redis.signal("STOP");
    for version in BOTH {
        let mut raw = Member::connect(&testbed, version).await.raw;
        raw.send(r#"42["subscribe",{"channel":"private-x","auth":{}}]"#)
            .await;
        raw.send(r#"421["echo","later"]"#).await;
        let failed = r#"42["subscription_error","private-x",0]"#;
        assert_eq!(
            [&raw.text().await, &raw.text().await],
            [failed, r#"431["later"]"#]
        );
    }
}
