//! Reads the arguments of most events without their name, in half the time: short ones, as `JSON.stringify` writes them.
//!
//! Each argument is read by a deserializer of its own, which begins behind the comma. On any doubt it gives up, and
//! [`decode`](super::decode) reads the whole payload: that has the errors, and the leniencies.

use serde::de::{DeserializeOwned, DeserializeSeed, Error as _, IgnoredAny, SeqAccess, Visitor};
use serde_json::{Deserializer, Error};

use super::arguments::Arguments;
use super::name::plain_name;
use super::reading::Reading;

/// The longest payload in bytes. A value of so many levels that it is refused as a part of the payload, and not on its own, is
/// longer: 127 levels, of two bytes each.
const LONGEST: usize = 256;

/// Decodes the arguments of an event without attachments. `None` if it does not know.
pub(super) fn decode_quickly<T: DeserializeOwned>(payload: &str) -> Option<T> {
    if payload.len() > LONGEST {
        return None;
    }
    let mut elements = Elements {
        rest: payload,
        is_last: false,
    };
    elements.step("[\"\"".len() + plain_name(payload)?.len())?;
    let reading = Reading::plain();
    Arguments::new(&reading, false).visit_seq(elements).ok()
}

/// The elements of an array behind its first.
struct Elements<'de> {
    /// Begins at the next element.
    rest: &'de str,
    /// Whether the array has ended, and with it the payload.
    is_last: bool,
}

impl Elements<'_> {
    /// Goes behind the comma or the bracket at `end`. `None` if anything else is there.
    #[inline]
    fn step(&mut self, end: usize) -> Option<()> {
        match self.rest.as_bytes().get(end..)? {
            [b',', ..] => self.rest = self.rest.get(end + 1..)?,
            [b']'] => self.is_last = true,
            _ => return None,
        }
        Some(())
    }
}

impl<'de> SeqAccess<'de> for Elements<'de> {
    type Error = Error;

    #[inline]
    fn next_element_seed<S>(&mut self, seed: S) -> Result<Option<S::Value>, Error>
    where
        S: DeserializeSeed<'de>,
    {
        if self.is_last {
            return Ok(None);
        }
        let mut source = Deserializer::from_str(self.rest);
        let value = seed.deserialize(&mut source)?;
        let end = source.into_iter::<IgnoredAny>().byte_offset();
        match self.step(end) {
            Some(()) => Ok(Some(value)),
            None => Err(Error::custom("not what JSON.stringify writes")),
        }
    }
}
