//! What happens when: a wheel with a slot for each of the next 131,072 milliseconds.

/// How far ahead one can plan. A power of two.
pub(super) const TURN: u64 = 1 << 17;

#[derive(Debug)]
pub(super) struct Wheel<T> {
    slots: Vec<Vec<T>>,
    now: u64,
}

impl<T> Wheel<T> {
    /// A wheel that stands before `start`.
    pub(super) fn new(start: u64) -> Wheel<T> {
        Wheel {
            slots: (0..TURN).map(|_| Vec::new()).collect(),
            now: start,
        }
    }

    /// Plans something for `at`, which is later than the moment being played, and less than a turn away.
    pub(super) fn plan(&mut self, at: u64, what: T) {
        assert!(
            at >= self.now && at - self.now < TURN,
            "planned for {at}, and now is {}",
            self.now
        );
        self.slots[(at % TURN) as usize].push(what);
    }

    /// Goes on by a millisecond: what was planned for it, in the order of planning.
    pub(super) fn turn(&mut self) -> (u64, Vec<T>) {
        let now = self.now;
        self.now += 1;
        (now, std::mem::take(&mut self.slots[(now % TURN) as usize]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_comes_at_its_time_and_in_its_order() {
        let mut wheel = Wheel::new(5);
        for (at, what) in [(7, 'b'), (5, 'a'), (7, 'c'), (5 + TURN - 1, 'z')] {
            wheel.plan(at, what);
        }
        let mut seen = Vec::new();
        for _ in 0..TURN {
            let (now, due) = wheel.turn();
            seen.extend(due.into_iter().map(|what| (now, what)));
        }
        assert_eq!(seen, [(5, 'a'), (7, 'b'), (7, 'c'), (5 + TURN - 1, 'z')]);
    }

    #[test]
    #[should_panic(expected = "planned for 4, and now is 5")]
    fn the_past_is_over() {
        Wheel::new(5).plan(4, ());
    }
}
