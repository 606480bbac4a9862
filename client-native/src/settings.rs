//! Settings that handles and dispatchers need after the client is built.

use std::time::Duration;

use tidewire_core::Millis;

use crate::mailbox::Limits;

#[derive(Clone, Copy, Debug)]
pub(crate) struct HandleSettings {
    /// How long `emit_with_ack` waits unless it is told otherwise.
    pub(crate) ack_timeout: Option<Duration>,
    /// What a listener may leave unread before the connection stops reading.
    pub(crate) inbox: Limits,
    /// How many attachments one packet may have.
    pub(crate) max_attachments: u32,
    /// How many handlers of a namespace may be waiting for something at the same time.
    pub(crate) running_handlers: usize,
}

/// The machine's milliseconds; a span too long for them is as good as the longest.
pub(crate) fn millis(span: Duration) -> Millis {
    Millis(u32::try_from(span.as_millis()).unwrap_or(u32::MAX))
}
