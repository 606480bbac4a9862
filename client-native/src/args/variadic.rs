//! Any number of arguments of one type.

use std::fmt;
use std::marker::PhantomData;

use serde::de::{Deserialize, Deserializer, SeqAccess, Visitor};
use serde::ser::{Serialize, SerializeTuple, Serializer};

use super::Value;

/// Any number of arguments of one type: JavaScript's `...args`.
///
/// serde sees a tuple whose length is known at run time. (A `Vec` is one argument.) `Variadic<Value>`, the default, takes
/// any arguments.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Variadic<T = Value>(pub Vec<T>);

/// The length of a tuple that takes all elements.
pub(super) const OPEN: usize = usize::MAX;

impl<T: Serialize> Serialize for Variadic<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut tuple = serializer.serialize_tuple(self.0.len())?;
        for element in &self.0 {
            tuple.serialize_element(element)?;
        }
        tuple.end()
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Variadic<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_tuple(OPEN, Elements(PhantomData))
    }
}

struct Elements<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for Elements<T> {
    type Value = Variadic<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any number of arguments")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Variadic<T>, A::Error> {
        let mut elements = Vec::new();
        while let Some(element) = seq.next_element()? {
            elements.push(element);
        }
        Ok(Variadic(elements))
    }
}
