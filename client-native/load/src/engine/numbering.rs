//! The numbers of users, and their turns: the same in every shard of a run as in one process.

use std::sync::atomic::{AtomicU64, Ordering};

use super::phase::Phase;

/// A part of all users: those whose number leaves the remainder `index` by `count`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Shard {
    pub(crate) index: u64,
    pub(crate) count: u64,
}

impl Shard {
    pub(crate) fn has(self, number: u64) -> bool {
        number % self.count.max(1) == self.index
    }

    /// How many of the first numbers it has.
    pub(crate) fn share_of(self, numbers: u64) -> u64 {
        let count = self.count.max(1);
        numbers / count + u64::from(numbers % count > self.index)
    }
}

/// Gives users their numbers and turns.
///
/// A number stands for one user of the run. A turn is the row of data that the user gets: shards share the turns, and
/// none is left out while users begin.
#[derive(Debug)]
pub(crate) struct Numbering {
    shard: Shard,
    /// The places of all closed phases.
    places: u64,
    /// From the number of a user in a place to that of the next one in it.
    stride: u64,
    begun: AtomicU64,
}

impl Numbering {
    pub(crate) fn new(phases: &[Phase], shard: Shard) -> Numbering {
        let places = phases.iter().map(Phase::held).max().unwrap_or(0);
        let has_arrivals = phases.iter().any(|phase| phase.expected_arrivals() > 0.0);
        Numbering {
            shard,
            places,
            // Every second block of numbers is for arrivals.
            stride: match has_arrivals {
                true => places.saturating_mul(2),
                false => places,
            },
            begun: AtomicU64::new(0),
        }
    }

    pub(crate) fn shard(&self) -> Shard {
        self.shard
    }

    /// The number of a user in a place of a closed phase: `life` is 0 for the first one.
    pub(crate) fn of_life(&self, place: u64, life: u64) -> u64 {
        place.wrapping_add(life.wrapping_mul(self.stride))
    }

    /// The number of an arrival in an open phase.
    pub(crate) fn of_arrival(&self, arrival: u64) -> u64 {
        match arrival.checked_div(self.places) {
            None => arrival,
            Some(block) => block * self.stride + self.places + arrival % self.places,
        }
    }

    /// The turn of the next user that begins.
    pub(crate) fn take_turn(&self) -> u64 {
        self.begun.fetch_add(1, Ordering::Relaxed) * self.shard.count + self.shard.index
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::time::Duration;

    use super::*;

    fn numbering(phases: &[Phase], index: u64, count: u64) -> Numbering {
        Numbering::new(phases, Shard { index, count })
    }

    #[test]
    fn every_user_has_a_number_of_its_own() {
        let second = Duration::from_secs(1);
        let (held, open) = (Phase::users(3, second), Phase::arrivals(5.0, second));
        for phases in [vec![held.clone()], vec![open.clone()], vec![held, open]] {
            let all = numbering(&phases, 0, 1);
            let lives = (0..all.places).flat_map(|place| (0..10).map(move |life| (place, life)));
            let lives = lives.map(|(place, life)| all.of_life(place, life));
            let arrivals = (0..10)
                .filter(|_| phases.iter().any(|it| it.held() == 0))
                .map(|arrival| all.of_arrival(arrival));
            let numbers: Vec<u64> = lives.chain(arrivals).collect();
            let distinct: BTreeSet<u64> = numbers.iter().copied().collect();
            assert_eq!(distinct.len(), numbers.len(), "{numbers:?}");
            if phases.len() == 1 {
                let dense: Vec<u64> = (0..numbers.len() as u64).collect();
                assert_eq!(distinct.into_iter().collect::<Vec<_>>(), dense);
            }
        }
    }

    #[test]
    fn shards_share_the_numbers() {
        for numbers in [0, 1, 3, 4, 17, 1_000] {
            for (index, count) in [(0, 1), (0, 4), (3, 4)] {
                let shard = Shard { index, count };
                let counted = (0..numbers).filter(|number| shard.has(*number)).count();
                assert_eq!(shard.share_of(numbers), counted as u64, "{shard:?}");
            }
        }
    }

    #[test]
    fn shards_share_the_turns() {
        let mut turns = BTreeSet::new();
        for index in 0..4 {
            let shard = numbering(&[], index, 4);
            turns.extend((0..5).map(|_| shard.take_turn()));
        }
        assert_eq!(turns, (0..20).collect());
    }
}
