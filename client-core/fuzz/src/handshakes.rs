//! The session object of the open packet: the machine and serde_json agree on it.

use serde_json::{Map, Value};
use tidewire_core::HEAD_LIMIT;

use crate::host::Host;

pub(crate) fn run(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let opened = Host::open(&format!("0{text}"));
    // The machine sees only the first bytes of a longer text.
    if text.len() + 1 > HEAD_LIMIT {
        return;
    }
    let Ok(Value::Object(object)) = serde_json::from_str(&text) else {
        return;
    };
    // The machine takes the first value of a repeated name, serde_json the last.
    let ambiguous = ["sid", "pingInterval", "pingTimeout"]
        .iter()
        .any(|name| text.matches(name).count() > 1 || text.contains('\\'));
    if let (Some(fits), false) = (is_session(&object), ambiguous) {
        assert_eq!(opened, fits, "{text}");
    }
}

/// Returns whether it is a session object; `None` for numbers that are not valid durations.
fn is_session(object: &Map<String, Value>) -> Option<bool> {
    let sid = object.get("sid").and_then(Value::as_str);
    let has_sid = sid.is_some_and(|sid| !sid.is_empty());
    let interval = is_span(object.get("pingInterval"))?;
    let timeout = is_span(object.get("pingTimeout"))?;
    Some(has_sid && interval && timeout)
}

fn is_span(value: Option<&Value>) -> Option<bool> {
    match value {
        Some(Value::Number(number)) if number.is_u64() => Some(true),
        Some(Value::Number(_)) => None,
        _ => Some(false),
    }
}
