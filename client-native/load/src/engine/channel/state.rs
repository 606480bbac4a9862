//! The state that the handles of a namespace share with the task that takes its events.

use std::sync::atomic::{AtomicBool, Ordering};

use tokio::sync::Notify;

use crate::engine::inbox::Inbox;

#[derive(Debug)]
pub(super) struct State {
    pub(super) inbox: Inbox,
    /// Whether the user itself ends the connection: then a disconnect is not a loss.
    pub(super) is_leaving: AtomicBool,
    is_connected: AtomicBool,
    /// A connect was counted.
    counted: Notify,
    /// Whether this is the user's first namespace, which counts as its connection.
    pub(super) is_first: bool,
}

impl State {
    pub(super) fn new(is_first: bool) -> State {
        State {
            inbox: Inbox::default(),
            is_leaving: AtomicBool::new(false),
            is_connected: AtomicBool::new(false),
            counted: Notify::new(),
            is_first,
        }
    }
    /// Notes a connect that was counted. Returns whether it was not connected before.
    pub(super) fn note_connect(&self) -> bool {
        let was_connected = self.is_connected.swap(true, Ordering::Relaxed);
        self.counted.notify_one();
        !was_connected
    }

    /// Notes the end of a connection. Returns whether it was connected.
    pub(super) fn note_end(&self) -> bool {
        self.is_connected.swap(false, Ordering::Relaxed)
    }

    /// Waits until the connect is counted: a user that ends at once must not end before that.
    pub(super) async fn count_connect(&self) {
        while !self.is_connected.load(Ordering::Relaxed) {
            self.counted.notified().await;
        }
    }
}
