//! The acks that a namespace awaits. Each is settled exactly once.

use core::cmp::Ordering;

use crate::output::AckId;
use crate::queue::Queue;
use crate::time::{Time, earlier};

#[derive(Debug)]
struct Awaited {
    id: AckId,
    deadline: Option<Time>,
}

/// The awaited acks, sorted by id because ids only grow: an ack is found by bisection, the oldest is taken in constant time.
#[derive(Debug)]
pub(crate) struct Acks {
    next: u64,
    awaited: Queue<Awaited>,
    /// How many of them have a deadline.
    timed: usize,
    /// No deadline is earlier than this. After an ack was settled it may be too early; `expire` then corrects it. It is
    /// `None` when no ack has a deadline: a timer without a purpose would keep a process alive.
    earliest: Option<Time>,
}

impl Acks {
    pub(crate) fn new() -> Acks {
        Acks {
            next: 0,
            awaited: Queue::new(),
            timed: 0,
            earliest: None,
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.awaited.len()
    }

    /// Returns an id that was never used before, not yet awaited.
    pub(crate) fn issue(&mut self) -> AckId {
        let id = AckId::from_number(self.next);
        self.next += 1;
        id
    }

    /// Awaits the ack issued last.
    pub(crate) fn wait(&mut self, id: AckId, deadline: Option<Time>) {
        self.timed += usize::from(deadline.is_some());
        self.earliest = earlier(self.earliest, deadline);
        self.awaited.push(Awaited { id, deadline });
    }

    /// Settles an ack. Returns whether it was awaited.
    pub(crate) fn settle(&mut self, id: AckId) -> bool {
        let found = find(&self.awaited, id, |awaited| awaited.id);
        found.is_some_and(|at| self.take(at).is_some())
    }

    /// Takes one ack that is overdue.
    pub(crate) fn expire(&mut self, now: Time) -> Option<AckId> {
        if self.earliest.is_none_or(|at| now < at) {
            return None;
        }
        self.earliest = None;
        for at in 0..self.awaited.len() {
            let deadline = self.awaited.get(at)?.deadline;
            self.earliest = earlier(self.earliest, deadline);
            if deadline.is_some_and(|at| at <= now) {
                return self.take(at);
            }
        }
        None
    }

    /// Takes the oldest ack.
    pub(crate) fn pop(&mut self) -> Option<AckId> {
        self.take(0)
    }

    /// Gives back the memory of an empty queue.
    pub(crate) fn shrink(&mut self) {
        self.awaited.shrink();
    }

    pub(crate) fn next_timeout(&self) -> Option<Time> {
        self.earliest
    }

    fn take(&mut self, at: usize) -> Option<AckId> {
        let Awaited { id, deadline } = self.awaited.take(at)?;
        self.timed -= usize::from(deadline.is_some());
        if self.timed == 0 {
            self.earliest = None;
        }
        Some(id)
    }
}

/// Returns the position of an ack in a queue that is sorted by ack ids.
pub(super) fn find<T>(queue: &Queue<T>, ack: AckId, id: impl Fn(&T) -> AckId) -> Option<usize> {
    let (mut low, mut high) = (0, queue.len());
    while low < high {
        let middle = low.midpoint(high);
        match id(queue.get(middle)?).cmp(&ack) {
            Ordering::Equal => return Some(middle),
            Ordering::Less => low = middle + 1,
            Ordering::Greater => high = middle,
        }
    }
    None
}
