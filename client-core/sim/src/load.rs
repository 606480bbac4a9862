//! The payload of the simulation: what it holds, and how many of them are alive.

use std::cell::Cell;
use std::rc::Rc;

use tidewire_core::Payload;

use crate::wire::Wire;

/// Counts the payloads that are alive.
#[derive(Clone, Debug, Default)]
pub struct Ledger(Rc<Cell<usize>>);

impl Ledger {
    /// A payload that is counted until it is dropped.
    pub fn load(&self, content: Wire) -> Load {
        self.0.set(self.0.get() + 1);
        Load {
            content: Rc::new(content),
            cut: 0,
            ledger: self.clone(),
        }
    }

    /// How many are alive.
    pub fn live(&self) -> usize {
        self.0.get()
    }
}

/// A payload.
#[derive(Debug)]
pub struct Load {
    content: Rc<Wire>,
    cut: usize,
    ledger: Ledger,
}

impl Load {
    /// What is left of its content.
    pub fn content(&self) -> Wire {
        match &*self.content {
            Wire::Text(text) => Wire::Text(text[self.cut..].to_owned()),
            Wire::Binary(bytes) => Wire::Binary(bytes[self.cut..].to_vec()),
        }
    }
}

impl Payload for Load {
    fn size(&self) -> usize {
        self.content.len() - self.cut
    }

    fn strip_head(mut self, head: &[u8]) -> Self {
        self.cut += head.len();
        self
    }

    fn clone_ref(&self) -> Self {
        self.ledger.0.set(self.ledger.0.get() + 1);
        Load {
            content: self.content.clone(),
            cut: self.cut,
            ledger: self.ledger.clone(),
        }
    }
}

impl Drop for Load {
    fn drop(&mut self) {
        self.ledger.0.set(self.ledger.0.get() - 1);
    }
}
