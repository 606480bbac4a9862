//! Latencies of one series: service time and response time, as HDR histograms.

use std::time::Duration;

use hdrhistogram::Histogram;
use serde::de::{Deserialize, Deserializer, Error as _};
use serde::ser::{Serialize, Serializer};

/// Three digits: the error of a percentile is at most 0.1 %.
const DIGITS: u8 = 3;
/// Longer latencies count as one hour.
const LONGEST: u64 = 3_600_000_000;

/// A distribution of latencies in microseconds, exact to three digits, which merges without error.
#[derive(Clone, Debug)]
pub struct Latency(Histogram<u64>);

impl Default for Latency {
    fn default() -> Self {
        let mut histogram = Histogram::new(DIGITS).expect("three digits are valid");
        histogram.auto(true);
        Latency(histogram)
    }
}

impl PartialEq for Latency {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}

impl Latency {
    /// Adds a latency. One hour is the longest.
    pub fn record(&mut self, latency: Duration) {
        self.record_n(micros(latency), 1);
    }

    fn record_n(&mut self, micros: u64, count: u64) {
        // Fails only if the histogram cannot grow, and `LONGEST` bounds it.
        let _ = self.0.record_n(micros.min(LONGEST), count);
    }

    /// Adds all latencies of `other`.
    pub fn add(&mut self, other: &Latency) {
        // Fails only if the histogram cannot grow.
        let _ = self.0.add(&other.0);
    }

    /// How many latencies were added.
    pub fn count(&self) -> u64 {
        self.0.len()
    }

    /// Returns the latency that `percent` of all do not exceed; zero if there is none.
    pub fn percentile(&self, percent: f64) -> Duration {
        Duration::from_micros(self.0.value_at_percentile(percent).min(self.0.max()))
    }

    /// The longest latency.
    pub fn max(&self) -> Duration {
        Duration::from_micros(self.0.max())
    }

    /// The shortest latency.
    pub fn min(&self) -> Duration {
        Duration::from_micros(self.0.min())
    }

    /// The mean.
    pub fn mean(&self) -> Duration {
        Duration::from_secs_f64(self.0.mean() / 1e6)
    }

    /// The latencies in microseconds with their counts, from short to long.
    pub fn buckets(&self) -> impl Iterator<Item = (u64, u64)> + '_ {
        self.0
            .iter_recorded()
            .map(|bucket| (bucket.value_iterated_to(), bucket.count_at_value()))
    }

    /// Forgets all latencies, the longest and the shortest one included.
    pub(crate) fn clear(&mut self) {
        self.0.reset();
    }
}

fn micros(latency: Duration) -> u64 {
    u64::try_from(latency.as_micros()).unwrap_or(LONGEST)
}

/// A list of pairs: microseconds and count.
impl Serialize for Latency {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.buckets())
    }
}

impl<'de> Deserialize<'de> for Latency {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let buckets = Vec::<(u64, u64)>::deserialize(deserializer)?;
        let mut latency = Latency::default();
        let mut total = 0_u64;
        for (micros, count) in buckets {
            total = total
                .checked_add(count)
                .ok_or_else(|| D::Error::custom("the counts of a histogram exceed 64 bits"))?;
            latency.record_n(micros, count);
        }
        Ok(latency)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(micros: impl IntoIterator<Item = u64>) -> Latency {
        let mut latency = Latency::default();
        for micros in micros {
            latency.record(Duration::from_micros(micros));
        }
        latency
    }

    #[test]
    fn percentiles_are_exact_to_three_digits() {
        let latency = of((1..=10_000).map(|n| n * 100));
        for (percent, micros) in [(50.0, 500_000.0), (99.0, 990_000.0), (99.9, 999_000.0)] {
            let found = latency.percentile(percent).as_secs_f64() * 1e6;
            assert!((found / micros - 1.0).abs() < 0.001, "{percent}: {found}");
        }
        // The bucket of the longest latency ends above it.
        assert_eq!(latency.percentile(100.0), latency.max());
    }

    #[test]
    fn json_keeps_every_bucket_and_the_sum_of_parts_is_the_whole() {
        let whole = of((1..5_000).map(|n| n * n));
        let mut parts = Latency::default();
        for part in 0..3 {
            let part = of((1..5_000).filter(|n| n % 3 == part).map(|n| n * n));
            let json = serde_json::to_string(&part).unwrap();
            let part: Latency = serde_json::from_str(&json).unwrap();
            parts.add(&part);
        }
        assert_eq!(
            parts.buckets().collect::<Vec<_>>(),
            whole.buckets().collect::<Vec<_>>()
        );
    }

    #[test]
    fn a_latency_beyond_an_hour_is_counted_as_an_hour() {
        let mut latency = of([]);
        latency.record(Duration::MAX);
        assert_eq!(latency.count(), 1);
        assert!(latency.max() >= Duration::from_secs(3_600));
        assert!(latency.max() < Duration::from_secs(3_610));
    }

    #[test]
    fn counts_that_overflow_are_an_error() {
        let json = format!("[[1,{}],[2,1]]", u64::MAX);
        assert!(serde_json::from_str::<Latency>(&json).is_err());
    }
}
