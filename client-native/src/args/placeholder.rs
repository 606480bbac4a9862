//! Placeholders: `{"_placeholder":true,"num":0}` stands for the first attachment.

use std::fmt;

use bytes::Bytes;
use serde::de::{self, Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::Value;

/// What an object turned out to be.
pub(super) enum Met<'a> {
    /// Not a placeholder, which the first key told. The key is taken from the map; `None` if the object is empty.
    Object(Option<String>),
    /// Not a placeholder, which only the whole of it told. Nothing is left in the map.
    LookAlike(Vec<(Key, Value)>),
    /// A placeholder.
    Attachment(&'a Bytes),
    /// A placeholder with a broken number, such as 0.5: JavaScript finds `undefined` there.
    Undefined,
    /// A placeholder that points at no attachment.
    Illegal,
}

/// Reads as much of a map as tells whether it is a placeholder.
///
/// Members may come in any order, and others among them change nothing, as in JavaScript; but to be taken for a
/// placeholder an object must begin with one of the two keys, so that other objects are not held up in memory.
pub(super) fn meet<'de, 'a, A>(map: &mut A, attachments: &'a [Bytes]) -> Result<Met<'a>, A::Error>
where
    A: MapAccess<'de>,
{
    let first = match map.next_key()? {
        None => return Ok(Met::Object(None)),
        Some(Key::Other(name)) => return Ok(Met::Object(Some(name))),
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
        return Ok(Met::LookAlike(members));
    }
    Ok(pointed_at(
        last(Key::Num).and_then(Value::as_f64),
        attachments,
    ))
}

fn pointed_at(num: Option<f64>, attachments: &[Bytes]) -> Met<'_> {
    match num {
        Some(num) if num >= 0.0 && num < attachments.len() as f64 => {
            let whole = attachments.get(num as usize).filter(|_| num.fract() == 0.0);
            whole.map_or(Met::Undefined, Met::Attachment)
        }
        _ => Met::Illegal,
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
