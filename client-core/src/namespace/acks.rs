//! The acks a namespace awaits: each is settled exactly once.

use alloc::collections::VecDeque;

use crate::output::AckId;
use crate::time::{Millis, Time, earlier};

#[derive(Debug)]
struct Awaited {
    id: AckId,
    deadline: Option<Time>,
}

/// Sorted by id, for ids only grow: an answer is found by bisection, and the oldest leaves in constant time.
#[derive(Debug)]
pub(crate) struct Acks {
    next: u64,
    awaited: VecDeque<Awaited>,
    /// No deadline is earlier than this. Settled acks may have left it too early; then a look at the list mends it.
    earliest: Option<Time>,
}

impl Acks {
    pub(crate) fn new() -> Acks {
        Acks {
            next: 0,
            awaited: VecDeque::new(),
            earliest: None,
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.awaited.len()
    }

    /// An id that was never used before, not yet awaited.
    pub(crate) fn issue(&mut self) -> AckId {
        let id = AckId(self.next);
        self.next += 1;
        id
    }

    /// Awaits the ack issued last.
    pub(crate) fn wait(&mut self, id: AckId, now: Time, timeout: Option<Millis>) {
        let deadline = timeout.map(|span| now + span);
        self.earliest = earlier(self.earliest, deadline);
        self.awaited.push_back(Awaited { id, deadline });
    }

    /// Whether `id` was awaited; it no longer is.
    pub(crate) fn settle(&mut self, id: AckId) -> bool {
        let found = self.awaited.binary_search_by_key(&id, |awaited| awaited.id);
        if let Ok(at) = found {
            self.awaited.remove(at);
        }
        found.is_ok()
    }

    /// Takes one ack whose time is over.
    pub(crate) fn expire(&mut self, now: Time) -> Option<AckId> {
        if self.earliest.is_none_or(|at| now < at) {
            return None;
        }
        let due = self
            .awaited
            .iter()
            .position(|ack| ack.deadline.is_some_and(|at| at <= now));
        if due.is_none() {
            self.earliest = self.awaited.iter().filter_map(|ack| ack.deadline).min();
        }
        Some(self.awaited.remove(due?)?.id)
    }

    /// Takes the oldest ack.
    pub(crate) fn pop(&mut self) -> Option<AckId> {
        Some(self.awaited.pop_front()?.id)
    }

    pub(crate) fn next_timeout(&self) -> Option<Time> {
        self.earliest
    }
}
