//! Tests beyond the vectors: payloads of other types, and fields that a program adds itself.

use alloc::{boxed::Box, string::ToString as _};

use serde::Deserialize;
use serde_json::{Value, json, value::RawValue};

use super::{Envelope, Meta, Online};

#[test]
fn a_missing_payload_is_read_as_the_type_asked_for() {
    #[derive(Debug, PartialEq, Deserialize)]
    struct Options {
        #[serde(default)]
        loud: bool,
    }
    let text = r#"{"data":{"action":"x"}}"#;
    assert_eq!(
        read::<Envelope<Options>>(text).data.payload,
        Options { loud: false }
    );
    assert_eq!(
        read::<Envelope<Box<RawValue>>>(text).data.payload.get(),
        "{}"
    );
    assert!(read::<Envelope<Option<Value>>>(text).data.payload.is_some());
    let error = serde_json::from_str::<Envelope<u8>>(text)
        .unwrap_err()
        .to_string();
    assert!(
        error.starts_with("`payload` is missing, and the default `{}` does not fit: "),
        "{error}"
    );
}

#[test]
fn a_raw_payload_stays_as_it_was_written() {
    let text = r#"{"meta":{},"data":{"payload":{ "n": 1.0 },"action":"exchange"}}"#;
    let message: Envelope<&RawValue> = serde_json::from_str(text).unwrap();
    assert_eq!(message.data.payload.get(), r#"{ "n": 1.0 }"#);
    let want = r#"{"data":{"action":"exchange","payload":{ "n": 1.0 }},"meta":{}}"#;
    assert_eq!(serde_json::to_string(&message).unwrap(), want);
}

#[test]
fn unknown_fields_keep_their_order() {
    let meta: Meta = read(r#"{"z":1,"app":"a","y":2,"timestamp":3,"x":4,"target":"b","w":5}"#);
    assert!(meta.extra.keys().eq(["z", "y", "x", "w"]));
}

#[test]
fn no_field_is_written_twice() {
    let mut message = Envelope::new("x", 1, Meta::default(), 5);
    for extra in [
        &mut message.extra,
        &mut message.data.extra,
        &mut message.meta.extra,
    ] {
        for key in ["data", "meta", "action", "payload", "timestamp", "client"] {
            extra.insert(key.into(), "extra".into());
        }
    }
    let want = json!({
        "data": {"action": "x", "payload": 1,
            "data": "extra", "meta": "extra", "timestamp": "extra", "client": "extra"},
        "meta": {"timestamp": 5, "data": "extra", "meta": "extra",
            "action": "extra", "payload": "extra", "client": "extra"},
        "action": "extra", "payload": "extra", "timestamp": "extra", "client": "extra",
    });
    assert_eq!(serde_json::to_string(&message).unwrap(), want.to_string());
}

#[test]
fn no_field_of_a_presence_message_is_written_twice() {
    let mut online: Online = read(r#"{"action":"join","target":"participator"}"#);
    for key in ["clients", "action", "target", "message"] {
        online.extra.insert(key.into(), "extra".into());
    }
    let want =
        json!({"clients": [], "action": "join", "target": "participator", "message": "extra"});
    assert_eq!(serde_json::to_string(&online).unwrap(), want.to_string());
}

fn read<'de, T: Deserialize<'de>>(text: &'de str) -> T {
    serde_json::from_str(text).expect("the text has this shape")
}
