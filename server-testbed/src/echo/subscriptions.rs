//! Which socket of this node is subscribed to which channel.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Mutex, MutexGuard, PoisonError};

#[derive(Debug, Default)]
pub(crate) struct Subscriptions {
    of_sockets: Mutex<HashMap<String, BTreeSet<String>>>,
}

impl Subscriptions {
    /// Returns whether it is new.
    pub(super) fn add(&self, socket: &str, channel: &str) -> bool {
        let mut sockets = self.lock();
        let channels = sockets.entry(socket.to_owned()).or_default();
        channels.insert(channel.to_owned())
    }

    /// Returns whether it existed.
    pub(super) fn remove(&self, socket: &str, channel: &str) -> bool {
        let mut sockets = self.lock();
        let Some(channels) = sockets.get_mut(socket) else {
            return false;
        };
        let existed = channels.remove(channel);
        if channels.is_empty() {
            sockets.remove(socket);
        }
        existed
    }

    /// Returns the channels that the socket was subscribed to.
    pub(super) fn remove_all(&self, socket: &str) -> BTreeSet<String> {
        self.lock().remove(socket).unwrap_or_default()
    }

    pub(super) fn contains(&self, socket: &str, channel: &str) -> bool {
        let sockets = self.lock();
        sockets
            .get(socket)
            .is_some_and(|channels| channels.contains(channel))
    }

    /// Returns the number of subscriptions of each channel that has one.
    pub(super) fn counts(&self) -> BTreeMap<String, usize> {
        let mut counts = BTreeMap::new();
        for channel in self.lock().values().flatten() {
            *counts.entry(channel.clone()).or_default() += 1;
        }
        counts
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, BTreeSet<String>>> {
        // No code leaves the map half changed.
        self.of_sockets
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_socket_without_channels_needs_no_memory() {
        let subscriptions = Subscriptions::default();
        assert!(subscriptions.add("a", "x"));
        assert!(!subscriptions.add("a", "x"));
        assert!(subscriptions.add("b", "x"));
        assert_eq!(subscriptions.counts()["x"], 2);
        assert!(subscriptions.remove("a", "x"));
        assert!(!subscriptions.remove("a", "x"));
        assert_eq!(subscriptions.remove_all("b").len(), 1);
        assert!(subscriptions.lock().is_empty());
    }
}
