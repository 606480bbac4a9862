//! The envelope itself, with a payload of the caller's type.

use alloc::string::String;
use core::{fmt, marker::PhantomData};

use serde::de::{Error as _, MapAccess, Visitor};
use serde::ser::SerializeMap as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;

use super::action::Action;
use super::extra::{Extra, write_extra};
use super::meta::Meta;
use super::names;

/// One message: an action with its payload, and metadata.
///
/// Reading accepts all messages that servers send (see the [rules](super#rules)): fields in any
/// order, no `payload` (it is then `{}`), no `meta`, unknown fields. A value without a string in
/// `data.action`, and a payload that is not a `T`, are errors that name the field. To read the
/// payload later, use `serde_json::Value` (the default) or a raw value of serde_json.
///
/// Source: egg-socket.io p2p example helper (`parseMsg`) and mobile-sdk.
///
/// ```
/// use serde::Deserialize;
/// use tidewire_core::envelope::{Action, Envelope};
///
/// #[derive(Deserialize)]
/// struct Chat {
///     msg: String,
/// }
///
/// let text = r#"{"data":{"action":"exchange","payload":{"msg":"test"}},
///     "meta":{"timestamp":1795216712762,"client":"/ptop#a","target":"/ptop#b"}}"#;
/// let message: Envelope<Chat> = serde_json::from_str(text)?;
/// assert_eq!(message.data.action, Action::Exchange);
/// assert_eq!(message.data.payload.msg, "test");
/// assert_eq!(message.meta.client.as_deref(), Some("/ptop#a"));
///
/// let wrong = serde_json::from_str::<Envelope>(r#"{"data":{"action":7}}"#).unwrap_err();
/// assert!(wrong.to_string().starts_with("invalid type: integer `7`, expected `action`, a string"));
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Envelope<T = Value> {
    /// The action and its payload.
    pub data: Data<T>,
    /// The metadata: the time, the sender, the receiver.
    pub meta: Meta,
    /// Fields next to `data` and `meta`; one of these two names in it is not written.
    pub extra: Extra,
}

/// The half of an envelope that belongs to the application.
#[derive(Debug, Clone, PartialEq)]
pub struct Data<T = Value> {
    /// The action.
    pub action: Action,
    /// The application's JSON: any value, `{}` when the sender gave none.
    pub payload: T,
    /// Fields next to `action` and `payload`; one of these two names in it is not written.
    pub extra: Extra,
}

impl<T> Envelope<T> {
    /// Creates a message sent at `now`, in milliseconds since 1970.
    ///
    /// A timestamp in `meta` overrides `now`, as in the helper.
    ///
    /// Source: egg-socket.io p2p example helper, `parseMsg(action, payload, metadata)`.
    ///
    /// ```
    /// use serde_json::json;
    /// use tidewire_core::envelope::{Envelope, Meta};
    ///
    /// let meta = Meta { target: Some("/ptop#b".into()), ..Meta::default() };
    /// let message = Envelope::new("ask", "how are you?", meta, 1_795_216_712_762);
    /// assert_eq!(
    ///     serde_json::to_value(&message)?,
    ///     json!({
    ///         "data": {"action": "ask", "payload": "how are you?"},
    ///         "meta": {"timestamp": 1795216712762_u64, "target": "/ptop#b"},
    ///     })
    /// );
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    #[doc(alias = "parseMsg")]
    pub fn new(action: impl Into<Action>, payload: T, mut meta: Meta, now: u64) -> Self {
        meta.stamp(now);
        let data = Data {
            action: action.into(),
            payload,
            extra: Extra::new(),
        };
        Self {
            data,
            meta,
            extra: Extra::new(),
        }
    }

    /// [`Envelope::new`] with [`Action::Exchange`]: a message from one peer to another.
    #[doc(alias = "parseExchangeMsg")]
    pub fn exchange(payload: T, meta: Meta, now: u64) -> Self {
        Self::new(Action::Exchange, payload, meta, now)
    }

    /// [`Envelope::new`] with [`Action::Deny`]: a server's refusal of a client.
    #[doc(alias = "parseDenyMsg")]
    pub fn deny(payload: T, meta: Meta, now: u64) -> Self {
        Self::new(Action::Deny, payload, meta, now)
    }

    /// [`Envelope::new`] with [`Action::Broadcast`]: a message for all clients.
    #[doc(alias = "parseBroadcastMsg")]
    pub fn broadcast(payload: T, meta: Meta, now: u64) -> Self {
        Self::new(Action::Broadcast, payload, meta, now)
    }
}

impl<T: Serialize> Serialize for Envelope<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry(names::DATA, &self.data)?;
        map.serialize_entry(names::META, &self.meta)?;
        write_extra::<S>(&mut map, &self.extra, |key| {
            matches!(key, names::DATA | names::META)
        })?;
        map.end()
    }
}

impl<T: Serialize> Serialize for Data<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry(names::ACTION, &self.action)?;
        map.serialize_entry(names::PAYLOAD, &self.payload)?;
        write_extra::<S>(&mut map, &self.extra, |key| {
            matches!(key, names::ACTION | names::PAYLOAD)
        })?;
        map.end()
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Envelope<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(EnvelopeVisitor(PhantomData))
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Data<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(DataVisitor(PhantomData))
    }
}

// By hand, because a derive would refuse a field given twice, and accept an array as an object.
struct EnvelopeVisitor<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for EnvelopeVisitor<T> {
    type Value = Envelope<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a message envelope, an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Envelope<T>, A::Error> {
        let (mut data, mut meta, mut extra) = (None, Meta::default(), Extra::new());
        while let Some(key) = map.next_key::<String>()? {
            match key.as_str() {
                names::DATA => data = Some(map.next_value()?),
                names::META => meta = map.next_value()?,
                _ => drop(extra.insert(key, map.next_value()?)),
            }
        }
        let data = data.ok_or_else(|| A::Error::missing_field(names::DATA))?;
        Ok(Envelope { data, meta, extra })
    }
}

struct DataVisitor<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for DataVisitor<T> {
    type Value = Data<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("`data`, an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Data<T>, A::Error> {
        let (mut action, mut payload, mut extra) = (None, None, Extra::new());
        while let Some(key) = map.next_key::<String>()? {
            match key.as_str() {
                names::ACTION => action = Some(map.next_value()?),
                names::PAYLOAD => payload = Some(map.next_value()?),
                _ => drop(extra.insert(key, map.next_value()?)),
            }
        }
        let action = action.ok_or_else(|| A::Error::missing_field(names::ACTION))?;
        let payload = payload.map_or_else(empty_payload, Ok)?;
        Ok(Data {
            action,
            payload,
            extra,
        })
    }
}

/// Reads the default payload as a `T`, from text, so that `T` may be a raw value.
fn empty_payload<'de, T: Deserialize<'de>, E: serde::de::Error>() -> Result<T, E> {
    serde_json::from_str(names::EMPTY_PAYLOAD).map_err(|error| {
        E::custom(format_args!(
            "`payload` is missing, and the default `{{}}` does not fit: {error}"
        ))
    })
}
