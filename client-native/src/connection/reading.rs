//! Whether the driver reads: it does while every inbox has room, and longer while a caller awaits an answer of the server.
//!
//! The answer is behind the events that fill the inbox. If handlers await acks, they cannot take events until it is read.

use std::task::Context;

use super::command::AckFailure;
use super::driver::Driver;

/// While an answer is awaited, an inbox may hold as many times its limit.
const AWAITING: usize = 4;

impl Driver {
    /// Whether to take frames. Otherwise the task is woken when a listener takes events.
    pub(super) fn may_read(&mut self, cx: &mut Context<'_>) -> bool {
        let awaits_ack = !self.pending_acks.is_empty();
        let awaits = awaits_ack || !self.pending_connects.is_empty();
        let times = if awaits { AWAITING } else { 1 };
        let full = self
            .namespaces
            .iter()
            .find(|entry| entry.state.poll_room(times, cx).is_pending());
        let Some(full) = full else {
            return true;
        };
        if awaits_ack {
            if !std::mem::replace(&mut self.has_warned, true) {
                tracing::warn!(
                    target: "tidewire",
                    "events of {} wait to be taken, {AWAITING} times Builder::inbox_bytes: awaited acks fail, because they are \
                     behind these events",
                    full.state.name,
                );
            }
            self.fail_acks();
        }
        false
    }

    fn fail_acks(&mut self) {
        for (nsp, ack, reply_tx) in self.pending_acks.take_all() {
            self.machine.cancel(self.now, nsp, ack);
            // The caller may have dropped its future.
            let _ = reply_tx.send(Err(AckFailure::InboxFull));
        }
    }
}
