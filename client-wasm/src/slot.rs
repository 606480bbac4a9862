//! Payloads as the machine sees them here: the number of a slot in a table of JavaScript's, counted.
//!
//! What is known of a value lies in a table here, beside the count: so a payload is one number wherever it goes, which is a
//! good part of the code's size.

use alloc::vec::Vec;
use core::num::NonZeroU32;

use tidewire_core::Payload;

use crate::ground;

/// A share of the value that JavaScript keeps in a slot.
#[derive(Debug)]
pub(crate) struct Slot {
    /// The slot's number, counted from 1, so that no slot at all takes no room of its own.
    place: NonZeroU32,
}

impl Slot {
    /// The first share of a value of `size` bytes that JavaScript has just put into slot `index`.
    pub(crate) fn new(index: u32, size: u32) -> Slot {
        ground::with_slots(|slots| slots.fill(index, size));
        Slot {
            place: NonZeroU32::MIN.saturating_add(index),
        }
    }

    /// The number of the slot.
    pub(crate) fn index(&self) -> u32 {
        self.place.get() - 1
    }

    /// How many units of the value's front are cut off.
    pub(crate) fn cut_units(&self) -> u32 {
        self.with(|value| value.cut)
    }

    fn with<R>(&self, f: impl FnOnce(&mut Value) -> R) -> R {
        ground::with_slots(|slots| f(slots.value(self.index())))
    }
}

impl Payload for Slot {
    // Not inlined, as its kin below: payloads are measured, shared and dropped in many places.
    #[inline(never)]
    fn size(&self) -> usize {
        self.with(|value| value.size as usize)
    }

    /// Of all shares. The machine cuts what comes, before anybody shares it.
    fn strip_head(self, head: &[u8]) -> Self {
        self.with(|value| {
            value.size = value.size.saturating_sub(head.len() as u32);
            value.cut += utf16_units(head);
        });
        self
    }

    fn clone_ref(&self) -> Self {
        self.with(|value| value.shares += 1);
        Slot { place: self.place }
    }
}

impl Drop for Slot {
    #[inline(never)]
    fn drop(&mut self) {
        ground::with_slots(|slots| slots.release(self.index()));
    }
}

/// How many UTF-16 units the bytes are: one for each character, two for one of four bytes.
fn utf16_units(head: &[u8]) -> u32 {
    head.iter().fold(0, |units, byte| {
        units + u32::from(byte & 0xc0 != 0x80) + u32::from(*byte >= 0xf0)
    })
}

/// What is known of the value in a slot.
#[derive(Clone, Debug, Default)]
struct Value {
    shares: u32,
    /// Bytes of what is left of it.
    size: u32,
    /// Units of JavaScript's (UTF-16 or bytes) that are cut off its front.
    cut: u32,
}

/// The values in the slots, and which slots have no share left.
#[derive(Debug)]
pub(crate) struct Slots {
    values: Vec<Value>,
    released: Vec<u32>,
}

impl Slots {
    pub(crate) const fn new() -> Slots {
        Slots {
            values: Vec::new(),
            released: Vec::new(),
        }
    }

    fn fill(&mut self, index: u32, size: u32) {
        let at = index as usize;
        if at >= self.values.len() {
            self.values.resize(at + 1, Value::default());
        }
        let value = self.value(index);
        value.shares += 1;
        (value.size, value.cut) = (size, 0);
    }

    fn value(&mut self, index: u32) -> &mut Value {
        // A `Slot` is of `fill` alone, and the table never shrinks.
        &mut self.values[index as usize]
    }

    fn release(&mut self, index: u32) {
        let value = self.value(index);
        value.shares -= 1;
        if value.shares == 0 {
            self.released.push(index);
        }
    }

    /// Takes the slots that have no share left.
    pub(crate) fn take_released(&mut self) -> Vec<u32> {
        core::mem::take(&mut self.released)
    }
}
