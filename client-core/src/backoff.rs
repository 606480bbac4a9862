//! The delay before the next attempt to connect: socket.io-client's formula (`backo2`), with jitter on the longest delay, too.

use crate::config::Reconnection;
use crate::rng::Rng;
use crate::time::Millis;

/// Counts failed attempts and returns the delay before the next one.
///
/// The machine uses it for connections; a host may use it for anything else that it retries.
#[derive(Debug)]
pub struct Backoff {
    /// Attempts since the last success, which [`Reconnection::attempts`] limits.
    attempts: u32,
    /// How often the delay has doubled.
    doublings: u32,
    rng: Rng,
}

impl Backoff {
    /// Creates a backoff without attempts; the jitter is drawn from `seed`.
    pub fn new(seed: u64) -> Backoff {
        Backoff {
            attempts: 0,
            doublings: 0,
            rng: Rng::new(seed),
        }
    }

    /// Returns how many attempts were made since the last success.
    pub fn attempts(&self) -> u32 {
        self.attempts
    }

    /// Starts again from the first attempt and the first delay, after a success that lasts.
    pub fn reset(&mut self) {
        self.attempts = 0;
        self.doublings = 0;
    }

    /// Starts again from the first attempt, after a success. The delays go on growing: it may not last.
    pub fn succeeded(&mut self) {
        self.attempts = 0;
    }

    /// Counts an attempt and returns the delay before it; `None` if no attempt is left.
    pub fn next(&mut self, rule: &Reconnection) -> Option<Millis> {
        if rule.attempts.is_some_and(|most| self.attempts >= most) {
            return None;
        }
        let doubled = u64::from(rule.delay.0) << self.doublings.min(31);
        self.attempts = self.attempts.saturating_add(1);
        self.doublings = self.doublings.saturating_add(1);
        let delay = u32::try_from(doubled).unwrap_or(u32::MAX);
        let delay = self.jittered(delay, rule.randomization_percent);
        Some(Millis(match delay > rule.delay_max.0 {
            true => self.longest(rule),
            false => delay,
        }))
    }

    /// Returns the longest delay, with jitter. Without jitter, clients that once failed together would retry together for ever.
    fn longest(&mut self, rule: &Reconnection) -> u32 {
        let most = match rule.jitter_longest {
            true => percent_of(rule.delay_max.0, rule.randomization_percent),
            false => 0,
        };
        rule.delay_max.0 - self.rng.below(most.saturating_add(1))
    }

    /// Lengthens or shortens `delay` by at most `percent` of it.
    fn jittered(&mut self, delay: u32, percent: u8) -> u32 {
        let deviation = self.rng.below(percent_of(delay, percent).saturating_add(1));
        if self.rng.below(2) == 0 {
            delay.saturating_sub(deviation)
        } else {
            delay.saturating_add(deviation)
        }
    }
}

/// Returns `percent` of a delay, at most all of it.
fn percent_of(delay: u32, percent: u8) -> u32 {
    let part = u64::from(delay) * u64::from(percent.min(100)) / 100;
    u32::try_from(part).unwrap_or(delay)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keeps_within(rule: &Reconnection, bounds: &[(u32, u32)]) {
        for seed in 0..200 {
            let mut backoff = Backoff::new(seed);
            for (low, high) in bounds {
                let delay = backoff.next(rule).unwrap().0;
                assert!(
                    (*low..=*high).contains(&delay),
                    "{delay} not in {low}..={high}"
                );
            }
        }
    }

    #[test]
    fn doubles_within_its_jitter_up_to_the_longest_delay() {
        let bounds = [
            (500, 1500),
            (1000, 3000),
            (2000, 6000),
            (4000, 12_000),
            (8000, 24_000),
            (15_000, 30_000),
            (15_000, 30_000),
        ];
        keeps_within(&Reconnection::default(), &bounds);
    }

    #[test]
    fn the_reference_waits_exactly_the_longest_delay_in_the_end() {
        let bounds = [
            (500, 1500),
            (1000, 3000),
            (2000, 5000),
            (4000, 5000),
            (5000, 5000),
            (5000, 5000),
        ];
        keeps_within(&Reconnection::reference(), &bounds);
    }

    #[test]
    fn the_longest_delay_is_spread_over_its_jitter() {
        let rule = Reconnection::default();
        let mut backoff = Backoff::new(1);
        for _ in 0..7 {
            let _ = backoff.next(&rule);
        }
        let mut tenths = [0; 10];
        for _ in 0..1000 {
            let delay = backoff.next(&rule).unwrap().0;
            tenths[((delay - 15_000) / 1501) as usize] += 1;
        }
        assert!(
            tenths.iter().all(|count| (60..140).contains(count)),
            "{tenths:?}"
        );
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

    #[test]
    fn a_success_renews_the_attempts_and_not_the_delay() {
        let rule = Reconnection {
            attempts: Some(2),
            randomization_percent: 0,
            ..Reconnection::default()
        };
        let mut backoff = Backoff::new(7);
        let _ = (backoff.next(&rule), backoff.next(&rule));
        assert_eq!(backoff.next(&rule), None);
        backoff.succeeded();
        assert_eq!(backoff.next(&rule), Some(Millis(4000)));
        assert_eq!(backoff.attempts(), 1);
    }
}
