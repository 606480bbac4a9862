//! How a fleet is, at one moment.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use super::event::Exit;
use crate::metrics::Metrics;

/// A fleet at one moment, from [`Fleet::status`](super::Fleet::status). [`Display`](fmt::Display) is one line.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct FleetStatus {
    /// All bots.
    pub bots: usize,
    /// Bots that have not begun yet.
    pub waiting: usize,
    /// Bots whose function runs and that are connected.
    pub connected: usize,
    /// Bots whose function runs and that are not connected: they connect, reconnect, or have no client.
    pub disconnected: usize,
    /// Bots that wait until they begin again.
    pub restarting: usize,
    /// Bots that do not begin again.
    pub ended: usize,
    /// How many runs have ended, by their ends.
    pub exits: Exits,
    /// How often bots have begun again.
    pub restarts: u64,
    /// How long the fleet runs.
    pub uptime: Duration,
    /// The sums over all clients of the bots, with those of runs that have ended. Times and transport are `None`.
    pub metrics: Metrics,
}

/// How many runs have ended, by their ends: see [`Exit`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Exits {
    /// The function has returned `Ok`.
    pub returned: u64,
    /// The function has returned an error, or a client was refused or has given up.
    pub failed: u64,
    /// The function has panicked.
    pub panicked: u64,
    /// The server has disconnected the bot.
    pub kicked: u64,
    /// The fleet was stopped.
    pub stopped: u64,
}

impl Exits {
    pub(super) fn add(&mut self, exit: &Exit) {
        let counter = match exit {
            Exit::Returned => &mut self.returned,
            Exit::Failed(_) => &mut self.failed,
            Exit::Panicked(_) => &mut self.panicked,
            Exit::Kicked => &mut self.kicked,
            Exit::Stopped => &mut self.stopped,
        };
        *counter += 1;
    }

    pub(super) fn merge(&mut self, other: &Exits) {
        let Exits {
            returned,
            failed,
            panicked,
            kicked,
            stopped,
        } = *other;
        self.returned += returned;
        self.failed += failed;
        self.panicked += panicked;
        self.kicked += kicked;
        self.stopped += stopped;
    }
}

impl fmt::Display for FleetStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let FleetStatus {
            bots,
            waiting,
            connected,
            disconnected,
            restarting,
            ended,
            exits,
            metrics,
            ..
        } = self;
        write!(f, "{connected} of {bots} bots connected")?;
        for (count, what) in [
            (waiting, "waiting"),
            (disconnected, "disconnected"),
            (restarting, "restarting"),
            (ended, "ended"),
        ] {
            if *count > 0 {
                write!(f, ", {count} {what}")?;
            }
        }
        for (count, what) in [
            (exits.failed, "failed"),
            (exits.panicked, "panicked"),
            (exits.kicked, "kicked"),
        ] {
            if count > 0 {
                write!(f, ", {count} {what}")?;
            }
        }
        let (sent, received) = (metrics.events_sent, metrics.events_received);
        write!(f, "; {sent} events sent, {received} received")
    }
}

/// The phase of a bot's life.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum BotPhase {
    /// It has not begun yet.
    Waiting,
    /// Its function runs.
    Running,
    /// It waits until it begins again.
    Restarting,
    /// It does not begin again.
    Ended,
}

/// A bot at one moment, from [`Fleet::bots`](super::Fleet::bots).
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct BotStatus {
    /// The number of the bot.
    pub index: usize,
    /// The name of the bot.
    pub name: Arc<str>,
    /// The phase of its life.
    pub phase: BotPhase,
    /// Whether a client of it is connected.
    pub is_connected: bool,
    /// How often its function was called.
    pub runs: u32,
    /// How many of these runs have ended, by their ends.
    pub exits: Exits,
    /// How its last run ended; `None` before the first end.
    pub last_exit: Option<Exit>,
    /// The sums over all its clients, with those of earlier runs. Times and transport are `None`.
    pub metrics: Metrics,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_is_one_line_without_what_there_is_not() {
        let mut status = FleetStatus {
            bots: 3,
            connected: 2,
            ended: 1,
            ..FleetStatus::default()
        };
        status.exits.add(&Exit::Kicked);
        status.exits.add(&Exit::Returned);
        status.metrics.events_sent = 7;
        assert_eq!(
            status.to_string(),
            "2 of 3 bots connected, 1 ended, 1 kicked; 7 events sent, 0 received"
        );
    }
}
