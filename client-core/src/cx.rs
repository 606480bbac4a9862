//! The context of a call inside the machine.

use crate::config::Config;
use crate::time::{Millis, Time};

/// The time, the settings and the output, which nearly every step of the machine needs besides its own state.
///
/// The engine puts its output into the [`Outbox`](crate::output::Outbox), the namespaces into a
/// [`PacketSink`](crate::output::PacketSink).
#[derive(Debug)]
pub(crate) struct Cx<'a, O> {
    pub(crate) now: Time,
    pub(crate) config: &'a Config,
    pub(crate) out: &'a mut O,
}

impl<O> Cx<'_, O> {
    /// Returns when a timeout that starts now has passed; `None` for one without limit.
    pub(crate) fn deadline(&self, timeout: Option<Millis>) -> Option<Time> {
        timeout.map(|span| self.now + span)
    }
}
