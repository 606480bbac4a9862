//! The desk between the two languages: numbers and bytes that one side lays down and the other reads.

use alloc::vec::Vec;

use crate::slot::Slot;

/// Three areas of memory. JavaScript reads and writes them at the addresses that the operations `numbers`, `bytes` and `text` return.
#[derive(Debug)]
pub(crate) struct Desk {
    /// Arguments of a call that has more than fit its parameters, and of what `poll` tells.
    pub(crate) numbers: Vec<f64>,
    /// Text and bytes of a call.
    pub(crate) bytes: Vec<u8>,
    /// Text of what `poll` tells.
    pub(crate) text: Vec<u8>,
    /// How many numbers have been laid down for JavaScript.
    written: usize,
    /// Where the areas were when JavaScript asked last, and how often that has changed.
    places: [usize; 3],
    moves: u32,
}

impl Desk {
    pub(crate) const fn new() -> Desk {
        Desk {
            numbers: Vec::new(),
            bytes: Vec::new(),
            text: Vec::new(),
            written: 0,
            places: [0; 3],
            moves: 0,
        }
    }

    /// How often an area has moved, as far as that was asked for.
    pub(crate) fn moved(&mut self) -> u32 {
        let places = [
            self.numbers.as_ptr() as usize,
            self.bytes.as_ptr() as usize,
            self.text.as_ptr() as usize,
        ];
        if places != self.places {
            self.places = places;
            self.moves = self.moves.wrapping_add(1);
        }
        self.moves
    }

    /// Sees to it that there is room for so many numbers and bytes of a call.
    pub(crate) fn make_room(&mut self, numbers: usize, bytes: usize) {
        if numbers > self.numbers.len() {
            self.numbers.resize(numbers, 0.0);
        }
        if bytes > self.bytes.len() {
            self.bytes.resize(bytes, 0);
        }
    }

    /// What JavaScript has laid down.
    pub(crate) fn read(&self) -> Reader<'_> {
        Reader {
            numbers: &self.numbers,
            bytes: &self.bytes,
        }
    }

    /// Clears the desk for what JavaScript is to read.
    pub(crate) fn clear(&mut self) {
        self.written = 0;
        self.text.clear();
    }

    #[inline(never)]
    pub(crate) fn number(&mut self, number: f64) {
        if self.written == self.numbers.len() {
            self.make_room(self.written + 32, 0);
        }
        if let Some(place) = self.numbers.get_mut(self.written) {
            *place = number;
        }
        self.written += 1;
    }

    /// A string: its length in bytes; the bytes follow those of the string before it.
    pub(crate) fn string(&mut self, text: &str) {
        self.number(text.len() as f64);
        self.text.extend_from_slice(text.as_bytes());
    }

    /// Text written by `write`, as a string.
    pub(crate) fn written(&mut self, write: impl FnOnce(&mut Vec<u8>)) {
        let before = self.text.len();
        write(&mut self.text);
        self.number((self.text.len() - before) as f64);
    }

    /// A payload: the number of its slot and how much of the value's front is cut off; -1 for none.
    pub(crate) fn payload(&mut self, slot: Option<&Slot>) {
        match slot {
            None => self.number(-1.0),
            Some(slot) => {
                self.number(f64::from(slot.index()));
                self.number(f64::from(slot.cut_units()));
            }
        }
    }

    /// A number of payloads, then the payloads.
    pub(crate) fn payloads(&mut self, slots: &[Slot]) {
        self.number(slots.len() as f64);
        for slot in slots {
            self.payload(Some(slot));
        }
    }

    /// What has been laid down for JavaScript.
    #[cfg(test)]
    pub(crate) fn laid(&self) -> &[f64] {
        &self.numbers[..self.written]
    }
}

/// Reads what JavaScript has laid down, in its order. What is missing is zero.
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
    pub(crate) fn count(&mut self) -> u32 {
        self.number() as u32
    }

    /// The next bytes; a length stands among the numbers.
    pub(crate) fn bytes(&mut self) -> &'a [u8] {
        let length = self.count() as usize;
        let (bytes, rest) = self.bytes.split_at(length.min(self.bytes.len()));
        self.bytes = rest;
        bytes
    }

    /// The next string.
    pub(crate) fn string(&mut self) -> &'a str {
        let chunk = self.bytes().utf8_chunks().next();
        chunk.map_or("", |chunk| chunk.valid())
    }

    /// A payload: the number of its slot and its size in bytes.
    pub(crate) fn payload(&mut self) -> Slot {
        let index = self.count();
        Slot::new(index, self.count())
    }

    pub(crate) fn payloads(&mut self, count: u32) -> Vec<Slot> {
        (0..count).map(|_| self.payload()).collect()
    }
}
