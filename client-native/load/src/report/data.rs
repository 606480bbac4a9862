//! The report of a run as data.

use std::collections::BTreeMap;
use std::time::{Duration, UNIX_EPOCH};

use serde::{Deserialize, Serialize};
use tidewire::EngineVersion;

use crate::engine::{Facts, Health, Outcome};
use crate::stats::{Counter, Interval, Kind, Latency, Measured, Row, Series, Stage};

/// Shards of a run.
pub(crate) const MOST_SHARDS: u64 = 10_000;
/// The version of the JSON form.
const FORMAT: u32 = 1;

/// The report of a run. `Display` is the summary for a terminal; serde gives the JSON form, which holds all histograms.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Report {
    /// The version of this form: 1.
    pub format: u32,
    /// The program and its version.
    pub tool: String,
    /// The scenario file, if there was one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scenario: Option<String>,
    /// The server's URL.
    pub target: String,
    /// The server's Engine.IO version, if a user was connected: 3 or 4.
    pub engine_version: Option<u8>,
    /// The heartbeat that the server announces, if it answers over polling.
    pub heartbeat: Option<Facts>,
    /// When the run began: milliseconds since 1970.
    pub began_ms: u64,
    /// How long it lasted.
    pub seconds: f64,
    /// The seed of all random numbers.
    pub seed: u64,
    /// The parts of all users that are in here, and the number of parts.
    pub shards: Vec<(u64, u64)>,
    /// The shards that a merge has not got: their users are in no figure.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub missing: Vec<MissingShard>,
    /// Whether the run was told to end before its time.
    pub is_interrupted: bool,
    /// All latencies: those of each kind, and those of each label.
    pub series: Vec<SeriesReport>,
    /// All counters by name.
    pub counters: BTreeMap<String, u64>,
    /// Errors and disconnects by reason, the most frequent first.
    pub reasons: Vec<ReasonReport>,
    /// The course of the run.
    pub rows: Vec<Row>,
    /// The generator's own health.
    pub generator: Generator,
    /// The thresholds and whether they are met.
    #[serde(default)]
    pub verdicts: Vec<Verdict>,
}

/// A shard without a report.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MissingShard {
    /// Its number, from 1 on.
    pub number: u64,
    /// The number of all shards.
    pub of: u64,
    /// Everything that is known about it.
    pub reason: String,
}

/// A threshold and whether a report meets it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verdict {
    /// The threshold.
    pub threshold: String,
    /// Whether it is met. A latency that was never measured is not.
    pub is_met: bool,
    /// The value in the report.
    pub found: String,
}

/// The latencies of a kind, or of a kind with a label.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SeriesReport {
    /// The kind.
    pub kind: Kind,
    /// The event or step; empty for all of the kind.
    pub label: String,
    /// Service and response times.
    #[serde(flatten)]
    pub measured: Measured,
}

/// How often something went wrong for one reason.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ReasonReport {
    /// The part of a scenario.
    pub stage: Stage,
    /// The text.
    pub text: String,
    /// How often.
    pub count: u64,
}

/// The generator's own health.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Generator {
    /// How late its timers ran.
    pub lag: Latency,
    /// CPU seconds.
    pub cpu_seconds: f64,
    /// The highest use in a second: 1 is one core.
    pub cpu_peak: f64,
    /// Cores of the machine.
    pub cores: u64,
    /// The most resident memory seen, in bytes; zero if it is unknown.
    pub resident_peak: u64,
    /// How often the wall clock was set.
    pub clock_steps: u64,
}

impl Report {
    /// Makes the report of a run.
    pub fn new(outcome: &Outcome) -> Report {
        let mut report = Report {
            target: outcome.target.clone(),
            engine_version: outcome.engine_version.map(|version| match version {
                EngineVersion::Eio3 => 3,
                EngineVersion::Eio4 => 4,
            }),
            began_ms: outcome
                .began
                .duration_since(UNIX_EPOCH)
                .map_or(0, |since| u64::try_from(since.as_millis()).unwrap_or(0)),
            seconds: outcome.lasted.as_secs_f64(),
            seed: outcome.seed,
            shards: vec![outcome.shard],
            is_interrupted: outcome.is_interrupted,
            rows: outcome.totals.rows.clone(),
            generator: Generator::new(&outcome.health),
            ..Report::of_sum(&outcome.totals.sum, |_| true)
        };
        report.sort_reasons();
        report
    }

    /// The counters, reasons and `wanted` series of a sum.
    pub(super) fn of_sum(sum: &Interval, wanted: impl Fn(&Series) -> bool) -> Report {
        let series = sum.series.iter().filter(|(series, _)| wanted(series));
        let series = series.map(|(series, measured)| SeriesReport {
            kind: series.kind,
            label: series.label.to_string(),
            measured: measured.clone(),
        });
        let reasons = sum.reasons.iter().map(|(reason, count)| ReasonReport {
            stage: reason.stage,
            text: reason.text.to_string(),
            count: *count,
        });
        Report {
            format: FORMAT,
            tool: concat!("tidewire-load ", env!("CARGO_PKG_VERSION")).into(),
            series: series.collect(),
            counters: Counter::ALL
                .into_iter()
                .map(|counter| (counter.name().to_owned(), sum.counter(counter)))
                .collect(),
            reasons: reasons.collect(),
            ..Report::default()
        }
    }

    /// Adds the name of the scenario file.
    #[must_use]
    pub fn of_scenario(mut self, name: impl Into<String>) -> Report {
        self.scenario = Some(name.into());
        self
    }

    /// Adds the facts of the handshake.
    #[must_use]
    pub fn with_heartbeat(mut self, facts: Option<Facts>) -> Report {
        self.heartbeat = facts;
        self
    }

    pub(super) fn sort_reasons(&mut self) {
        self.reasons
            .sort_by(|a, b| b.count.cmp(&a.count).then_with(|| a.text.cmp(&b.text)));
    }

    /// Returns a counter's value.
    pub fn counter(&self, counter: Counter) -> u64 {
        self.counters
            .get(counter.name())
            .copied()
            .unwrap_or_default()
    }

    /// Returns the latencies of a kind; `None` if there are none.
    pub fn kind(&self, kind: Kind) -> Option<&Measured> {
        self.series(kind, "")
    }

    /// Returns the latencies of a kind with a label; `None` if there are none.
    pub fn series(&self, kind: Kind, label: &str) -> Option<&Measured> {
        self.series
            .iter()
            .find(|series| series.kind == kind && series.label == label)
            .map(|series| &series.measured)
    }

    /// Returns whether the figures of a series are there twice: a kind with a single label has those of the label.
    pub(super) fn is_repeated(&self, series: &SeriesReport) -> bool {
        let labels = self.series.iter().filter(|it| it.kind == series.kind);
        !series.label.is_empty() && labels.count() == 2
    }

    /// The part of all actions that failed: from 0 to 1.
    pub fn error_rate(&self) -> f64 {
        match self.counter(Counter::Actions) {
            0 => 0.0,
            // One action may fail in more than one way.
            actions => (self.counter(Counter::Errors) as f64 / actions as f64).min(1.0),
        }
    }

    /// The errors of actions, or the disconnects.
    pub fn reasons(&self, disconnects: bool) -> impl Iterator<Item = &ReasonReport> {
        self.reasons
            .iter()
            .filter(move |reason| (reason.stage == Stage::Disconnect) == disconnects)
    }

    /// The JSON form.
    pub fn to_json(&self) -> String {
        // Fails only for maps whose keys are not texts, and there are none.
        serde_json::to_string(self).unwrap_or_default()
    }

    /// Reads the JSON form.
    ///
    /// # Errors
    /// If the text is not a report of this format.
    pub fn from_json(json: &str) -> Result<Report, String> {
        #[derive(Deserialize)]
        struct Head {
            format: u32,
        }
        let head: Head = serde_json::from_str(json)
            .map_err(|error| format!("not a report of tidewire-load: {error}"))?;
        if head.format != FORMAT {
            let format = head.format;
            return Err(format!(
                "the report has format {format}, and this program reads {FORMAT}"
            ));
        }
        let report: Report = serde_json::from_str(json)
            .map_err(|error| format!("not a report of tidewire-load: {error}"))?;
        let is_shard = |(index, count): &(u64, u64)| index < count && *count <= MOST_SHARDS;
        match report.shards.iter().all(is_shard) {
            true => Ok(report),
            false => Err("not a report of tidewire-load: it has an impossible shard".into()),
        }
    }
}

impl Generator {
    pub(super) fn new(health: &Health) -> Generator {
        Generator {
            lag: health.lag.clone(),
            cpu_seconds: health.cpu_time.as_secs_f64(),
            cpu_peak: health.cpu_peak,
            cores: std::thread::available_parallelism().map_or(1, |cores| cores.get() as u64),
            resident_peak: health.resident_peak,
            clock_steps: health.clock_steps,
        }
    }
}

/// How often these reasons came.
pub(super) fn total<'a>(reasons: impl IntoIterator<Item = &'a ReasonReport>) -> u64 {
    let counts = reasons.into_iter().map(|reason| reason.count);
    // The counts of a report from elsewhere may be any.
    counts.fold(0, u64::saturating_add)
}

/// Milliseconds of a duration.
pub(crate) fn millis(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e3
}
