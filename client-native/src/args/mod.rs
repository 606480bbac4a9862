//! The arguments of events and acks: any serde type to JSON and attachments, and back.
//!
//! Rust values and arguments, in both directions:
//!
//! | Rust | arguments |
//! |---|---|
//! | `()` | none; on reading, whatever came is ignored |
//! | a tuple, a tuple struct, `[T; N]` (a tuple to serde), [`Variadic`] | one per element |
//! | a newtype struct | as what is inside |
//! | anything else: a struct, a map, `Vec`, `Option`, a number, ... | one |
//!
//! So a tuple as *one* argument is `((1, 2),)`, and any number of arguments of one type are a [`Variadic`].
//!
//! Binary is what serde calls bytes: `bytes::Bytes`, the types of `serde_bytes`, [`Value::Binary`]. It travels as an
//! attachment from wherever it stands inside the arguments. A `Vec<u8>` is a list of numbers to serde, and to the peer.
//!
//! Layers, bottom up: surrogates, error, shape, value, reading, placeholder -> variadic, name, encode, reviver ->
//! arguments -> quick -> decode. Nothing here does I/O.

mod arguments;
mod decode;
mod encode;
mod error;
mod name;
mod placeholder;
mod quick;
mod reading;
mod reviver;
mod shape;
mod surrogates;
mod value;
mod variadic;

#[cfg(test)]
mod tests;

pub(crate) use decode::{decode_args, decode_event, decode_value};
pub(crate) use encode::{Encoded, Written, encode_args, encode_event, encode_value, write_event};
pub use error::{DecodeError, EncodeError};
pub(crate) use name::{event_name, event_name_or_empty, is_event_name, plain_name};
pub use value::Value;
pub use variadic::Variadic;
