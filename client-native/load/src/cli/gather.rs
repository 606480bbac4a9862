//! The meeting with the other shards of a run, if there is one.

use std::time::Duration;

use super::console;
use super::interrupts::{BEFORE_THE_RUN, Interrupts};
use super::options::{LimitOptions, MeetOptions};
use crate::engine::{Load, Progress, Target};
use crate::meet::{Meeting, Terms, numbers};
use crate::report::Report;

/// Where and how the shards of a run meet.
#[derive(Debug)]
pub(crate) struct Place {
    url: String,
    run: String,
    patience: Duration,
    shard: (u64, u64),
}

impl Place {
    pub(crate) fn new(options: &MeetOptions, limits: &LimitOptions) -> Option<Place> {
        Some(Place {
            url: options.meet.clone()?,
            run: options.run.run_name.clone(),
            patience: options.run.meet_timeout,
            shard: limits.shard?,
        })
    }

    async fn gather(
        &self,
        load: &Load,
        target: &Target,
        interrupts: &mut Interrupts,
    ) -> Result<Meeting, String> {
        let (shard, shards) = self.shard;
        let terms = Terms {
            shards,
            seed: load.own_seed(),
            target: target.url().to_string(),
        };
        let (url, run, patience) = (&self.url, &self.run, self.patience);
        let joined = tokio::select! {
            joined = Meeting::join(url, run, shard, terms, patience, console::note) => joined,
            () = interrupts.next() => Err(BEFORE_THE_RUN.into()),
        };
        let mut meeting = joined?;
        let waiting = |missing: &[u64]| match missing {
            [] => console::note("all shards are here"),
            missing => {
                let missing = numbers(missing);
                console::note(&format!("waiting for shard {missing} of {shards}"));
            }
        };
        let outcome = tokio::select! {
            outcome = meeting.start(patience, waiting) => outcome,
            () = interrupts.next() => Err(BEFORE_THE_RUN.into()),
        };
        match outcome {
            Ok(()) => Ok(meeting),
            Err(text) => {
                meeting.leave().await;
                Err(text)
            }
        }
    }
}

/// The meeting that a run is part of; none for a run alone.
pub(crate) struct Gathering(Option<Meeting>);

impl Gathering {
    /// Meets the other shards, and returns when the run starts.
    ///
    /// # Errors
    /// If they do not come, or do not fit.
    pub(crate) async fn at(
        place: Option<&Place>,
        load: &Load,
        target: &Target,
        interrupts: &mut Interrupts,
    ) -> Result<Gathering, String> {
        match place {
            None => Ok(Gathering(None)),
            Some(place) => Ok(Gathering(Some(
                place.gather(load, target, interrupts).await?,
            ))),
        }
    }

    /// Tells the others the state of the run.
    pub(crate) fn show(&self, progress: &Progress<'_>) {
        if let Some(meeting) = &self.0 {
            meeting.show(progress);
        }
    }

    /// Leaves the report with the others.
    ///
    /// # Errors
    /// If that fails.
    pub(crate) async fn end(self, report: &Report) -> Result<(), String> {
        match self.0 {
            None => Ok(()),
            Some(meeting) => meeting.end(report).await,
        }
    }
}
