//! The handle of a fleet.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use super::clock::after;
use super::event::FleetEvents;
use super::shared::{Order, Shared};
use super::slot::Slot;
use super::status::{BotPhase, BotStatus, FleetStatus};

/// Bots in one process. Clones are handles to the same fleet, which is dropped at once with the last one: use [`stop`](Fleet::stop).
pub struct Fleet<S = ()> {
    inner: Arc<Inner<S>>,
}

struct Inner<S>(Arc<Shared<S>>);

impl<S> Fleet<S> {
    pub(super) fn new(shared: Arc<Shared<S>>) -> Fleet<S> {
        let inner = Arc::new(Inner(shared));
        Fleet { inner }
    }

    /// The fleet at this moment. It asks each bot, so it is for a line each second, not for each event.
    pub fn status(&self) -> FleetStatus {
        let shared = self.shared();
        let mut status = FleetStatus {
            bots: shared.slots.len(),
            uptime: shared.start.elapsed(),
            ..FleetStatus::default()
        };
        for slot in &shared.slots {
            let bot = slot.status();
            match (bot.phase, bot.is_connected) {
                (BotPhase::Waiting, _) => status.waiting += 1,
                (BotPhase::Running, true) => status.connected += 1,
                (BotPhase::Running, false) => status.disconnected += 1,
                (BotPhase::Restarting, _) => status.restarting += 1,
                (BotPhase::Ended, _) => status.ended += 1,
            }
            status.restarts += u64::from(bot.runs.saturating_sub(1));
            status.exits.merge(&bot.exits);
            status.metrics.add(&bot.metrics);
        }
        status
    }

    /// Each bot at this moment, by its number.
    pub fn bots(&self) -> impl Iterator<Item = BotStatus> + '_ {
        self.shared().slots.iter().map(Slot::status)
    }

    /// The state of a bot; `None` if there is no bot of this number.
    pub fn state(&self, index: usize) -> Option<&S> {
        self.shared().slots.get(index).map(|slot| &slot.state)
    }

    /// The changes of all bots, from now on.
    pub fn events(&self) -> FleetEvents {
        self.shared().events()
    }

    /// Waits until all bots have ended and none begins again.
    ///
    /// Cancel safe.
    pub async fn ended(&self) {
        self.shared().ended().await;
    }

    /// Ends all bots within this time, and waits for that. Bots that have not begun do not begin; functions end (see
    /// [the module](super)); clients send what is queued, tell the server, and close. The last 2 s, or the last half of a shorter time,
    /// are left for the clients. Returns the fleet after that.
    ///
    /// Cancel safe: the fleet stops if the future is dropped. A second call may shorten the time.
    pub async fn stop(&self, within: Duration) -> FleetStatus {
        self.shared().stop(order(within));
        self.ended().await;
        self.status()
    }

    fn shared(&self) -> &Shared<S> {
        &self.inner.0
    }
}

fn order(within: Duration) -> Order {
    let now = Instant::now();
    let closes = after(now, within);
    let for_closes = (within / 2).min(Duration::from_secs(2));
    Order::Stop(closes - for_closes, closes)
}

impl<S> Drop for Inner<S> {
    fn drop(&mut self) {
        self.0.stop(order(Duration::ZERO));
    }
}

impl<S> Clone for Fleet<S> {
    fn clone(&self) -> Fleet<S> {
        Fleet {
            inner: self.inner.clone(),
        }
    }
}

impl<S> fmt::Debug for Fleet<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Fleet")
            .field("bots", &self.shared().slots.len())
            .finish_non_exhaustive()
    }
}
