//! The settings of a fleet.

use std::fmt;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use tokio::runtime::Handle;

use super::bot::{Bot, BotResult};
use super::clock::after;
use super::handle::Fleet;
use super::pace::Pace;
use super::restart::Restart;
use super::shared::Shared;
use super::slot::Slot;
use super::supervisor::{Function, supervise};
use crate::error::BuildError;

/// The settings of a fleet, from [`Fleet::builder`].
#[must_use = "a builder does nothing until `start`"]
pub struct FleetBuilder<S = ()> {
    bots: usize,
    name: Box<dyn Fn(usize) -> String>,
    state: Box<dyn Fn(usize) -> S>,
    pace: Pace,
    handshakes: usize,
    restart: Restart,
    grace: Duration,
}

impl Fleet {
    /// Configures a fleet of so many bots.
    pub fn builder(bots: usize) -> FleetBuilder {
        FleetBuilder::new(bots)
    }
}

impl FleetBuilder {
    fn new(bots: usize) -> FleetBuilder {
        FleetBuilder {
            bots,
            name: Box::new(|index| format!("bot-{index}")),
            state: Box::new(|_| ()),
            pace: Pace::Rate(100.0),
            handshakes: 50,
            restart: Restart::default(),
            grace: Duration::from_secs(5),
        }
    }
}

impl<S: Send + Sync + 'static> FleetBuilder<S> {
    /// The name of each bot, by its number. Default: `bot-0`, `bot-1`, ...
    pub fn names(self, name: impl Fn(usize) -> String + 'static) -> Self {
        let name = Box::new(name);
        FleetBuilder { name, ..self }
    }

    /// Makes a state for each bot, by its number. It stays the same through restarts, and [`Fleet::state`] shows it. Default: `()`.
    pub fn state<T>(self, state: impl Fn(usize) -> T + 'static) -> FleetBuilder<T> {
        FleetBuilder {
            state: Box::new(state),
            bots: self.bots,
            name: self.name,
            pace: self.pace,
            handshakes: self.handshakes,
            restart: self.restart,
            grace: self.grace,
        }
    }

    /// How many bots begin each second, each at a random moment of its share. A rate that is not positive begins all at once.
    /// Default: 100.
    pub fn rate(self, per_second: f64) -> Self {
        let pace = Pace::Rate(per_second);
        FleetBuilder { pace, ..self }
    }

    /// Spreads the beginnings over this time, in place of [`rate`](FleetBuilder::rate).
    pub fn spread(self, over: Duration) -> Self {
        let pace = Pace::Over(over);
        FleetBuilder { pace, ..self }
    }

    /// How many connections may be opened at the same time, at least 1: from the TCP connection to the first answer of the server. It
    /// holds for reconnects as well, after a restart of the server for example. The wait for a place counts for
    /// [`Builder::connect_timeout`](crate::Builder::connect_timeout), except in [`Bot::connect`]. Default: 50.
    pub fn handshakes(self, handshakes: usize) -> Self {
        FleetBuilder { handshakes, ..self }
    }

    /// When a bot that has ended begins again. Default: [`Restart::on_failure`].
    pub fn restart(self, restart: Restart) -> Self {
        FleetBuilder { restart, ..self }
    }

    /// How long the function of a bot may go on after the server has disconnected the bot for good. Default: 5 s.
    pub fn grace(self, grace: Duration) -> Self {
        FleetBuilder { grace, ..self }
    }

    /// Starts the fleet on the caller's runtime. `run` is the function of each bot, called once for each run.
    ///
    /// # Errors
    /// [`BuildError::NoRuntime`] outside of a tokio runtime.
    pub fn start<F, Fut>(self, run: F) -> Result<Fleet<S>, BuildError>
    where
        F: Fn(Bot<S>) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = BotResult> + Send + 'static,
    {
        let runtime = Handle::try_current().map_err(|_| BuildError::NoRuntime)?;
        let slots =
            (0..self.bots).map(|index| Slot::new(index, (self.name)(index), (self.state)(index)));
        let slots = slots.collect();
        let shared = Shared::new(slots, self.restart, self.grace, self.handshakes);
        let shared = Arc::new(shared);
        let call: Arc<dyn Fn(Bot<S>) -> Function + Send + Sync> =
            Arc::new(move |bot| Box::pin(run(bot)));
        for index in 0..self.bots {
            let delay = self.pace.start(index, self.bots, rand::random());
            let at = after(shared.start, delay);
            runtime.spawn(supervise(shared.clone(), index, at, call.clone()));
        }
        if self.bots == 0 {
            shared.end_events();
        }
        Ok(Fleet::new(shared))
    }
}

impl<S> fmt::Debug for FleetBuilder<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FleetBuilder")
            .field("bots", &self.bots)
            .field("pace", &self.pace)
            .field("handshakes", &self.handshakes)
            .field("restart", &self.restart)
            .field("grace", &self.grace)
            .finish_non_exhaustive()
    }
}
