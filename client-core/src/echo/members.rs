//! The users in a presence channel.

use alloc::borrow::ToOwned;
use alloc::collections::BTreeMap;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt;

use serde::de::DeserializeOwned;
use serde_json::Value;

/// A user in a presence channel.
#[derive(Debug, Clone, PartialEq)]
pub struct Member {
    /// The id that Laravel gives, a number as text.
    pub user_id: String,
    /// The data that Laravel gives; `null` without any.
    pub user_info: Value,
    /// The id of the user's last socket, if the server tells it.
    pub socket_id: Option<String>,
}

/// The users in a presence channel, one for each user id.
///
/// At most 100,000: further ones are ignored.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Members(BTreeMap<String, Member>);

/// News of a channel.
#[derive(Debug, Clone, PartialEq)]
pub enum News {
    /// The client is in the presence channel, with these members.
    Here(Vec<Member>),
    /// A user joined.
    Joining(Member),
    /// A user has gone.
    Leaving(Member),
    /// The server refuses the subscription, with the status of Laravel's response.
    Refused(u16),
}

/// An event of the server has data of another type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InvalidData {
    expected: &'static str,
}

/// The most members.
const LIMIT: usize = 100_000;

impl Member {
    /// Reads a member; numbers and texts of the same digits are one id.
    ///
    /// # Errors
    /// If it is not an object with the field `user_id`, a text or a number.
    pub fn read(value: &Value) -> Result<Self, InvalidData> {
        let user_id = match value.get("user_id") {
            Some(Value::String(id)) => id.clone(),
            Some(Value::Number(id)) => id.to_string(),
            _ => {
                return Err(InvalidData::new(
                    "a member with `user_id`, a text or a number",
                ));
            }
        };
        let socket_id = value.get("socketId").and_then(Value::as_str);
        Ok(Member {
            user_id,
            user_info: value.get("user_info").cloned().unwrap_or_default(),
            socket_id: socket_id.map(ToOwned::to_owned),
        })
    }
}

impl Member {
    /// Decodes the data that Laravel gives.
    ///
    /// # Errors
    /// If it is not a `T`.
    pub fn info<T: DeserializeOwned>(&self) -> Result<T, serde_json::Error> {
        T::deserialize(&self.user_info)
    }
}

/// Reads a list of members, in its order. Ignores entries that are not members, and further ones of the same user.
///
/// # Errors
/// If it is not a list.
pub fn members(value: &Value) -> Result<Vec<Member>, InvalidData> {
    let list = value.as_array();
    let list = list.ok_or(InvalidData::new("a list of members"))?;
    let mut known = Members::new();
    let mut found = Vec::new();
    for member in list.iter().filter_map(|value| Member::read(value).ok()) {
        if known.get(&member.user_id).is_none() && known.add(member.clone()) {
            found.push(member);
        }
    }
    Ok(found)
}

impl Members {
    /// Creates an empty channel.
    pub const fn new() -> Self {
        Members(BTreeMap::new())
    }

    /// The members, sorted by their ids as text.
    pub fn iter(&self) -> impl Iterator<Item = &Member> {
        self.0.values()
    }

    /// The member with this user id.
    pub fn get(&self, user_id: &str) -> Option<&Member> {
        self.0.get(user_id)
    }

    /// The number of members.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is no member.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Adds or replaces a member. Returns whether there was room.
    fn add(&mut self, member: Member) -> bool {
        let has_room = self.0.len() < LIMIT || self.0.contains_key(&member.user_id);
        if has_room {
            self.0.insert(member.user_id.clone(), member);
        }
        has_room
    }

    pub(super) fn apply(&mut self, news: &News) {
        match news {
            News::Here(list) => {
                self.0.clear();
                for member in list {
                    self.add(member.clone());
                }
            }
            News::Joining(member) => {
                self.add(member.clone());
            }
            News::Leaving(member) => {
                self.0.remove(&member.user_id);
            }
            News::Refused(_) => self.clear(),
        }
    }

    pub(super) fn clear(&mut self) {
        self.0.clear();
    }
}

impl InvalidData {
    pub(super) const fn new(expected: &'static str) -> Self {
        InvalidData { expected }
    }
}

impl fmt::Display for InvalidData {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("expected ")?;
        f.write_str(self.expected)
    }
}

impl core::error::Error for InvalidData {}
