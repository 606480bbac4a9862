//! How long to wait before the next attempt to connect: socket.io-client's rule (`backo2`).

use crate::config::Reconnection;
use crate::rng::Rng;
use crate::time::Millis;

/// Attempts since something last went well: the machine counts connections this way, and a host may count what else it
/// tries again.
#[derive(Debug)]
pub struct Backoff {
    attempts: u32,
    rng: Rng,
}

impl Backoff {
    /// No attempt so far; the jitter is drawn from `seed`.
    pub fn new(seed: u64) -> Backoff {
        Backoff {
            attempts: 0,
            rng: Rng::new(seed),
        }
    }

    /// How many attempts there were since the last reset.
    pub fn attempts(&self) -> u32 {
        self.attempts
    }

    /// It went well: the next delay is the first again.
    pub fn reset(&mut self) {
        self.attempts = 0;
    }

    /// The delay before the next attempt, which is counted; `None` when no attempt is left.
    pub fn next(&mut self, rule: &Reconnection) -> Option<Millis> {
        if rule.attempts.is_some_and(|most| self.attempts >= most) {
            return None;
        }
        let doubled = u64::from(rule.delay.0) << self.attempts.min(31);
        self.attempts = self.attempts.saturating_add(1);
        let delay = u32::try_from(doubled).unwrap_or(u32::MAX);
        Some(Millis(
            self.jittered(delay, rule.randomization_percent)
                .min(rule.delay_max.0),
        ))
    }

    /// `delay` moved up or down by at most `percent` of it.
    fn jittered(&mut self, delay: u32, percent: u8) -> u32 {
        let most = u64::from(delay) * u64::from(percent.min(100)) / 100;
        let deviation = self
            .rng
            .below(u32::try_from(most).unwrap_or(u32::MAX).saturating_add(1));
        if self.rng.below(2) == 0 {
            delay.saturating_sub(deviation)
        } else {
            delay.saturating_add(deviation)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn doubles_within_its_jitter_up_to_the_longest_delay() {
        let rule = Reconnection::default();
        for seed in 0..200 {
            let mut backoff = Backoff::new(seed);
            for (low, high) in [
                (500, 1500),
                (1000, 3000),
                (2000, 5000),
                (4000, 5000),
                (5000, 5000),
            ] {
                let delay = backoff.next(&rule).unwrap().0;
                assert!(
                    (low..=high).contains(&delay),
                    "{delay} not in {low}..={high}"
                );
            }
        }
    }

    #[test]
    fn jitter_goes_both_ways_and_differs_by_seed() {
        let rule = Reconnection::default();
        let first = |seed| Backoff::new(seed).next(&rule).unwrap().0;
        assert!((0..50).any(|seed| first(seed) < 900) && (0..50).any(|seed| first(seed) > 1100));
    }

    #[test]
    fn without_jitter_it_is_exact_and_ends_after_its_attempts() {
        let rule = Reconnection {
            attempts: Some(3),
            randomization_percent: 0,
            ..Reconnection::default()
        };
        let mut backoff = Backoff::new(7);
        let delays: alloc::vec::Vec<_> = core::iter::from_fn(|| backoff.next(&rule)).collect();
        assert_eq!(delays, [Millis(1000), Millis(2000), Millis(4000)]);
        backoff.reset();
        assert_eq!(backoff.next(&rule), Some(Millis(1000)));
    }
}
