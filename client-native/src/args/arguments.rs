//! Decoding the array of arguments, as a type wants it: none, one, or one per element of a tuple.

use std::fmt;
use std::marker::PhantomData;

use serde::Deserializer;
use serde::de::{Deserialize, DeserializeSeed, Error, Expected, IgnoredAny, SeqAccess, Visitor};

use super::reading::Reading;
use super::reviver::Revive;
use super::shape::Shape;
use super::variadic::OPEN;

/// Visits the array.
pub(super) struct Arguments<'r, T> {
    reading: &'r Reading<'r>,
    named: bool,
    kind: PhantomData<T>,
}

impl<'r, T> Arguments<'r, T> {
    /// `named`: whether an event name comes first, which is skipped.
    pub(super) fn new(reading: &'r Reading<'r>, named: bool) -> Self {
        Arguments {
            reading,
            named,
            kind: PhantomData,
        }
    }
}

impl<'de, T: Deserialize<'de>> Visitor<'de> for Arguments<'_, T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.named {
            "an array that begins with a name"
        } else {
            "an array"
        })
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<T, A::Error> {
        if self.named && seq.next_element::<IgnoredAny>()?.is_none() {
            return Err(A::Error::invalid_length(0, &self));
        }
        let args = TupleArgs {
            seq: &mut seq,
            reading: self.reading,
        };
        let value = match Shape::of_type::<T>() {
            Shape::One => args.elements(1).one(PhantomData)?,
            Shape::Unit | Shape::Tuple => T::deserialize(args)?,
        };
        // Extra arguments are ignored, as in JavaScript.
        while seq.next_element::<IgnoredAny>()?.is_some() {}
        Ok(value)
    }
}

/// Decodes the arguments into a tuple or `()`.
struct TupleArgs<'a, 'r, A> {
    seq: &'a mut A,
    reading: &'r Reading<'r>,
}

impl<'a, 'r, A> TupleArgs<'a, 'r, A> {
    fn elements(self, left: usize) -> Elements<'a, 'r, A> {
        Elements {
            seq: self.seq,
            reading: self.reading,
            left,
        }
    }
}

impl<'de, A: SeqAccess<'de>> Deserializer<'de> for TupleArgs<'_, '_, A> {
    type Error = A::Error;

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, A::Error> {
        Err(A::Error::custom(
            "the type asks for a tuple at one time and not at another",
        ))
    }

    fn deserialize_unit<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, A::Error> {
        visitor.visit_unit()
    }

    fn deserialize_tuple<V>(self, len: usize, visitor: V) -> Result<V::Value, A::Error>
    where
        V: Visitor<'de>,
    {
        visitor.visit_seq(self.elements(len))
    }

    fn deserialize_tuple_struct<V>(
        self,
        _: &'static str,
        len: usize,
        visitor: V,
    ) -> Result<V::Value, A::Error>
    where
        V: Visitor<'de>,
    {
        visitor.visit_seq(self.elements(len))
    }

    fn deserialize_newtype_struct<V>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, A::Error>
    where
        V: Visitor<'de>,
    {
        visitor.visit_newtype_struct(self)
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option
        unit_struct seq map struct enum identifier ignored_any
    }
}

/// The arguments one by one. A missing argument still asks its seed, because an `Option` can do without.
struct Elements<'a, 'r, A> {
    seq: &'a mut A,
    reading: &'r Reading<'r>,
    left: usize,
}

impl<'de, A: SeqAccess<'de>> Elements<'_, '_, A> {
    #[inline]
    fn one<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, A::Error> {
        match self.come(seed)? {
            Ok(value) => Ok(value),
            Err(seed) => seed.deserialize(Missing {
                reading: self.reading,
                error: PhantomData,
            }),
        }
    }

    /// The next argument; returns the seed if there is none.
    #[inline]
    fn come<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Result<S::Value, S>, A::Error> {
        self.reading.position.update(|position| position + 1);
        let mut lent = Some(seed);
        let loan = Once(&mut lent);
        let came = if self.reading.revives {
            self.seq.next_element_seed(Revive {
                inner: loan,
                reading: self.reading,
            })?
        } else {
            self.seq.next_element_seed(loan)?
        };
        match (came, lent) {
            (Some(value), _) => Ok(Ok(value)),
            (None, Some(seed)) => Ok(Err(seed)),
            (None, None) => Err(A::Error::custom("the array ended twice")),
        }
    }
}

impl<'de, A: SeqAccess<'de>> SeqAccess<'de> for Elements<'_, '_, A> {
    type Error = A::Error;

    #[inline]
    fn next_element_seed<S>(&mut self, seed: S) -> Result<Option<S::Value>, A::Error>
    where
        S: DeserializeSeed<'de>,
    {
        match self.left {
            0 => Ok(None),
            OPEN => self.come(seed).map(Result::ok),
            _ => {
                self.left -= 1;
                self.one(seed).map(Some)
            }
        }
    }
}

/// A seed that is used only if there is an element.
struct Once<'a, S>(&'a mut Option<S>);

impl<'de, S: DeserializeSeed<'de>> DeserializeSeed<'de> for Once<'_, S> {
    type Value = S::Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<S::Value, D::Error> {
        match self.0.take() {
            Some(seed) => seed.deserialize(deserializer),
            None => Err(D::Error::custom("an element came twice")),
        }
    }
}

/// A missing argument: an `Option` becomes `None`, any other type fails with its expectation.
struct Missing<'r, E> {
    reading: &'r Reading<'r>,
    error: PhantomData<E>,
}

impl<'de, E: Error> Deserializer<'de> for Missing<'_, E> {
    type Error = E;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, E> {
        self.reading.missing.set(true);
        Err(E::custom(&visitor as &dyn Expected))
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, E> {
        visitor.visit_none()
    }

    fn deserialize_newtype_struct<V>(self, _: &'static str, visitor: V) -> Result<V::Value, E>
    where
        V: Visitor<'de>,
    {
        visitor.visit_newtype_struct(self)
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf
        unit unit_struct seq tuple tuple_struct map struct enum identifier ignored_any
    }
}
