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

    /// Waits for room, then puts an item in.
    ///
    /// # Errors
    /// When the mailbox is closed, now or while waiting.
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

    /// Puts items in whether or not there is room: for what must not wait. Returns whether somebody may still read them.
    pub(crate) fn force(&self, items: impl IntoIterator<Item = T>) -> bool {
        let mut inner = self.lock();
        if inner.closed {
            return false;
        }
        for item in items {
            inner.push(item);
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
    pub(crate) fn poll_take(&self, cx: &mut Context<'_>, into: &mut VecDeque<T>) -> Poll<bool> {
        let mut inner = self.lock();
        if inner.queue.is_empty() {
            if inner.closed {
                return Poll::Ready(false);
            }
            inner.reader = Some(cx.waker().clone());
            return Poll::Pending;
        }
        std::mem::swap(&mut inner.queue, into);
        inner.bytes = 0;
        let writers = std::mem::take(&mut inner.writers);
        drop(inner);
        writers.into_iter().for_each(Waker::wake);
        Poll::Ready(true)
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
