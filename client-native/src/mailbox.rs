//! A bounded queue between tasks: emptied by one reader at a stroke, and costing nothing while it is empty.
//!
//! tokio's channels would do, but allocate a block of slots for every channel, and take a lock or its like for every item;
//! here a whole batch crosses under one lock, which is what 10,000 idle connections and a flood of events both want.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

/// How many bytes an item keeps alive.
pub(crate) trait Weigh {
    fn weight(&self) -> usize;

    /// Whether the item must be read even by a reader that has enough to do; see [`Mailbox::poll_held`].
    fn is_urgent(&self) -> bool {
        false
    }
}

/// What a mailbox holds at most. One item always fits, however heavy.
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
    /// The reader has enough to do, and takes nothing for now.
    held: bool,
    closed: bool,
    reader: Option<Waker>,
    writers: Vec<Waker>,
}

/// When an item is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Taken {
    /// As soon as the reader has its turn.
    Soon,
    /// When the reader has less to do, whenever that is.
    Later,
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
            held: false,
            closed: false,
            reader: None,
            writers: Vec::new(),
        };
        Mailbox {
            limits,
            inner: Mutex::new(inner),
        }
    }

    /// Puts an item in if there is room.
    pub(crate) fn try_push(&self, item: T) -> Result<Taken, Refused<T>> {
        let mut inner = self.lock();
        if inner.closed {
            return Err(Refused::Closed);
        }
        if inner.is_full(self.limits) {
            return Err(Refused::Full(item));
        }
        inner.push(item);
        let taken = if inner.held {
            Taken::Later
        } else {
            Taken::Soon
        };
        wake(inner.reader.take(), inner);
        Ok(taken)
    }

    /// Waits for room, then puts an item in.
    ///
    /// # Errors
    /// When the mailbox is closed, now or while waiting.
    pub(crate) async fn push(&self, item: T) -> Result<(), Closed> {
        let mut item = item;
        loop {
            match self.try_push(item) {
                Ok(_) => return Ok(()),
                Err(Refused::Closed) => return Err(Closed),
                Err(Refused::Full(back)) => item = back,
            }
            std::future::poll_fn(|cx| self.poll_room(cx)).await;
        }
    }

    /// Puts items in whether or not there is room: for what must not wait. Returns whether somebody may still read them.
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
            // The items stay where they are.
            inner.queue = items.into();
        } else {
            inner.queue.extend(items);
        }
        wake(inner.reader.take(), inner);
        true
    }

    /// Ready when there is room (or nobody reads any more).
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

    /// Takes everything there is into the empty queue `into`. Ready with `false` when the mailbox is closed and empty.
    /// Where there is nothing, both queues give their room back.
    pub(crate) fn poll_take(&self, cx: &mut Context<'_>, into: &mut VecDeque<T>) -> Poll<bool> {
        let mut inner = self.lock();
        if inner.queue.is_empty() {
            if inner.closed {
                return Poll::Ready(false);
            }
            inner.held = false;
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
        inner.held = false;
        let writers = std::mem::take(&mut inner.writers);
        drop(inner);
        writers.into_iter().for_each(Waker::wake);
        Poll::Ready(true)
    }

    /// For a reader that cannot do much now: ready when it must take what there is all the same. That is so when something
    /// urgent is in it, when the mailbox is closed, and for what was put in by those who could not know (see [`Taken`]).
    pub(crate) fn poll_held(&self, cx: &mut Context<'_>) -> Poll<()> {
        let mut inner = self.lock();
        let was_held = std::mem::replace(&mut inner.held, true);
        if inner.urgent || inner.closed || !(was_held || inner.queue.is_empty()) {
            return Poll::Ready(());
        }
        inner.reader = Some(cx.waker().clone());
        Poll::Pending
    }

    /// The reader is gone: nothing more goes in, and what is in is dropped.
    pub(crate) fn abandon(&self) {
        self.close();
        let left = std::mem::take(&mut self.lock().queue);
        drop(left);
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.lock().closed
    }

    /// Nothing more goes in; what is in can still be taken.
    pub(crate) fn close(&self) {
        let mut inner = self.lock();
        inner.closed = true;
        let writers = std::mem::take(&mut inner.writers);
        wake(inner.reader.take(), inner);
        writers.into_iter().for_each(Waker::wake);
    }

    /// A panic while the lock was held cannot have left the queue half done: every change is one step.
    fn lock(&self) -> MutexGuard<'_, Inner<T>> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The other side is gone.
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

/// Wakes after the lock is given back, so that the woken task does not meet it.
fn wake<T>(waker: Option<Waker>, guard: MutexGuard<'_, Inner<T>>) {
    drop(guard);
    if let Some(waker) = waker {
        waker.wake();
    }
}

#[cfg(test)]
mod tests;
