//! The vectors of the official parser (protocol 5), in both directions.

use bytes::Bytes;
use serde_json::Value as Json;

use super::quick;
use crate::args::{DecodeError, Value, Variadic, decode_args, decode_event};
use crate::args::{encode_args, encode_event, event_name};

/// JavaScript values that Rust cannot hold. Their cases are not encoded.
const NOT_IN_RUST: &str = "$bigint $circular $function $map $set $toJSON $utf16";

/// Cases with another result, each with its reason. A stale entry fails.
const APART: [(&str, &str); 4] = [
    ("event ack id 1e21", "the machine's ids are integers"),
    ("event boxed primitives", "the vector shows empty boxes"),
    ("binary as the event name slot", "a name is text here"),
    ("huge number", "JavaScript reads Infinity"),
];

/// serde_json stops at 128 levels, and cannot read this case.
const TOO_DEEP: &str = "deep nesting 500";

/// Names that only the machine rejects.
const RESERVED: &str = "connect connect_error disconnect disconnecting newListener removeListener";

fn cases(op: &str) -> Vec<Json> {
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../client-core/tests/vectors/packets.json"
    );
    let text = std::fs::read_to_string(path).unwrap();
    let lines = text
        .lines()
        .map(|line| line.trim_end_matches(','))
        .filter(|line| line.len() > 1);
    let cases = lines.filter(|line| !line.contains(TOO_DEEP));
    let cases = cases.map(|line| serde_json::from_str::<Json>(line).unwrap());
    let ours = |case: &Json| case["layer"] == "sio" && case["protocol"] == 5 && case["op"] == op;
    cases.filter(ours).collect()
}

fn apart(case: &Json) -> bool {
    APART.iter().any(|(name, _)| case["name"] == *name)
}

/// A value of a vector, without its tags.
fn untag(json: &Json) -> Value {
    let Some((tag, inner)) = json.as_object().and_then(|members| members.iter().next()) else {
        return match json {
            Json::Array(elements) => Value::Array(elements.iter().map(untag).collect()),
            other => other.clone().into(),
        };
    };
    match tag.as_str() {
        "$bin" => Value::Binary(base64(inner.as_str().unwrap())),
        "$undefined" => Value::Null,
        "$number" if inner == "-0" => Json::from(-0.0).into(),
        "$number" => Value::Null,
        "$date" => inner.clone().into(),
        "$utf16" => {
            let units = inner
                .as_array()
                .unwrap()
                .iter()
                .map(|unit| unit.as_u64().unwrap() as u16);
            Value::String(String::from_utf16_lossy(&units.collect::<Vec<_>>()))
        }
        _ => {
            let members = json.as_object().unwrap().iter();
            Value::Object(
                members
                    .map(|(key, value)| (key.clone(), untag(value)))
                    .collect(),
            )
        }
    }
}

fn base64(text: &str) -> Bytes {
    const DIGITS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let (mut bytes, mut bits, mut held) = (Vec::new(), 0u32, 0);
    for byte in text.bytes().filter(|&b| b != b'=') {
        bits = bits << 6 | DIGITS.iter().position(|&digit| digit == byte).unwrap() as u32;
        held += 6;
        if held >= 8 {
            held -= 8;
            bytes.push((bits >> held) as u8);
        }
    }
    bytes.into()
}

/// Compares as JavaScript does: all numbers are f64, to the last bit; members have no order.
fn same(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Number(a), Value::Number(b)) => a.as_f64() == b.as_f64(),
        (Value::Array(a), Value::Array(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b))
        }
        (Value::Object(a), Value::Object(members)) => {
            a.len() == members.len()
                && a.iter()
                    .all(|(key, value)| b.get(key).is_some_and(|other| same(value, other)))
        }
        _ => a == b,
    }
}

/// A packet on the wire: its type, its payload, its attachments.
struct Packet {
    kind: u8,
    payload: String,
    attachments: Vec<Bytes>,
}

fn packets(frames: &Json) -> Vec<Packet> {
    let mut packets: Vec<Packet> = Vec::new();
    for frame in frames.as_array().unwrap() {
        if let Some(text) = frame["s"].as_str() {
            let payload = without_head(text).to_owned();
            packets.push(Packet {
                kind: text.as_bytes()[0],
                payload,
                attachments: Vec::new(),
            });
        } else if let Some(packet) = packets.last_mut() {
            packet
                .attachments
                .push(base64(frame["b"].as_str().unwrap()));
        }
    }
    packets
}

fn without_head(text: &str) -> &str {
    let (kind, mut rest) = text.split_at_checked(1).unwrap_or_default();
    if kind == "5" || kind == "6" {
        rest = rest.split_once('-').map_or("", |(_, rest)| rest);
    }
    if rest.starts_with('/') {
        rest = rest.split_once(',').map_or("", |(_, rest)| rest);
    }
    rest.trim_start_matches(|c: char| c.is_ascii_digit() || c == ' ' || c == '\n')
}

/// The decoded data of a packet, or the error; `None` if it is not an event.
fn read(packet: &Packet) -> Option<Result<Vec<Value>, DecodeError>> {
    if packet.kind == b'3' || packet.kind == b'6' {
        let payload = Some(packet.payload.as_bytes()).filter(|payload| !payload.is_empty());
        return Some(decode_args(payload, &packet.attachments).map(|Variadic(args)| args));
    }
    let name = event_name(&packet.payload)?.text.into_owned();
    let name = name
        .parse()
        .map_or(Value::String(name), |number: i64| Json::from(number).into());
    quick::agrees::<Variadic<Value>>(&packet.payload);
    let args = decode_event(&packet.payload, &packet.attachments);
    Some(args.map(|Variadic(args)| [vec![name], args].concat()))
}

/// Whether our result equals the official parser's. Counts the comparisons.
fn check(id: &str, frames: &Json, result: &Json, compared: &mut usize) {
    let packets = packets(frames);
    let is_ours = |packet: &&Packet| matches!(packet.kind, b'2' | b'3' | b'5' | b'6');
    if result["ok"] == false {
        let Some(last) = packets.iter().rfind(is_ours) else {
            return;
        };
        let read = read(last);
        match result["error"].as_str() {
            Some("illegal attachments") => {
                assert!(
                    matches!(read, Some(Err(DecodeError::IllegalAttachments))),
                    "{id}"
                );
            }
            Some("invalid payload") => {
                let name = event_name(&last.payload).map(|name| name.text.into_owned());
                let reserved = name.is_some_and(|name| RESERVED.split(' ').any(|r| r == name));
                assert!(reserved || !matches!(read, Some(Ok(_))), "{id}: {read:?}");
            }
            _ => return,
        }
        *compared += 1;
    }
    let results = result["packets"]
        .as_array()
        .filter(|_| result["ok"] == true);
    for (packet, expected) in packets.iter().zip(results.into_iter().flatten()) {
        if let Some(data) = expected.get("data").filter(|_| is_ours(&packet)) {
            let got = read(packet)
                .unwrap_or_else(|| panic!("{id}: no event"))
                .unwrap();
            let (got, expected) = (Value::Array(got), untag(data));
            assert!(same(&got, &expected), "{id}: {got:?} for {expected:?}");
            *compared += 1;
        }
    }
}

#[test]
fn reads_what_the_official_parser_reads() {
    let mut compared = 0;
    for case in cases("decode").iter().filter(|case| !apart(case)) {
        check(
            case["id"].as_str().unwrap(),
            &case["frames"],
            &case["result"],
            &mut compared,
        );
    }
    for case in cases("encode")
        .iter()
        .filter(|case| case.get("roundtrip").is_some())
    {
        let result = &case["roundtrip"]["result"];
        check(
            case["id"].as_str().unwrap(),
            &case["frames"],
            result,
            &mut compared,
        );
    }
    assert!(compared > 110, "{compared}");
}

#[test]
fn writes_what_the_official_parser_writes() {
    let mut compared = 0;
    for case in cases("encode").iter().filter(|case| !apart(case)) {
        let Some(data) = case["packet"]["data"].as_array() else {
            continue;
        };
        let text = case["packet"]["data"].to_string();
        if NOT_IN_RUST
            .split(' ')
            .any(|tag| text.contains(&format!("\"{tag}\"")))
        {
            continue;
        }
        let args: Vec<Value> = data.iter().map(untag).collect();
        let sent = match case["packet"]["type"].as_u64() {
            Some(2) => encode_event(data[0].as_str().unwrap(), &Variadic(args[1..].to_vec())),
            _ => encode_args(&Variadic(args)),
        };
        let (sent, expected) = (sent.unwrap(), &packets(&case["frames"])[0]);
        let ours: Value = serde_json::from_slice(&sent.json).unwrap();
        let theirs: Value = serde_json::from_str(&expected.payload).unwrap();
        assert!(
            same(&ours, &theirs),
            "{}: {ours:?} for {theirs:?}",
            case["id"]
        );
        assert_eq!(sent.attachments, expected.attachments, "{}", case["id"]);
        compared += 1;
    }
    assert!(compared > 35, "{compared}");
}

#[test]
fn the_cases_set_apart_still_go_another_way() {
    for (name, reason) in APART {
        let all = [cases("encode"), cases("decode")].concat();
        let case = all
            .iter()
            .find(|case| case["name"] == name)
            .expect("the case exists");
        let packet = &packets(&case["frames"])[0];
        let (ours, theirs) = match case["op"].as_str() {
            Some("decode") => {
                let ours = read(packet).and_then(Result::ok).map(Value::Array);
                (ours, untag(&case["result"]["packets"][0]["data"]))
            }
            _ => {
                let data = &case["packet"]["data"];
                let ours = data[0].is_string().then(|| untag(data));
                (
                    ours,
                    serde_json::from_str(&packet.payload).unwrap_or_default(),
                )
            }
        };
        let agrees = ours.is_some_and(|ours| same(&ours, &theirs));
        assert!(!agrees, "{name}: no longer apart ({reason})");
    }
}
