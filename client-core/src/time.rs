//! Time in integer milliseconds, which the host passes in.
//!
//! The machine has no clock. A host should read one that only moves forward *and goes on while the device sleeps*, so that
//! the first call after waking finds the timers that have expired.

use core::cmp::Ordering;
use core::fmt;
use core::num::NonZeroU64;
use core::ops::Add;

/// A moment: milliseconds since an origin of the host's choice (its start, the Unix epoch, ...).
// Stored as the milliseconds left until the end of time, which is never reached: so `None` in an `Option<Time>` is 0, takes no
// space of its own, and is later than any time.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Time(NonZeroU64);

/// A length of time in milliseconds, up to about 49 days.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Millis(pub u32);

impl Time {
    /// The host's origin of time.
    pub const ZERO: Time = Time(NonZeroU64::MAX);

    /// Returns the moment `millis` milliseconds after the host's origin.
    pub const fn from_millis(millis: u64) -> Time {
        match NonZeroU64::new(!millis) {
            Some(left) => Time(left),
            None => Time(NonZeroU64::MIN),
        }
    }

    /// Returns the milliseconds since the host's origin.
    pub const fn as_millis(self) -> u64 {
        !self.0.get()
    }

    /// Returns the milliseconds since `earlier`; 0 if `earlier` is later (the clock jumped back).
    pub const fn since(self, earlier: Time) -> u64 {
        earlier.0.get().saturating_sub(self.0.get())
    }
}

impl Millis {
    /// Returns a span of whole seconds.
    pub const fn from_secs(secs: u32) -> Millis {
        Millis(secs.saturating_mul(1000))
    }

    /// Returns the sum, at most the longest span.
    pub const fn saturating_add(self, other: Millis) -> Millis {
        Millis(self.0.saturating_add(other.0))
    }
}

impl Add<Millis> for Time {
    type Output = Time;

    fn add(self, span: Millis) -> Time {
        let left = self.0.get().saturating_sub(u64::from(span.0));
        Time(NonZeroU64::new(left).unwrap_or(NonZeroU64::MIN))
    }
}

impl Ord for Time {
    fn cmp(&self, other: &Self) -> Ordering {
        other.0.cmp(&self.0)
    }
}

impl PartialOrd for Time {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Default for Time {
    fn default() -> Time {
        Time::ZERO
    }
}

impl fmt::Debug for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Time").field(&self.as_millis()).finish()
    }
}

/// Returns the earlier of two optional deadlines.
pub(crate) fn earlier(a: Option<Time>, b: Option<Time>) -> Option<Time> {
    let left = |time: Option<Time>| time.map_or(0, |time| time.0.get());
    NonZeroU64::new(left(a).max(left(b))).map(Time)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn later_is_greater_and_no_time_is_latest() {
        let (soon, late) = (Time::from_millis(1), Time::from_millis(u64::MAX));
        assert!(Time::ZERO < soon && soon < late && Time::default() == Time::ZERO);
        assert_eq!((soon.as_millis(), late.since(soon)), (1, u64::MAX - 2));
        assert_eq!(soon + Millis(4), Time::from_millis(5));
        assert_eq!(late + Millis(4), late, "time does not end");
        assert_eq!(soon.since(late), 0);
        assert_eq!(earlier(Some(soon), Some(late)), Some(soon));
        assert_eq!(earlier(None, Some(late)), Some(late));
        assert_eq!(earlier(None, None), None);
    }
}
