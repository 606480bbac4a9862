//! The signs of life of a shard, and its state each second.

use std::time::Duration;

use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::MissedTickBehavior;

use super::keys::{KEPT, Keys, LEASE};
use super::link::Link;
use super::terms::Lease;

/// The time between two signs of life.
const GAP: Duration = Duration::from_secs(1);

/// The content of a sign of life.
#[derive(Clone, Debug)]
pub(super) struct Sign {
    pub(super) lease: Lease,
    /// The state of the run, once there is one.
    pub(super) state: Option<String>,
}

/// Sends signs of life until it is dropped.
#[derive(Debug)]
pub(super) struct Beat {
    sign: watch::Sender<Sign>,
    task: JoinHandle<()>,
}

impl Beat {
    /// `note` is told once when Redis is away, and once when it is back.
    pub(super) fn start(link: Link, keys: Keys, shard: u64, sign: Sign, note: fn(&str)) -> Beat {
        let (sign, seen) = watch::channel(sign);
        let task = tokio::spawn(beat(link, keys, shard, seen, note));
        Beat { sign, task }
    }

    pub(super) fn change(&self, change: impl FnOnce(&mut Sign)) {
        self.sign.send_modify(change);
    }
}

impl Drop for Beat {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn beat(
    mut link: Link,
    keys: Keys,
    shard: u64,
    mut seen: watch::Receiver<Sign>,
    note: fn(&str),
) {
    let mut ticks = tokio::time::interval(GAP);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut is_away = false;
    loop {
        ticks.tick().await;
        let sign = seen.borrow_and_update().clone();
        let mut commands = redis::pipe();
        let lease = serde_json::to_string(&sign.lease).unwrap_or_default();
        commands
            .cmd("SET")
            .arg(keys.lease(shard))
            .arg(lease)
            .arg("PX")
            .arg(LEASE.as_millis() as u64)
            .ignore();
        if let Some(state) = sign.state {
            commands
                .cmd("SET")
                .arg(keys.state(shard))
                .arg(state)
                .arg("EX")
                .arg(KEPT.as_secs())
                .ignore();
        }
        match link.ask::<()>(&commands).await {
            Ok(()) if is_away => {
                is_away = false;
                note("note: Redis is back");
            }
            Err(text) if !is_away => {
                is_away = true;
                note(&format!(
                    "warning: the other shards cannot see this one: {text}; the run goes on"
                ));
            }
            Ok(()) | Err(_) => {}
        }
    }
}
