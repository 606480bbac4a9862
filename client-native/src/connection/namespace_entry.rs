//! A namespace as the driver knows it: its status, the events of this turn, and the callers that wait for its end.

use std::sync::Arc;

use tidewire_core::{Backoff, Nsp};
use tokio::sync::oneshot;

use super::state::NamespaceState;
use crate::error::Ended;
use crate::event::{Event, Message};

/// The messages for which a batch has room at once, at most: as many as one turn takes from a WebSocket.
const ROOM: usize = 64;

/// A namespace as the driver knows it.
pub(super) struct NamespaceEntry {
    pub(super) nsp: Nsp,
    pub(super) state: Arc<NamespaceState>,
    pub(super) status: Status,
    /// Whether attempts go on after one has failed: it was connected, or is to be connected in the background.
    pub(super) keep_trying: bool,
    /// Counts callbacks: the result of any but the last is ignored.
    pub(super) callbacks: u32,
    /// Counts refusals in a row, if the application wants to be asked about them.
    pub(super) refusals: Option<Box<Backoff>>,
    /// The id of the socket, while it is connected.
    pub(super) id: Option<Arc<str>>,
    /// Events of this turn, which the listeners get together.
    pub(super) batch: Vec<Event>,
    /// The length of the last batch.
    last_batch: usize,
    /// The bytes that the connection had read when a message was put into the batch, and when a batch was last delivered.
    read: usize,
    read_before: usize,
    /// Why the namespace has ended; `None` before its first end, and while it is wanted.
    ended: Option<Box<Ended>>,
    end_waiters: Vec<oneshot::Sender<Ended>>,
}

/// A namespace's status, as far as the machine does not know it or tells it later.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Status {
    Disconnected,
    Connecting,
    /// The server has refused, and the application decides whether to retry.
    Rejected,
    Connected,
    /// Its connection is lost. The machine says next whether it reconnects.
    Lost,
}

impl NamespaceEntry {
    pub(super) fn new(nsp: Nsp, state: Arc<NamespaceState>) -> NamespaceEntry {
        NamespaceEntry {
            nsp,
            state,
            status: Status::Disconnected,
            keep_trying: false,
            callbacks: 0,
            refusals: None,
            id: None,
            batch: Vec::new(),
            last_batch: 0,
            read: 0,
            read_before: 0,
            ended: None,
            end_waiters: Vec::new(),
        }
    }

    /// Adds a message to the batch, when the connection has read `read` bytes.
    pub(super) fn push_message(&mut self, message: Message, read: usize) {
        if self.batch.is_empty() {
            // Under a flood, one batch is like the next.
            self.batch.reserve(self.last_batch.min(ROOM));
        }
        self.read = read;
        self.batch.push(Event::Message(message));
    }

    pub(super) fn deliver(&mut self) {
        if !self.batch.is_empty() {
            self.last_batch = self.batch.len();
            let read = self.read.wrapping_sub(self.read_before);
            self.read_before = self.read;
            self.state.deliver(std::mem::take(&mut self.batch), read);
        }
    }

    /// Marks the namespace as wanted.
    pub(super) fn start_connecting(&mut self) {
        self.status = Status::Connecting;
        self.state.set_wanted();
        self.ended = None;
    }

    /// Marks the namespace as disconnected for good, and tells the callers that wait for it.
    pub(super) fn end(&mut self, why: Ended) {
        self.state.set_ended();
        if self.ended.is_none() {
            self.batch.push(Event::Ended(why.clone()));
        }
        // Listeners get their events before the callers of `ended` go on.
        self.deliver();
        self.status = Status::Disconnected;
        self.keep_trying = false;
        // A callback that is still running is outdated.
        self.callbacks = self.callbacks.wrapping_add(1);
        for waiter in self.end_waiters.drain(..) {
            // The caller may have dropped its future.
            let _ = waiter.send(why.clone());
        }
        self.ended = Some(Box::new(why));
    }

    /// Whether the machine may buffer events of this namespace.
    pub(super) fn may_buffer(&self) -> bool {
        self.status != Status::Connected
    }

    pub(super) fn has_ended(&self) -> bool {
        self.ended.is_some()
    }

    /// Answers now if the namespace has ended, and later otherwise.
    pub(super) fn await_end(&mut self, reply_tx: oneshot::Sender<Ended>) {
        match &self.ended {
            Some(why) => {
                let _ = reply_tx.send(Ended::clone(why));
            }
            None => {
                // Removes the waiters whose futures were dropped, before the list grows.
                if self.end_waiters.len() == self.end_waiters.capacity() {
                    self.end_waiters.retain(|waiter| !waiter.is_closed());
                }
                self.end_waiters.push(reply_tx);
            }
        }
    }
}
