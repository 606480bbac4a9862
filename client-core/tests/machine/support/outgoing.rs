//! An event for a test to emit.

use tidewire_core::{Ack, Delivery};

/// An event to emit.
pub(crate) struct Outgoing {
    pub(super) text: String,
    pub(super) ack: Ack,
    pub(super) attachments: Vec<Vec<u8>>,
    pub(super) delivery: Delivery,
}

/// Creates an event without an ack and attachments.
pub(crate) fn outgoing(text: impl Into<String>) -> Outgoing {
    Outgoing {
        text: text.into(),
        ack: Ack::None,
        attachments: Vec::new(),
        delivery: Delivery::Once,
    }
}

impl Outgoing {
    /// Asks for an ack.
    pub(crate) fn ack(self, ack: Ack) -> Outgoing {
        Outgoing { ack, ..self }
    }

    /// Adds an attachment.
    pub(crate) fn with(mut self, attachment: &[u8]) -> Outgoing {
        self.attachments.push(attachment.into());
        self
    }

    /// Makes the event volatile.
    pub(crate) fn volatile(self) -> Outgoing {
        Outgoing {
            delivery: Delivery::Volatile,
            ..self
        }
    }
}
