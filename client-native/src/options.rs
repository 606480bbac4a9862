//! Options that handles, dispatchers and the driver need after the client is built.

use std::time::Duration;

use tidewire_core::Millis;

use crate::mailbox::Limits;

/// Commands to the driver that may queue up before `emit` waits. The bytes are those of all stages: in the mailbox, in the
/// machine, and on their way to the network.
pub(crate) const COMMAND_LIMITS: Limits = Limits {
    items: 16_384,
    bytes: 16 << 20,
};

#[derive(Clone, Copy, Debug)]
pub(crate) struct HandleOptions {
    /// The default timeout of `emit_with_ack`.
    pub(crate) ack_timeout: Option<Duration>,
    /// Unread events of one listener, at which the connection stops reading.
    pub(crate) inbox: Limits,
    /// The bytes of a message from which on it may be compressed.
    pub(crate) compressed: usize,
    /// Attachments in one packet.
    pub(crate) max_attachments: u32,
    /// Handlers of one namespace that may be pending at the same time.
    pub(crate) running_handlers: usize,
}

/// Converts to the machine's milliseconds. Saturates at `u32::MAX`, which is 49 days.
pub(crate) fn millis(span: Duration) -> Millis {
    Millis(u32::try_from(span.as_millis()).unwrap_or(u32::MAX))
}
