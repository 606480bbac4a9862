//! The arguments of one event or ack, of any number and type, binary included.

use std::fmt;

use rmpv::Value;
use serde::de::{Deserialize, Deserializer, SeqAccess, Visitor};
use serde::ser::{Serialize, SerializeTuple, Serializer};

use crate::Refusal;

/// All arguments after the event's name, in order.
///
/// socketioxide reads a tuple as all arguments and any other type as the first one, so this list
/// serializes as a tuple. Its values are of MessagePack, because JSON has no binary.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Args(pub(crate) Vec<Value>);

impl Args {
    /// Splits off the first argument if it is a text.
    pub(crate) fn split_text(mut self) -> Option<(String, Self)> {
        if !self.0.first()?.is_str() {
            return None;
        }
        let rest = self.0.split_off(1);
        let text = self.0.pop()?.as_str()?.to_owned();
        Some((text, Self(rest)))
    }
}

/// Refuses arguments that are not JSON for this server: half of a surrogate pair, say, or more than 127 levels.
pub(crate) fn unreadable(event: &str, error: &dyn fmt::Display) -> Refusal {
    Refusal::new(format!("{event}: the arguments cannot be read: {error}"))
}

impl Serialize for Args {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut tuple = serializer.serialize_tuple(self.0.len())?;
        for value in &self.0 {
            tuple.serialize_element(value)?;
        }
        tuple.end()
    }
}

impl<'de> Deserialize<'de> for Args {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // The parser ignores the length and reads the whole array.
        deserializer.deserialize_tuple(0, AllArguments)
    }
}

struct AllArguments;

impl<'de> Visitor<'de> for AllArguments {
    type Value = Args;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("the arguments of an event")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut arguments: A) -> Result<Args, A::Error> {
        let mut values = Vec::new();
        while let Some(value) = arguments.next_element()? {
            values.push(value);
        }
        Ok(Args(values))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_leading_text_is_split_off() {
        let args = Args(vec!["room".into(), 1.into(), Value::Binary(vec![0x1e])]);
        let rest = Args(vec![1.into(), Value::Binary(vec![0x1e])]);
        assert_eq!(args.split_text(), Some(("room".into(), rest)));
        assert_eq!(Args(vec![1.into()]).split_text(), None);
        assert_eq!(Args(Vec::new()).split_text(), None);
    }
}
