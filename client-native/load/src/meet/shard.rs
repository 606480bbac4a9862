//! One shard at the meeting: it comes, waits for the others, starts with them, and leaves its report.

use std::time::Duration;

use tokio::time::{Instant, sleep, sleep_until};

use super::beat::{Beat, Sign};
use super::keys::{KEPT, Keys, LEASE};
use super::link::Link;
use super::terms::{Lease, Terms};
use crate::engine::Progress;
use crate::report::{Report, Snapshot};

/// From the arrival of the last shard to the start.
const NOTICE: Duration = Duration::from_secs(1);
/// The time between two looks at the others.
const GAP: Duration = Duration::from_millis(100);
/// Attempts to leave the report, one each second.
const ATTEMPTS: u32 = 5;

/// A shard at the meeting of its run.
pub(crate) struct Meeting {
    link: Link,
    keys: Keys,
    shard: u64,
    lease: Lease,
    beat: Beat,
}

impl Meeting {
    /// Comes to the meeting. `note` is told when Redis is away.
    ///
    /// # Errors
    /// If Redis cannot be reached within `patience`, the shard is there already, or the run is in progress.
    pub(crate) async fn join(
        url: &str,
        run: &str,
        shard: u64,
        terms: Terms,
        patience: Duration,
        note: fn(&str),
    ) -> Result<Meeting, String> {
        let (mut link, keys) = (Link::new(url)?, Keys::new(run));
        link.reach(patience, note).await?;
        let lease = Lease {
            terms,
            is_running: false,
        };
        for (other, seen) in (0..).zip(leases(&mut link, &keys, lease.terms.shards).await?) {
            let Some(seen) = seen else { continue };
            lease.check_fits(other, &seen)?;
            if seen.is_running {
                return Err(format!(
                    "run `{run}` is in progress in shard {}: wait for its end, or give this one another name (--run-name)",
                    other + 1
                ));
            }
        }
        come(&mut link, &keys, shard, &lease).await?;
        let sign = Sign {
            lease: lease.clone(),
            state: None,
        };
        Ok(Meeting {
            beat: Beat::start(link.clone(), keys.clone(), shard, sign, note),
            link,
            keys,
            shard,
            lease,
        })
    }

    /// Waits until all shards are there and the run starts. `waiting` is told the numbers of those that are
    /// missing whenever they change; none at the end.
    ///
    /// # Errors
    /// If they are not there in time, or belong to another run, or Redis fails.
    pub(crate) async fn start(
        &mut self,
        patience: Duration,
        mut waiting: impl FnMut(&[u64]),
    ) -> Result<(), String> {
        let deadline = Instant::now() + patience;
        let mut told = None;
        loop {
            let missing = self.missing().await?;
            if told.as_ref() != Some(&missing) {
                waiting(&missing);
            }
            if missing.is_empty()
                && let Some(start) = self.agreed_start().await?
            {
                self.lease.is_running = true;
                self.beat.change(|sign| sign.lease.is_running = true);
                sleep_until(start).await;
                return Ok(());
            }
            if Instant::now() >= deadline {
                return Err(match &missing[..] {
                    [] => format!("shard 1 did not start the run within {patience:?}"),
                    missing => format!(
                        "shard {} of {} did not come within {patience:?}",
                        numbers(missing),
                        self.lease.terms.shards
                    ),
                });
            }
            told = Some(missing);
            sleep(GAP).await;
        }
    }

    /// The shards that are not there, from 1 on.
    async fn missing(&mut self) -> Result<Vec<u64>, String> {
        let all = leases(&mut self.link, &self.keys, self.lease.terms.shards).await?;
        let mut missing = Vec::new();
        for (shard, lease) in (0..).zip(&all) {
            match lease {
                None => missing.push(shard + 1),
                Some(lease) => self.lease.check_fits(shard, lease)?,
            }
        }
        Ok(missing)
    }

    /// When the run starts; the first shard decides.
    async fn agreed_start(&mut self) -> Result<Option<Instant>, String> {
        let key = self.keys.start();
        let mut question = redis::pipe();
        question.cmd("TIME").cmd("GET").arg(&key);
        let ((seconds, micros), start): ((u64, u64), Option<u64>) =
            self.link.ask(&question).await?;
        let (now, asked) = (seconds * 1_000_000 + micros, Instant::now());
        let at = match start {
            Some(at) => at,
            None if self.shard > 0 => return Ok(None),
            None => {
                let at = now + NOTICE.as_micros() as u64;
                let mut order = redis::pipe();
                order
                    .cmd("SET")
                    .arg(&key)
                    .arg(at)
                    .arg("EX")
                    .arg(KEPT.as_secs())
                    .ignore();
                self.link.ask::<()>(&order).await?;
                at
            }
        };
        Ok(Some(asked + Duration::from_micros(at.saturating_sub(now))))
    }

    /// Tells the state of the run to those who watch.
    pub(crate) fn show(&self, progress: &Progress<'_>) {
        // Fails only for maps whose keys are not texts, and there are none.
        let state = serde_json::to_string(&Snapshot::new(progress)).ok();
        self.beat.change(|sign| sign.state = state);
    }

    /// Leaves the report, and goes.
    ///
    /// # Errors
    /// If Redis does not take it.
    pub(crate) async fn end(self, report: &Report) -> Result<(), String> {
        let Meeting {
            mut link,
            keys,
            shard,
            beat,
            ..
        } = self;
        drop(beat);
        let json = report.to_json();
        let mut commands = redis::pipe();
        commands.atomic();
        commands
            .cmd("SET")
            .arg(keys.report(shard))
            .arg(&json)
            .arg("EX")
            .arg(KEPT.as_secs())
            .ignore();
        commands.cmd("DEL").arg(keys.lease(shard)).ignore();
        let mut outcome = Ok(());
        for _ in 0..ATTEMPTS {
            outcome = link.ask::<()>(&commands).await;
            if outcome.is_ok() {
                break;
            }
            sleep(Duration::from_secs(1)).await;
        }
        outcome.map_err(|text| {
            format!(
                "the report of shard {} is not with the others: {text}",
                shard + 1
            )
        })
    }

    /// Goes without a report.
    pub(crate) async fn leave(self) {
        let Meeting {
            mut link,
            keys,
            shard,
            beat,
            ..
        } = self;
        drop(beat);
        let mut commands = redis::pipe();
        commands.cmd("DEL").arg(keys.lease(shard)).ignore();
        // Without Redis, the lease ends by itself.
        let _ = link.ask::<()>(&commands).await;
    }
}

/// Takes the place of a shard if it is free, and then forgets an earlier run of the same name: its old start before anybody
/// can see the lease.
const COME: &str = "\
if not redis.call('SET', KEYS[1], ARGV[1], 'NX', 'PX', ARGV[2]) then return 0 end \
redis.call('SET', KEYS[2], ARGV[3], 'EX', ARGV[4]) \
for i = 3, #KEYS do redis.call('DEL', KEYS[i]) end \
return 1";

async fn come(link: &mut Link, keys: &Keys, shard: u64, lease: &Lease) -> Result<(), String> {
    let value = serde_json::to_string(lease).unwrap_or_default();
    let terms = serde_json::to_string(&lease.terms).unwrap_or_default();
    let mut names = vec![
        keys.lease(shard),
        keys.terms(),
        keys.state(shard),
        keys.report(shard),
    ];
    if shard == 0 {
        names.push(keys.start());
    }
    let mut commands = redis::pipe();
    commands.cmd("EVAL").arg(COME).arg(names.len()).arg(names);
    commands
        .arg(value)
        .arg(LEASE.as_millis() as u64)
        .arg(terms)
        .arg(KEPT.as_secs());
    let (is_taken,): (bool,) = link.ask(&commands).await?;
    match is_taken {
        true => Ok(()),
        false => Err(format!(
            "shard {} of {} is there already, in another process",
            shard + 1,
            lease.terms.shards
        )),
    }
}

async fn leases(link: &mut Link, keys: &Keys, count: u64) -> Result<Vec<Option<Lease>>, String> {
    let mut question = redis::pipe();
    question.cmd("MGET").arg(
        (0..count)
            .map(|shard| keys.lease(shard))
            .collect::<Vec<_>>(),
    );
    let (texts,): (Vec<Option<String>>,) = link.ask(&question).await?;
    let read = |text: Option<String>| text.map(|text| Lease::read(&text)).transpose();
    texts.into_iter().map(read).collect()
}

/// Numbers as a text.
pub(crate) fn numbers(list: &[u64]) -> String {
    let list: Vec<String> = list.iter().map(u64::to_string).collect();
    list.join(", ")
}
