//! When a bot that has ended begins again.

use std::time::Duration;

use super::event::Exit;

/// When a bot of a fleet that has ended begins again, and after which pause. Default: [`Restart::on_failure`].
///
/// The pause is [`delay`](Restart::delay) after the first failure, and doubles with each further one in a row, up to
/// [`delay_max`](Restart::delay_max). Each is drawn between one half and one and a half of that, so that bots that failed together
/// do not begin together. A run that lasted longer than `delay_max` begins a new row.
///
/// ```
/// use std::time::Duration;
/// use tidewire::fleet::Restart;
///
/// let patient = Restart::on_failure().attempts(100).delay(Duration::from_secs(5));
/// # let _ = patient;
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Restart {
    when: When,
    attempts: u32,
    delay: Duration,
    delay_max: Duration,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum When {
    Never,
    OnFailure,
    Always,
}

impl Default for Restart {
    fn default() -> Restart {
        Restart::on_failure()
    }
}

impl Restart {
    /// A bot that has ended stays so.
    pub fn never() -> Restart {
        Restart::when(When::Never)
    }

    /// A bot begins again if it failed, panicked or was kicked, and stays ended if its function returned `Ok`.
    pub fn on_failure() -> Restart {
        Restart::when(When::OnFailure)
    }

    /// A bot begins again however it ended.
    pub fn always() -> Restart {
        Restart::when(When::Always)
    }

    fn when(when: When) -> Restart {
        Restart {
            when,
            attempts: 10,
            delay: Duration::from_secs(1),
            delay_max: Duration::from_secs(30),
        }
    }

    /// How often a bot may begin again in a row. Default: 10.
    #[must_use]
    pub fn attempts(self, attempts: u32) -> Restart {
        Restart { attempts, ..self }
    }

    /// The first pause. Default: 1 s.
    #[must_use]
    pub fn delay(self, delay: Duration) -> Restart {
        Restart { delay, ..self }
    }

    /// The longest pause. Default: 30 s.
    #[must_use]
    pub fn delay_max(self, delay_max: Duration) -> Restart {
        Restart { delay_max, ..self }
    }
}

/// The restarts of one bot in a row.
#[derive(Debug, Default)]
pub(super) struct Row(u32);

impl Row {
    /// The pause before the next run; `None` if there is none. `jitter` is between 0 and 1.
    pub(super) fn next(
        &mut self,
        policy: &Restart,
        exit: &Exit,
        lasted: Duration,
        jitter: f64,
    ) -> Option<Duration> {
        let again = match policy.when {
            When::Never => false,
            When::OnFailure => exit.is_failure(),
            When::Always => true,
        };
        if !again {
            return None;
        }
        if lasted > policy.delay_max {
            self.0 = 0;
        }
        if self.0 >= policy.attempts {
            return None;
        }
        let doubled = 2_u32.saturating_pow(self.0);
        self.0 += 1;
        let pause = policy.delay.saturating_mul(doubled).min(policy.delay_max);
        let seconds = pause.as_secs_f64() * (0.5 + jitter.clamp(0.0, 1.0));
        Some(Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn failed() -> Exit {
        Exit::Failed("broken".into())
    }

    #[test]
    fn the_policy_decides_who_begins_again() {
        let kicked = Exit::Kicked;
        let panicked = Exit::Panicked("broken".into());
        for (policy, after_success, after_failure) in [
            (Restart::never(), false, false),
            (Restart::on_failure(), false, true),
            (Restart::always(), true, true),
        ] {
            let begins = |exit: &Exit| {
                let mut row = Row::default();
                row.next(&policy, exit, SECOND, 0.5).is_some()
            };
            assert_eq!(begins(&Exit::Returned), after_success, "{policy:?}");
            for exit in [&failed(), &kicked, &panicked] {
                assert_eq!(begins(exit), after_failure, "{policy:?}");
            }
        }
    }

    #[test]
    fn pauses_double_up_to_the_longest_one_and_end() {
        let policy = Restart::on_failure()
            .attempts(4)
            .delay(2 * SECOND)
            .delay_max(10 * SECOND);
        let mut row = Row::default();
        let mut next = |lasted, jitter| row.next(&policy, &failed(), lasted, jitter);
        assert_eq!(next(SECOND, 0.5), Some(2 * SECOND));
        assert_eq!(next(SECOND, 0.5), Some(4 * SECOND));
        assert_eq!(next(SECOND, 0.0), Some(4 * SECOND));
        assert_eq!(next(SECOND, 1.0), Some(15 * SECOND));
        assert_eq!(next(SECOND, 0.5), None);
        // A run that lasted begins a new row.
        assert_eq!(next(11 * SECOND, 0.5), Some(2 * SECOND));
    }

    #[test]
    fn no_setting_is_too_large() {
        let policy = Restart::always()
            .attempts(u32::MAX)
            .delay(Duration::MAX)
            .delay_max(Duration::from_secs(1 << 40));
        let mut row = Row(u32::MAX - 1);
        let pause = row.next(&policy, &Exit::Returned, SECOND, f64::MAX);
        assert_eq!(pause, Some(Duration::from_secs(3 << 39)));
        assert_eq!(row.next(&policy, &Exit::Returned, SECOND, 0.5), None);
        let endless = policy.delay_max(Duration::MAX);
        let pause = Row::default().next(&endless, &Exit::Returned, SECOND, 1.0);
        assert_eq!(pause, Some(Duration::MAX));
    }
}
