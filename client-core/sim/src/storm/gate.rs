//! The server's door: accepts so many attempts in a second, lets some wait, turns the others away.

use std::collections::VecDeque;

use super::plan::{Capacity, Overflow};

/// Work, in thousandths of a hundredth of an accept: so that a millisecond's share is a whole number.
const ACCEPT: u64 = 100_000;

/// What becomes of an attempt at the door.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Knock {
    Waits,
    Refused,
    Unheard,
}

/// `T` is an attempt.
#[derive(Debug)]
pub(super) struct Gate<T> {
    capacity: Capacity,
    waiting: VecDeque<T>,
    /// Work that can be done in the millisecond being played; work done ahead of time is a debt.
    strength: i64,
    open: bool,
}

impl<T> Gate<T> {
    pub(super) fn new(capacity: Capacity) -> Gate<T> {
        Gate {
            capacity,
            waiting: VecDeque::new(),
            strength: 0,
            open: true,
        }
    }

    /// The server is gone, and those who wait with it.
    pub(super) fn shut(&mut self) {
        self.open = false;
        self.strength = 0;
        self.waiting.clear();
    }

    pub(super) fn reopen(&mut self) {
        self.open = true;
    }

    /// An attempt arrives.
    pub(super) fn knock(&mut self, attempt: T) -> Knock {
        if !self.open {
            return Knock::Refused;
        }
        if self.waiting.len() < self.capacity.waiting_room {
            self.waiting.push_back(attempt);
            return Knock::Waits;
        }
        match self.capacity.overflow {
            Overflow::Silent => Knock::Unheard,
            Overflow::Refused => {
                self.work(ACCEPT / 100 * u64::from(self.capacity.turning_away_percent));
                Knock::Refused
            }
        }
    }

    /// A millisecond passes. Rest is not saved up.
    pub(super) fn tick(&mut self) {
        let share = i64::from(self.capacity.accepts_per_second) * (ACCEPT / 1000) as i64;
        self.strength = self.strength.min(0) + share;
    }

    /// The next attempt to be accepted, if there is strength for one.
    pub(super) fn accept(&mut self) -> Option<T> {
        if !self.open || self.strength <= 0 {
            return None;
        }
        let attempt = self.waiting.pop_front()?;
        self.work(ACCEPT);
        Some(attempt)
    }

    /// More than a second's work is never owed: what cannot be done is not even begun.
    fn work(&mut self, amount: u64) {
        let second = i64::from(self.capacity.accepts_per_second) * ACCEPT as i64;
        self.strength = (self.strength - amount as i64).max(-second);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gate(overflow: Overflow) -> Gate<u32> {
        Gate::new(Capacity {
            accepts_per_second: 2_500,
            waiting_room: 4,
            overflow,
            turning_away_percent: 50,
        })
    }

    fn accepted(gate: &mut Gate<u32>, millis: u32) -> Vec<u32> {
        let mut seen = Vec::new();
        for _ in 0..millis {
            gate.tick();
            seen.extend(std::iter::from_fn(|| gate.accept()));
        }
        seen
    }

    #[test]
    fn accepts_at_its_rate_and_in_order() {
        let mut gate = gate(Overflow::Refused);
        let mut seen = 0;
        for next in 0..1000 {
            let _ = gate.knock(next);
            seen += accepted(&mut gate, 1).len();
        }
        // One a millisecond comes, and two and a half could be taken.
        assert_eq!(seen, 1000);
        for next in 0..4 {
            assert_eq!(gate.knock(next), Knock::Waits);
        }
        assert_eq!(accepted(&mut gate, 2), [0, 1, 2, 3]);
    }

    #[test]
    fn a_full_waiting_room_turns_away_and_that_is_work() {
        let mut gate = gate(Overflow::Refused);
        for _ in 0..4 {
            assert_eq!(gate.knock(0), Knock::Waits);
        }
        for _ in 0..10 {
            assert_eq!(gate.knock(0), Knock::Refused);
        }
        // Five accepts' worth is owed: two milliseconds.
        assert_eq!(accepted(&mut gate, 2), [0; 0]);
        assert_eq!(accepted(&mut gate, 2).len(), 4);
    }

    #[test]
    fn a_shut_gate_refuses_and_forgets_who_waited() {
        let mut gate = gate(Overflow::Silent);
        for next in 0..4 {
            assert_eq!(gate.knock(next), Knock::Waits);
        }
        assert_eq!(gate.knock(4), Knock::Unheard);
        gate.shut();
        assert_eq!(gate.knock(5), Knock::Refused);
        assert_eq!(accepted(&mut gate, 10), [0; 0]);
        gate.reopen();
        assert_eq!(gate.knock(6), Knock::Waits);
        assert_eq!(accepted(&mut gate, 1), [6]);
    }
}
