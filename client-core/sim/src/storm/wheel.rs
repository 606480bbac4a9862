//! A timer wheel with a slot for each of the next 131,072 ms.

/// How far ahead an event can be planned, in milliseconds. A power of two.
pub(super) const HORIZON: u64 = 1 << 17;

#[derive(Debug)]
pub(super) struct Wheel<T> {
    slots: Vec<Vec<T>>,
    now: u64,
}

impl<T> Wheel<T> {
    /// Creates a wheel whose next slot is `start`.
    pub(super) fn new(start: u64) -> Wheel<T> {
        Wheel {
            slots: (0..HORIZON).map(|_| Vec::new()).collect(),
            now: start,
        }
    }

    /// Plans an event for `at`.
    ///
    /// # Panics
    ///
    /// Panics if `at` is in the past or [`HORIZON`] or more away.
    pub(super) fn plan(&mut self, at: u64, event: T) {
        assert!(
            at >= self.now && at - self.now < HORIZON,
            "planned for {at}, and now is {}",
            self.now
        );
        self.slots[(at % HORIZON) as usize].push(event);
    }

    /// Advances by a millisecond and returns the events planned for it, in the order of planning.
    pub(super) fn advance(&mut self) -> (u64, Vec<T>) {
        let now = self.now;
        self.now += 1;
        (
            now,
            std::mem::take(&mut self.slots[(now % HORIZON) as usize]),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_are_returned_at_their_time_and_in_order() {
        let mut wheel = Wheel::new(5);
        for (at, event) in [(7, 'b'), (5, 'a'), (7, 'c'), (5 + HORIZON - 1, 'z')] {
            wheel.plan(at, event);
        }
        let mut seen = Vec::new();
        for _ in 0..HORIZON {
            let (now, due) = wheel.advance();
            seen.extend(due.into_iter().map(|event| (now, event)));
        }
        assert_eq!(seen, [(5, 'a'), (7, 'b'), (7, 'c'), (5 + HORIZON - 1, 'z')]);
    }

    #[test]
    #[should_panic(expected = "planned for 4, and now is 5")]
    fn planning_in_the_past_panics() {
        Wheel::new(5).plan(4, ());
    }
}
