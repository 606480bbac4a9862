//! Placeholders: `{"_placeholder":true,"num":0}` stands for the first attachment.

use std::fmt;

use bytes::Bytes;
use serde::de::{self, Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::Value;

/// The meaning of an object.
pub(super) enum ObjectKind<'a> {
    /// Not a placeholder, as the first key shows. That key is taken from the map; `None` if the object is empty.
    Object(Option<String>),
    /// Not a placeholder, as the whole object shows. The map is empty.
    LookAlike(Vec<(Key, Value)>),
    /// A placeholder.
    Attachment(&'a Bytes),
    /// A placeholder with an invalid number, such as 0.5: JavaScript finds `undefined`.
    Undefined,
    /// A placeholder without an attachment.
    Illegal,
}

/// Reads as much of a map as shows whether it is a placeholder.
///
/// Members may have any order, and further members are ignored, as in JavaScript. But a placeholder must begin with one of its two
/// keys, so that other objects are not buffered.
pub(super) fn meet<'de, 'a, A>(
    map: &mut A,
    attachments: &'a [Bytes],
) -> Result<ObjectKind<'a>, A::Error>
where
    A: MapAccess<'de>,
{
    let first = match map.next_key()? {
        None => return Ok(ObjectKind::Object(None)),
        Some(Key::Other(name)) => return Ok(ObjectKind::Object(Some(name))),
        Some(key) => key,
    };
    let mut members = vec![(first, map.next_value()?)];
    while let Some(member) = map.next_entry()? {
        members.push(member);
    }
    let last = |wanted| {
        members
            .iter()
            .rev()
            .find(|(key, _)| *key == wanted)
            .map(|(_, value)| value)
    };
    if last(Key::Placeholder) != Some(&Value::Bool(true)) {
        return Ok(ObjectKind::LookAlike(members));
    }
    Ok(pointed_at(
        last(Key::Num).and_then(Value::as_f64),
        attachments,
    ))
}

fn pointed_at(num: Option<f64>, attachments: &[Bytes]) -> ObjectKind<'_> {
    match num {
        Some(num) if num >= 0.0 && num < attachments.len() as f64 => {
            let whole = attachments.get(num as usize).filter(|_| num.fract() == 0.0);
            whole.map_or(ObjectKind::Undefined, ObjectKind::Attachment)
        }
        _ => ObjectKind::Illegal,
    }
}

/// A key of an object that may be a placeholder.
#[derive(PartialEq)]
pub(super) enum Key {
    Placeholder,
    Num,
    Other(String),
}

impl From<Key> for String {
    fn from(key: Key) -> String {
        match key {
            Key::Placeholder => "_placeholder".into(),
            Key::Num => "num".into(),
            Key::Other(name) => name,
        }
    }
}

impl<'de> Deserialize<'de> for Key {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Key, D::Error> {
        deserializer.deserialize_str(KeyVisitor)
    }
}

struct KeyVisitor;

impl Visitor<'_> for KeyVisitor {
    type Value = Key;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Key, E> {
        Ok(match text {
            "_placeholder" => Key::Placeholder,
            "num" => Key::Num,
            other => Key::Other(other.to_owned()),
        })
    }
}
