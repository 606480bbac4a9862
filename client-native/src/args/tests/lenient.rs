//! Leniencies of JavaScript peers: numbers, surrogates, placeholders.

use std::collections::HashMap;

use bytes::Bytes;
use serde::de::DeserializeOwned;
use serde_bytes::ByteBuf;

use super::event;
use crate::args::{DecodeError, Value, decode_event, decode_value};

fn binary<T: DeserializeOwned>(json: &str) -> Result<T, DecodeError> {
    let attachments = [Bytes::from_static(b"zero"), Bytes::from_static(b"one")];
    decode_event(&json.replace("$0", ZERO).replace("$1", ONE), &attachments)
}

const ZERO: &str = r#"{"_placeholder":true,"num":0}"#;
const ONE: &str = r#"{"num":1, "_placeholder":true}"#;

#[test]
fn lenient_where_javascript_is() {
    assert_eq!(
        event(r#"["e",1.0,-2e2,1e19]"#),
        Ok((1u8, Some(-200i64), 10_000_000_000_000_000_000u64))
    );
    assert_eq!(
        binary(r#"["e",[1.0],$0]"#),
        Ok((vec![1u8], ByteBuf::from("zero")))
    );
    let value = decode_value(br#"[1.0,"\ud800"]"#);
    assert_eq!(value, Ok((1u8, "\u{fffd}".to_owned())));
    for wrong in [
        r#"["e",1.5]"#,
        r#"["e",256.0]"#,
        r#"["e",1e20]"#,
        r#"["e",-1e19]"#,
    ] {
        assert!(event::<u8>(wrong).is_err(), "{wrong}");
        assert!(
            event::<i64>(wrong).is_err() || wrong.contains("256"),
            "{wrong}"
        );
    }
    let text = event::<(String, u8)>(r#"["\ud800","a\udc00\ud83d\ude00",1.0]"#);
    assert_eq!(text, Ok(("a\u{fffd}😀".into(), 1)));
    assert_eq!(
        binary(r#"["e","\ud800",$1]"#),
        Ok(("\u{fffd}".to_owned(), ByteBuf::from("one")))
    );
}

#[test]
fn placeholders_are_recognised_in_any_order() {
    let (one, zero) = (ByteBuf::from("one"), Bytes::from("zero"));
    assert_eq!(
        binary(r#"["e",$1,$0,$1]"#),
        Ok((one.clone(), zero, Some(one)))
    );
    let extra = r#"["e",{"_placeholder":true,"x":[1],"num":1.0}]"#;
    assert_eq!(binary(extra), Ok(ByteBuf::from("one")));
    assert_eq!(binary(extra), Ok(Value::Binary("one".into())));
    let twice = r#"["e",{"_placeholder":true,"num":0,"num":1}]"#;
    assert_eq!(binary(twice), Ok(ByteBuf::from("one")));
    let illegal = Err(DecodeError::IllegalAttachments);
    let second = r#"["e",$0,{"_placeholder":true,"num":2}]"#;
    assert_eq!(
        binary::<(Value, serde_json::Value)>(second).map(drop),
        illegal
    );
    for num in [
        r#","num":2"#,
        r#","num":-1"#,
        r#","num":"0""#,
        r#","num":1e9"#,
        "",
    ] {
        let json = format!(r#"["e",{{"_placeholder":true{num}}}]"#);
        assert_eq!(binary::<ByteBuf>(&json).map(drop), illegal, "{json}");
        assert_eq!(binary::<Value>(&json).map(drop), illegal, "{json}");
        assert_eq!(
            binary::<serde_json::Value>(&json).map(drop),
            illegal,
            "{json}"
        );
    }
    assert_eq!(
        binary::<Value>(r#"["e",{"_placeholder":true,"num":0.5}]"#),
        Ok(Value::Null)
    );
}

#[test]
fn look_alikes_stay_objects() {
    for (json, same) in [
        (
            r#"["e",{"_placeholder":"true","num":0}]"#,
            r#"{"_placeholder":"true","num":0}"#,
        ),
        (
            r#"["e",{"num":7,"a":{"b":[1.5,null]}}]"#,
            r#"{"num":7,"a":{"b":[1.5,null]}}"#,
        ),
        (
            r#"["e",{"a":1,"_placeholder":true,"num":0}]"#,
            r#"{"a":1,"_placeholder":true,"num":0}"#,
        ),
        (r#"["e",{}]"#, "{}"),
    ] {
        let expected: serde_json::Value = serde_json::from_str(same).unwrap();
        assert_eq!(binary(json), Ok(Value::from(expected.clone())));
        assert_eq!(binary(json), Ok(expected));
        assert!(matches!(
            binary::<ByteBuf>(json),
            Err(DecodeError::Mismatch { .. })
        ));
    }
    // Binary inside of an object that begins like a placeholder, and another type in place of one.
    let inside = binary::<Value>(r#"["e",{"num":[$0]}]"#).unwrap();
    assert_eq!(
        inside.get("num").and_then(|list| list.at(0)),
        Some(&Value::Binary("zero".into()))
    );
    assert_eq!(
        binary::<HashMap<String, Value>>(r#"["e",$0]"#).map(|map| map.len()),
        Ok(2)
    );
    let deep = format!(r#"["e",{}1{}]"#, r#"{"num":"#.repeat(120), "}".repeat(120));
    assert_eq!(binary::<Value>(&deep), event(&deep));
    // Without attachments there is no placeholder.
    let text = event::<Value>(&format!(r#"["e",{ZERO}]"#)).unwrap();
    assert_eq!(text.get("num").and_then(Value::as_f64), Some(0.0));
    let text = format!(r#"["e",1.0,{ZERO}]"#);
    let (_, second) = event::<(u8, Value)>(&text).unwrap();
    assert_eq!(second.get("_placeholder"), Some(&Value::Bool(true)));
    let error = event::<(u8, ByteBuf)>(&text);
    assert!(matches!(
        error,
        Err(DecodeError::Mismatch {
            position: Some(2),
            ..
        })
    ));
}

#[test]
fn types_that_refuse_binary_keep_placeholders() {
    let placeholder = serde_json::json!({"_placeholder": true, "num": 0});
    assert_eq!(binary(r#"["e",$0]"#), Ok(placeholder.clone()));
    assert_eq!(
        binary(r#"["e",$0,$0]"#),
        Ok((placeholder, ByteBuf::from("zero")))
    );
    let (raw, bytes) =
        binary::<(Box<serde_json::value::RawValue>, Bytes)>(r#"["e",$0,$0]"#).unwrap();
    assert_eq!((raw.get(), &bytes[..]), (ZERO, &b"zero"[..]));
    let error = binary::<(serde_json::Value, u8)>(r#"["e",$0,"x"]"#);
    assert!(matches!(error, Err(DecodeError::Mismatch { .. })));
    assert_eq!(
        binary(r#"["e",$1,1]"#),
        Ok((Value::Binary("one".into()), 1u8))
    );
}
