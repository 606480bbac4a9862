//! The outbox of each session.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, Weak};

use super::limit::Limit;
use super::poller::Poller;
use super::wire::Wire;
use crate::lock::lock;

/// The unsent bytes of one client. It is an extension of the first request of the client's session.
#[derive(Debug)]
pub(crate) struct Outbox {
    /// The connection of its WebSocket.
    wire: Mutex<Weak<Wire>>,
    pub(super) poller: Arc<Poller>,
    /// Whether the client is in a namespace, so that it receives events.
    is_in_namespace: AtomicBool,
    /// The number of polls that were answered.
    polls: AtomicU64,
}

impl Outbox {
    /// Returns whether the client has so much to read that nothing of its own is added.
    pub(crate) fn is_full(&self) -> bool {
        match lock(&self.wire).upgrade() {
            Some(wire) => wire.is_full(),
            None => self.poller.is_full(),
        }
    }

    pub(crate) fn note_namespace(&self) {
        self.is_in_namespace.store(true, Ordering::Relaxed);
    }

    pub(super) fn note_poll(&self) {
        self.polls.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn use_wire(&self, wire: &Weak<Wire>) {
        *lock(&self.wire) = Weak::clone(wire);
    }
}

/// The outboxes of all sessions that began over polling, by their ids: later requests find them here.
#[derive(Debug)]
pub(crate) struct Outboxes {
    limit: Arc<Limit>,
    sessions: Mutex<Sessions>,
}

#[derive(Debug, Default)]
struct Sessions {
    by_id: HashMap<String, Weak<Outbox>>,
    /// At this many entries, those of sessions that have ended are removed.
    crowded: usize,
}

impl Outboxes {
    pub(crate) fn new(limit: Limit) -> Self {
        Self {
            limit: Arc::new(limit),
            sessions: Mutex::default(),
        }
    }

    pub(crate) fn limit(&self) -> &Arc<Limit> {
        &self.limit
    }

    /// Makes the outbox of a session that begins.
    pub(super) fn open(&self) -> Arc<Outbox> {
        Arc::new(Outbox {
            wire: Mutex::default(),
            poller: Poller::new(Arc::clone(&self.limit)),
            is_in_namespace: AtomicBool::new(false),
            polls: AtomicU64::new(0),
        })
    }

    pub(super) fn insert(&self, id: String, outbox: &Arc<Outbox>) {
        const FEW: usize = 64;
        let mut sessions = lock(&self.sessions);
        if sessions.by_id.len() >= sessions.crowded {
            sessions.by_id.retain(|_, outbox| outbox.strong_count() > 0);
            sessions.crowded = FEW.max(sessions.by_id.len() * 2);
        }
        sessions.by_id.insert(id, Arc::downgrade(outbox));
    }

    /// Returns the clients that poll and receive events, with the number of their polls so far.
    pub(crate) fn pollers(&self) -> Pollers {
        let sessions = lock(&self.sessions);
        let live = sessions.by_id.values().filter(|outbox| {
            let live = outbox.upgrade();
            live.is_some_and(|outbox| outbox.is_in_namespace.load(Ordering::Relaxed))
        });
        let counted = live.map(|outbox| (Weak::clone(outbox), polls(outbox)));
        Pollers(counted.collect())
    }

    pub(super) fn get(&self, id: &str) -> Option<Arc<Outbox>> {
        lock(&self.sessions).by_id.get(id)?.upgrade()
    }
}

/// Clients that poll, at one moment.
pub(crate) struct Pollers(Vec<(Weak<Outbox>, u64)>);

impl Pollers {
    /// Returns whether each has polled since that moment, changed to a WebSocket, or left.
    pub(crate) fn have_polled(&self) -> bool {
        let mut clients = self.0.iter();
        clients.all(|(outbox, before)| {
            let now = polls(outbox);
            now > *before || now == u64::MAX
        })
    }
}

/// Returns the number of polls, and the largest number for a client that does not poll any more.
fn polls(outbox: &Weak<Outbox>) -> u64 {
    match outbox.upgrade() {
        Some(outbox) if lock(&outbox.wire).strong_count() == 0 => {
            outbox.polls.load(Ordering::Relaxed)
        }
        _ => u64::MAX,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sessions_that_have_ended_leave() {
        let outboxes = Outboxes::new(Limit {
            bytes: 1,
            answer: 1,
            metrics: Arc::default(),
        });
        let kept = outboxes.open();
        outboxes.insert("kept".to_owned(), &kept);
        for number in 0..10_000 {
            outboxes.insert(number.to_string(), &outboxes.open());
        }
        assert!(outboxes.get("kept").is_some() && outboxes.get("9999").is_none());
        assert!(lock(&outboxes.sessions).by_id.len() <= 128);
    }
}
