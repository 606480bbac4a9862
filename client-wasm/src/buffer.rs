//! The call buffer: arguments that do not fit into the parameters of a call, in both directions.

use alloc::string::String;
use alloc::vec::Vec;

use crate::slot::Slot;

/// An area of memory. JavaScript asks for its address (`Op::Numbers`), then reads and writes there.
#[derive(Debug)]
pub(crate) struct CallBuffer {
    /// The arguments of a call, or the output of a poll.
    pub(crate) numbers: Vec<f64>,
    /// How many numbers the output of the poll has.
    written: usize,
    /// The address when JavaScript asked last, and how often it has changed.
    address: usize,
    version: u32,
}

impl CallBuffer {
    pub(crate) const fn new() -> CallBuffer {
        CallBuffer {
            numbers: Vec::new(),
            written: 0,
            address: 0,
            version: 0,
        }
    }

    /// Returns a number that changes if the area has moved since the last call.
    pub(crate) fn version(&mut self) -> u32 {
        let address = self.numbers.as_ptr() as usize;
        if address != self.address {
            self.address = address;
            self.version = self.version.wrapping_add(1);
        }
        self.version
    }

    /// Makes the area at least this long.
    pub(crate) fn reserve(&mut self, numbers: usize) {
        if numbers > self.numbers.len() {
            self.numbers.resize(numbers, 0.0);
        }
    }

    /// Reads the arguments that JavaScript has written.
    pub(crate) fn reader(&self) -> Reader<'_> {
        Reader {
            numbers: &self.numbers,
        }
    }

    /// Begins a new output.
    pub(crate) fn clear(&mut self) {
        self.written = 0;
    }

    #[inline(never)]
    pub(crate) fn push_number(&mut self, number: f64) {
        if self.written == self.numbers.len() {
            self.reserve(self.written + 32);
        }
        if let Some(place) = self.numbers.get_mut(self.written) {
            *place = number;
        }
        self.written += 1;
    }

    /// Adds a string: the count of its characters, then the characters.
    pub(crate) fn push_string(&mut self, text: &str) {
        let length = self.written;
        self.push_number(0.0);
        for c in text.chars() {
            self.push_number(f64::from(u32::from(c)));
        }
        let count = self.written - length - 1;
        if let Some(place) = self.numbers.get_mut(length) {
            *place = count as f64;
        }
    }

    /// Adds a payload: the number of its slot, and how many units are cut off the front of the value; -1 for none.
    pub(crate) fn push_payload(&mut self, slot: Option<&Slot>) {
        match slot {
            None => self.push_number(-1.0),
            Some(slot) => {
                self.push_number(f64::from(slot.index()));
                self.push_number(f64::from(slot.cut_units()));
            }
        }
    }

    /// Adds the number of payloads, then the payloads.
    pub(crate) fn push_payloads(&mut self, slots: &[Slot]) {
        self.push_number(slots.len() as f64);
        for slot in slots {
            self.push_payload(Some(slot));
        }
    }

    /// Returns the numbers of the output.
    #[cfg(test)]
    pub(crate) fn output(&self) -> &[f64] {
        &self.numbers[..self.written]
    }
}

/// Reads the arguments of a call in the order in which JavaScript has written them. Missing ones are zero.
#[derive(Debug)]
pub(crate) struct Reader<'a> {
    numbers: &'a [f64],
}

impl Reader<'_> {
    pub(crate) fn number(&mut self) -> f64 {
        match self.numbers.split_first() {
            None => 0.0,
            Some((number, rest)) => {
                self.numbers = rest;
                *number
            }
        }
    }

    #[inline(never)]
    fn count(&mut self) -> u32 {
        self.number() as u32
    }

    /// Reads a string: the count of its characters, then the characters. One that is not a character becomes U+FFFD.
    #[inline(never)]
    pub(crate) fn string(&mut self) -> String {
        let count = self.count().min(self.numbers.len() as u32);
        (0..count)
            .map(|_| char::from_u32(self.count()).unwrap_or(char::REPLACEMENT_CHARACTER))
            .collect()
    }

    /// Reads a payload: the number of its slot and its size in bytes.
    pub(crate) fn payload(&mut self) -> Slot {
        let index = self.count();
        Slot::new(index, self.count())
    }

    pub(crate) fn payloads(&mut self, count: u32) -> Vec<Slot> {
        (0..count).map(|_| self.payload()).collect()
    }
}
