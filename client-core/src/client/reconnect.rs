//! Reconnection: when to make the next attempt, and whether at all.

use crate::backoff::Backoff;
use crate::config::Config;
use crate::time::{Millis, Time};

#[derive(Debug)]
pub(crate) struct Reconnect {
    backoff: Backoff,
    /// When the next attempt is due.
    due: Option<Time>,
    /// Whether attempts wait until the application is in the foreground.
    paused: bool,
    /// When the current connection was opened.
    opened_at: Option<Time>,
}

impl Reconnect {
    pub(crate) fn new(seed: u64) -> Reconnect {
        Reconnect {
            backoff: Backoff::new(seed),
            due: None,
            paused: false,
            opened_at: None,
        }
    }

    pub(crate) fn opened(&mut self, now: Time) {
        self.opened_at = Some(now);
        self.backoff.succeeded();
    }

    /// Returns whether the connection has been opened since the last attempt was scheduled.
    pub(crate) fn was_open(&self) -> bool {
        self.opened_at.is_some()
    }

    /// Schedules the next attempt after a loss or a failed attempt. Returns its number and delay, if one is left.
    pub(crate) fn schedule(&mut self, now: Time, config: &Config) -> Option<(u32, Millis)> {
        let opened_at = self.opened_at.take();
        let rule = config.reconnection.as_ref()?;
        if opened_at.is_some_and(|at| now.since(at) >= u64::from(rule.stable_after.0)) {
            self.backoff.reset();
        }
        let delay = self.backoff.next(rule)?;
        self.due = Some(now + delay);
        Some((self.backoff.attempts(), delay))
    }

    /// Takes the attempt that is due.
    pub(crate) fn take_due(&mut self, now: Time) -> bool {
        !self.paused && self.due.take_if(|at| *at <= now).is_some()
    }

    /// Makes the scheduled attempt due at once, if there is one.
    pub(crate) fn retry_now(&mut self, now: Time) {
        if let Some(due) = &mut self.due {
            *due = now;
        }
    }

    /// Holds attempts back, or releases them.
    pub(crate) fn pause(&mut self, paused: bool) {
        self.paused = paused;
    }

    /// Returns whether an attempt is scheduled.
    pub(crate) fn is_scheduled(&self) -> bool {
        self.due.is_some()
    }

    /// Cancels the scheduled attempt, because reconnection is switched off.
    pub(crate) fn switch_off(&mut self) {
        self.due = None;
    }

    /// Cancels the scheduled attempt, because the connection is not wanted.
    pub(crate) fn cancel(&mut self) {
        self.due = None;
        self.opened_at = None;
    }

    /// Starts from the first delay again, because the application has asked for a connection.
    pub(crate) fn reset(&mut self) {
        self.due = None;
        self.backoff.reset();
    }

    pub(crate) fn next_timeout(&self) -> Option<Time> {
        self.due.filter(|_| !self.paused)
    }
}
