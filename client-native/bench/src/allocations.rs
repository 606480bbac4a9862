//! The allocations of this process, which only the program `tidewire-bench-counting` counts.

use stats_alloc::{INSTRUMENTED_SYSTEM, Stats};

/// The allocations up to a moment, or between two.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Allocations {
    /// Allocations and reallocations.
    pub(crate) count: f64,
    /// Bytes allocated and not freed. Less than zero if more was freed than allocated.
    pub(crate) live_bytes: f64,
}

impl Allocations {
    /// Everything until now, or `None` if this program does not count.
    pub(crate) fn until_now() -> Option<Allocations> {
        // A program that counts has allocated before it comes here: its arguments, for example.
        let stats = INSTRUMENTED_SYSTEM.stats();
        (stats.allocations > 0).then(|| Allocations::of(&stats))
    }

    pub(crate) fn since(self, earlier: Allocations) -> Allocations {
        Allocations {
            count: self.count - earlier.count,
            live_bytes: self.live_bytes - earlier.live_bytes,
        }
    }

    fn of(stats: &Stats) -> Allocations {
        let allocated = stats.bytes_allocated as f64 + stats.bytes_reallocated as f64;
        Allocations {
            count: (stats.allocations + stats.reallocations) as f64,
            live_bytes: allocated - stats.bytes_deallocated as f64,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reallocations_count_and_may_free() {
        let stats = Stats {
            allocations: 3,
            reallocations: 2,
            deallocations: 1,
            bytes_allocated: 100,
            bytes_deallocated: 30,
            bytes_reallocated: -20,
        };
        let allocations = Allocations::of(&stats);
        assert_eq!((allocations.count, allocations.live_bytes), (5.0, 50.0));
        let none = allocations.since(allocations);
        assert_eq!((none.count, none.live_bytes), (0.0, 0.0));
    }
}
