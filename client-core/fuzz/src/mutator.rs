//! Mutates seeds, for a run without a fuzzer.

use tidewire_sim::Rng;

/// Makes mutated copies of seeds, the same copies in each run.
#[derive(Debug)]
pub struct Mutator {
    rng: Rng,
}

impl Mutator {
    /// Creates a mutator from a seed.
    pub fn new(seed: u64) -> Mutator {
        Mutator {
            rng: Rng::from_seed(seed),
        }
    }

    /// Returns a copy of one of `seeds` with one to six changes; some changes copy from another seed.
    pub fn copy_of(&mut self, seeds: &[Vec<u8>]) -> Vec<u8> {
        let mut copy = self.rng.pick(seeds).clone();
        for _ in 0..self.rng.between(1, 6) {
            self.change(&mut copy, seeds);
        }
        copy
    }

    fn change(&mut self, copy: &mut Vec<u8>, seeds: &[Vec<u8>]) {
        let at = self.place(copy);
        match self.rng.below(5) {
            0 => copy.insert(at, self.byte()),
            1 if at < copy.len() => copy[at] = self.byte(),
            2 if at < copy.len() => {
                copy.remove(at);
            }
            3 => copy.truncate(at),
            _ => {
                let other = self.rng.pick(seeds).clone();
                let from = self.place(&other);
                copy.truncate(at);
                copy.extend_from_slice(&other[from..]);
            }
        }
    }

    fn place(&mut self, bytes: &[u8]) -> usize {
        let len = bytes.len() as u64;
        usize::try_from(self.rng.below(len + 1)).unwrap_or(0)
    }

    fn byte(&mut self) -> u8 {
        u8::try_from(self.rng.below(256)).unwrap_or(0)
    }
}
