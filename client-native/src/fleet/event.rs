//! The changes of the bots of a fleet, as a stream.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use tidewire_core::Reason;
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;

use crate::connection::Observed;

/// A change of a bot, from [`Fleet::events`](super::Fleet::events).
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct FleetEvent {
    /// The number of the bot.
    pub index: usize,
    /// The name of the bot.
    pub name: Arc<str>,
    /// The change.
    pub change: Change,
}

/// A change of a bot.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Change {
    /// Its function is called.
    Started,
    /// A client of it is connected: the namespace in its URL.
    Connected,
    /// The connection of a client is lost, for this reason. The client connects again by itself.
    Lost(Reason),
    /// A client whose connection was lost is connected again.
    Reconnected,
    /// A run has ended.
    Exited(Exit),
    /// It begins again after the pause.
    Restarts(Duration),
    /// It does not begin again.
    Ended,
}

impl From<Observed> for Change {
    fn from(observed: Observed) -> Change {
        match observed {
            Observed::Connected => Change::Connected,
            Observed::Lost(reason) => Change::Lost(reason),
            Observed::Reconnected => Change::Reconnected,
        }
    }
}

/// How a run of a bot has ended.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Exit {
    /// Its function has returned `Ok`.
    Returned,
    /// Its function has returned an error, or a client of it was refused or has given up: the text, with its causes.
    Failed(Arc<str>),
    /// Its function has panicked: the text.
    Panicked(Arc<str>),
    /// The server has disconnected it, and it did not connect again.
    Kicked,
    /// The fleet was stopped.
    Stopped,
}

impl Exit {
    /// Whether the run did not end as it should.
    pub fn is_failure(&self) -> bool {
        match self {
            Exit::Failed(_) | Exit::Panicked(_) | Exit::Kicked => true,
            Exit::Returned | Exit::Stopped => false,
        }
    }
}

impl fmt::Display for Exit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Exit::Returned => f.write_str("it has returned"),
            Exit::Failed(why) => f.write_str(why),
            Exit::Panicked(why) => write!(f, "it panicked: {why}"),
            Exit::Kicked => f.write_str("the server has disconnected it"),
            Exit::Stopped => f.write_str("the fleet was stopped"),
        }
    }
}

/// The changes of all bots, from [`Fleet::events`](super::Fleet::events).
///
/// A reader that is more than 1,024 events behind misses the oldest ones, so a slow reader holds up no bot. The counts of
/// [`Fleet::status`](super::Fleet::status) miss nothing.
#[derive(Debug)]
pub struct FleetEvents {
    receiver: Receiver<FleetEvent>,
    missed: u64,
}

/// The events that a reader may be behind.
pub(super) const BEHIND: usize = 1_024;

impl FleetEvents {
    pub(super) fn new(receiver: Receiver<FleetEvent>) -> FleetEvents {
        FleetEvents {
            receiver,
            missed: 0,
        }
    }

    /// The next event; `None` when all bots have ended.
    ///
    /// Cancel safe: no event is lost if the future is dropped.
    pub async fn next(&mut self) -> Option<FleetEvent> {
        loop {
            match self.receiver.recv().await {
                Ok(event) => return Some(event),
                Err(RecvError::Lagged(missed)) => self.missed += missed,
                Err(RecvError::Closed) => return None,
            }
        }
    }

    /// How many events this reader has missed.
    pub fn missed(&self) -> u64 {
        self.missed
    }
}
