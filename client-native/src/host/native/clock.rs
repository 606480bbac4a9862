//! The machine's time: that of tokio's clock, and that in which the device slept.
//!
//! tokio's clock stops in sleep on Linux, Android and Apple's systems. A wall clock that jumps beside it shows sleep, or that it
//! was set: on Linux and Android the uptime, which goes on in sleep, tells which. On Apple's systems a jump counts as sleep,
//! because that is more frequent.

use std::sync::LazyLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant as Ticks, SystemTime};

use tidewire_core::Time;
use tokio::time::Instant;

/// The wall clock jumps if it differs from the other one by more than this.
const JUMP: Duration = Duration::from_secs(2);

/// The clock of one connection.
#[derive(Debug)]
pub(crate) struct Clock {
    start: Instant,
    last: Reading,
    /// How long the device slept since `start`.
    slept: Duration,
    /// How long it slept since the first connection, as far as that is known.
    total: Duration,
}

/// Two clocks, read at once.
#[derive(Clone, Copy, Debug)]
struct Reading {
    ticks: Ticks,
    wall: SystemTime,
}

impl Clock {
    pub(crate) fn new() -> Clock {
        LazyLock::force(&ORIGIN);
        Clock {
            start: Instant::now(),
            last: Reading::now(),
            slept: Duration::ZERO,
            total: Duration::from_millis(KNOWN.load(Ordering::Relaxed)),
        }
    }

    /// Returns the time since the start of the connection.
    pub(crate) fn now(&mut self) -> Time {
        self.read(Reading::now(), total_sleep);
        let elapsed = self.start.elapsed() + self.slept;
        Time::from_millis(u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX))
    }

    /// Returns when tokio's clock reaches a time, if the device does not sleep before.
    pub(crate) fn instant(&self, time: Time) -> Instant {
        self.start + Duration::from_millis(time.as_millis()).saturating_sub(self.slept)
    }

    /// Counts sleep since the last reading. `total` returns how long the device slept in all, if that is known, given the jump.
    fn read(&mut self, now: Reading, total: impl FnOnce(Duration, Duration) -> Duration) {
        let jump = now.jump_since(self.last);
        self.last = now;
        if jump > JUMP {
            let total = total(self.total, jump);
            self.slept += jump.min(total.saturating_sub(self.total));
            self.total = total;
        }
    }
}

impl Reading {
    fn now() -> Reading {
        Reading {
            ticks: Ticks::now(),
            wall: SystemTime::now(),
        }
    }

    /// Returns by how much the wall clock went on more than the other one; zero if it was set back.
    fn jump_since(self, last: Reading) -> Duration {
        let wall = self.wall.duration_since(last.wall).unwrap_or_default();
        wall.saturating_sub(self.ticks.duration_since(last.ticks))
    }
}

/// The uptime when the first connection was made.
static ORIGIN: LazyLock<(Ticks, Option<Duration>)> = LazyLock::new(|| (Ticks::now(), uptime()));

/// How many milliseconds the device slept since then, by the last reading.
static KNOWN: AtomicU64 = AtomicU64::new(0);

/// Returns how long the device slept since the first connection; `known` is the last result for this connection.
fn total_sleep(known: Duration, jump: Duration) -> Duration {
    if cfg!(target_vendor = "apple") {
        return known + jump;
    }
    let (ticks, Some(origin)) = *ORIGIN else {
        return known;
    };
    let Some(uptime) = uptime() else { return known };
    let total = uptime
        .saturating_sub(origin)
        .saturating_sub(ticks.elapsed());
    // The uptime has two digits after the point: less than the limit is no sleep.
    if total.saturating_sub(known) < JUMP {
        return known;
    }
    KNOWN.store(
        u64::try_from(total.as_millis()).unwrap_or(u64::MAX),
        Ordering::Relaxed,
    );
    total
}

/// Returns the time since the system started, with sleep; `None` where it is not known.
fn uptime() -> Option<Duration> {
    if !cfg!(any(target_os = "linux", target_os = "android")) {
        return None;
    }
    let text = std::fs::read_to_string("/proc/uptime").ok()?;
    Duration::try_from_secs_f64(text.split(' ').next()?.parse().ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: Duration = Duration::from_secs(60);

    /// Lets both clocks go on, and the device sleep, and returns how much sleep the clock has counted.
    fn counted(clock: &mut Clock, ticks: Duration, wall: Duration, slept: Duration) -> Duration {
        let before = clock.slept;
        let now = Reading {
            ticks: clock.last.ticks + ticks,
            wall: clock.last.wall + wall,
        };
        clock.read(now, |known, _| known + slept);
        clock.slept - before
    }

    #[test]
    fn sleep_is_time_and_a_clock_that_is_set_is_not() {
        let mut clock = Clock::new();
        assert_eq!(
            counted(&mut clock, MINUTE, MINUTE, Duration::ZERO),
            Duration::ZERO
        );
        assert_eq!(counted(&mut clock, Duration::ZERO, MINUTE, MINUTE), MINUTE);
        assert_eq!(
            counted(&mut clock, Duration::ZERO, MINUTE, Duration::ZERO),
            Duration::ZERO
        );
        assert_eq!(
            counted(&mut clock, Duration::ZERO, 60 * MINUTE, MINUTE),
            MINUTE,
            "both"
        );
        assert_eq!(
            counted(&mut clock, MINUTE, MINUTE + JUMP, MINUTE),
            Duration::ZERO,
            "no jump"
        );
    }

    #[test]
    fn a_clock_that_is_set_back_is_no_sleep() {
        let mut clock = Clock::new();
        let now = Reading {
            ticks: clock.last.ticks,
            wall: clock.last.wall - MINUTE,
        };
        clock.read(now, |_, _| panic!("no jump"));
        assert_eq!(clock.slept, Duration::ZERO);
    }

    #[test]
    fn timers_take_sleep_into_account() {
        let mut clock = Clock::new();
        let due = Time::from_millis(90_000);
        assert_eq!(clock.instant(due), clock.start + Duration::from_secs(90));
        counted(&mut clock, Duration::ZERO, MINUTE, MINUTE);
        assert_eq!(clock.instant(due), clock.start + Duration::from_secs(30));
        counted(&mut clock, Duration::ZERO, MINUTE, MINUTE);
        assert_eq!(clock.instant(due), clock.start);
    }

    #[test]
    fn this_system_is_awake() {
        let clock = Clock::new();
        assert_eq!(total_sleep(clock.total, Duration::ZERO), clock.total);
        assert_eq!(
            uptime().is_some(),
            cfg!(any(target_os = "linux", target_os = "android"))
        );
    }
}
