//! The conditions under which a run is well: they decide the exit status, and are the test cases of JUnit.

use std::fmt;

use super::data::{MissingShard, Report};
use crate::stats::Counter;

/// A condition, and why it is not met.
#[derive(Debug)]
pub(super) struct Check {
    pub(super) name: String,
    pub(super) failures: Vec<String>,
}

impl Report {
    /// The conditions: those of every run, and the thresholds.
    pub(super) fn checks(&self) -> Vec<Check> {
        let mut checks = vec![
            check(
                "the run has lasted its time",
                self.is_interrupted
                    .then(|| "the run was ended before its time".into()),
            ),
            check("users are connected", self.no_user()),
        ];
        if self.shards.len() + self.missing.len() > 1 {
            checks.push(Check {
                name: "all shards are there".into(),
                failures: self.missing.iter().map(ToString::to_string).collect(),
            });
        }
        checks.extend(self.verdicts.iter().map(|verdict| {
            let (threshold, found) = (&verdict.threshold, &verdict.found);
            let unmet = format!("the threshold {threshold} is not met: found {found}");
            check(threshold, (!verdict.is_met).then_some(unmet))
        }));
        checks
    }

    /// The reasons why the run was not well: a line for each missing shard and each threshold that is not met, and one if no user
    /// was connected although users tried, or if the run was ended before its time.
    pub fn failures(&self) -> Vec<String> {
        let checks = self.checks().into_iter();
        checks.flat_map(|check| check.failures).collect()
    }

    fn no_user(&self) -> Option<String> {
        let is_idle = self.counter(Counter::Connected) == 0;
        let attempts = [Counter::Errors, Counter::ConnectsCutOff];
        let has_tried = attempts.into_iter().any(|it| self.counter(it) > 0);
        (is_idle && has_tried).then(|| "no user was connected".into())
    }
}

fn check(name: &str, failure: Option<String>) -> Check {
    Check {
        name: name.into(),
        failures: failure.into_iter().collect(),
    }
}

impl fmt::Display for MissingShard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let MissingShard { number, of, reason } = self;
        write!(
            f,
            "shard {number} of {of} is missing: {reason}; its users are in no figure"
        )
    }
}
