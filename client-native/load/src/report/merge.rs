//! The union of the reports of several shards.

use std::collections::BTreeMap;

use super::data::{Generator, ReasonReport, Report, SeriesReport};
use crate::stats::{Kind, Measured, Row, Stage};

impl Report {
    /// Merges the reports of the shards of one run. Histograms and counters add up exactly; of the percentiles of a second, the
    /// highest stays.
    ///
    /// # Errors
    /// If there is none, or a shard is there twice, or they are shards of different runs. A missing shard is a remark in
    /// [`Report::advice`].
    pub fn merge(reports: &[Report]) -> Result<Report, String> {
        let (first, rest) = reports.split_first().ok_or("there is no report to merge")?;
        let mut merged = first.clone();
        for report in rest {
            merged.check_fits(report)?;
            merged.absorb(report);
        }
        merged.shards.sort_unstable();
        merged.sort_reasons();
        Ok(merged)
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

    fn absorb(&mut self, other: &Report) {
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
            *self.counters.entry(name.clone()).or_default() += count;
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
            *all.entry((reason.stage, reason.text.clone())).or_default() += reason.count;
        }
        self.reasons = all
            .into_iter()
            .map(|((stage, text), count)| ReasonReport { stage, text, count })
            .collect();
    }
}

/// Adds rows of the same second.
fn add_rows(rows: &[Row], others: &[Row]) -> Vec<Row> {
    let mut all: BTreeMap<u64, Row> = BTreeMap::new();
    for row in rows.iter().chain(others) {
        let second = row.at.round() as u64;
        match all.get_mut(&second) {
            Some(known) => known.add_beside(row),
            None => {
                all.insert(second, row.clone());
            }
        }
    }
    all.into_values().collect()
}

impl Generator {
    fn add(&mut self, other: &Generator) {
        self.lag.add(&other.lag);
        self.cpu_seconds += other.cpu_seconds;
        self.cpu_peak = self.cpu_peak.max(other.cpu_peak);
        self.cores = self.cores.max(other.cores);
        self.resident_peak = self.resident_peak.max(other.resident_peak);
        self.clock_steps += other.clock_steps;
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
            rows: vec![Row {
                at: 1.0,
                seconds: 1.0,
                users: 2,
                ..Row::default()
            }],
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
        assert_eq!(merged.rows[0].users, 4);
        assert_eq!(merged.shards, [(0, 3), (2, 3)]);
        let missing = "Shard 2 of 3 is missing";
        assert!(
            merged
                .advice()
                .iter()
                .any(|remark| remark.contains(missing))
        );
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
