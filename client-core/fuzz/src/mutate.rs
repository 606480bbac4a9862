//! Changed copies of seeds, for a run without a fuzzer.

use tidewire_sim::Chance;

/// Makes changed copies of seeds, the same ones each time.
#[derive(Debug)]
pub struct Mutator {
    chance: Chance,
}

impl Mutator {
    /// A mutator that begins with `seed`.
    pub fn new(seed: u64) -> Mutator {
        Mutator {
            chance: Chance::of_seed(seed),
        }
    }

    /// A copy of one of `seeds`, with a few changes; some of them come from another one.
    pub fn copy_of(&mut self, seeds: &[Vec<u8>]) -> Vec<u8> {
        let mut copy = self.chance.pick(seeds).clone();
        for _ in 0..self.chance.between(1, 6) {
            self.change(&mut copy, seeds);
        }
        copy
    }

    fn change(&mut self, copy: &mut Vec<u8>, seeds: &[Vec<u8>]) {
        let at = self.place(copy);
        match self.chance.below(5) {
            0 => copy.insert(at, self.byte()),
            1 if at < copy.len() => copy[at] = self.byte(),
            2 if at < copy.len() => {
                copy.remove(at);
            }
            3 => copy.truncate(at),
            _ => {
                let other = self.chance.pick(seeds).clone();
                let from = self.place(&other);
                copy.truncate(at);
                copy.extend_from_slice(&other[from..]);
            }
        }
    }

    fn place(&mut self, bytes: &[u8]) -> usize {
        let len = bytes.len() as u64;
        usize::try_from(self.chance.below(len + 1)).unwrap_or(0)
    }

    fn byte(&mut self) -> u8 {
        u8::try_from(self.chance.below(256)).unwrap_or(0)
    }
}
