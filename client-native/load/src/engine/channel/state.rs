//! The state that the handles of a namespace share with the task that takes its events.

use std::sync::atomic::AtomicBool;

use crate::engine::inbox::Inbox;

#[derive(Debug)]
pub(super) struct State {
    pub(super) inbox: Inbox,
    /// Whether the user itself ends the connection: then a disconnect is not a loss.
    pub(super) is_leaving: AtomicBool,
    pub(super) is_connected: AtomicBool,
    /// Whether this is the user's first namespace, which counts as its connection.
    pub(super) is_first: bool,
}

impl State {
    pub(super) fn new(is_first: bool) -> State {
        State {
            inbox: Inbox::default(),
            is_leaving: AtomicBool::new(false),
            is_connected: AtomicBool::new(false),
            is_first,
        }
    }
}
