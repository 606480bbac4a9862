//! The bounds of a run.

use std::time::Duration;

/// The time in which users that were told to leave end their actions and close their connections, if there is no other.
pub(super) const LEAVING: Duration = Duration::from_secs(5);

/// Bounds of a run.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Connects that may be in progress at a time. Default: 100.
    pub connecting: usize,
    /// How long users may go on after the last phase; `None`: until their scenarios end. Default: 30 s.
    pub grace: Option<Duration>,
    /// How long users may then go on with the action that is under way, and close. Default: 5 s.
    pub leaving: Duration,
    /// The part of the users that this process has, and the number of parts: `(0, 1)` for all. Default: all.
    pub shard: (u64, u64),
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            connecting: 100,
            grace: Some(Duration::from_secs(30)),
            leaving: LEAVING,
            shard: (0, 1),
        }
    }
}

impl Limits {
    /// Ends the run within this time after the last phase; without one, when the scenarios end. Users go on for the first part of
    /// it, and leave in the rest.
    pub(crate) fn ending_within(self, time: Option<Duration>) -> Limits {
        let leaving = time.map_or(LEAVING, |time| LEAVING.min(time / 2));
        Limits {
            grace: time.map(|time| time - leaving),
            leaving,
            ..self
        }
    }
}
