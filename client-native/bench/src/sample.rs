//! The figures of one measurement, and the watch that takes them.

use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use crate::allocations::Allocations;
use crate::machine;

/// The figures of one client process.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Sample {
    /// The number of events, acks or connections.
    pub(crate) count: u64,
    /// CPU time of the client process, in microseconds.
    pub(crate) cpu_us: f64,
    /// Wall time, in microseconds.
    pub(crate) wall_us: f64,
    /// The latency, in microseconds, if it is measured.
    #[serde(default)]
    pub(crate) p50_us: Option<f64>,
    #[serde(default)]
    pub(crate) p99_us: Option<f64>,
    /// Growth of the resident memory, if it is measured.
    #[serde(default)]
    pub(crate) resident_bytes: Option<f64>,
    /// Bytes that the connection read and wrote, if they are measured.
    #[serde(default)]
    pub(crate) wire_bytes: Option<f64>,
    /// Allocations and reallocations, if the process counts them.
    #[serde(default)]
    pub(crate) allocations: Option<f64>,
    /// Bytes allocated and not freed, if the process counts them.
    #[serde(default)]
    pub(crate) live_bytes: Option<f64>,
}

impl Sample {
    pub(crate) fn rate(&self) -> f64 {
        self.count as f64 / self.wall_us * 1e6
    }

    /// The bytes of one on the wire, if they are measured.
    pub(crate) fn wire(&self) -> Option<f64> {
        Some(self.wire_bytes? / self.count as f64)
    }

    /// The cost of one: memory in KiB if that is measured, otherwise CPU time in microseconds.
    pub(crate) fn cost(&self) -> f64 {
        match self.resident_bytes {
            Some(bytes) => bytes / 1024.0 / self.count as f64,
            None => self.cpu_us / self.count as f64,
        }
    }
}

/// Runs from its start to its stop.
pub(crate) struct Watch {
    wall: Instant,
    cpu: Duration,
    allocations: Option<Allocations>,
}

impl Watch {
    pub(crate) fn start() -> Self {
        Watch {
            wall: Instant::now(),
            cpu: machine::cpu_time(),
            allocations: Allocations::until_now(),
        }
    }

    pub(crate) fn stop(&self, count: u64) -> Sample {
        let now = Allocations::until_now().zip(self.allocations);
        let allocations = now.map(|(now, start)| now.since(start));
        Sample {
            count,
            cpu_us: micros(machine::cpu_time() - self.cpu),
            wall_us: micros(self.wall.elapsed()),
            allocations: allocations.map(|allocations| allocations.count),
            live_bytes: allocations.map(|allocations| allocations.live_bytes),
            ..Sample::default()
        }
    }
}

pub(crate) fn micros(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e6
}

/// The value that `share` of the values do not exceed. Sorts.
pub(crate) fn quantile(values: &mut [f64], share: f64) -> f64 {
    values.sort_by(f64::total_cmp);
    let place = (values.len() as f64 * share).ceil() as usize;
    let at = place.clamp(1, values.len().max(1)) - 1;
    values.get(at).copied().unwrap_or(f64::NAN)
}

/// The middle value, or the mean of the two that share the middle. Sorts.
pub(crate) fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    match values {
        [] => f64::NAN,
        _ if values.len() % 2 == 1 => values[middle],
        _ => (values[middle - 1] + values[middle]) / 2.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_in_the_middle() {
        assert_eq!(median(&mut [3.0, 1.0, 2.0]), 2.0);
        assert_eq!(median(&mut [4.0, 1.0, 2.0, 3.0]), 2.5);
        assert!(median(&mut []).is_nan());
    }

    #[test]
    fn a_quantile_is_one_of_the_values() {
        let mut values: Vec<f64> = (1..=100).map(f64::from).collect();
        assert_eq!(quantile(&mut values, 0.5), 50.0);
        assert_eq!(quantile(&mut values, 0.99), 99.0);
        assert_eq!(quantile(&mut [7.0], 0.99), 7.0);
    }
}
