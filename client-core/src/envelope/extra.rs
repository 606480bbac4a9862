//! The unknown fields of a message, which are kept.

use alloc::string::String;

use serde::Serializer;
use serde::ser::SerializeMap as _;
use serde_json::{Map, Value};

/// Unknown fields with their values, in the order they came.
pub type Extra = Map<String, Value>;

/// Writes the unknown fields, except those that the type itself writes (`taken`), so that no key is written twice.
pub(super) fn write_extra<S: Serializer>(
    map: &mut S::SerializeMap,
    extra: &Extra,
    taken: impl Fn(&str) -> bool,
) -> Result<(), S::Error> {
    extra
        .iter()
        .filter(|(key, _)| !taken(key))
        .try_for_each(|(key, value)| map.serialize_entry(key, value))
}

/// Takes a text out. A value of another type stays.
pub(super) fn take_text(extra: &mut Extra, key: &str) -> Option<String> {
    extra.get(key)?.as_str()?;
    match extra.shift_remove(key) {
        Some(Value::String(text)) => Some(text),
        _ => None,
    }
}
