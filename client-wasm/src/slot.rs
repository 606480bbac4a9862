//! Payloads as the machine sees them here: the number of a slot in a table of JavaScript's, counted.

use alloc::vec::Vec;
use core::num::NonZeroU32;

use tidewire_core::Payload;

use crate::ground;

/// A share of the value that JavaScript keeps in slot `index`.
#[derive(Debug)]
pub(crate) struct Slot {
    /// Counted from 1, so that no slot at all takes no room of its own.
    place: NonZeroU32,
    /// Bytes of what is left of the value.
    size: u32,
    /// Units of JavaScript's (UTF-16 or bytes) that are cut off its front.
    cut: u32,
}

impl Slot {
    /// The first share of a value of `size` bytes that JavaScript has just put into slot `index`.
    pub(crate) fn new(index: u32, size: u32) -> Slot {
        claim(index);
        Slot {
            place: NonZeroU32::MIN.saturating_add(index),
            size,
            cut: 0,
        }
    }

    /// The number of the slot.
    pub(crate) fn index(&self) -> u32 {
        self.place.get() - 1
    }

    /// How many units of the value's front do not belong to this share.
    pub(crate) fn cut_units(&self) -> u32 {
        self.cut
    }
}

impl Payload for Slot {
    fn size(&self) -> usize {
        self.size as usize
    }

    fn cut(mut self, head: &[u8]) -> Self {
        self.size = self.size.saturating_sub(head.len() as u32);
        self.cut += utf16_units(head);
        self
    }

    fn share(&self) -> Self {
        claim(self.index());
        Slot { ..*self }
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        release(self.index());
    }
}

// Not inlined: payloads are dropped in many places.

#[inline(never)]
fn claim(index: u32) {
    ground::with_slots(|slots| slots.claim(index));
}

#[inline(never)]
fn release(index: u32) {
    ground::with_slots(|slots| slots.release(index));
}

/// How many UTF-16 units the bytes are: one for each character, two for one of four bytes.
fn utf16_units(head: &[u8]) -> u32 {
    head.iter().fold(0, |units, byte| {
        units + u32::from(byte & 0xc0 != 0x80) + u32::from(*byte >= 0xf0)
    })
}

/// How many shares there are of each slot, and which slots have none left.
#[derive(Debug)]
pub(crate) struct Slots {
    shares: Vec<u32>,
    released: Vec<u32>,
}

impl Slots {
    pub(crate) const fn new() -> Slots {
        Slots {
            shares: Vec::new(),
            released: Vec::new(),
        }
    }

    fn claim(&mut self, index: u32) {
        let at = index as usize;
        if at >= self.shares.len() {
            self.shares.resize(at + 1, 0);
        }
        if let Some(shares) = self.shares.get_mut(at) {
            *shares += 1;
        }
    }

    fn release(&mut self, index: u32) {
        let Some(shares) = self.shares.get_mut(index as usize) else {
            return;
        };
        *shares -= 1;
        if *shares == 0 {
            self.released.push(index);
        }
    }

    /// Takes the slots that have no share left.
    pub(crate) fn take_released(&mut self) -> Vec<u32> {
        core::mem::take(&mut self.released)
    }
}
