//! Random durations.

use std::time::Duration;

use rand::{Rng, RngExt};

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
    /// Draws a duration.
    pub fn draw(self, random: &mut impl Rng) -> Duration {
        match self {
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
        }
    }
}

fn seconds(seconds: f64) -> Duration {
    Duration::try_from_secs_f64(seconds.max(0.0)).unwrap_or(Duration::MAX)
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

#[cfg(test)]
mod tests {
    use rand::SeedableRng;
    use rand::rngs::StdRng;

    use super::*;

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
