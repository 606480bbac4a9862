//! A look at all shards of a run from elsewhere.

use std::time::Duration;

use super::keys::Keys;
use super::link::Link;
use super::terms::{Lease, Terms};
use crate::report::{MissingShard, Report, Snapshot};

/// Looks at a run.
pub(crate) struct Watcher {
    link: Link,
    keys: Keys,
}

/// A shard as others see it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Seen {
    /// It has not come.
    Absent,
    /// It waits for the others.
    Waiting,
    Running,
    /// Its report is there.
    Ended,
    /// It ran, and gives no sign of life any more: the time of its last state.
    Lost(Option<Duration>),
}

/// All shards of a run at one moment.
#[derive(Debug)]
pub(crate) struct Sight {
    pub(crate) shards: Vec<Seen>,
    /// The state of all shards that are not lost, if there is one.
    pub(crate) state: Option<Snapshot>,
}

impl Watcher {
    /// # Errors
    /// If the URL is not one of Redis.
    pub(crate) fn new(url: &str, run: &str) -> Result<Watcher, String> {
        Ok(Watcher {
            link: Link::new(url)?,
            keys: Keys::new(run),
        })
    }

    /// Waits until Redis answers. `note` is told once why it does not yet.
    ///
    /// # Errors
    /// If Redis cannot be reached within `patience`, or refuses.
    pub(crate) async fn reach(
        &mut self,
        patience: Duration,
        note: impl FnMut(&str),
    ) -> Result<(), String> {
        self.link.reach(patience, note).await
    }

    /// Looks at the shards; `None` if no shard has come.
    ///
    /// # Errors
    /// If Redis fails, or holds something else.
    pub(crate) async fn look(&mut self) -> Result<Option<Sight>, String> {
        let Some(count) = self.count().await? else {
            return Ok(None);
        };
        let mut question = redis::pipe();
        let keys = |key: fn(&Keys, u64) -> String| {
            (0..count)
                .map(|shard| key(&self.keys, shard))
                .collect::<Vec<_>>()
        };
        question.cmd("MGET").arg(keys(Keys::lease));
        question.cmd("MGET").arg(keys(Keys::state));
        for key in keys(Keys::report) {
            question.cmd("EXISTS").arg(key);
        }
        let answers: Vec<redis::Value> = self.link.ask(&question).await?;
        let [leases, states, reports @ ..] = &answers[..] else {
            return Err("Redis answers other questions".into());
        };
        let leases: Vec<Option<String>> = value(leases)?;
        let states: Vec<Option<String>> = value(states)?;
        let mut shards = Vec::new();
        let mut parts = Vec::new();
        for ((lease, state), report) in leases.into_iter().zip(states).zip(reports) {
            let lease = lease.map(|text| Lease::read(&text)).transpose()?;
            let state = state.and_then(|text| serde_json::from_str::<Snapshot>(&text).ok());
            let seen = see(value(report)?, lease.as_ref(), state.as_ref());
            if !matches!(seen, Seen::Lost(_)) {
                parts.extend(state);
            }
            shards.push(seen);
        }
        // A shard that was lost in its first second has left no state.
        if has_begun(&shards) {
            for seen in shards.iter_mut().filter(|seen| **seen == Seen::Absent) {
                *seen = Seen::Lost(None);
            }
        }
        let state = parts.into_iter().reduce(|mut sum, part| {
            sum.add(&part);
            sum
        });
        Ok(Some(Sight { shards, state }))
    }

    async fn count(&mut self) -> Result<Option<u64>, String> {
        let mut question = redis::pipe();
        question.cmd("GET").arg(self.keys.terms());
        let (terms,): (Option<String>,) = self.link.ask(&question).await?;
        let Some(terms) = terms else { return Ok(None) };
        Ok(Some(Terms::read(&terms)?.shards))
    }

    /// Fetches the reports of the shards that have ended.
    ///
    /// # Errors
    /// If Redis fails, or holds something else.
    pub(crate) async fn reports(&mut self, sight: &Sight) -> Result<Vec<Report>, String> {
        let mut reports = Vec::new();
        for (shard, _) in (0..)
            .zip(&sight.shards)
            .filter(|(_, seen)| **seen == Seen::Ended)
        {
            let mut question = redis::pipe();
            question.cmd("GET").arg(self.keys.report(shard));
            let (json,): (Option<String>,) = self.link.ask(&question).await?;
            let json = json.ok_or_else(|| format!("the report of shard {} is gone", shard + 1))?;
            reports.push(Report::from_json(&json)?);
        }
        Ok(reports)
    }
}

fn see(has_report: bool, lease: Option<&Lease>, state: Option<&Snapshot>) -> Seen {
    match (has_report, lease, state) {
        (true, _, _) => Seen::Ended,
        (false, Some(lease), _) if lease.is_running => Seen::Running,
        (false, Some(_), _) => Seen::Waiting,
        (false, None, Some(state)) => Seen::Lost(Some(state.elapsed)),
        (false, None, None) => Seen::Absent,
    }
}

fn has_begun(shards: &[Seen]) -> bool {
    shards
        .iter()
        .any(|seen| !matches!(seen, Seen::Absent | Seen::Waiting))
}

fn value<T: redis::FromRedisValue>(value: &redis::Value) -> Result<T, String> {
    redis::from_redis_value_ref(value)
        .map_err(|error| format!("Redis answers something else: {error}"))
}

impl Sight {
    /// Returns whether nothing more will come.
    pub(crate) fn is_over(&self) -> bool {
        self.shards
            .iter()
            .all(|seen| matches!(seen, Seen::Ended | Seen::Lost(_)))
    }

    /// Returns whether the run has begun.
    pub(crate) fn has_begun(&self) -> bool {
        has_begun(&self.shards)
    }

    /// The shards in words: `3 shards, 1 lost`.
    pub(crate) fn summary(&self) -> String {
        let count =
            |wanted: fn(&Seen) -> bool| self.shards.iter().filter(|seen| wanted(seen)).count();
        let mut text = format!("{} shards", self.shards.len());
        for (number, word) in [
            (count(|it| *it == Seen::Absent), "missing"),
            (count(|it| *it == Seen::Waiting), "waiting"),
            (count(|it| *it == Seen::Ended), "ended"),
            (count(|it| matches!(it, Seen::Lost(_))), "lost"),
        ] {
            if number > 0 {
                text.push_str(&format!(", {number} {word}"));
            }
        }
        text
    }

    /// The shards that are lost.
    pub(crate) fn losses(&self) -> Vec<MissingShard> {
        let of = self.shards.len() as u64;
        let loss = |(number, seen): (u64, &Seen)| {
            let Seen::Lost(last) = seen else { return None };
            let reason = match last {
                Some(last) => format!(
                    "it is lost, and its last sign of life came {:.0} s after the start",
                    last.as_secs_f64()
                ),
                None => "it is lost, and gave no sign of life after the start".into(),
            };
            Some(MissingShard { number, of, reason })
        };
        (1..).zip(&self.shards).filter_map(loss).collect()
    }
}
