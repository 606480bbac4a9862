//! The accept queue of the server: it accepts a limited number of attempts per second, and some wait.

use std::collections::VecDeque;

use super::plan::{Capacity, Overflow};

/// The work of an accept. In this unit the work per millisecond is a whole number.
const ACCEPT: u64 = 100_000;

/// The answer to an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Admission {
    Queued,
    Refused,
    Ignored,
}

/// `T` is an attempt.
#[derive(Debug)]
pub(super) struct AcceptQueue<T> {
    capacity: Capacity,
    waiting: VecDeque<T>,
    /// The work left in the current millisecond; negative if work was done ahead of time.
    budget: i64,
    running: bool,
}

impl<T> AcceptQueue<T> {
    pub(super) fn new(capacity: Capacity) -> AcceptQueue<T> {
        AcceptQueue {
            capacity,
            waiting: VecDeque::new(),
            budget: 0,
            running: true,
        }
    }

    /// Stops the server and drops all waiting attempts.
    pub(super) fn stop(&mut self) {
        self.running = false;
        self.budget = 0;
        self.waiting.clear();
    }

    pub(super) fn restart(&mut self) {
        self.running = true;
    }

    /// An attempt arrives.
    pub(super) fn admit(&mut self, attempt: T) -> Admission {
        if !self.running {
            return Admission::Refused;
        }
        if self.waiting.len() < self.capacity.backlog {
            self.waiting.push_back(attempt);
            return Admission::Queued;
        }
        match self.capacity.overflow {
            Overflow::Silent => Admission::Ignored,
            Overflow::Refused => {
                self.work(ACCEPT / 100 * u64::from(self.capacity.refusal_cost_percent));
                Admission::Refused
            }
        }
    }

    /// Starts the next millisecond. Unused work is not saved.
    pub(super) fn tick(&mut self) {
        let share = i64::from(self.capacity.accepts_per_second) * (ACCEPT / 1000) as i64;
        self.budget = self.budget.min(0) + share;
    }

    /// Returns the next accepted attempt, if there is work left for one.
    pub(super) fn accept(&mut self) -> Option<T> {
        if !self.running || self.budget <= 0 {
            return None;
        }
        let attempt = self.waiting.pop_front()?;
        self.work(ACCEPT);
        Some(attempt)
    }

    /// Spends work. The debt is at most one second of work.
    fn work(&mut self, amount: u64) {
        let second = i64::from(self.capacity.accepts_per_second) * ACCEPT as i64;
        self.budget = (self.budget - amount as i64).max(-second);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn accept_queue(overflow: Overflow) -> AcceptQueue<u32> {
        AcceptQueue::new(Capacity {
            accepts_per_second: 2_500,
            backlog: 4,
            overflow,
            refusal_cost_percent: 50,
        })
    }

    fn accepted(accept_queue: &mut AcceptQueue<u32>, millis: u32) -> Vec<u32> {
        let mut seen = Vec::new();
        for _ in 0..millis {
            accept_queue.tick();
            seen.extend(std::iter::from_fn(|| accept_queue.accept()));
        }
        seen
    }

    #[test]
    fn accepts_at_its_rate_and_in_order() {
        let mut accept_queue = accept_queue(Overflow::Refused);
        let mut seen = 0;
        for next in 0..1000 {
            let _ = accept_queue.admit(next);
            seen += accepted(&mut accept_queue, 1).len();
        }
        // One attempt arrives per millisecond, and 2.5 could be accepted.
        assert_eq!(seen, 1000);
        for next in 0..4 {
            assert_eq!(accept_queue.admit(next), Admission::Queued);
        }
        assert_eq!(accepted(&mut accept_queue, 2), [0, 1, 2, 3]);
    }

    #[test]
    fn a_full_queue_refuses_and_refusing_costs_work() {
        let mut accept_queue = accept_queue(Overflow::Refused);
        for _ in 0..4 {
            assert_eq!(accept_queue.admit(0), Admission::Queued);
        }
        for _ in 0..10 {
            assert_eq!(accept_queue.admit(0), Admission::Refused);
        }
        // The debt is five accepts: 2 ms.
        assert_eq!(accepted(&mut accept_queue, 2), [0; 0]);
        assert_eq!(accepted(&mut accept_queue, 2).len(), 4);
    }

    #[test]
    fn a_stopped_server_refuses_and_drops_waiting_attempts() {
        let mut accept_queue = accept_queue(Overflow::Silent);
        for next in 0..4 {
            assert_eq!(accept_queue.admit(next), Admission::Queued);
        }
        assert_eq!(accept_queue.admit(4), Admission::Ignored);
        accept_queue.stop();
        assert_eq!(accept_queue.admit(5), Admission::Refused);
        assert_eq!(accepted(&mut accept_queue, 10), [0; 0]);
        accept_queue.restart();
        assert_eq!(accept_queue.admit(6), Admission::Queued);
        assert_eq!(accepted(&mut accept_queue, 1), [6]);
    }
}
