//! The call buffer: arguments that do not fit into the parameters of a call, in both directions.

use alloc::vec::Vec;

use tidewire_core::{Frame, Payload as _, TAIL_LIMIT};

use crate::slot::Slot;

/// Three areas of memory. JavaScript asks for their addresses (`Op::Numbers`, `Op::Bytes`, `Op::Text`), then reads and writes
/// them there.
#[derive(Debug)]
pub(crate) struct CallBuffer {
    /// The arguments of a call, or the output of a poll.
    pub(crate) numbers: Vec<f64>,
    /// Text and bytes of a call, written by JavaScript.
    pub(crate) bytes: Vec<u8>,
    /// Text of a poll, read by JavaScript.
    pub(crate) text: Vec<u8>,
    /// How many numbers the output of the poll has.
    written: usize,
    /// The addresses of the areas when JavaScript asked last, and how often they have changed.
    addresses: [usize; 3],
    version: u32,
}

impl CallBuffer {
    pub(crate) const fn new() -> CallBuffer {
        CallBuffer {
            numbers: Vec::new(),
            bytes: Vec::new(),
            text: Vec::new(),
            written: 0,
            addresses: [0; 3],
            version: 0,
        }
    }

    /// Returns a number that changes if an area has moved since the last call.
    pub(crate) fn version(&mut self) -> u32 {
        let addresses = [
            self.numbers.as_ptr() as usize,
            self.bytes.as_ptr() as usize,
            self.text.as_ptr() as usize,
        ];
        if addresses != self.addresses {
            self.addresses = addresses;
            self.version = self.version.wrapping_add(1);
        }
        self.version
    }

    /// Makes the areas that JavaScript writes at least this long.
    pub(crate) fn reserve(&mut self, numbers: usize, bytes: usize) {
        if numbers > self.numbers.len() {
            self.numbers.resize(numbers, 0.0);
        }
        if bytes > self.bytes.len() {
            self.bytes.resize(bytes, 0);
        }
    }

    /// Reads the arguments that JavaScript has written.
    pub(crate) fn reader(&self) -> Reader<'_> {
        Reader {
            numbers: &self.numbers,
            bytes: &self.bytes,
        }
    }

    /// Begins a new output.
    pub(crate) fn clear(&mut self) {
        self.written = 0;
        self.text.clear();
    }

    #[inline(never)]
    pub(crate) fn push_number(&mut self, number: f64) {
        if self.written == self.numbers.len() {
            self.reserve(self.written + 32, 0);
        }
        if let Some(place) = self.numbers.get_mut(self.written) {
            *place = number;
        }
        self.written += 1;
    }

    /// Adds a string: its length in bytes; the bytes follow those of the string before it.
    pub(crate) fn push_string(&mut self, text: &str) {
        self.push_number(text.len() as f64);
        self.text.extend_from_slice(text.as_bytes());
    }

    /// Adds the text that `write` appends, as a string.
    pub(crate) fn push_written(&mut self, write: impl FnOnce(&mut Vec<u8>)) {
        let before = self.text.len();
        write(&mut self.text);
        self.push_number((self.text.len() - before) as f64);
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
    bytes: &'a [u8],
}

impl<'a> Reader<'a> {
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

    /// Reads bytes, whose length is among the numbers.
    pub(crate) fn bytes(&mut self) -> &'a [u8] {
        let length = self.count() as usize;
        let (bytes, rest) = self.bytes.split_at(length.min(self.bytes.len()));
        self.bytes = rest;
        bytes
    }

    /// Reads a string, up to the first byte that is not UTF-8.
    pub(crate) fn string(&mut self) -> &'a str {
        let chunk = self.bytes().utf8_chunks().next();
        chunk.map_or("", |chunk| chunk.valid())
    }

    /// Reads a payload: the number of its slot and its size in bytes.
    pub(crate) fn payload(&mut self) -> Slot {
        let index = self.count();
        Slot::new(index, self.count())
    }

    pub(crate) fn payloads(&mut self, count: u32) -> Vec<Slot> {
        (0..count).map(|_| self.payload()).collect()
    }

    /// Reads a frame, or `None` for a packet that the host could not read.
    pub(crate) fn frame(&mut self) -> Option<Frame<'a, Slot>> {
        let kind = self.count();
        if kind > 1 {
            return None;
        }
        let (head, mut tail) = (self.bytes(), self.bytes());
        let payload = self.payload();
        if kind == 1 {
            return Some(Frame::binary(head, payload));
        }
        // JavaScript sends no tail of a packet that the head shows whole.
        if head.len() == payload.size() {
            tail = &head[head.len().saturating_sub(TAIL_LIMIT)..];
        }
        Some(Frame::text(head, payload).with_tail(tail))
    }
}
