//! Finds out whether a value is a tuple, `()`, or another type. It asks serde and never serializes the content.

use std::cell::Cell;
use std::fmt;

use serde::de::{self, Deserialize, Deserializer, Visitor};
use serde::ser::{self, Impossible, Serialize, Serializer};

/// The number of arguments that a value stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    /// `()`: none.
    Unit,
    /// A tuple: one per element.
    Tuple,
    /// Any other type: one.
    One,
}

impl Shape {
    pub(super) fn of_value<T: Serialize + ?Sized>(value: &T) -> Shape {
        let shape = Cell::new(Shape::One);
        // The result is in the cell, even if the type's `serialize` hides the error.
        let _ = value.serialize(Probe(&shape));
        shape.get()
    }

    pub(super) fn of_type<'de, T: Deserialize<'de>>() -> Shape {
        let shape = Cell::new(Shape::One);
        let _ = T::deserialize(Probe(&shape));
        shape.get()
    }
}

/// Records the first call of serde, and stops.
struct Probe<'c>(&'c Cell<Shape>);

impl Probe<'_> {
    fn stop<T>(self, shape: Shape) -> Result<T, Stop> {
        self.0.set(shape);
        Err(Stop)
    }
}

/// Stops the serialization.
#[derive(Debug)]
struct Stop;

impl fmt::Display for Stop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the shape is known")
    }
}

impl std::error::Error for Stop {}

impl ser::Error for Stop {
    fn custom<T: fmt::Display>(_: T) -> Self {
        Stop
    }
}

impl de::Error for Stop {
    fn custom<T: fmt::Display>(_: T) -> Self {
        Stop
    }
}

macro_rules! one {
    ($($method:ident($($argument:ty),*);)*) => {$(
        fn $method(self, $(_: $argument),*) -> Result<(), Stop> {
            self.stop(Shape::One)
        }
    )*};
}

type Never = Impossible<(), Stop>;
type Name = &'static str;

impl Serializer for Probe<'_> {
    type Ok = ();
    type Error = Stop;
    type SerializeSeq = Never;
    type SerializeTuple = Never;
    type SerializeTupleStruct = Never;
    type SerializeTupleVariant = Never;
    type SerializeMap = Never;
    type SerializeStruct = Never;
    type SerializeStructVariant = Never;

    one! {
        serialize_bool(bool);
        serialize_i8(i8);
        serialize_i16(i16);
        serialize_i32(i32);
        serialize_i64(i64);
        serialize_i128(i128);
        serialize_u8(u8);
        serialize_u16(u16);
        serialize_u32(u32);
        serialize_u64(u64);
        serialize_u128(u128);
        serialize_f32(f32);
        serialize_f64(f64);
        serialize_char(char);
        serialize_str(&str);
        serialize_bytes(&[u8]);
        serialize_none();
        serialize_unit_struct(Name);
        serialize_unit_variant(Name, u32, Name);
    }

    fn serialize_unit(self) -> Result<(), Stop> {
        self.stop(Shape::Unit)
    }

    fn serialize_tuple(self, _: usize) -> Result<Never, Stop> {
        self.stop(Shape::Tuple)
    }

    fn serialize_tuple_struct(self, _: Name, _: usize) -> Result<Never, Stop> {
        self.stop(Shape::Tuple)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(self, _: Name, v: &T) -> Result<(), Stop> {
        v.serialize(self)
    }

    fn serialize_some<T: Serialize + ?Sized>(self, _: &T) -> Result<(), Stop> {
        self.stop(Shape::One)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: Name,
        _: u32,
        _: Name,
        _: &T,
    ) -> Result<(), Stop> {
        self.stop(Shape::One)
    }

    fn serialize_seq(self, _: Option<usize>) -> Result<Never, Stop> {
        self.stop(Shape::One)
    }

    fn serialize_map(self, _: Option<usize>) -> Result<Never, Stop> {
        self.stop(Shape::One)
    }

    fn serialize_struct(self, _: Name, _: usize) -> Result<Never, Stop> {
        self.stop(Shape::One)
    }

    fn serialize_tuple_variant(self, _: Name, _: u32, _: Name, _: usize) -> Result<Never, Stop> {
        self.stop(Shape::One)
    }

    fn serialize_struct_variant(self, _: Name, _: u32, _: Name, _: usize) -> Result<Never, Stop> {
        self.stop(Shape::One)
    }

    // The default would format the value.
    fn collect_str<T: fmt::Display + ?Sized>(self, _: &T) -> Result<(), Stop> {
        self.stop(Shape::One)
    }
}

impl<'de> Deserializer<'de> for Probe<'_> {
    type Error = Stop;

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Stop> {
        self.stop(Shape::One)
    }

    fn deserialize_unit<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Stop> {
        self.stop(Shape::Unit)
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, _: usize, _: V) -> Result<V::Value, Stop> {
        self.stop(Shape::Tuple)
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _: Name,
        _: usize,
        _: V,
    ) -> Result<V::Value, Stop> {
        self.stop(Shape::Tuple)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: Name,
        visitor: V,
    ) -> Result<V::Value, Stop> {
        visitor.visit_newtype_struct(self)
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option
        unit_struct seq map struct enum identifier ignored_any
    }
}

#[cfg(test)]
mod tests {
    use serde::{Deserialize, Serialize};

    use super::*;

    #[derive(Serialize, Deserialize)]
    struct Newtype<T>(T);
    #[derive(Serialize, Deserialize)]
    struct Pair(u8, u8);
    #[derive(Serialize, Deserialize)]
    struct Nothing;

    fn both<T: Serialize + for<'de> Deserialize<'de>>(value: &T) -> Shape {
        assert_eq!(Shape::of_value(value), Shape::of_type::<T>());
        Shape::of_value(value)
    }

    #[test]
    fn only_tuples_are_several() {
        assert_eq!(both(&()), Shape::Unit);
        assert_eq!(both(&Newtype(())), Shape::Unit);
        for shape in [
            both(&(1, 2)),
            both(&[1, 2]),
            both(&Pair(1, 2)),
            both(&Newtype((1, 2))),
        ] {
            assert_eq!(shape, Shape::Tuple);
        }
        assert_eq!(both(&Box::new((1, 2))), Shape::Tuple);
        for shape in [
            both(&vec![(1, 2)]),
            both(&Some((1, 2))),
            both(&Newtype(1)),
            both(&Nothing),
        ] {
            assert_eq!(shape, Shape::One);
        }
    }
}
