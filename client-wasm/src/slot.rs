//! Payloads by number: a slot of a JavaScript table, with a count of its shares.
//!
//! The size of a value is in a table here, beside the count. A payload is therefore one number wherever it goes, which
//! saves a good part of the code size.

use alloc::vec::Vec;
use core::num::NonZeroU32;

use tidewire_core::Payload;

use crate::single::single;

single! {
    static SLOTS: Slots = Slots::new();
}

/// Takes the slots that have no share left.
pub(crate) fn take_released() -> Vec<u32> {
    SLOTS.with_borrow_mut(|slots| core::mem::take(&mut slots.released))
}

/// A share of the value that JavaScript keeps in a slot.
#[derive(Debug)]
pub(crate) struct Slot {
    /// The number of the slot plus 1, so that `Option<Slot>` is as small as `Slot`.
    number: NonZeroU32,
}

impl Slot {
    /// Creates the first share of a value of `size` bytes that JavaScript has put into slot `index`.
    pub(crate) fn new(index: u32, size: u32) -> Slot {
        SLOTS.with_borrow_mut(|slots| slots.fill(index, size));
        Slot {
            number: NonZeroU32::MIN.saturating_add(index),
        }
    }

    /// Returns the number of the slot.
    pub(crate) fn index(&self) -> u32 {
        self.number.get() - 1
    }

    /// Returns how many JavaScript units are cut off the front of the value.
    pub(crate) fn cut_units(&self) -> u32 {
        self.with(|value| value.cut)
    }

    fn with<R>(&self, f: impl FnOnce(&mut Value) -> R) -> R {
        SLOTS.with_borrow_mut(|slots| f(slots.value(self.index())))
    }
}

impl Payload for Slot {
    // Not inlined, nor is `drop`, for the sake of code size: both have many callers.
    #[inline(never)]
    fn size(&self) -> usize {
        self.with(|value| value.size as usize)
    }

    /// Cuts the value for all shares. The machine does so before it shares an incoming payload.
    fn strip_head(self, head: &[u8]) -> Self {
        self.with(|value| {
            value.size = value.size.saturating_sub(head.len() as u32);
            // The type of a binary frame, or the brace of an object: as many units as bytes.
            value.cut += head.len() as u32;
        });
        self
    }

    fn clone_ref(&self) -> Self {
        self.with(|value| value.shares += 1);
        Slot {
            number: self.number,
        }
    }
}

impl Drop for Slot {
    #[inline(never)]
    fn drop(&mut self) {
        SLOTS.with_borrow_mut(|slots| slots.release(self.index()));
    }
}

/// The value in a slot.
#[derive(Clone, Debug, Default)]
struct Value {
    shares: u32,
    /// Bytes, without the part that is cut off.
    size: u32,
    /// JavaScript units (UTF-16 of text, bytes of binary) that are cut off the front.
    cut: u32,
}

/// The values in the slots, and the slots that have no share left.
#[derive(Debug)]
struct Slots {
    values: Vec<Value>,
    released: Vec<u32>,
}

impl Slots {
    const fn new() -> Slots {
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
        // Only `fill` makes slots, and the table never shrinks.
        &mut self.values[index as usize]
    }

    fn release(&mut self, index: u32) {
        let value = self.value(index);
        value.shares -= 1;
        if value.shares == 0 {
            self.released.push(index);
        }
    }
}
