//! The presence message of the peer-to-peer example: who is in the room, who joined, who left.

use alloc::string::String;
use core::fmt;

use serde::de::{Error as _, MapAccess, Visitor};
use serde::ser::SerializeMap as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::action::Action;
use super::clients::Clients;
use super::extra::{Extra, take_text, write_extra};
use super::names;

const CLIENTS: &str = "clients";
const MESSAGE: &str = "message";

/// The argument of the event `online`, which is not an envelope.
///
/// Servers differ in whether `clients` contains the client that joined or left: with the Redis
/// adapter it contains a joiner; without it, a joiner is missing and is not told about itself; and
/// some servers list only the earlier members. The list is the server's, not computed.
///
/// Source: the `online` message of the egg-socket.io p2p example.
///
/// ```
/// use tidewire_core::envelope::{Online, Presence};
///
/// let online: Online = serde_json::from_str(
///     r#"{"clients":["/ptop#a","/ptop#b"],"action":"join","target":"participator",
///         "message":"User(/ptop#b) joined."}"#,
/// )?;
/// assert_eq!(online.action, Presence::Join);
/// assert!(online.clients.ids().eq(["/ptop#a", "/ptop#b"]));
///
/// let left: Online = serde_json::from_str(r#"{"clients":{},"action":"leave"}"#)?;
/// assert!(left.clients.is_empty());
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Online {
    /// The clients in the room; empty if the server gave no list.
    pub clients: Clients,
    /// Whether a client joined or left.
    pub action: Presence,
    /// The receiver of the message: `participator` in the example.
    pub target: Option<String>,
    /// A sentence to show: `User(<id>) joined.`
    pub message: Option<String>,
    /// All other fields.
    pub extra: Extra,
}

/// The action of a presence message.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Presence {
    /// `join`: a client entered the room.
    Join,
    /// `leave`: a client left the room.
    Leave,
    /// Any other action, as it was written.
    Other(String),
}

impl Presence {
    /// Returns the value on the wire.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Join => "join",
            Self::Leave => "leave",
            Self::Other(name) => name,
        }
    }
}

impl From<&str> for Presence {
    fn from(name: &str) -> Self {
        match name {
            "join" => Self::Join,
            "leave" => Self::Leave,
            other => Self::Other(other.into()),
        }
    }
}

impl Serialize for Online {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry(CLIENTS, &self.clients)?;
        map.serialize_entry(names::ACTION, self.action.as_str())?;
        for (key, text) in [(names::TARGET, &self.target), (MESSAGE, &self.message)] {
            if let Some(text) = text {
                map.serialize_entry(key, text)?;
            }
        }
        write_extra::<S>(&mut map, &self.extra, |key| match key {
            CLIENTS | names::ACTION => true,
            names::TARGET => self.target.is_some(),
            MESSAGE => self.message.is_some(),
            _ => false,
        })?;
        map.end()
    }
}

impl<'de> Deserialize<'de> for Online {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(OnlineVisitor)
    }
}

struct OnlineVisitor;

impl<'de> Visitor<'de> for OnlineVisitor {
    type Value = Online;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an `online` message, an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Online, A::Error> {
        let (mut clients, mut action) = (Clients::default(), None::<Action>);
        let mut extra = Extra::new();
        while let Some(key) = map.next_key::<String>()? {
            match key.as_str() {
                CLIENTS => clients = map.next_value()?,
                names::ACTION => action = Some(map.next_value()?),
                _ => drop(extra.insert(key, map.next_value()?)),
            }
        }
        let action = action.ok_or_else(|| A::Error::missing_field(names::ACTION))?;
        let action = Presence::from(action.as_str());
        let target = take_text(&mut extra, names::TARGET);
        let message = take_text(&mut extra, MESSAGE);
        Ok(Online {
            clients,
            action,
            target,
            message,
            extra,
        })
    }
}
