//! A bounded queue between tasks. Its one reader takes all items at once, and it allocates nothing while it is empty.
//!
//! tokio's channels allocate a block of slots each, and synchronize for every item. Here a batch crosses under one lock, and an
//! idle connection, of which there may be 10,000, costs little.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

/// The size of an item, which counts against the limits.
pub(crate) trait Weigh {
    /// In bytes.
    fn weight(&self) -> usize;

    /// Whether a busy reader must take the item, too; see [`Mailbox::poll_urgent`].
    fn is_urgent(&self) -> bool {
        false
    }
}

/// The most a mailbox holds. One item always fits, whatever its size.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    pub(crate) items: usize,
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
    bytes: usize,
    urgent: bool,
    closed: bool,
    reader: Option<Waker>,
    writers: Vec<Waker>,
}

/// Why an item was not taken.
#[derive(Debug)]
pub(crate) enum Refused<T> {
    Full(T),
    Closed,
}

impl<T: Weigh> Mailbox<T> {
    pub(crate) fn new(limits: Limits) -> Self {
        let inner = Inner {
            queue: VecDeque::new(),
            bytes: 0,
            urgent: false,
            closed: false,
            reader: None,
            writers: Vec::new(),
        };
        Mailbox {
            limits,
            inner: Mutex::new(inner),
        }
    }

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

    /// Waits for room, then adds an item.
    ///
    /// # Errors
    /// If the mailbox is closed, now or while waiting.
    pub(crate) async fn push(&self, item: T) -> Result<(), Closed> {
        let mut item = item;
        loop {
            match self.try_push(item) {
                Ok(()) => return Ok(()),
                Err(Refused::Closed) => return Err(Closed),
                Err(Refused::Full(back)) => item = back,
            }
            std::future::poll_fn(|cx| self.poll_room(cx)).await;
        }
    }

    /// Adds items even if there is no room. Returns `false` if the mailbox is closed.
    pub(crate) fn force(&self, items: Vec<T>) -> bool {
        let bytes = items.iter().map(T::weight).fold(0, usize::saturating_add);
        let urgent = items.iter().any(T::is_urgent);
        let mut inner = self.lock();
        if inner.closed {
            return false;
        }
        inner.bytes = inner.bytes.saturating_add(bytes);
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

    /// Ready if there is room, or if the mailbox is closed.
    pub(crate) fn poll_room(&self, cx: &mut Context<'_>) -> Poll<()> {
        let mut inner = self.lock();
        if inner.closed || !inner.is_full(self.limits) {
            return Poll::Ready(());
        }
        if !inner
            .writers
            .iter()
            .any(|waker| waker.will_wake(cx.waker()))
        {
            inner.writers.push(cx.waker().clone());
        }
        Poll::Pending
    }

    /// Takes all items into the empty queue `into`. Ready with `false` if the mailbox is closed and empty. Pending if it is
    /// empty; both queues then free their memory.
    pub(crate) fn poll_take(&self, cx: &mut Context<'_>, into: &mut VecDeque<T>) -> Poll<bool> {
        let mut inner = self.lock();
        if inner.queue.is_empty() {
            if inner.closed {
                return Poll::Ready(false);
            }
            inner.queue = VecDeque::new();
            *into = VecDeque::new();
            match &mut inner.reader {
                Some(reader) => reader.clone_from(cx.waker()),
                none => *none = Some(cx.waker().clone()),
            }
            return Poll::Pending;
        }
        std::mem::swap(&mut inner.queue, into);
        inner.bytes = 0;
        inner.urgent = false;
        let writers = std::mem::take(&mut inner.writers);
        drop(inner);
        writers.into_iter().for_each(Waker::wake);
        Poll::Ready(true)
    }

    /// Ready if there is an urgent item, or if the mailbox is closed. A reader that is busy calls it.
    pub(crate) fn poll_urgent(&self, cx: &mut Context<'_>) -> Poll<()> {
        let mut inner = self.lock();
        if inner.urgent || inner.closed {
            return Poll::Ready(());
        }
        inner.reader = Some(cx.waker().clone());
        Poll::Pending
    }

    /// Closes the mailbox, because the reader is gone. Returns the items that it has not taken.
    pub(crate) fn abandon(&self) -> VecDeque<T> {
        self.close();
        std::mem::take(&mut self.lock().queue)
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.lock().closed
    }

    /// Closes the mailbox: no more items go in. The reader can still take those that are in.
    pub(crate) fn close(&self) {
        let mut inner = self.lock();
        inner.closed = true;
        let writers = std::mem::take(&mut inner.writers);
        wake(inner.reader.take(), inner);
        writers.into_iter().for_each(Waker::wake);
    }

    /// Ignores poisoning: no change of the queue is in two steps, so a panic cannot have left it half done.
    fn lock(&self) -> MutexGuard<'_, Inner<T>> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The mailbox is closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Closed;

impl<T: Weigh> Inner<T> {
    fn is_full(&self, limits: Limits) -> bool {
        self.queue.len() >= limits.items || self.bytes >= limits.bytes
    }

    fn push(&mut self, item: T) {
        self.bytes = self.bytes.saturating_add(item.weight());
        self.urgent |= item.is_urgent();
        self.queue.push_back(item);
    }
}

/// Wakes after unlocking, so that the woken task does not block on the lock.
fn wake<T>(waker: Option<Waker>, guard: MutexGuard<'_, Inner<T>>) {
    drop(guard);
    if let Some(waker) = waker {
        waker.wake();
    }
}

#[cfg(test)]
mod tests;
