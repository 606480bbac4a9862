//! The metadata of a message: its time, sender, receiver and signature.

use alloc::string::String;
use core::fmt;

use serde::de::{MapAccess, Visitor};
use serde::ser::SerializeMap as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Number;

use super::extra::{Extra, take_text, write_extra};
use super::names;

/// The `meta` of an envelope. No field is required, and unknown fields are kept.
///
/// A known field with an unexpected type (a timestamp that is text, a `userId` of `null`) is not an
/// error: it is kept in [`extra`](Meta::extra), as it was written.
///
/// Source: egg-socket.io p2p example helper (`timestamp`, `client`, `target`) and mobile-sdk
/// (`app`, `sign`, `userId`).
///
/// ```
/// use tidewire_core::envelope::Meta;
///
/// let meta: Meta = serde_json::from_str(
///     r#"{"timestamp":1543469988762,"app":"signatureApp","userId":"u1","trace":7}"#,
/// )?;
/// assert_eq!(meta.timestamp, Some(1_543_469_988_762));
/// assert_eq!(meta.user_id.as_deref(), Some("u1"));
/// assert_eq!(meta.target, None);
/// assert_eq!(meta.extra["trace"], 7);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Meta {
    /// When the message was sent, in milliseconds since 1970.
    pub timestamp: Option<u64>,
    /// The application the signature is for (mobile-sdk).
    pub app: Option<String>,
    /// The signature of `app` and `timestamp` (mobile-sdk); the feature `sign` makes one.
    pub sign: Option<String>,
    /// The socket id of the sender.
    pub client: Option<String>,
    /// The socket id of the receiver.
    pub target: Option<String>,
    /// `userId`: identifies the client across reconnections. mobile-sdk delivers to a target only
    /// under the user id of that target.
    pub user_id: Option<String>,
    /// All other fields; one that is also set above is not written.
    pub extra: Extra,
}

impl Meta {
    /// Sets the timestamp, in milliseconds since 1970, unless the metadata brought one.
    pub(super) fn stamp(&mut self, now: u64) {
        if self.timestamp.is_none() && !self.extra.contains_key(names::TIMESTAMP) {
            self.timestamp = Some(now);
        }
    }

    fn texts(&self) -> [(&'static str, Option<&str>); 5] {
        [
            (names::APP, self.app.as_deref()),
            (names::SIGN, self.sign.as_deref()),
            (names::CLIENT, self.client.as_deref()),
            (names::TARGET, self.target.as_deref()),
            (names::USER_ID, self.user_id.as_deref()),
        ]
    }

    /// Returns whether the known field of that name is set.
    fn has(&self, key: &str) -> bool {
        let timestamp = key == names::TIMESTAMP && self.timestamp.is_some();
        timestamp
            || self
                .texts()
                .iter()
                .any(|(name, text)| *name == key && text.is_some())
    }
}

impl Serialize for Meta {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        if let Some(timestamp) = self.timestamp {
            map.serialize_entry(names::TIMESTAMP, &timestamp)?;
        }
        for (key, text) in self.texts() {
            if let Some(text) = text {
                map.serialize_entry(key, text)?;
            }
        }
        write_extra::<S>(&mut map, &self.extra, |key| self.has(key))?;
        map.end()
    }
}

impl<'de> Deserialize<'de> for Meta {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(MetaVisitor)
    }
}

struct MetaVisitor;

impl<'de> Visitor<'de> for MetaVisitor {
    type Value = Meta;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("`meta`, an object")
    }

    fn visit_unit<E>(self) -> Result<Meta, E> {
        Ok(Meta::default())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Meta, A::Error> {
        let mut extra = Extra::new();
        while let Some((key, value)) = map.next_entry()? {
            extra.insert(key, value);
        }
        Ok(Meta {
            timestamp: take_timestamp(&mut extra),
            app: take_text(&mut extra, names::APP),
            sign: take_text(&mut extra, names::SIGN),
            client: take_text(&mut extra, names::CLIENT),
            target: take_text(&mut extra, names::TARGET),
            user_id: take_text(&mut extra, names::USER_ID),
            extra,
        })
    }
}

fn take_timestamp(extra: &mut Extra) -> Option<u64> {
    let timestamp = whole(extra.get(names::TIMESTAMP)?.as_number()?)?;
    extra.shift_remove(names::TIMESTAMP);
    Some(timestamp)
}

/// Returns the number as whole milliseconds. JavaScript does not distinguish `1.0` and `1e3` from whole numbers.
fn whole(number: &Number) -> Option<u64> {
    /// JavaScript's `Number.MAX_SAFE_INTEGER`, 2^53 - 1.
    const MAX_SAFE: f64 = 9_007_199_254_740_991.0;

    number.as_u64().or_else(|| {
        let float = number
            .as_f64()
            .filter(|float| (0.0..=MAX_SAFE).contains(float))?;
        let whole = float as u64;
        (whole as f64 == float).then_some(whole)
    })
}
