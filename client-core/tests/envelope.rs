//! Compares the envelope with `vectors/envelope.json`.
//!
//! Each line is a case. `action`: a constant and its value. `build`: the JavaScript name of a helper, its arguments
//! (`{"$undefined":true}` for none), the clock, and the resulting message. `read`: a text, and its content or the bad field; `kept`
//! has the unknown fields beside `data` and beside `action`. `online`: the same for a presence message. `sign`: a signature.
//! Without the features `serde` and `sign` only the other cases run.

use serde_json::Value;
use tidewire_core::envelope::{self, Action};

#[test]
fn vectors() {
    let cases: Vec<Value> =
        serde_json::from_str(include_str!("vectors/envelope.json")).expect("vectors are JSON");
    let mut constants = 0;
    for case in &cases {
        let name = text(case, "name");
        match text(case, "op") {
            "action" => constants += usize::from(action(case, name)),
            #[cfg(feature = "serde")]
            "build" => messages::build(case, name),
            #[cfg(feature = "serde")]
            "read" => messages::read(case, name),
            #[cfg(feature = "serde")]
            "online" => messages::online(case, name),
            #[cfg(feature = "sign")]
            "sign" => sign(case, name),
            #[cfg(not(feature = "serde"))]
            "build" | "read" | "online" => {}
            #[cfg(not(feature = "sign"))]
            "sign" => {}
            other => unreachable!("{name}: unknown op {other:?}"),
        }
    }
    assert_eq!(constants, KNOWN.len(), "every known action has a case");
}

const KNOWN: [(&str, &str, Action); 10] = [
    ("SAVE_ID", envelope::SAVE_ID, Action::SaveId),
    ("REQUEST_ID", envelope::REQUEST_ID, Action::RequestId),
    (
        "SEND_TO_OTHERS",
        envelope::SEND_TO_OTHERS,
        Action::SendToOthers,
    ),
    (
        "RE_CONNECT_AND_UPDATES",
        envelope::RE_CONNECT_AND_UPDATES,
        Action::ReConnectAndUpdates,
    ),
    (
        "RE_CONNECT_UPDATED",
        envelope::RE_CONNECT_UPDATED,
        Action::ReConnectUpdated,
    ),
    ("DENY", envelope::DENY, Action::Deny),
    ("EXCHANGE", envelope::EXCHANGE, Action::Exchange),
    ("BROADCAST", envelope::BROADCAST, Action::Broadcast),
    ("CONNECT", envelope::CONNECT, Action::Connect),
    ("DISCONNECT", envelope::DISCONNECT, Action::Disconnect),
];

/// Checks an action and returns whether it is a known one.
fn action(case: &Value, name: &str) -> bool {
    let value = text(case, "value");
    let read = Action::from(value);
    assert_eq!(read, Action::from(value.to_owned()), "{name}");
    assert_eq!(read.as_str(), value, "{name}");
    assert_eq!(read.to_string(), value, "{name}");
    match case["constant"].as_str() {
        Some(constant) => {
            let row = KNOWN.iter().find(|row| row.0 == constant);
            assert_eq!(row, Some(&(constant, value, read)), "{name}");
            true
        }
        None => {
            assert_eq!(read, Action::Other(value.to_owned()), "{name}");
            false
        }
    }
}

#[cfg(feature = "sign")]
fn sign(case: &Value, name: &str) {
    let timestamp = case["timestamp"].as_u64().expect("a timestamp is a number");
    let signed = envelope::sign(text(case, "app"), text(case, "key"), timestamp);
    assert_eq!(signed, text(case, "sign"), "{name}");
}

fn text<'a>(case: &'a Value, key: &str) -> &'a str {
    case[key]
        .as_str()
        .unwrap_or_else(|| unreachable!("{key} is not text in {case}"))
}

#[cfg(feature = "serde")]
mod messages {
    use serde::{Serialize, de::DeserializeOwned};
    use serde_json::{Value, json};
    use tidewire_core::envelope::{Action, EMPTY_PAYLOAD, Envelope, Extra, Meta, Online};

    use super::text;

    pub(super) fn build(case: &Value, name: &str) {
        let args = case["args"].as_array().expect("arguments are a list");
        let now = case["now"].as_u64().expect("now is a number");
        let function = text(case, "fn");
        let given = usize::from(function == "parseMsg");
        let payload = argument(args, given).unwrap_or_else(|| parse(EMPTY_PAYLOAD));
        let meta = argument(args, given + 1).unwrap_or_default();
        let meta: Meta = serde_json::from_value(meta).expect("metadata has this shape");
        let built = match function {
            "parseMsg" => {
                let action = args[0].as_str().expect("an action is text");
                Envelope::new(action, payload, meta, now)
            }
            "parseExchangeMsg" => Envelope::exchange(payload, meta, now),
            "parseDenyMsg" => Envelope::deny(payload, meta, now),
            "parseBroadcastMsg" => Envelope::broadcast(payload, meta, now),
            other => unreachable!("{name}: unknown function {other:?}"),
        };
        assert_same(&parse(&write(&built)), &case["want"], name);
    }

    pub(super) fn read(case: &Value, name: &str) {
        let Some(message) = read_or_error::<Envelope>(case, name) else {
            return;
        };
        let action = Action::from(text(case, "action"));
        assert_eq!(message.data.action, action, "{name}");
        assert_same(&message.data.payload, &case["payload"], name);
        assert_same(&parse(&write(&message.meta)), &case["meta"], name);
        assert_places(&message.meta, &case["meta"], name);
        assert_kept(&message.data.extra, &case["kept"]["data"], name);
        assert_kept(&message.extra, &case["kept"]["message"], name);
        let again: Envelope = parse(&write(&message));
        assert_eq!(again, message, "{name}: written and read");
    }

    pub(super) fn online(case: &Value, name: &str) {
        let Some(online) = read_or_error::<Online>(case, name) else {
            return;
        };
        let ids: Vec<_> = online.clients.ids().collect();
        assert_eq!(json!(ids), case["ids"], "{name}");
        assert_eq!(online.clients.len(), ids.len(), "{name}");
        assert_eq!(online.clients.is_empty(), ids.is_empty(), "{name}");
        for id in ids {
            assert!(online.clients.contains(id), "{name}");
            assert_eq!(
                online.clients.detail(id),
                case["details"].get(id),
                "{name}: {id}"
            );
        }
        assert_eq!(online.action.as_str(), text(case, "action"), "{name}");
        assert_eq!(online.target.as_deref(), case["target"].as_str(), "{name}");
        assert_eq!(
            online.message.as_deref(),
            case["message"].as_str(),
            "{name}"
        );
        assert_kept(&online.extra, &case["kept"], name);
        let again: Online = parse(&write(&online));
        assert_eq!(again, online, "{name}: written and read");
    }

    /// Reads the text of a case, or checks that the error names the bad field.
    fn read_or_error<T: DeserializeOwned>(case: &Value, name: &str) -> Option<T> {
        let read = serde_json::from_str(text(case, "text"));
        let Some(fault) = case["error"].as_str() else {
            return Some(read.unwrap_or_else(|error| unreachable!("{name}: {error}")));
        };
        let error = read.err().map(|error| error.to_string()).expect(name);
        let at_fault = match fault {
            "envelope" => "expected a message envelope, an object".to_owned(),
            "online" => "expected an `online` message, an object".to_owned(),
            field => format!("`{field}`"),
        };
        assert!(error.contains(&at_fault), "{name}: {error}");
        None
    }

    /// Checks that fields of the right type are in their places, and all others in `extra`.
    fn assert_places(meta: &Meta, want: &Value, name: &str) {
        let texts = [
            ("app", &meta.app),
            ("sign", &meta.sign),
            ("client", &meta.client),
            ("target", &meta.target),
            ("userId", &meta.user_id),
        ];
        for (key, text) in texts {
            assert_eq!(text.as_deref(), want[key].as_str(), "{name}: {key}");
        }
        let whole = |ms: &f64| (0.0..9e15).contains(ms) && ms.trunc() == *ms;
        let timestamp = want["timestamp"].as_f64().filter(whole);
        assert_eq!(meta.timestamp.map(|ms| ms as f64), timestamp, "{name}");
    }

    fn assert_kept(extra: &Extra, want: &Value, name: &str) {
        let want = want.as_object().cloned().unwrap_or_default();
        assert_same(&json!(extra), &json!(want), name);
    }

    /// Checks that two values are equal as JSON; in JavaScript `1.0` equals `1`.
    fn assert_same(left: &Value, right: &Value, name: &str) {
        assert_eq!(normal(left), normal(right), "{name}");
    }

    fn normal(value: &Value) -> Value {
        match value {
            Value::Number(number) => json!(number.as_f64()),
            Value::Array(list) => list.iter().map(normal).collect(),
            Value::Object(map) => map
                .iter()
                .map(|(key, value)| (key.clone(), normal(value)))
                .collect(),
            other => other.clone(),
        }
    }

    fn argument(args: &[Value], index: usize) -> Option<Value> {
        args.get(index)
            .filter(|value| value.get("$undefined").is_none())
            .cloned()
    }

    fn parse<T: DeserializeOwned>(text: &str) -> T {
        serde_json::from_str(text).unwrap_or_else(|error| unreachable!("{error} in {text}"))
    }

    fn write<T: Serialize>(value: &T) -> String {
        serde_json::to_string(value).expect("the value can be written")
    }
}
