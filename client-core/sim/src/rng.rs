//! The random number generator of a simulation, seeded by a number or fed by the bytes of a fuzzer.

use std::cell::RefCell;
use std::rc::Rc;

/// A generator of numbers: SplitMix64 (Steele, Lea and Flood, 2014).
///
/// Forks of a seeded generator are independent, so that draws of one part of the world do not change those of another. Forks of
/// a generator made from bytes share these bytes.
#[derive(Clone, Debug)]
pub struct Rng {
    state: u64,
    bytes: Option<Rc<RefCell<Bytes>>>,
}

#[derive(Debug)]
struct Bytes {
    left: Vec<u8>,
    at: usize,
}

impl Rng {
    /// Creates the generator of a seed.
    pub fn from_seed(seed: u64) -> Rng {
        Rng {
            state: seed ^ 0x9e37_79b9_7f4a_7c15,
            bytes: None,
        }
    }

    /// Creates the generator of the client numbered `client` in a storm. It does not depend on the number of clients.
    pub(crate) fn for_client(seed: u64, client: usize) -> Rng {
        let mut rng = Rng {
            state: seed ^ (client as u64).wrapping_mul(0xd134_2543_de82_ef95),
            bytes: None,
        };
        rng.next();
        rng
    }

    /// Creates a generator that returns the bytes of a fuzzer first, then the numbers of a fixed seed.
    pub fn from_bytes(bytes: &[u8]) -> Rng {
        let left = bytes.to_vec();
        Rng {
            state: 1,
            bytes: Some(Rc::new(RefCell::new(Bytes { left, at: 0 }))),
        }
    }

    /// Creates the generator of another part of the world.
    #[must_use]
    pub fn fork(&self, tag: u64) -> Rng {
        let mut mixed = Rng {
            state: self.state ^ tag.wrapping_mul(0xd6e8_feb8_6659_fd93),
            bytes: None,
        };
        Rng {
            state: mixed.next(),
            bytes: self.bytes.clone(),
        }
    }

    /// Returns the next number.
    pub(crate) fn next(&mut self) -> u64 {
        if let Some(two) = self.next_bytes() {
            return two;
        }
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// Returns two bytes of the fuzzer as a number, while it has any. No draw needs more than 16 bits.
    fn next_bytes(&mut self) -> Option<u64> {
        let mut bytes = self.bytes.as_ref()?.borrow_mut();
        let at = bytes.at;
        let two = bytes.left.get(at..at + 2)?;
        let value = u64::from(two[0]) | u64::from(two[1]) << 8;
        bytes.at += 2;
        Some(value)
    }

    /// Returns a number below `end`; 0 if `end` is 0.
    pub fn below(&mut self, end: u64) -> u64 {
        if end == 0 { 0 } else { self.next() % end }
    }

    /// Returns a number from `first` to `last`.
    pub fn between(&mut self, first: u64, last: u64) -> u64 {
        first + self.below(last.saturating_sub(first) + 1)
    }

    /// Returns true with a probability of 1 in `n`.
    pub fn one_in(&mut self, n: u64) -> bool {
        self.below(n) == 0
    }

    /// Returns true with a probability of `times` in 1,000.
    pub fn per_mille(&mut self, times: u64) -> bool {
        times > self.below(1_000)
    }

    /// Returns a random element of `from`.
    pub fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        let at = usize::try_from(self.below(from.len() as u64)).unwrap_or(0);
        &from[at]
    }
}
