//! A wrapper around each part of a deserializer that turns placeholders into binary where serde wants bytes.
//!
//! `JSON.parse` of JavaScript calls this a reviver. It also accepts whole floats (`1.0`) as integers, because JavaScript has
//! one number type.

mod access;

use std::fmt;

use serde::Deserializer;
use serde::de::value::{MapDeserializer, StringDeserializer};
use serde::de::{
    DeserializeSeed, EnumAccess, Error, IntoDeserializer, MapAccess, SeqAccess, Visitor,
};

use super::placeholder::{ObjectKind, meet};
use super::reading::Reading;

/// A part of a deserializer (itself, a seed, an access). Everything it returns is wrapped, too.
pub(super) struct Revive<'r, X> {
    pub(super) inner: X,
    pub(super) reading: &'r Reading<'r>,
}

/// The type's request, as far as it matters here.
#[derive(Clone, Copy, PartialEq)]
enum Want {
    Integer,
    Bytes,
    Any,
    Other,
}

impl<'r, D> Revive<'r, D> {
    fn watch<V>(&self, visitor: V, want: Want) -> Watch<'r, V> {
        Watch {
            visitor,
            want,
            reading: self.reading,
        }
    }
}

macro_rules! forward {
    ($want:expr => $($method:ident($($name:ident: $type:ty),*);)*) => {$(
        fn $method<V>(self, $($name: $type,)* visitor: V) -> Result<V::Value, D::Error>
        where
            V: Visitor<'de>,
        {
            let watch = self.watch(visitor, $want);
            self.inner.$method($($name,)* watch)
        }
    )*};
}

impl<'de, D: Deserializer<'de>> Deserializer<'de> for Revive<'_, D> {
    type Error = D::Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, D::Error> {
        let want = if self.reading.binary_as_any {
            Want::Any
        } else {
            Want::Other
        };
        let watch = self.watch(visitor, want);
        self.inner.deserialize_any(watch)
    }

    fn deserialize_bytes<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, D::Error> {
        if self.reading.attachments.is_empty() {
            return self.inner.deserialize_bytes(visitor);
        }
        let watch = self.watch(visitor, Want::Bytes);
        self.inner.deserialize_any(watch)
    }

    fn deserialize_byte_buf<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, D::Error> {
        self.deserialize_bytes(visitor)
    }

    forward! { Want::Integer =>
        deserialize_i8();
        deserialize_i16();
        deserialize_i32();
        deserialize_i64();
        deserialize_u8();
        deserialize_u16();
        deserialize_u32();
        deserialize_u64();
    }

    forward! { Want::Other =>
        deserialize_bool();
        deserialize_i128();
        deserialize_u128();
        deserialize_f32();
        deserialize_f64();
        deserialize_char();
        deserialize_str();
        deserialize_string();
        deserialize_option();
        deserialize_unit();
        deserialize_unit_struct(name: &'static str);
        deserialize_newtype_struct(name: &'static str);
        deserialize_seq();
        deserialize_tuple(len: usize);
        deserialize_tuple_struct(name: &'static str, len: usize);
        deserialize_map();
        deserialize_struct(name: &'static str, fields: &'static [&'static str]);
        deserialize_enum(name: &'static str, variants: &'static [&'static str]);
        deserialize_identifier();
        deserialize_ignored_any();
    }

    fn is_human_readable(&self) -> bool {
        self.inner.is_human_readable()
    }
}

/// A visitor that gets revived values.
struct Watch<'r, V> {
    visitor: V,
    want: Want,
    reading: &'r Reading<'r>,
}

impl<'r, V> Watch<'r, V> {
    fn revive<X>(inner: X, reading: &'r Reading<'r>) -> Revive<'r, X> {
        Revive { inner, reading }
    }
}

macro_rules! pass {
    ($($method:ident($type:ty);)*) => {$(
        fn $method<E: Error>(self, value: $type) -> Result<V::Value, E> {
            self.visitor.$method(value)
        }
    )*};
}

impl<'de, V: Visitor<'de>> Visitor<'de> for Watch<'_, V> {
    type Value = V::Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.visitor.expecting(f)
    }

    pass! {
        visit_bool(bool);
        visit_i64(i64);
        visit_i128(i128);
        visit_u64(u64);
        visit_u128(u128);
        visit_char(char);
        visit_str(&str);
        visit_borrowed_str(&'de str);
        visit_string(String);
        visit_bytes(&[u8]);
        visit_borrowed_bytes(&'de [u8]);
        visit_byte_buf(Vec<u8>);
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<V::Value, E> {
        const UNSIGNED: std::ops::Range<f64> = 0.0..18_446_744_073_709_551_616.0;
        const NEGATIVE: std::ops::Range<f64> = -9_223_372_036_854_775_808.0..0.0;
        if self.want == Want::Integer && value.fract() == 0.0 {
            if UNSIGNED.contains(&value) {
                return self.visitor.visit_u64(value as u64);
            }
            if NEGATIVE.contains(&value) {
                return self.visitor.visit_i64(value as i64);
            }
        }
        self.visitor.visit_f64(value)
    }

    fn visit_none<E: Error>(self) -> Result<V::Value, E> {
        self.visitor.visit_none()
    }

    fn visit_unit<E: Error>(self) -> Result<V::Value, E> {
        self.visitor.visit_unit()
    }

    fn visit_some<D: Deserializer<'de>>(self, inner: D) -> Result<V::Value, D::Error> {
        self.visitor.visit_some(Self::revive(inner, self.reading))
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(self, inner: D) -> Result<V::Value, D::Error> {
        self.visitor
            .visit_newtype_struct(Self::revive(inner, self.reading))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, inner: A) -> Result<V::Value, A::Error> {
        self.visitor.visit_seq(Self::revive(inner, self.reading))
    }

    fn visit_enum<A: EnumAccess<'de>>(self, inner: A) -> Result<V::Value, A::Error> {
        self.visitor.visit_enum(Self::revive(inner, self.reading))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut inner: A) -> Result<V::Value, A::Error> {
        let Watch {
            visitor,
            want,
            reading,
        } = self;
        if !matches!(want, Want::Bytes | Want::Any) {
            return visitor.visit_map(Self::revive(inner, reading));
        }
        match meet(&mut inner, reading.attachments)? {
            ObjectKind::Object(first) => visitor.visit_map(Resumed {
                first,
                rest: Self::revive(inner, reading),
            }),
            ObjectKind::LookAlike(members) => {
                let members = members
                    .into_iter()
                    .map(|(key, value)| (String::from(key), value));
                let inner = MapDeserializer::<_, serde_json::Error>::new(members);
                visitor
                    .visit_map(Self::revive(inner, reading))
                    .map_err(A::Error::custom)
            }
            ObjectKind::Attachment(bytes) => {
                reading
                    .gave_binary
                    .set(reading.gave_binary.get() || want == Want::Any);
                visitor.visit_bytes(bytes)
            }
            ObjectKind::Undefined => visitor.visit_unit(),
            ObjectKind::Illegal => {
                reading.illegal.set(true);
                Err(A::Error::custom("illegal attachments"))
            }
        }
    }
}

/// A map whose first key was read already.
struct Resumed<A> {
    first: Option<String>,
    rest: A,
}

impl<'de, A: MapAccess<'de>> MapAccess<'de> for Resumed<A> {
    type Error = A::Error;

    fn next_key_seed<S>(&mut self, seed: S) -> Result<Option<S::Value>, A::Error>
    where
        S: DeserializeSeed<'de>,
    {
        match self.first.take() {
            Some(key) => {
                let key: StringDeserializer<A::Error> = key.into_deserializer();
                seed.deserialize(key).map(Some)
            }
            None => self.rest.next_key_seed(seed),
        }
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, A::Error> {
        self.rest.next_value_seed(seed)
    }
}
