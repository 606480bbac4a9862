//! Time as the machine knows it: integer milliseconds that the host passes in.
//!
//! The machine has no clock. A host reads one that only moves forward *and goes on while the device sleeps* where it can,
//! so that the first call after waking finds what has expired.

use core::ops::Add;

/// A moment: milliseconds since an origin of the host's choice (its start, the Unix epoch, ...).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Time(u64);

/// A length of time in milliseconds, up to about 49 days.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Millis(pub u32);

impl Time {
    /// The host's origin.
    pub const ZERO: Time = Time(0);

    /// The moment `millis` milliseconds after the host's origin.
    pub const fn from_millis(millis: u64) -> Time {
        Time(millis)
    }

    /// Milliseconds since the host's origin.
    pub const fn as_millis(self) -> u64 {
        self.0
    }

    /// Milliseconds since `earlier`; 0 if `earlier` is in fact later (a clock that jumped back).
    pub const fn since(self, earlier: Time) -> u64 {
        self.0.saturating_sub(earlier.0)
    }
}

impl Millis {
    /// Whole seconds.
    pub const fn from_secs(secs: u32) -> Millis {
        Millis(secs.saturating_mul(1000))
    }

    /// The sum, at most the longest span there is.
    pub const fn saturating_add(self, other: Millis) -> Millis {
        Millis(self.0.saturating_add(other.0))
    }
}

impl Add<Millis> for Time {
    type Output = Time;

    fn add(self, span: Millis) -> Time {
        Time(self.0.saturating_add(u64::from(span.0)))
    }
}

/// The earlier of two deadlines that may not exist.
pub(crate) fn earlier(a: Option<Time>, b: Option<Time>) -> Option<Time> {
    match (a, b) {
        (Some(a), Some(b)) => Some(a.min(b)),
        (a, b) => a.or(b),
    }
}
