//! Random durations.

use std::time::Duration;

use rand::{Rng, RngExt};

use crate::source::LONGEST;

/// The distribution of a pause.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum Spread {
    /// Always this long.
    Constant(Duration),
    /// Between the two, each equally likely.
    Uniform(Duration, Duration),
    /// A normal distribution with this mean and deviation; not below zero.
    Normal(Duration, Duration),
    /// An exponential distribution with this mean, at most ten times as long.
    Exponential(Duration),
}

impl From<Duration> for Spread {
    fn from(constant: Duration) -> Self {
        Spread::Constant(constant)
    }
}

impl Spread {
    /// Draws a duration: at most 3,650 days, so that clocks have the time at its end.
    pub fn draw(self, random: &mut impl Rng) -> Duration {
        let drawn = match self {
            Spread::Constant(time) => time,
            Spread::Uniform(least, most) => {
                let (least, most) = (least.as_secs_f64(), most.as_secs_f64());
                seconds(least + (most - least) * random.random::<f64>())
            }
            Spread::Normal(mean, deviation) => {
                seconds(mean.as_secs_f64() + deviation.as_secs_f64() * normal(random))
            }
            Spread::Exponential(mean) => {
                seconds(mean.as_secs_f64() * exponential(random).min(10.0))
            }
        };
        drawn.min(LONGEST)
    }
}

fn seconds(seconds: f64) -> Duration {
    Duration::try_from_secs_f64(seconds.max(0.0)).unwrap_or(LONGEST)
}

/// Draws from the exponential distribution with mean 1.
pub(crate) fn exponential(random: &mut impl Rng) -> f64 {
    -(1.0 - random.random::<f64>()).ln()
}

/// Draws from the standard normal distribution (Box and Muller).
fn normal(random: &mut impl Rng) -> f64 {
    let radius = (2.0 * exponential(random)).sqrt();
    radius * (std::f64::consts::TAU * random.random::<f64>()).cos()
}

/// Chooses a number by weight; `None` if all weights are 0.
pub(crate) fn chosen(
    weights: impl Iterator<Item = u32> + Clone,
    random: &mut impl Rng,
) -> Option<usize> {
    let total: u64 = weights.clone().map(u64::from).sum();
    let mut drawn = random.random_range(0..total.max(1));
    weights.enumerate().find_map(|(number, weight)| {
        let is_chosen = drawn < u64::from(weight);
        drawn = drawn.saturating_sub(weight.into());
        is_chosen.then_some(number)
    })
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;
    use rand::rngs::StdRng;

    use super::*;

    #[test]
    fn weights_of_any_size_are_drawn_from() {
        let mut random = StdRng::seed_from_u64(1);
        let mut draw = |weights: &[u32]| chosen(weights.iter().copied(), &mut random);
        assert_eq!(draw(&[0, 0]), None);
        assert_eq!(draw(&[0, 7, 0]), Some(1));
        let drawn: Vec<_> = (0..100)
            .filter_map(|_| draw(&[u32::MAX, u32::MAX]))
            .collect();
        assert_eq!(drawn.len(), 100);
        assert!(drawn.contains(&0) && drawn.contains(&1));
    }

    #[test]
    fn no_pause_is_longer_than_clocks_can_tell() {
        let mut random = StdRng::seed_from_u64(1);
        let most = Duration::MAX;
        for spread in [
            Spread::Constant(most),
            Spread::Uniform(most, most),
            Spread::Normal(most, most),
            Spread::Exponential(most),
        ] {
            assert!(spread.draw(&mut random) <= LONGEST, "{spread:?}");
        }
    }

    #[test]
    fn distributions_have_their_mean_and_bounds() {
        let (one, three) = (Duration::from_secs(1), Duration::from_secs(3));
        let mut random = StdRng::seed_from_u64(1);
        for (spread, mean, least, most) in [
            (Spread::Constant(one), 1.0, 1.0, 1.0),
            (Spread::Uniform(one, three), 2.0, 1.0, 3.0),
            (Spread::Normal(three, one), 3.0, 0.0, 10.0),
            (Spread::Exponential(one), 1.0, 0.0, 10.0),
        ] {
            let drawn: Vec<f64> = (0..20_000)
                .map(|_| spread.draw(&mut random).as_secs_f64())
                .collect();
            assert!(
                drawn.iter().all(|it| (least..=most).contains(it)),
                "{spread:?}"
            );
            let found = drawn.iter().sum::<f64>() / drawn.len() as f64;
            assert!((found - mean).abs() < 0.05, "{spread:?}: {found}");
        }
    }
}
