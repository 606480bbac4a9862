//! The payload of the simulation, which counts its live instances.

use std::cell::Cell;
use std::rc::Rc;

use tidewire_core::Payload;

use crate::wire::Wire;

/// Creates payloads and counts the live ones.
#[derive(Clone, Debug, Default)]
pub struct PayloadCounter(Rc<Cell<usize>>);

impl PayloadCounter {
    /// Creates a payload that is counted until it is dropped.
    pub fn payload(&self, content: Wire) -> CountedPayload {
        self.0.set(self.0.get() + 1);
        CountedPayload {
            content: Rc::new(content),
            stripped: 0,
            counter: self.clone(),
        }
    }

    /// Returns the number of live payloads.
    pub fn live(&self) -> usize {
        self.0.get()
    }
}

/// A payload that counts as live until it is dropped.
#[derive(Debug)]
pub struct CountedPayload {
    content: Rc<Wire>,
    stripped: usize,
    counter: PayloadCounter,
}

impl CountedPayload {
    /// Returns the content without the stripped head.
    pub fn content(&self) -> Wire {
        match &*self.content {
            Wire::Text(text) => Wire::Text(text[self.stripped..].to_owned()),
            Wire::Binary(bytes) => Wire::Binary(bytes[self.stripped..].to_vec()),
        }
    }
}

impl Payload for CountedPayload {
    fn size(&self) -> usize {
        self.content.len() - self.stripped
    }

    fn strip_head(mut self, head: &[u8]) -> Self {
        self.stripped += head.len();
        self
    }

    fn clone_ref(&self) -> Self {
        self.counter.0.set(self.counter.0.get() + 1);
        CountedPayload {
            content: self.content.clone(),
            stripped: self.stripped,
            counter: self.counter.clone(),
        }
    }
}

impl Drop for CountedPayload {
    fn drop(&mut self) {
        self.counter.0.set(self.counter.0.get() - 1);
    }
}
