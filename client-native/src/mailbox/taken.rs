//! Items that the reader of a mailbox has taken and handles one by one. Until then they count against the mailbox's limits.

use std::collections::VecDeque;
use std::task::{Context, Poll, ready};

use super::{Mailbox, Weigh};

#[derive(Debug)]
pub(crate) struct Taken<T> {
    items: VecDeque<T>,
    /// The bytes that the mailbox counts as held.
    counted: usize,
    /// The bytes of items that were handled since it was told. Not counted while a whole batch is too small to tell.
    handled: usize,
}

impl<T: Weigh> Taken<T> {
    pub(crate) fn new() -> Self {
        Taken {
            items: VecDeque::new(),
            counted: 0,
            handled: 0,
        }
    }

    /// The next item; `None` if the mailbox is closed and empty.
    pub(crate) fn poll_next(
        &mut self,
        mailbox: &Mailbox<T>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<T>> {
        if self.items.is_empty() {
            match ready!(mailbox.poll_take(0, &mut self.items, cx)) {
                Some(bytes) => self.counted = bytes,
                None => return Poll::Ready(None),
            }
            self.handled = 0;
        }
        let item = self.items.pop_front();
        let share = mailbox.limits.bytes / SHARE;
        if self.counted > share {
            self.handled += item.as_ref().map_or(0, T::weight);
            if self.handled > share {
                self.counted = self.counted.saturating_sub(self.handled);
                self.handled = 0;
                mailbox.hold(self.counted);
            }
        }
        Poll::Ready(item)
    }
}

/// The mailbox is told after each such part of its limit, because that takes the lock.
const SHARE: usize = 8;
