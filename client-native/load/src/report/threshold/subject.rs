//! The left side of a threshold: a measurement.

use crate::report::data::{Report, millis};
use crate::stats::{Counter, Kind};

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Subject {
    Latency {
        kind: Kind,
        label: String,
        is_service: bool,
        statistic: Statistic,
    },
    Count {
        kind: Kind,
        label: String,
    },
    Counter(Counter),
    Rate(Counter),
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Statistic {
    Percentile(f64),
    Min,
    Max,
    Mean,
}

impl Subject {
    pub(super) fn parse(text: &str) -> Result<Subject, String> {
        let unknown = || {
            let kinds: Vec<&str> = Kind::ALL.iter().map(|kind| kind.name()).collect();
            let counters: Vec<&str> = Counter::ALL.iter().map(|it| it.name()).collect();
            format!(
                "unknown measurement `{text}`: expected one of {} with .p50, .p99, .max, .mean or .count, or one of {}",
                kinds.join(", "),
                counters.join(", ")
            )
        };
        let counter = |name: &str| Counter::ALL.into_iter().find(|it| it.name() == name);
        if let Some(counter) = counter(text) {
            return Ok(Subject::Counter(counter));
        }
        if let Some(counter) = text.strip_suffix(".rate").and_then(counter) {
            return Ok(Subject::Rate(counter));
        }
        let (name, label, rest) = split_label(text).ok_or_else(unknown)?;
        let kind = Kind::ALL.into_iter().find(|kind| kind.name() == name);
        let kind = kind.ok_or_else(unknown)?;
        let label = label.to_owned();
        if rest == "count" {
            return Ok(Subject::Count { kind, label });
        }
        let (is_service, statistic) = match rest.strip_prefix("service.") {
            Some(rest) => (true, rest),
            None => (false, rest.strip_prefix("response.").unwrap_or(rest)),
        };
        let statistic = Statistic::parse(statistic).ok_or_else(unknown)?;
        Ok(Subject::Latency {
            kind,
            label,
            is_service,
            statistic,
        })
    }

    /// Whether the measurement is a part of another one, and so may be a percentage.
    pub(super) fn is_part(&self) -> bool {
        match self {
            Subject::Counter(counter) => whole_of(*counter).is_some(),
            Subject::Latency { .. } | Subject::Count { .. } | Subject::Rate(_) => false,
        }
    }

    /// Milliseconds of a latency; a number or percents of a counter.
    pub(super) fn value(&self, report: &Report, is_percent: bool) -> Option<f64> {
        match self {
            Subject::Counter(Counter::Errors) if is_percent => Some(report.error_rate() * 100.0),
            Subject::Counter(counter) if is_percent => {
                let whole = report.counter(whole_of(*counter)?);
                let part = report.counter(*counter) as f64;
                Some(if whole == 0 {
                    0.0
                } else {
                    part / whole as f64 * 100.0
                })
            }
            Subject::Counter(counter) => Some(report.counter(*counter) as f64),
            Subject::Rate(counter) => {
                Some(report.counter(*counter) as f64 / report.seconds.max(1e-3))
            }
            Subject::Count { kind, label } => Some(
                report
                    .series(*kind, label)
                    .map_or(0.0, |measured| measured.response.count() as f64),
            ),
            Subject::Latency {
                kind,
                label,
                is_service,
                statistic,
            } => {
                let measured = report.series(*kind, label)?;
                let latency = match is_service {
                    true => &measured.service,
                    false => &measured.response,
                };
                Some(millis(match statistic {
                    Statistic::Percentile(percent) => latency.percentile(*percent),
                    Statistic::Min => latency.min(),
                    Statistic::Max => latency.max(),
                    Statistic::Mean => latency.mean(),
                }))
            }
        }
    }
}

/// The counter that a part is a part of.
fn whole_of(part: Counter) -> Option<Counter> {
    match part {
        Counter::UsersCompleted
        | Counter::UsersFailed
        | Counter::UsersStopped
        | Counter::UsersSkipped => Some(Counter::UsersStarted),
        Counter::Delivered | Counter::DeliveriesLost | Counter::DeliveriesSurplus => {
            Some(Counter::DeliveriesExpected)
        }
        Counter::Acked | Counter::AcksCutOff => Some(Counter::Emitted),
        Counter::Disconnects => Some(Counter::Connected),
        Counter::Errors => Some(Counter::Actions),
        _ => None,
    }
}

/// Splits `ack(echo).p99` into name, label and rest.
fn split_label(text: &str) -> Option<(&str, &str, &str)> {
    match text.split_once('(') {
        Some((name, rest)) => {
            let (label, rest) = rest.rsplit_once(").")?;
            Some((name, label, rest))
        }
        None => {
            let (name, rest) = text.split_once('.')?;
            Some((name, "", rest))
        }
    }
}

impl Statistic {
    fn parse(text: &str) -> Option<Statistic> {
        match text {
            "min" => Some(Statistic::Min),
            "max" => Some(Statistic::Max),
            "mean" => Some(Statistic::Mean),
            "median" => Some(Statistic::Percentile(50.0)),
            _ => {
                let digits = text.strip_prefix('p')?;
                let percent: f64 = digits.parse().ok()?;
                // `p999` is written by many for 99.9 %.
                let percent = match digits {
                    "999" => 99.9,
                    "9999" => 99.99,
                    _ => percent,
                };
                (0.0..=100.0)
                    .contains(&percent)
                    .then_some(Statistic::Percentile(percent))
            }
        }
    }
}
