//! The moment after the application has come back to the foreground.

use tidewire_core::Time;

/// How long after it a loss is one of the time before, in milliseconds. A slow device is busy when an application comes back.
const AFTER: u64 = 5_000;

/// The last time that the application came back.
///
/// A device ends the connections of an application that it has stopped, and tells so when the application is back: too late for the
/// hint, which makes a client reconnect at once that has noticed its loss.
#[derive(Debug, Default)]
pub(super) struct Resumption(Option<Time>);

impl Resumption {
    pub(super) fn note(&mut self, now: Time) {
        self.0 = Some(now);
    }

    /// Whether a loss is one of the time before. The next one is not.
    pub(super) fn explains_loss(&mut self, now: Time) -> bool {
        let is_recent = |at: &mut Time| now.since(*at) < AFTER;
        self.0.take_if(is_recent).is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_loss_soon_after_is_of_the_time_before() {
        let at = Time::from_millis;
        let mut resumption = Resumption::default();
        assert!(!resumption.explains_loss(at(0)));
        resumption.note(at(5_000));
        assert!(resumption.explains_loss(at(9_999)));
        assert!(!resumption.explains_loss(at(9_999)), "another one");
        resumption.note(at(10_000));
        assert!(!resumption.explains_loss(at(15_000)), "later");
    }
}
