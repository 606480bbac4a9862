//! Compares the peers with `vectors/peers.json`.
//!
//! `members`: the own id, then messages or a disconnect, each with the changes (`+` joined, `-` left), the members after it, and
//! their details. `registration`: the application, then `saveId` messages with their effects, and metadata of messages.
//! `refusal`: whether a payload is the refusal of a signature.
#![cfg(feature = "serde")]

use serde_json::Value;
use tidewire_core::envelope::{Action, Online};
use tidewire_core::peers::{Change, Members, Registration, SaveId, Saved, is_signature_refusal};

#[test]
fn vectors() {
    let cases: Vec<Value> =
        serde_json::from_str(include_str!("vectors/peers.json")).expect("vectors are JSON");
    for case in &cases {
        let name = text(case, "name");
        match text(case, "op") {
            "members" => members(case, name),
            "registration" => registration(case, name),
            "refusal" => {
                let is_refusal = is_signature_refusal(text(case, "payload"));
                assert_eq!(Value::from(is_refusal), case["is"], "{name}");
            }
            other => unreachable!("{name}: unknown op {other:?}"),
        }
    }
}

fn members(case: &Value, name: &str) {
    let (own, mut members) = (text(case, "own"), Members::new());
    for (at, step) in steps(case) {
        let changes = match step.get("online") {
            Some(online) => members.apply(own, &read::<Online>(online)),
            None => {
                members.clear();
                Vec::new()
            }
        };
        let changes: Vec<String> = changes.into_iter().map(written).collect();
        assert_eq!(Value::from(changes), step["changes"], "{name}, step {at}");
        let ids: Vec<&str> = members.ids().collect();
        assert_eq!(Value::from(ids), step["ids"], "{name}, step {at}");
        for (id, detail) in step["details"].as_object().into_iter().flatten() {
            assert_eq!(members.detail(id), Some(detail), "{name}, step {at}");
        }
    }
}

fn registration(case: &Value, name: &str) {
    let mut registration = Registration::new(text(case, "app"));
    for (at, step) in steps(case) {
        if let Some(ids) = step.get("saveId") {
            let saved = match registration.save(read(ids)) {
                Saved::First => "first",
                Saved::Replaced => "replaced",
                Saved::Known => "known",
            };
            assert_eq!(saved, text(step, "saved"), "{name}, step {at}");
            continue;
        }
        let meta = &step["meta"];
        let target = meta.get("target").map(read::<SaveId>);
        let meta = registration.meta(&Action::from(text(meta, "action")), target.as_ref());
        let meta = serde_json::to_value(meta).expect("metadata is JSON");
        assert_eq!(meta, step["is"], "{name}, step {at}");
    }
}

#[test]
fn the_members_are_bounded() {
    let mut members = Members::new();
    for batch in 0..3 {
        let clients: Vec<String> = (0..50_000).map(|n| format!("{batch}-{n}")).collect();
        let online = serde_json::json!({"clients": clients, "action": "join"});
        members.apply("me", &read(&online));
    }
    assert_eq!(members.ids().count(), 100_000);
}

fn steps(case: &Value) -> impl Iterator<Item = (usize, &Value)> {
    case["steps"].as_array().expect("steps").iter().enumerate()
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value[key].as_str().expect("a text")
}

fn read<T: serde::de::DeserializeOwned>(value: &Value) -> T {
    serde_json::from_value(value.clone()).expect("it fits")
}

fn written(change: Change) -> String {
    match change {
        Change::Joined(id) => format!("+{id}"),
        Change::Left(id) => format!("-{id}"),
    }
}
