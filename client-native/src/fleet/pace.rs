//! When the bots of a fleet begin.

use std::time::Duration;

/// How the beginnings are spread.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Pace {
    /// So many each second.
    Rate(f64),
    /// All of them over this time.
    Over(Duration),
}

impl Pace {
    /// When the bot of this number begins, from the start of the fleet on: somewhere in its slot, so that bots of several
    /// processes do not begin at the same moments. `jitter` is between 0 and 1.
    pub(super) fn start(self, index: usize, bots: usize, jitter: f64) -> Duration {
        let slot = match self {
            Pace::Rate(rate) => 1.0 / rate,
            Pace::Over(span) => span.as_secs_f64() / bots.max(1) as f64,
        };
        // A rate that is not positive, or not a number, is none.
        if !(slot.is_finite() && slot > 0.0) {
            return Duration::ZERO;
        }
        let seconds = (index as f64 + jitter.clamp(0.0, 1.0)) * slot;
        Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_bot_begins_in_its_slot() {
        let rate = Pace::Rate(100.0);
        assert_eq!(rate.start(0, 1_000, 0.0), Duration::ZERO);
        assert_eq!(rate.start(999, 1_000, 0.5), Duration::from_millis(9_995));
        let over = Pace::Over(Duration::from_secs(10));
        assert_eq!(over.start(999, 1_000, 0.5), Duration::from_millis(9_995));
        assert_eq!(over.start(0, 0, 0.0), Duration::ZERO);
    }

    #[test]
    fn a_rate_that_is_none_begins_all_at_once() {
        for rate in [0.0, -1.0, f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            assert_eq!(Pace::Rate(rate).start(7, 10, 0.5), Duration::ZERO, "{rate}");
        }
        assert_eq!(Pace::Rate(1e-300).start(7, 10, 0.5), Duration::MAX);
        assert_eq!(Pace::Over(Duration::ZERO).start(7, 10, 0.5), Duration::ZERO);
    }
}
