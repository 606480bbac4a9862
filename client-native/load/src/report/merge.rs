//! The union of the reports of several shards.

use std::collections::{BTreeMap, BTreeSet};

use super::data::{Generator, MissingShard, ReasonReport, Report, SeriesReport};
use crate::stats::{Kind, Measured, Row, Stage};

impl Report {
    /// Merges the reports of the shards of one run. Histograms and counters add up exactly; of the percentiles of a second, the
    /// highest stays.
    ///
    /// # Errors
    /// If there is none, or a shard is there twice, or they are shards of different runs. Shards that are not there
    /// are in [`Report::missing`].
    pub fn merge(reports: &[Report]) -> Result<Report, String> {
        let (first, rest) = reports.split_first().ok_or("there is no report to merge")?;
        let mut merged = first.clone();
        for report in rest {
            merged.check_fits(report)?;
            merged.absorb(report);
        }
        merged.shards.sort_unstable();
        merged.sort_reasons();
        merged.missing.clear();
        Ok(merged.without(reports.iter().flat_map(|report| report.missing.clone())))
    }

    /// Notes the shards that are not there, and what is known about some of them.
    #[must_use]
    pub(crate) fn without(mut self, known: impl IntoIterator<Item = MissingShard>) -> Report {
        let known: Vec<MissingShard> = known.into_iter().chain(self.missing).collect();
        let of = self.shards.first().map_or(0, |(_, count)| *count);
        let there: BTreeSet<u64> = self.shards.iter().map(|(index, _)| index + 1).collect();
        let missing = (1..=of).filter(|number| !there.contains(number));
        self.missing = missing
            .map(|number| {
                let known = known.iter().find(|it| (it.number, it.of) == (number, of));
                known.cloned().unwrap_or_else(|| MissingShard {
                    number,
                    of,
                    reason: "its report is not among those to merge".into(),
                })
            })
            .collect();
        self
    }

    fn check_fits(&self, other: &Report) -> Result<(), String> {
        if self.target != other.target || self.seed != other.seed {
            return Err(format!(
                "these are reports of different runs: {} with seed {}, and {} with seed {}",
                self.target, self.seed, other.target, other.seed
            ));
        }
        for (index, count) in &other.shards {
            if self.shards.contains(&(*index, *count)) {
                return Err(format!("shard {} of {count} is there twice", index + 1));
            }
            if self.shards.iter().any(|(_, known)| known != count) {
                return Err("these are reports of different numbers of shards".into());
            }
        }
        Ok(())
    }

    pub(super) fn absorb(&mut self, other: &Report) {
        self.shards.extend(&other.shards);
        self.engine_version = self.engine_version.or(other.engine_version);
        self.heartbeat = self.heartbeat.or(other.heartbeat);
        self.began_ms = self.began_ms.min(other.began_ms);
        self.seconds = self.seconds.max(other.seconds);
        self.is_interrupted |= other.is_interrupted;
        self.verdicts.clear();
        self.add_series(&other.series);
        self.add_reasons(&other.reasons);
        for (name, count) in &other.counters {
            let own = self.counters.entry(name.clone()).or_default();
            *own = own.saturating_add(*count);
        }
        self.rows = add_rows(&self.rows, &other.rows);
        self.generator.add(&other.generator);
    }

    fn add_series(&mut self, others: &[SeriesReport]) {
        let mut all: BTreeMap<(Kind, String), Measured> = BTreeMap::new();
        for series in self.series.iter().chain(others) {
            let key = (series.kind, series.label.clone());
            all.entry(key).or_default().add(&series.measured);
        }
        self.series = all
            .into_iter()
            .map(|((kind, label), measured)| SeriesReport {
                kind,
                label,
                measured,
            })
            .collect();
    }

    fn add_reasons(&mut self, others: &[ReasonReport]) {
        let mut all: BTreeMap<(Stage, String), u64> = BTreeMap::new();
        for reason in self.reasons.iter().chain(others) {
            let count = all.entry((reason.stage, reason.text.clone())).or_default();
            *count = count.saturating_add(reason.count);
        }
        self.reasons = all
            .into_iter()
            .map(|((stage, text), count)| ReasonReport { stage, text, count })
            .collect();
    }
}

/// Adds the rows of two reports for the same second.
fn add_rows(rows: &[Row], others: &[Row]) -> Vec<Row> {
    let mut all = by_second(rows);
    for (second, row) in by_second(others) {
        match all.get_mut(&second) {
            Some(known) => known.add_beside(&row),
            None => {
                all.insert(second, row);
            }
        }
    }
    all.into_values().collect()
}

/// The rows of one report, of which a second has one: the last row of a run is short.
fn by_second(rows: &[Row]) -> BTreeMap<u64, Row> {
    let mut all: BTreeMap<u64, Row> = BTreeMap::new();
    for row in rows {
        let second = row.at.round() as u64;
        match all.get_mut(&second) {
            Some(known) => known.join(row),
            None => {
                all.insert(second, row.clone());
            }
        }
    }
    all
}

impl Generator {
    fn add(&mut self, other: &Generator) {
        self.lag.add(&other.lag);
        self.cpu_seconds += other.cpu_seconds;
        self.cpu_peak = self.cpu_peak.max(other.cpu_peak);
        self.cores = self.cores.max(other.cores);
        self.resident_peak = self.resident_peak.max(other.resident_peak);
        self.clock_steps = self.clock_steps.saturating_add(other.clock_steps);
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn shard(index: u64, latencies: std::ops::Range<u64>) -> Report {
        let mut measured = Measured::default();
        for ms in latencies.clone() {
            let latency = Duration::from_millis(ms);
            measured.record(latency, latency);
        }
        let count = latencies.count() as u64;
        Report {
            target: "http://a/".into(),
            seed: 1,
            shards: vec![(index, 3)],
            series: vec![SeriesReport {
                kind: Kind::Ack,
                label: String::new(),
                measured,
            }],
            counters: [("acked".to_owned(), count)].into(),
            // The last one is short.
            rows: [(1.0, 2), (1.01, 0)]
                .map(|(at, users)| Row {
                    at,
                    users,
                    most_users: 2,
                    ..Row::default()
                })
                .into(),
            ..Report::default()
        }
    }

    #[test]
    fn shards_add_up_exactly() {
        let (a, b) = (shard(0, 1..50), shard(2, 50..100));
        let merged = Report::merge(&[b, a]).unwrap();
        let whole = shard(0, 1..100);
        assert_eq!(merged.series, whole.series);
        assert_eq!(merged.counters, whole.counters);
        let users = merged.rows.iter().map(|row| (row.users, row.most_users));
        assert_eq!(users.collect::<Vec<_>>(), [(0, 4)]);
        assert_eq!(merged.shards, [(0, 3), (2, 3)]);
        let missing = "shard 2 of 3 is missing: its report is not among those to merge";
        assert!(
            merged
                .failures()
                .iter()
                .any(|text| text.starts_with(missing))
        );
        assert!(merged.to_string().contains("2 of 3 shards"));
    }

    #[test]
    fn one_shard_alone_is_whole_until_it_is_merged() {
        let alone = shard(1, 1..50);
        assert!(alone.failures().is_empty());
        let merged = Report::merge(std::slice::from_ref(&alone)).unwrap();
        assert_eq!(merged.failures().len(), 2, "{:?}", merged.failures());
        // The reason of a watch stays through further merges, and goes once the shard is there.
        let lost = MissingShard {
            number: 3,
            of: 3,
            reason: "lost".into(),
        };
        let watched = merged.without([lost.clone()]);
        let more = Report::merge(&[watched, shard(0, 1..2)]).unwrap();
        assert_eq!(more.missing, [lost]);
        let whole = Report::merge(&[more, shard(2, 1..2)]).unwrap();
        assert!(whole.failures().is_empty());
    }

    #[test]
    fn reports_that_do_not_fit_are_errors() {
        let (a, again) = (shard(0, 1..2), shard(0, 1..2));
        assert!(
            Report::merge(&[a.clone(), again])
                .unwrap_err()
                .contains("twice")
        );
        let other = Report {
            seed: 2,
            ..shard(1, 1..2)
        };
        assert!(
            Report::merge(&[a, other])
                .unwrap_err()
                .contains("different runs")
        );
        assert!(Report::merge(&[]).is_err());
    }
}
