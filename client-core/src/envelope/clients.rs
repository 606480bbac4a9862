//! The list of a presence message, in both shapes that servers send.

use alloc::{string::String, vec::Vec};
use core::fmt;

use serde::de::{Error as _, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;

use super::extra::Extra;

/// The clients of a presence message: servers send a list of ids, or an object keyed by id.
#[derive(Debug, Clone, PartialEq)]
pub enum Clients {
    /// The socket ids, without `null` (a client that the server could not name).
    Ids(Vec<String>),
    /// The socket ids with what the server knows about each, often its handshake query.
    Details(Extra),
}

impl Clients {
    /// Returns the socket ids, in the server's order.
    pub fn ids(&self) -> impl Iterator<Item = &str> {
        let (list, map) = match self {
            Self::Ids(list) => (Some(list), None),
            Self::Details(map) => (None, Some(map)),
        };
        let listed = list.into_iter().flatten().map(String::as_str);
        listed.chain(
            map.into_iter()
                .flat_map(|map| map.keys().map(String::as_str)),
        )
    }

    /// Returns the details of a client; `None` in a list, or if the value is `null`.
    pub fn detail(&self, id: &str) -> Option<&Value> {
        match self {
            Self::Ids(_) => None,
            Self::Details(map) => map.get(id).filter(|detail| !detail.is_null()),
        }
    }

    /// Returns whether the id is listed.
    pub fn contains(&self, id: &str) -> bool {
        self.ids().any(|listed| listed == id)
    }

    /// Returns how many clients are listed.
    pub fn len(&self) -> usize {
        match self {
            Self::Ids(list) => list.len(),
            Self::Details(map) => map.len(),
        }
    }

    /// Returns whether no client is listed.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl Default for Clients {
    fn default() -> Self {
        Self::Ids(Vec::new())
    }
}

impl Serialize for Clients {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Ids(list) => list.serialize(serializer),
            Self::Details(map) => map.serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for Clients {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ClientsVisitor)
    }
}

struct ClientsVisitor;

impl<'de> Visitor<'de> for ClientsVisitor {
    type Value = Clients;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("`clients`, a list of ids or an object keyed by id")
    }

    fn visit_unit<E>(self) -> Result<Clients, E> {
        Ok(Clients::default())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Clients, A::Error> {
        let mut ids = Vec::new();
        while let Some(id) = list.next_element()? {
            match id {
                Value::String(id) => ids.push(id),
                Value::Null => {}
                _ => return Err(A::Error::custom("an id in `clients` is not a string")),
            }
        }
        Ok(Clients::Ids(ids))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Clients, A::Error> {
        let mut details = Extra::new();
        while let Some((id, detail)) = map.next_entry()? {
            details.insert(id, detail);
        }
        Ok(Clients::Details(details))
    }
}
