//! The action of a message: ten known ones, and any other.

use alloc::string::String;
use core::fmt;

use super::names;

/// The action of an envelope, `data.action` on the wire.
///
/// An unknown action is not an error: it is kept in [`Action::Other`]. Make an `Action` from text
/// with `From`, so that a known name never ends up in `Other`.
///
/// Source: egg-socket.io p2p example helper (`deny`, `exchange`, `broadcast`) and mobile-sdk.
///
/// ```
/// use tidewire_core::envelope::Action;
///
/// assert_eq!(Action::from("reconnectAndUpdates"), Action::ReConnectAndUpdates);
/// assert_eq!(Action::Deny.as_str(), "deny");
///
/// let own = Action::from("order.shipped");
/// assert_eq!(own, Action::Other("order.shipped".into()));
/// assert_eq!(own.as_str(), "order.shipped");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Action {
    /// [`SAVE_ID`](names::SAVE_ID): the server gives the client its ids.
    SaveId,
    /// [`REQUEST_ID`](names::REQUEST_ID): the client asks for its id.
    RequestId,
    /// [`SEND_TO_OTHERS`](names::SEND_TO_OTHERS): the client sends to a target.
    SendToOthers,
    /// [`RE_CONNECT_AND_UPDATES`](names::RE_CONNECT_AND_UPDATES): the client has reconnected.
    ReConnectAndUpdates,
    /// [`RE_CONNECT_UPDATED`](names::RE_CONNECT_UPDATED): the server has recognized the client.
    ReConnectUpdated,
    /// [`DENY`](names::DENY): the server refuses the client, which does not reconnect by itself.
    Deny,
    /// [`EXCHANGE`](names::EXCHANGE): a message from peer to peer.
    Exchange,
    /// [`BROADCAST`](names::BROADCAST): a message for all clients.
    Broadcast,
    /// [`CONNECT`](names::CONNECT): a name in mobile-sdk's client.
    Connect,
    /// [`DISCONNECT`](names::DISCONNECT): a name in mobile-sdk's client.
    Disconnect,
    /// Any other action, as it was written.
    Other(String),
}

impl Action {
    /// Returns the value on the wire.
    pub fn as_str(&self) -> &str {
        match self {
            Self::SaveId => names::SAVE_ID,
            Self::RequestId => names::REQUEST_ID,
            Self::SendToOthers => names::SEND_TO_OTHERS,
            Self::ReConnectAndUpdates => names::RE_CONNECT_AND_UPDATES,
            Self::ReConnectUpdated => names::RE_CONNECT_UPDATED,
            Self::Deny => names::DENY,
            Self::Exchange => names::EXCHANGE,
            Self::Broadcast => names::BROADCAST,
            Self::Connect => names::CONNECT,
            Self::Disconnect => names::DISCONNECT,
            Self::Other(name) => name,
        }
    }

    /// Returns the known action of that name; case matters.
    fn known(name: &str) -> Option<Self> {
        Some(match name {
            names::SAVE_ID => Self::SaveId,
            names::REQUEST_ID => Self::RequestId,
            names::SEND_TO_OTHERS => Self::SendToOthers,
            names::RE_CONNECT_AND_UPDATES => Self::ReConnectAndUpdates,
            names::RE_CONNECT_UPDATED => Self::ReConnectUpdated,
            names::DENY => Self::Deny,
            names::EXCHANGE => Self::Exchange,
            names::BROADCAST => Self::Broadcast,
            names::CONNECT => Self::Connect,
            names::DISCONNECT => Self::Disconnect,
            _ => return None,
        })
    }
}

impl From<&str> for Action {
    fn from(name: &str) -> Self {
        Self::known(name).unwrap_or_else(|| Self::Other(name.into()))
    }
}

impl From<String> for Action {
    fn from(name: String) -> Self {
        Self::known(&name).unwrap_or(Self::Other(name))
    }
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(feature = "serde")]
impl serde::Serialize for Action {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

#[cfg(feature = "serde")]
impl<'de> serde::Deserialize<'de> for Action {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Name;

        impl serde::de::Visitor<'_> for Name {
            type Value = Action;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("`action`, a string")
            }

            fn visit_str<E>(self, name: &str) -> Result<Action, E> {
                Ok(name.into())
            }

            fn visit_string<E>(self, name: String) -> Result<Action, E> {
                Ok(name.into())
            }
        }

        deserializer.deserialize_string(Name)
    }
}
