//! The other clients of a room.

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::string::String;
use alloc::vec::Vec;

use serde_json::Value;

use crate::envelope::{Online, Presence};

/// The other clients of a room.
///
/// At most 100,000: further ones are ignored.
///
/// ```
/// use tidewire_core::envelope::Online;
/// use tidewire_core::peers::{Change, Members};
///
/// let mut members = Members::new();
/// let online: Online = serde_json::from_str(
///     r#"{"clients":["/ptop#a","/ptop#b"],"action":"join","message":"User(/ptop#b) joined."}"#,
/// )?;
/// assert_eq!(members.apply("/ptop#b", &online), [Change::Joined("/ptop#a".into())]);
/// assert!(members.ids().eq(["/ptop#a"]));
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Members {
    /// The ids, with what the server told about each.
    details: BTreeMap<String, Option<Value>>,
}

/// A change of the members.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// The client with this id came in.
    Joined(String),
    /// The client with this id left.
    Left(String),
}

/// The most members.
const LIMIT: usize = 100_000;

impl Members {
    /// Creates an empty room.
    pub const fn new() -> Self {
        Members {
            details: BTreeMap::new(),
        }
    }

    /// Returns the ids, sorted.
    pub fn ids(&self) -> impl Iterator<Item = &str> {
        self.details.keys().map(String::as_str)
    }

    /// Returns the details that the server gave of a member, often the query of its handshake.
    pub fn detail(&self, id: &str) -> Option<&Value> {
        self.details.get(id)?.as_ref()
    }

    /// Returns whether the client is a member.
    pub fn contains(&self, id: &str) -> bool {
        self.details.contains_key(id)
    }

    /// Takes an `online` message. `own` is the socket id of this client.
    pub fn apply(&mut self, own: &str, online: &Online) -> Vec<Change> {
        let subject = subject(online);
        match online.action {
            Presence::Join => self.join(own, subject, online),
            Presence::Leave => self.leave(subject),
            Presence::Other(_) => Vec::new(),
        }
    }

    /// Forgets all members, because the connection is lost.
    pub fn clear(&mut self) {
        self.details.clear();
    }

    fn join(&mut self, own: &str, joiner: Option<&str>, online: &Online) -> Vec<Change> {
        let listed: BTreeSet<&str> = online.clients.ids().collect();
        let mut changes = Vec::new();
        if joiner.is_some_and(|joiner| listed.contains(joiner)) {
            let is_gone = |id: &String, _: &mut Option<Value>| !listed.contains(id.as_str());
            let gone = self.details.extract_if(.., is_gone);
            changes.extend(gone.map(|(id, _)| Change::Left(id)));
        }
        for id in listed.into_iter().chain(joiner) {
            if !id.is_empty() && id != own && self.add(id, online) {
                changes.push(Change::Joined(id.into()));
            }
        }
        changes
    }

    /// Adds a client, or notes its newer details. Returns whether it is new.
    fn add(&mut self, id: &str, online: &Online) -> bool {
        let detail = online.clients.detail(id).cloned();
        if let Some(known) = self.details.get_mut(id) {
            *known = detail.or_else(|| known.take());
            return false;
        }
        let has_room = self.details.len() < LIMIT;
        if has_room {
            self.details.insert(id.into(), detail);
        }
        has_room
    }

    fn leave(&mut self, leaver: Option<&str>) -> Vec<Change> {
        let left = leaver.and_then(|leaver| self.details.remove_entry(leaver));
        left.into_iter().map(|(id, _)| Change::Left(id)).collect()
    }
}

/// The id in the sentence `User(<id>) joined.`
fn subject(online: &Online) -> Option<&str> {
    let rest = online.message.as_deref()?.strip_prefix("User(")?;
    let (id, _) = rest.rsplit_once(')')?;
    (!id.is_empty()).then_some(id)
}
