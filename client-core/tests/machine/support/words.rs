//! An event to emit, in words.

use tidewire_core::{Ack, Delivery};

/// An event to emit, without acks and attachments unless it says so.
pub(crate) struct Words {
    pub(super) text: String,
    pub(super) ack: Ack,
    pub(super) attachments: Vec<Vec<u8>>,
    pub(super) delivery: Delivery,
}

pub(crate) fn words(text: impl Into<String>) -> Words {
    Words {
        text: text.into(),
        ack: Ack::None,
        attachments: Vec::new(),
        delivery: Delivery::Once,
    }
}

impl Words {
    pub(crate) fn ack(self, ack: Ack) -> Words {
        Words { ack, ..self }
    }

    pub(crate) fn with(mut self, attachment: &[u8]) -> Words {
        self.attachments.push(attachment.into());
        self
    }

    pub(crate) fn volatile(self) -> Words {
        Words {
            delivery: Delivery::Volatile,
            ..self
        }
    }
}
