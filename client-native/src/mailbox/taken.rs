//! Items that the reader of a mailbox has taken and handles one by one. Until then they count against the mailbox's limits.

use std::collections::VecDeque;
use std::task::{Context, Poll, ready};

use super::{Mailbox, Weigh};

#[derive(Debug)]
pub(crate) struct Taken<T> {
    items: VecDeque<T>,
    bytes: usize,
    /// The bytes that the mailbox counts as held: `bytes`, or more.
    counted: usize,
}

impl<T: Weigh> Taken<T> {
    pub(crate) fn new() -> Self {
        Taken {
            items: VecDeque::new(),
            bytes: 0,
            counted: 0,
        }
    }

    /// The next item; `None` if the mailbox is closed and empty.
    pub(crate) fn poll_next(
        &mut self,
        mailbox: &Mailbox<T>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<T>> {
        if self.items.is_empty() {
            if !ready!(mailbox.poll_take(0, &mut self.items, cx)) {
                return Poll::Ready(None);
            }
            self.bytes = self
                .items
                .iter()
                .map(T::weight)
                .fold(0, usize::saturating_add);
            self.counted = self.bytes;
        }
        let item = self.items.pop_front();
        self.bytes -= item.as_ref().map_or(0, T::weight);
        // Seldom, because it takes the lock.
        if self.counted - self.bytes > mailbox.limits.bytes / SHARE {
            mailbox.hold(self.bytes);
            self.counted = self.bytes;
        }
        Poll::Ready(item)
    }
}

/// The mailbox is told after each such part of its limit.
const SHARE: usize = 8;
