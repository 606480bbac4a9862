//! The times at which the users of an open phase arrive.

use std::time::Duration;

use rand::Rng;
use rand::rngs::StdRng;

use super::phase::{Phase, Shape};
use super::spread::exponential;

/// Arrivals that are counted: beyond, a number with a fraction has no room for one more.
const MOST_COUNTED: f64 = 1e15;

/// The arrival times of an open phase, from its start on, ascending. Computed from the number of the arrival, so no error adds up.
#[derive(Debug)]
pub(crate) struct Schedule<R = StdRng> {
    from: f64,
    to: f64,
    seconds: f64,
    /// All arrivals.
    total: f64,
    /// The number of the next arrival; in a random schedule, the mean number by then.
    next: f64,
    /// Makes the gaps random.
    random: Option<R>,
}

impl<R: Rng> Schedule<R> {
    /// The schedule of a phase; none if it is not open. `random` makes the gaps if the phase wants random ones.
    pub(crate) fn new(phase: &Phase, random: R) -> Option<Self> {
        let seconds = phase.duration.as_secs_f64();
        let total = phase.expected_arrivals();
        let (from, to, is_random) = match phase.shape {
            Shape::Arrivals {
                from,
                to,
                is_random,
            } => (from, to, is_random),
            Shape::Count(_) => (total / seconds, total / seconds, false),
            Shape::Users { .. } | Shape::Pause => return None,
        };
        let mut schedule = Schedule {
            from,
            to,
            seconds,
            total,
            next: 0.0,
            random: is_random.then_some(random),
        };
        if is_random {
            schedule.advance();
        }
        Some(schedule)
    }

    /// The arrivals that are left, as far as they can be counted: the mean number if the gaps are random.
    pub(crate) fn remaining(&self) -> u64 {
        (self.total - self.next - 1e-6)
            .ceil()
            .clamp(0.0, MOST_COUNTED) as u64
    }

    fn advance(&mut self) {
        self.next += self.random.as_mut().map_or(1.0, exponential);
    }

    /// Returns when the rate has brought this number of users: the inverse of its integral.
    fn time_of(&self, number: f64) -> f64 {
        let slope = (self.to - self.from) / self.seconds;
        let root = (self.from * self.from + 2.0 * slope * number)
            .max(0.0)
            .sqrt();
        2.0 * number / (self.from + root)
    }
}

impl<R: Rng> Iterator for Schedule<R> {
    type Item = Duration;

    fn next(&mut self) -> Option<Duration> {
        // A millionth of a user is an error of rounding.
        if self.next >= self.total - 1e-6 {
            return None;
        }
        // In a phase of no length all arrive at once, with a rate that is not a number.
        let seconds = if self.next == 0.0 || self.seconds == 0.0 {
            0.0
        } else {
            self.time_of(self.next)
        };
        self.advance();
        Duration::try_from_secs_f64(seconds).ok()
    }
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;

    use super::*;

    fn times(phase: &Phase) -> Vec<f64> {
        let random = StdRng::seed_from_u64(7);
        let schedule = Schedule::new(phase, random).expect("an open phase");
        schedule.map(|time| time.as_secs_f64()).collect()
    }

    #[test]
    fn a_constant_rate_has_equal_gaps() {
        let times = times(&Phase::arrivals(4.0, Duration::from_secs(2)));
        assert_eq!(times, [0.0, 0.25, 0.5, 0.75, 1.0, 1.25, 1.5, 1.75]);
    }

    #[test]
    fn a_ramp_brings_the_mean_rate_and_grows() {
        for (from, to) in [(0.0, 100.0), (100.0, 0.0), (10.0, 90.0)] {
            let times = times(&Phase::ramp(from, to, Duration::from_secs(10)));
            assert_eq!(times.len(), 500, "{from} to {to}");
            assert!(times.is_sorted());
            assert!(times.iter().all(|time| (0.0..10.0).contains(time)));
            // The first half brings a quarter of the difference less than half.
            let early = times.iter().filter(|time| **time < 5.0).count() as f64;
            let expected = (from + (to - from) / 4.0) * 5.0;
            assert!((early - expected).abs() <= 1.0, "{early} {expected}");
        }
    }

    #[test]
    fn a_count_is_exact() {
        for users in [0, 1, 3, 7, 1_000] {
            let times = times(&Phase::count(users, Duration::from_secs(3)));
            assert_eq!(times.len() as u64, users);
        }
        assert!(times(&Phase::arrivals(0.0, Duration::from_secs(3))).is_empty());
        assert!(times(&Phase::arrivals(5.0, Duration::ZERO)).is_empty());
    }

    #[test]
    fn the_remaining_arrivals_are_known() {
        for phase in [
            Phase::count(7, Duration::from_secs(3)),
            Phase::arrivals(2.3, Duration::from_secs(3)),
            Phase::count(3, Duration::ZERO),
        ] {
            let mut schedule = Schedule::new(&phase, StdRng::seed_from_u64(7)).unwrap();
            let all = times(&phase).len() as u64;
            for taken in 0..=all {
                assert_eq!(schedule.remaining(), all - taken, "{phase:?}");
                schedule.next();
            }
            assert_eq!(schedule.remaining(), 0);
        }
        let endless = Phase::arrivals(1e300, Duration::from_secs(1));
        let schedule = Schedule::new(&endless, StdRng::seed_from_u64(7)).unwrap();
        assert_eq!(schedule.remaining(), MOST_COUNTED as u64);
    }

    #[test]
    fn a_count_in_no_time_arrives_at_once() {
        assert_eq!(times(&Phase::count(3, Duration::ZERO)), [0.0; 3]);
        assert_eq!(times(&Phase::count(2, Duration::from_nanos(1))).len(), 2);
        assert!(times(&Phase::count(0, Duration::ZERO)).is_empty());
        assert!(times(&Phase::arrivals(9.0, Duration::ZERO).at_random()).is_empty());
    }

    #[test]
    fn random_gaps_have_the_mean_and_the_spread_of_a_poisson_process() {
        let times = times(&Phase::arrivals(100.0, Duration::from_secs(100)).at_random());
        assert!((9_700..10_300).contains(&times.len()), "{}", times.len());
        let gaps: Vec<f64> = times.windows(2).map(|pair| pair[1] - pair[0]).collect();
        let mean = gaps.iter().sum::<f64>() / gaps.len() as f64;
        let variance = gaps.iter().map(|gap| (gap - mean).powi(2)).sum::<f64>() / gaps.len() as f64;
        // The deviation of an exponential distribution is its mean.
        assert!((variance.sqrt() / mean - 1.0).abs() < 0.05);
    }
}
