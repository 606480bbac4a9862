//! Comparison of received values with expected ones.

use serde_json::Value;

/// Returns whether a value is the expected one. Objects may have more members, and numbers may be written differently.
pub(crate) fn includes(found: &Value, expected: &Value) -> bool {
    match (found, expected) {
        (Value::Object(found), Value::Object(expected)) => expected
            .iter()
            .all(|(key, value)| found.get(key).is_some_and(|it| includes(it, value))),
        (Value::Array(found), Value::Array(expected)) => {
            found.len() == expected.len() && found.iter().zip(expected).all(|(a, b)| includes(a, b))
        }
        _ => equals(found, expected),
    }
}

/// Returns whether two values are equal. Numbers may be written differently: 1 and 1.0.
pub(crate) fn equals(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Number(a), Value::Number(b)) => a == b || a.as_f64() == b.as_f64(),
        (Value::Array(a), Value::Array(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| equals(a, b))
        }
        (Value::Object(a), Value::Object(b)) => {
            a.len() == b.len()
                && a.iter()
                    .all(|(key, value)| b.get(key).is_some_and(|it| equals(value, it)))
        }
        _ => a == b,
    }
}

/// A value for an error text: at most 120 characters.
pub(crate) fn short(value: &Value) -> String {
    let text = value.to_string();
    match text.char_indices().nth(120) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_object_may_have_more_members_where_that_is_allowed() {
        let found = json!({"a": 1, "b": [{"c": 2.0, "d": 3}]});
        assert!(includes(&found, &json!({"b": [{"c": 2}]})));
        assert!(!includes(&found, &json!({"b": []})));
        assert!(!equals(&found, &json!({"a": 1})));
        assert!(equals(&json!([1, {"x": 1.0}]), &json!([1.0, {"x": 1}])));
    }
}
