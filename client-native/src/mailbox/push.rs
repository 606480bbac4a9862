//! Adding an item to a full mailbox, by waiting for room.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use super::waiting::Waiting;
use super::{Closed, Mailbox, Weigh};

/// The future of [`Mailbox::push`].
#[derive(Debug)]
#[must_use = "the item is not added until this is awaited"]
pub(crate) struct Push<'a, T: Weigh> {
    mailbox: &'a Mailbox<T>,
    state: State<T>,
}

#[derive(Debug)]
enum State<T> {
    Idle(T),
    /// The ticket.
    Waiting(u64),
    Done,
}

impl<T: Weigh> Mailbox<T> {
    /// Waits for room, then adds an item. First come, first served.
    ///
    /// If the future is dropped before it is ready, the item is in the mailbox or gone.
    ///
    /// # Errors
    /// If the mailbox is closed, now or while waiting.
    pub(crate) fn push(&self, item: T) -> Push<'_, T> {
        let state = State::Idle(item);
        Push {
            mailbox: self,
            state,
        }
    }
}

impl<T: Weigh> Push<'_, T> {
    fn start(&self, item: T, cx: &mut Context<'_>) -> (State<T>, Poll<Result<(), Closed>>) {
        let mut inner = self.mailbox.lock();
        if inner.closed {
            return (State::Done, Poll::Ready(Err(Closed)));
        }
        if inner.is_full(self.mailbox.limits) {
            let waiting = inner.waiting.get_or_insert_with(Waiting::new);
            let ticket = waiting.add(item, cx.waker().clone());
            return (State::Waiting(ticket), Poll::Pending);
        }
        inner.push(item);
        super::wake(inner.reader.take(), inner);
        (State::Done, Poll::Ready(Ok(())))
    }

    fn poll_served(&self, ticket: u64, cx: &mut Context<'_>) -> Poll<Result<(), Closed>> {
        let mut inner = self.mailbox.lock();
        let waiting = inner.waiting.as_mut();
        let served = waiting.map_or(Poll::Ready(false), |waiting| waiting.poll(ticket, cx));
        served.map(|served| if served { Ok(()) } else { Err(Closed) })
    }
}

impl<T: Weigh + Unpin> Future for Push<'_, T> {
    type Output = Result<(), Closed>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.get_mut();
        match std::mem::replace(&mut this.state, State::Done) {
            State::Idle(item) => {
                let (state, result) = this.start(item, cx);
                this.state = state;
                result
            }
            State::Waiting(ticket) => {
                let result = this.poll_served(ticket, cx);
                if result.is_pending() {
                    this.state = State::Waiting(ticket);
                }
                result
            }
            State::Done => Poll::Pending,
        }
    }
}

impl<T: Weigh> Drop for Push<'_, T> {
    /// Gives the place up. An item that was served stays in the mailbox.
    fn drop(&mut self) {
        let State::Waiting(ticket) = self.state else {
            return;
        };
        let mut inner = self.mailbox.lock();
        let waiting = inner.waiting.as_mut();
        let given_up = waiting.and_then(|waiting| waiting.give_up(ticket));
        // The item wakes a task when it is dropped, so the lock must be free.
        drop(inner);
        drop(given_up);
    }
}
