//! Decoding JSON and attachments: by serde_json alone if that works, then by more lenient attempts.

use std::marker::PhantomData;

use bytes::Bytes;
use serde::Deserializer;
use serde::de::{Deserialize, DeserializeOwned, DeserializeSeed};
use serde_json::error::Category;

use super::DecodeError;
use super::arguments::Arguments;
use super::error::{excerpt, reason};
use super::quick::decode_quickly;
use super::reading::Reading;
use super::reviver::Revive;
use super::surrogates;

/// Decodes the arguments of an event. Skips its name.
///
/// If the type wants bytes, a placeholder becomes its attachment. If the type takes any value ([`Value`](super::Value), an untagged or
/// internally tagged enum, a flattened struct), it does so too, unless the type then rejects binary, as `serde_json::Value`
/// does: such a type gets the placeholder objects.
pub(crate) fn decode_event<T>(payload: &str, attachments: &[Bytes]) -> Result<T, DecodeError>
where
    T: DeserializeOwned,
{
    if attachments.is_empty()
        && let Some(args) = decode_quickly(payload)
    {
        return Ok(args);
    }
    decode_whole(payload, attachments)
}

/// [`decode_event`] for every payload.
pub(super) fn decode_whole<T>(payload: &str, attachments: &[Bytes]) -> Result<T, DecodeError>
where
    T: DeserializeOwned,
{
    decode(payload, attachments, BodyFormat::Event)
}

/// Decodes the arguments of an ack, as [`decode_event`] does. Without a payload there are no arguments. Bytes that are not UTF-8
/// become U+FFFD, as in a browser.
pub(crate) fn decode_args<T>(
    payload: Option<&[u8]>,
    attachments: &[Bytes],
) -> Result<T, DecodeError>
where
    T: DeserializeOwned,
{
    let json = String::from_utf8_lossy(payload.unwrap_or(b"[]"));
    decode(&json, attachments, BodyFormat::Args)
}

/// Decodes a value that is JSON only, such as the data of a refusal.
pub(crate) fn decode_value<T: DeserializeOwned>(json: &[u8]) -> Result<T, DecodeError> {
    decode(&String::from_utf8_lossy(json), &[], BodyFormat::Value)
}

/// The kind of JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum BodyFormat {
    /// An array that begins with a name.
    Event,
    /// An array of arguments.
    Args,
    /// One value.
    Value,
}

fn decode<T>(json: &str, attachments: &[Bytes], form: BodyFormat) -> Result<T, DecodeError>
where
    T: DeserializeOwned,
{
    read(json, attachments, form).or_else(|error| match surrogates::replaced(json) {
        Some(copy) => read(&copy, attachments, form),
        None => Err(error),
    })
}

fn read<T>(json: &str, attachments: &[Bytes], form: BodyFormat) -> Result<T, DecodeError>
where
    T: DeserializeOwned,
{
    if attachments.is_empty() {
        return match attempt(json, &Reading::plain(), form) {
            Err(DecodeError::Mismatch { .. }) => attempt(json, &Reading::reviving(&[]), form),
            other => other,
        };
    }
    let first = Reading::reviving(attachments);
    match attempt(json, &first, form) {
        // The type may have rejected the binary.
        Err(error) if first.gave_binary.get() && !first.illegal.get() => {
            let second = Reading {
                binary_as_any: false,
                ..Reading::reviving(attachments)
            };
            attempt(json, &second, form).map_err(|_| error)
        }
        other => other,
    }
}

fn attempt<'de, T>(
    json: &'de str,
    reading: &Reading<'_>,
    form: BodyFormat,
) -> Result<T, DecodeError>
where
    T: Deserialize<'de>,
{
    let mut source = serde_json::Deserializer::from_str(json);
    let value = match form {
        BodyFormat::Value if reading.revives => Revive {
            inner: PhantomData,
            reading,
        }
        .deserialize(&mut source),
        BodyFormat::Value => T::deserialize(&mut source),
        BodyFormat::Event | BodyFormat::Args => {
            source.deserialize_seq(Arguments::new(reading, form == BodyFormat::Event))
        }
    };
    let value = value.and_then(|value| source.end().map(|()| value));
    value.map_err(|error| fault(&error, json, reading, form))
}

#[cold]
fn fault(
    error: &serde_json::Error,
    json: &str,
    reading: &Reading<'_>,
    form: BodyFormat,
) -> DecodeError {
    let position = reading.position.get();
    let (reason, excerpt) = (reason(error), excerpt(json, error));
    if reading.illegal.get() {
        DecodeError::IllegalAttachments
    } else if reading.missing.get() {
        DecodeError::Missing {
            position,
            expected: reason,
        }
    } else if error.classify() != Category::Data || (position == 0 && form != BodyFormat::Value) {
        DecodeError::Malformed { reason, excerpt }
    } else {
        let position = (position > 0).then_some(position);
        DecodeError::Mismatch {
            position,
            reason,
            excerpt,
        }
    }
}
