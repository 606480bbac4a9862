//! Items that wait for room in a mailbox, in the order in which they came.

use std::collections::BTreeMap;
use std::task::{Context, Poll, Waker};

/// The items wait here and not in their futures. So the reader takes them over without a turn of the tasks that wait, and a
/// dropped future delays no other.
#[derive(Debug)]
pub(super) struct Waiting<T> {
    /// By ticket. Tickets only grow, and the smallest is served first.
    items: BTreeMap<u64, (T, Waker)>,
    next: u64,
    /// All tickets before this one are served, or given up.
    served: u64,
}

impl<T> Waiting<T> {
    pub(super) fn new() -> Box<Self> {
        Box::new(Waiting {
            items: BTreeMap::new(),
            next: 0,
            served: 0,
        })
    }

    pub(super) fn add(&mut self, item: T, waker: Waker) -> u64 {
        let ticket = self.next;
        self.next += 1;
        self.items.insert(ticket, (item, waker));
        ticket
    }

    /// Takes the item that has waited the longest.
    pub(super) fn serve(&mut self) -> Option<(T, Waker)> {
        let (ticket, waiting) = self.items.pop_first()?;
        self.served = ticket + 1;
        Some(waiting)
    }

    /// Keeps another waker for an item that still waits. Otherwise returns whether it was served.
    pub(super) fn poll(&mut self, ticket: u64, cx: &mut Context<'_>) -> Poll<bool> {
        match self.items.get_mut(&ticket) {
            Some((_, waker)) => {
                waker.clone_from(cx.waker());
                Poll::Pending
            }
            None => Poll::Ready(ticket < self.served),
        }
    }

    /// Takes an item that still waits back.
    pub(super) fn give_up(&mut self, ticket: u64) -> Option<(T, Waker)> {
        self.items.remove(&ticket)
    }

    /// Takes all items, which are not served.
    pub(super) fn refuse(&mut self) -> impl Iterator<Item = (T, Waker)> + use<T> {
        std::mem::take(&mut self.items).into_values()
    }
}
