//! A bounded queue between tasks. Its one reader takes all items at once, and it allocates nothing while it is empty.
//!
//! tokio's channels allocate a block of slots each, and synchronize for every item. Here a batch crosses under one lock, and an
//! idle connection, of which there may be 10,000, costs little.

mod push;
mod taken;
mod waiting;

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

pub(crate) use taken::Taken;
use waiting::Waiting;

/// The size of an item, which counts against the limits.
pub(crate) trait Weigh {
    /// In bytes.
    fn weight(&self) -> usize;

    /// Whether a busy reader must take the item, too; see [`Mailbox::poll_urgent`].
    fn is_urgent(&self) -> bool {
        false
    }

    /// Moves the item out of memory that it shares with others, into its own.
    fn shrink(&mut self) {}
}

/// The items of a mailbox may keep as many times their weight alive, and as many bytes more.
const SHARED_TIMES: usize = 4;
const SHARED_MORE: usize = 64 << 10;

/// The most a mailbox holds. One item always fits, whatever its size.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    pub(crate) items: usize,
    /// The items in the mailbox count, and those that its reader has taken and still holds.
    pub(crate) bytes: usize,
}

#[derive(Debug)]
pub(crate) struct Mailbox<T> {
    limits: Limits,
    inner: Mutex<Inner<T>>,
}

#[derive(Debug)]
struct Inner<T> {
    queue: VecDeque<T>,
    /// The items that were merged into one that is in the queue.
    merged: usize,
    /// The weight of the queue.
    bytes: usize,
    /// The bytes of shared memory that the queue may keep alive.
    shared: usize,
    /// The bytes that the reader has taken and still holds.
    held: usize,
    urgent: bool,
    closed: bool,
    reader: Option<Waker>,
    /// The caller of `poll_room`.
    filler: Option<Waker>,
    /// Created by the first item that finds no room.
    waiting: Option<Box<Waiting<T>>>,
}

/// Why an item was not taken.
#[derive(Debug)]
pub(crate) enum Refused<T> {
    Full(T),
    Closed,
}

/// The mailbox is closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Closed;

impl<T: Weigh> Mailbox<T> {
    pub(crate) fn new(limits: Limits) -> Self {
        let inner = Inner {
            queue: VecDeque::new(),
            merged: 0,
            bytes: 0,
            shared: 0,
            held: 0,
            urgent: false,
            closed: false,
            reader: None,
            filler: None,
            waiting: None,
        };
        Mailbox {
            limits,
            inner: Mutex::new(inner),
        }
    }

    // ---- for writers ----

    /// Adds an item if there is room.
    pub(crate) fn try_push(&self, item: T) -> Result<(), Refused<T>> {
        let mut inner = self.lock();
        if inner.closed {
            return Err(Refused::Closed);
        }
        if inner.is_full(self.limits) {
            return Err(Refused::Full(item));
        }
        inner.push(item);
        wake(inner.reader.take(), inner);
        Ok(())
    }

    /// Adds an item of `weight` bytes if there is room: `merge` puts it into the newest one, or returns it.
    pub(crate) fn try_merge(
        &self,
        weight: usize,
        merge: impl FnOnce(Option<&mut T>) -> Option<T>,
    ) -> Result<(), Refused<()>> {
        let mut inner = self.lock();
        if inner.closed {
            return Err(Refused::Closed);
        }
        if inner.is_full(self.limits) {
            return Err(Refused::Full(()));
        }
        match merge(inner.queue.back_mut()) {
            Some(item) => inner.queue.push_back(item),
            None => inner.merged += 1,
        }
        inner.bytes = inner.bytes.saturating_add(weight);
        wake(inner.reader.take(), inner);
        Ok(())
    }

    /// Adds items even if there is no room. Returns `false` if the mailbox is closed.
    pub(crate) fn force(&self, items: Vec<T>) -> bool {
        self.force_shared(items, 0)
    }

    /// Does what [`Mailbox::force`] does, for items that are parts of shared memory, of which `shared` bytes came with them. If the queue
    /// keeps much more alive than its weight, they move to memory of their own.
    pub(crate) fn force_shared(&self, mut items: Vec<T>, shared: usize) -> bool {
        let bytes = items.iter().map(T::weight).fold(0, usize::saturating_add);
        let urgent = items.iter().any(T::is_urgent);
        let mut inner = self.lock();
        if inner.closed {
            return false;
        }
        inner.bytes = inner.bytes.saturating_add(bytes);
        inner.shared = inner.shared.saturating_add(shared);
        let allowed = inner.bytes.saturating_mul(SHARED_TIMES);
        if inner.shared > allowed.saturating_add(SHARED_MORE) {
            items.iter_mut().for_each(T::shrink);
        }
        inner.urgent |= urgent;
        if inner.queue.is_empty() {
            // Reuses the allocation.
            inner.queue = items.into();
        } else {
            inner.queue.extend(items);
        }
        wake(inner.reader.take(), inner);
        true
    }

    /// Ready if there is room within `times` the limit of bytes, or if the mailbox is closed. Only one task may call it.
    pub(crate) fn poll_room(&self, times: usize, cx: &mut Context<'_>) -> Poll<()> {
        let mut inner = self.lock();
        let limits = Limits {
            bytes: self.limits.bytes.saturating_mul(times),
            ..self.limits
        };
        if inner.closed || !inner.is_full(limits) {
            return Poll::Ready(());
        }
        set(&mut inner.filler, cx);
        Poll::Pending
    }

    // ---- for the reader ----

    /// Takes all items into the empty queue `into`. Ready with their weight, or with `None` if the mailbox is closed and empty.
    /// Pending if it is empty; both queues then free their memory.
    ///
    /// `held` is the weight of the items taken before that the reader still holds. The items that it takes now count as held
    /// until it says otherwise.
    pub(crate) fn poll_take(
        &self,
        held: usize,
        into: &mut VecDeque<T>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<usize>> {
        let mut inner = self.lock();
        let mut wakers = inner.hold(held, self.limits);
        let result = if !inner.queue.is_empty() {
            std::mem::swap(&mut inner.queue, into);
            inner.urgent = false;
            inner.merged = 0;
            inner.shared = 0;
            let taken = std::mem::take(&mut inner.bytes);
            wakers.extend(inner.hold(held.saturating_add(taken), self.limits));
            Poll::Ready(Some(taken))
        } else if inner.closed {
            Poll::Ready(None)
        } else {
            inner.queue = VecDeque::new();
            *into = VecDeque::new();
            set(&mut inner.reader, cx);
            Poll::Pending
        };
        wake(wakers, inner);
        result
    }

    /// Ready if there is an urgent item, or if the mailbox is closed. A reader that is busy calls it; `held` is as in
    /// [`Mailbox::poll_take`].
    pub(crate) fn poll_urgent(&self, held: usize, cx: &mut Context<'_>) -> Poll<()> {
        let mut inner = self.lock();
        let wakers = inner.hold(held, self.limits);
        let ready = inner.urgent || inner.closed;
        if !ready {
            set(&mut inner.reader, cx);
        }
        wake(wakers, inner);
        if ready {
            Poll::Ready(())
        } else {
            Poll::Pending
        }
    }

    /// Notes the weight of the items that the reader has taken and still holds.
    pub(crate) fn hold(&self, held: usize) {
        let mut inner = self.lock();
        let wakers = inner.hold(held, self.limits);
        wake(wakers, inner);
    }

    /// Closes the mailbox, because the reader is gone. Returns the items that it has not taken.
    pub(crate) fn abandon(&self) -> VecDeque<T> {
        self.close();
        std::mem::take(&mut self.lock().queue)
    }

    // ---- for both ----

    pub(crate) fn is_closed(&self) -> bool {
        self.lock().closed
    }

    /// Closes the mailbox: no more items go in. The reader can still take those that are in.
    pub(crate) fn close(&self) {
        let mut inner = self.lock();
        inner.closed = true;
        let refused = inner.waiting.as_mut().map(|waiting| waiting.refuse());
        let ends = [inner.reader.take(), inner.filler.take()];
        wake(ends.into_iter().flatten(), inner);
        // Items may wake tasks when they are dropped, too.
        for (item, waker) in refused.into_iter().flatten() {
            drop(item);
            waker.wake();
        }
    }

    /// Ignores poisoning: no change of the queue is in two steps, so a panic cannot have left it half done.
    fn lock(&self) -> MutexGuard<'_, Inner<T>> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T: Weigh> Inner<T> {
    fn is_full(&self, limits: Limits) -> bool {
        self.queue.len() + self.merged >= limits.items
            || self.bytes.saturating_add(self.held) >= limits.bytes
    }

    fn push(&mut self, item: T) {
        self.bytes = self.bytes.saturating_add(item.weight());
        self.urgent |= item.is_urgent();
        self.queue.push_back(item);
    }

    /// Notes what the reader holds, and adds the items that wait while there is room. Returns the tasks to wake.
    fn hold(&mut self, held: usize, limits: Limits) -> Vec<Waker> {
        self.held = held;
        let mut wakers = Vec::from_iter(self.filler.take());
        while !self.is_full(limits)
            && let Some((item, waker)) = self.waiting.as_mut().and_then(|waiting| waiting.serve())
        {
            self.push(item);
            wakers.push(waker);
        }
        wakers
    }
}

/// Keeps the waker of the current task, instead of the one before.
fn set(waker: &mut Option<Waker>, cx: &mut Context<'_>) {
    match waker {
        Some(waker) => waker.clone_from(cx.waker()),
        none => *none = Some(cx.waker().clone()),
    }
}

/// Wakes after unlocking, so that a woken task does not block on the lock.
fn wake<T>(wakers: impl IntoIterator<Item = Waker>, guard: MutexGuard<'_, Inner<T>>) {
    drop(guard);
    wakers.into_iter().for_each(Waker::wake);
}

#[cfg(test)]
mod tests;
