//! Compares the messages of programs without a socket with `vectors/bridge.json`.
//!
//! `message`, `publication`: values, and their JSON. `response`: a response, and the text of the refusal, `null` for a success.
//! `event`: a name.
#![cfg(feature = "serde")]

use serde::Deserialize;
use serde_json::Value;
use tidewire_core::bridge::{Publication, TransportMessage, bridged_event, read_response};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Fields {
    timestamp: u64,
    app: String,
    target: String,
    user_id: String,
    sign: String,
    message: Value,
}

#[test]
fn vectors() {
    let cases: Vec<Value> =
        serde_json::from_str(include_str!("vectors/bridge.json")).expect("vectors are JSON");
    for case in &cases {
        let text = |key: &str| case[key].as_str().expect("a text");
        let result = match text("op") {
            "message" => Value::from(message(&case["message"])),
            "response" => {
                let status = case["status"]
                    .as_u64()
                    .and_then(|status| u16::try_from(status).ok());
                let status = status.expect("a status");
                match read_response(status, text("body").as_bytes()) {
                    Ok(()) => Value::Null,
                    Err(refusal) => {
                        assert_eq!(refusal.status, status);
                        Value::from(refusal.message)
                    }
                }
            }
            "publication" => Value::from(publication(case)),
            "event" => Value::from(bridged_event(text("channel"), text("event"))),
            other => unreachable!("unknown op {other:?}"),
        };
        assert_eq!(result, case["is"], "{}", text("name"));
    }
}

fn message(value: &Value) -> String {
    let fields = Fields::deserialize(value).expect("the fields of a message");
    let message = TransportMessage {
        timestamp: fields.timestamp,
        app: fields.app,
        target: fields.target,
        user_id: fields.user_id,
        sign: fields.sign,
        message: fields.message,
    };
    serde_json::to_string(&message).expect("it is JSON")
}

fn publication(case: &Value) -> String {
    let publication = Publication::new(case["event"].as_str().expect("a name"), &case["data"]);
    let publication = match case["socket"].as_str() {
        Some(socket) => publication.except(socket),
        None => publication,
    };
    serde_json::to_string(&publication).expect("it is JSON")
}
