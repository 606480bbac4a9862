//! The terms of a run, on which all its shards must agree.

use std::fmt::Display;

use serde::{Deserialize, Serialize};

use crate::report::MOST_SHARDS;

/// The terms of a run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Terms {
    /// The number of shards.
    pub(crate) shards: u64,
    pub(crate) seed: u64,
    /// The server's URL.
    pub(crate) target: String,
}

impl Terms {
    /// # Errors
    /// If the text is none of a run.
    pub(super) fn read(json: &str) -> Result<Terms, String> {
        let wrong = |text: &dyn Display| {
            format!("Redis holds another program's data in the place of a run: {text}")
        };
        let terms: Terms = serde_json::from_str(json).map_err(|error| wrong(&error))?;
        match (1..=MOST_SHARDS).contains(&terms.shards) {
            true => Ok(terms),
            false => Err(wrong(&format_args!("{} shards", terms.shards))),
        }
    }

    /// Says how the terms of another shard differ.
    fn difference(&self, other: &Terms) -> Option<String> {
        let pairs = [
            ("shards", self.shards.to_string(), other.shards.to_string()),
            ("--seed", self.seed.to_string(), other.seed.to_string()),
            ("target", self.target.clone(), other.target.clone()),
        ];
        pairs
            .into_iter()
            .find(|(_, own, other)| own != other)
            .map(|(name, own, other)| format!("{name}: {own} here and {other} there"))
    }
}

/// The sign of life of a shard.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Lease {
    pub(super) terms: Terms,
    /// Whether the run has begun.
    pub(super) is_running: bool,
}

impl Lease {
    pub(super) fn read(json: &str) -> Result<Lease, String> {
        serde_json::from_str(json).map_err(|error| {
            format!("Redis holds another program's data in the place of a shard: {error}")
        })
    }

    /// # Errors
    /// If the other shard belongs to another run.
    pub(super) fn check_fits(&self, shard: u64, other: &Lease) -> Result<(), String> {
        match self.terms.difference(&other.terms) {
            None => Ok(()),
            Some(difference) => Err(format!(
                "shard {} is one of another run ({difference}): give each run a name (--run-name)",
                shard + 1
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shards_of_other_runs_are_named_with_the_difference() {
        let lease = |shards, seed, target: &str| Lease {
            terms: Terms {
                shards,
                seed,
                target: target.into(),
            },
            is_running: false,
        };
        let own = lease(4, 1, "http://a/");
        assert_eq!(own.check_fits(2, &own), Ok(()));
        for (other, part) in [
            (lease(5, 1, "http://a/"), "shards: 4 here and 5 there"),
            (lease(4, 2, "http://a/"), "--seed: 1 here and 2 there"),
            (
                lease(4, 1, "http://b/"),
                "target: http://a/ here and http://b/ there",
            ),
        ] {
            let text = own.check_fits(2, &other).unwrap_err();
            assert!(text.contains(part) && text.contains("shard 3 "), "{text}");
        }
        assert!(Lease::read("{}").is_err());
    }

    #[test]
    fn another_programs_data_is_no_run() {
        let json = |shards| format!(r#"{{"shards":{shards},"seed":1,"target":"http://a/"}}"#);
        assert_eq!(Terms::read(&json(4)).map(|terms| terms.shards), Ok(4));
        for other in ["{}".to_owned(), json(0), json(u64::MAX)] {
            let error = Terms::read(&other).unwrap_err();
            assert!(error.starts_with("Redis holds another"), "{error}");
        }
    }
}
