//! Points in time that the clock may not reach.

use std::time::Duration;

use tokio::time::Instant;

/// A time that no process lives to see, and every clock reaches.
const FAR: Duration = Duration::from_secs(1 << 32);

/// The moment that comes `time` after `start`; a far one if clocks have no such moment.
pub(super) fn after(start: Instant, time: Duration) -> Instant {
    start.checked_add(time).unwrap_or_else(|| start + FAR)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_time_has_a_moment() {
        let start = Instant::now();
        let second = Duration::from_secs(1);
        assert_eq!(after(start, second), start + second);
        assert_eq!(after(start, Duration::MAX), start + FAR);
    }
}
