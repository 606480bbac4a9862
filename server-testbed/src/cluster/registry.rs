//! Who is a member of which group, on all nodes: the members of rooms, and the identities of clients.
//!
//! A node knows its own members by itself. Redis has a hash for each group (member -> node and value), and for
//! each node a set of its members, by which others remove them if the node ends without a word.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde_json::{Value, json};

use super::link::{Link, Unanswered};
use super::names::PREFIX;

/// A member of a group that its own node did not remove.
#[derive(Debug)]
pub(crate) struct Departed {
    pub(crate) group: String,
    pub(crate) member: String,
    pub(crate) value: String,
}

type Groups = BTreeMap<String, BTreeMap<String, String>>;

#[derive(Debug)]
pub(crate) struct Registry {
    node: String,
    own: Mutex<Groups>,
    link: Option<Link>,
}

impl Registry {
    pub(super) fn new(node: &str, link: Option<Link>) -> Self {
        Self {
            node: node.to_owned(),
            own: Mutex::default(),
            link,
        }
    }

    pub(super) fn node(&self) -> &str {
        &self.node
    }

    /// Adds a member of this node, or changes its value.
    pub(crate) async fn put(&self, group: &str, member: &str, value: &str) {
        self.own()
            .entry(group.to_owned())
            .or_default()
            .insert(member.to_owned(), value.to_owned());
        if let Some(link) = &self.link {
            // The link has counted and logged a failure; the member is written when Redis answers again.
            let _ = link.ask_all::<()>(&self.write(group, member, value)).await;
        }
    }

    /// Removes a member of this node. Returns its value.
    pub(crate) async fn remove(&self, group: &str, member: &str) -> Option<String> {
        let value = self.remove_own(group, member)?;
        if let Some(link) = &self.link {
            let _ = link.ask_all::<()>(&erase(&self.node, group, member)).await;
        }
        Some(value)
    }

    /// Returns the members of a group on all nodes with their values, sorted by name. If Redis does not answer, those of this node.
    pub(crate) async fn members(&self, group: &str) -> BTreeMap<String, String> {
        let remote = self.remote(group).await.unwrap_or_default();
        self.with_own(group, remote)
    }

    /// Returns the members of a group, or `None` if Redis is not away and does not answer: all members are told when it does.
    pub(crate) async fn known_members(&self, group: &str) -> Option<BTreeMap<String, String>> {
        match self.remote(group).await {
            Ok(remote) => Some(self.with_own(group, remote)),
            Err(Unanswered) if self.link.as_ref().is_some_and(Link::is_up) => None,
            Err(Unanswered) => Some(self.with_own(group, BTreeMap::new())),
        }
    }

    fn with_own(&self, group: &str, remote: BTreeMap<String, String>) -> BTreeMap<String, String> {
        let mut members = self.own().get(group).cloned().unwrap_or_default();
        for (member, field) in remote {
            if let Some((node, value)) = read_field(&field)
                && node != self.node
            {
                members.insert(member, value);
            }
        }
        members
    }

    /// Returns the value of a member of this node.
    pub(crate) fn get_own(&self, group: &str, member: &str) -> Option<String> {
        self.own().get(group)?.get(member).cloned()
    }

    /// Returns the value of one member, on whichever node it is.
    pub(crate) async fn get(&self, group: &str, member: &str) -> Option<String> {
        if let Some(value) = self.get_own(group, member) {
            return Some(value);
        }
        let mut command = redis::cmd("HGET");
        command.arg(group_key(group)).arg(member);
        let field: Option<String> = self.link.as_ref()?.ask(&command).await.ok()?;
        let (node, value) = read_field(&field?)?;
        // A field of this node that it does not know is about to be removed.
        (node != self.node).then_some(value)
    }

    /// Returns the groups that have a member on this node.
    pub(crate) fn own_groups(&self) -> Vec<String> {
        self.own().keys().cloned().collect()
    }

    /// Returns the members of a group that are on this node.
    pub(crate) fn own_members(&self, group: &str) -> Vec<String> {
        let own = self.own();
        let members = own.get(group).map(BTreeMap::keys);
        members.into_iter().flatten().cloned().collect()
    }

    /// Returns the commands that write all members of this node.
    pub(super) fn write_all(&self) -> redis::Pipeline {
        let mut commands = redis::pipe();
        for (group, members) in self.own().iter() {
            for (member, value) in members {
                add_write(&mut commands, &self.node, group, member, value);
            }
        }
        commands
    }

    fn write(&self, group: &str, member: &str, value: &str) -> redis::Pipeline {
        let mut commands = redis::pipe();
        add_write(commands.atomic(), &self.node, group, member, value);
        commands
    }

    async fn remote(&self, group: &str) -> Result<BTreeMap<String, String>, Unanswered> {
        let Some(link) = &self.link else {
            return Ok(BTreeMap::new());
        };
        let mut command = redis::cmd("HGETALL");
        link.ask(command.arg(group_key(group))).await
    }

    fn remove_own(&self, group: &str, member: &str) -> Option<String> {
        let mut own = self.own();
        let members = own.get_mut(group)?;
        let value = members.remove(member);
        if members.is_empty() {
            own.remove(group);
        }
        value
    }

    fn own(&self) -> MutexGuard<'_, Groups> {
        // No code leaves the groups half changed.
        self.own.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn add_write(commands: &mut redis::Pipeline, node: &str, group: &str, member: &str, value: &str) {
    commands
        .hset(group_key(group), member, json!([node, value]).to_string())
        .ignore()
        .sadd(members_key(node), json!([group, member]).to_string())
        .ignore();
}

/// Returns the commands that remove a member of a node. Their answer is whether it existed.
pub(super) fn erase(node: &str, group: &str, member: &str) -> redis::Pipeline {
    let mut commands = redis::pipe();
    commands
        .atomic()
        .hdel(group_key(group), member)
        .srem(members_key(node), json!([group, member]).to_string())
        .ignore();
    commands
}

pub(super) fn group_key(group: &str) -> String {
    format!("{PREFIX}:group:{group}")
}

pub(super) fn members_key(node: &str) -> String {
    format!("{PREFIX}:members:{node}")
}

/// Reads the field of a member: its node and its value.
pub(super) fn read_field(field: &str) -> Option<(String, String)> {
    serde_json::from_str(field).ok()
}

/// Reads an entry of the set of a node's members: group and member.
pub(super) fn read_entry(entry: &str) -> Option<(String, String)> {
    match serde_json::from_str(entry).ok()? {
        Value::Array(parts) => match parts.as_slice() {
            [Value::String(group), Value::String(member)] => Some((group.clone(), member.clone())),
            _ => None,
        },
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn one_node_knows_its_members_without_redis() {
        let registry = Registry::new("a", None);
        registry.put("room", "x", "1").await;
        registry.put("room", "y", "2").await;
        registry.put("room", "x", "3").await;
        assert_eq!(registry.get("room", "x").await.as_deref(), Some("3"));
        assert_eq!(registry.members("room").await.len(), 2);
        assert_eq!(registry.remove("room", "x").await.as_deref(), Some("3"));
        assert_eq!(registry.remove("room", "x").await, None);
        registry.remove("room", "y").await;
        assert!(
            registry.own_groups().is_empty(),
            "an empty group is no group"
        );
    }

    #[test]
    fn what_another_program_wrote_is_no_member() {
        for text in [
            "",
            "x",
            "[]",
            "[1,2]",
            "{\"a\":1}",
            "[\"a\"]",
            "[\"a\",\"b\",\"c\"]",
        ] {
            assert_eq!(read_field(text), None, "{text}");
            assert_eq!(read_entry(text), None, "{text}");
        }
    }
}
