//! Where all chance of a simulation comes from: one seed, or the bytes of a fuzzer.

use std::cell::RefCell;
use std::rc::Rc;

/// A source of numbers. Forks of one made from a seed are independent, so that what one part of the world draws does not change
/// what another gets; forks of one made from bytes read on from the same bytes.
#[derive(Clone, Debug)]
pub struct Chance {
    state: u64,
    bytes: Option<Rc<RefCell<Bytes>>>,
}

#[derive(Debug)]
struct Bytes {
    left: Vec<u8>,
    at: usize,
}

impl Chance {
    /// The numbers that belong to a seed.
    pub fn of_seed(seed: u64) -> Chance {
        Chance {
            state: seed ^ 0x9e37_79b9_7f4a_7c15,
            bytes: None,
        }
    }

    /// The numbers that a fuzzer wants; when its bytes are used up, those of a fixed seed.
    pub fn of_bytes(bytes: &[u8]) -> Chance {
        let left = bytes.to_vec();
        Chance {
            state: 1,
            bytes: Some(Rc::new(RefCell::new(Bytes { left, at: 0 }))),
        }
    }

    /// A source for another part of the world.
    #[must_use]
    pub fn fork(&self, tag: u64) -> Chance {
        let mut mixed = Chance {
            state: self.state ^ tag.wrapping_mul(0xd6e8_feb8_6659_fd93),
            bytes: None,
        };
        Chance {
            state: mixed.next(),
            bytes: self.bytes.clone(),
        }
    }

    /// SplitMix64.
    fn next(&mut self) -> u64 {
        if let Some(two) = self.next_bytes() {
            return two;
        }
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// Two bytes of the fuzzer's, while there are such: enough for all that is drawn here.
    fn next_bytes(&mut self) -> Option<u64> {
        let mut bytes = self.bytes.as_ref()?.borrow_mut();
        let at = bytes.at;
        let two = bytes.left.get(at..at + 2)?;
        let value = u64::from(two[0]) | u64::from(two[1]) << 8;
        bytes.at += 2;
        Some(value)
    }

    /// A number below `end`; 0 if that is 0.
    pub fn below(&mut self, end: u64) -> u64 {
        if end == 0 { 0 } else { self.next() % end }
    }

    /// A number from `first` to `last`.
    pub fn between(&mut self, first: u64, last: u64) -> u64 {
        first + self.below(last.saturating_sub(first) + 1)
    }

    /// True once in `n` times.
    pub fn one_in(&mut self, n: u64) -> bool {
        self.below(n) == 0
    }

    /// True this many times in a thousand.
    pub fn per_mille(&mut self, times: u64) -> bool {
        times > self.below(1_000)
    }

    /// One of several.
    pub fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        let at = usize::try_from(self.below(from.len() as u64)).unwrap_or(0);
        &from[at]
    }
}
