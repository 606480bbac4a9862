//! Phases of a run: when users arrive, or how many there are.

use std::time::Duration;

/// A part of a run.
///
/// In an **open** phase users arrive at a rate, whatever the server does, as people do. In a **closed** phase a number of users is
/// held: a user that ends is replaced, so a slow server gets less load.
#[derive(Clone, Debug, PartialEq)]
pub struct Phase {
    pub(crate) name: String,
    pub(crate) duration: Duration,
    pub(crate) shape: Shape,
    /// Arrivals are skipped, and counted, while there are this many users.
    pub(crate) max_users: Option<u64>,
}

/// How a phase brings users.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Shape {
    /// Users arrive at a rate that goes from one value to another, in users per second.
    Arrivals {
        from: f64,
        to: f64,
        /// Whether the gaps are random (a Poisson process) instead of equal.
        is_random: bool,
    },
    /// This number of users arrives in equal gaps.
    Count(u64),
    /// This number of users is held. The number goes there from that of the phase before within this time.
    Users { users: u64, ramp: Option<Duration> },
    /// No user arrives.
    Pause,
}

impl Phase {
    /// Users arrive at a constant rate, in users per second.
    pub fn arrivals(rate: f64, duration: Duration) -> Phase {
        Phase::ramp(rate, rate, duration)
    }

    /// Users arrive at a rate that grows or shrinks evenly, in users per second.
    pub fn ramp(from: f64, to: f64, duration: Duration) -> Phase {
        Phase::new(
            duration,
            Shape::Arrivals {
                from,
                to,
                is_random: false,
            },
        )
    }

    /// This number of users arrives in equal gaps.
    pub fn count(users: u64, duration: Duration) -> Phase {
        Phase::new(duration, Shape::Count(users))
    }

    /// This number of users is held: a closed phase. See [`Phase::within`].
    pub fn users(users: u64, duration: Duration) -> Phase {
        Phase::new(duration, Shape::Users { users, ramp: None })
    }

    /// No user arrives; those of an open phase go on.
    pub fn pause(duration: Duration) -> Phase {
        Phase::new(duration, Shape::Pause)
    }

    fn new(duration: Duration, shape: Shape) -> Phase {
        Phase {
            name: String::new(),
            duration,
            shape,
            max_users: None,
        }
    }

    /// Sets the time in which a closed phase gets to its number of users. Default: 100 users each second.
    #[must_use]
    pub fn within(mut self, time: Duration) -> Phase {
        if let Shape::Users { ramp, .. } = &mut self.shape {
            *ramp = Some(time);
        }
        self
    }

    /// Makes the gaps between arrivals random, as those of independent people are. Default: equal gaps.
    #[must_use]
    pub fn at_random(mut self) -> Phase {
        if let Shape::Arrivals { is_random, .. } = &mut self.shape {
            *is_random = true;
        }
        self
    }

    /// Skips arrivals, and counts them, while there are this many users in the process. Default: 250,000.
    #[must_use]
    pub fn max_users(mut self, users: u64) -> Phase {
        self.max_users = Some(users);
        self
    }

    /// Sets the name in reports. Default: none.
    #[must_use]
    pub fn named(mut self, name: impl Into<String>) -> Phase {
        self.name = name.into();
        self
    }

    /// How long the phase lasts.
    pub fn duration(&self) -> Duration {
        self.duration
    }

    /// The number of users that arrive in an open phase: the mean if the gaps are random.
    pub(crate) fn expected_arrivals(&self) -> f64 {
        match self.shape {
            Shape::Arrivals { from, to, .. } => (from + to) / 2.0 * self.duration.as_secs_f64(),
            Shape::Count(users) => users as f64,
            Shape::Users { .. } | Shape::Pause => 0.0,
        }
    }

    /// The number of users that a closed phase holds.
    pub(crate) fn held(&self) -> u64 {
        match self.shape {
            Shape::Users { users, .. } => users,
            Shape::Arrivals { .. } | Shape::Count(_) | Shape::Pause => 0,
        }
    }

    /// Returns whether its rates are numbers of users per second.
    pub(crate) fn is_valid(&self) -> bool {
        match self.shape {
            Shape::Arrivals { from, to, .. } => [from, to]
                .iter()
                .all(|rate| rate.is_finite() && *rate >= 0.0),
            Shape::Count(_) | Shape::Users { .. } | Shape::Pause => true,
        }
    }
}
