//! Thresholds: conditions on a report that decide the exit status.

use std::time::Duration;

use super::data::{Report, Verdict, millis};
use crate::source::parse_duration;
use crate::stats::{Counter, Kind};

/// A condition on a report: `ack.p99 < 200ms`, `errors < 0.1%`, `connected >= 100`.
///
/// | left side | meaning |
/// |---|---|
/// | `KIND.p50`, `.p99.9`, `.max`, `.min`, `.mean` | a response time of a kind: `connect`, `ack`, `wait`, `delivery`, `fan_out`, `reconnect`, `http`, ... |
/// | `KIND.service.p99` | the same of service times |
/// | `KIND(label).p99` | the same of one event or request: `ack(echo).p99` |
/// | `KIND.count` | how many succeeded |
/// | `errors`, `disconnects`, `emitted`, ... | a counter; with `%`, the part of all actions that failed, or of all deliveries that were lost |
/// | `COUNTER.rate` | a counter for each second of the run |
#[derive(Clone, Debug, PartialEq)]
pub struct Threshold {
    text: String,
    subject: Subject,
    operator: Operator,
    limit: Limit,
}

#[derive(Clone, Debug, PartialEq)]
enum Subject {
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
enum Statistic {
    Percentile(f64),
    Min,
    Max,
    Mean,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Operator {
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Equal,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Limit {
    Time(Duration),
    Number(f64),
    Percent(f64),
}

const OPERATORS: [(&str, Operator); 5] = [
    ("<=", Operator::LessOrEqual),
    (">=", Operator::GreaterOrEqual),
    ("==", Operator::Equal),
    ("<", Operator::Less),
    (">", Operator::Greater),
];

impl Threshold {
    /// Reads a threshold.
    ///
    /// # Errors
    /// The text says what was expected.
    pub fn parse(text: &str) -> Result<Threshold, String> {
        let found = OPERATORS
            .iter()
            .filter_map(|(sign, operator)| Some((text.find(sign)?, *sign, *operator)))
            .min_by_key(|(at, sign, _)| (*at, std::cmp::Reverse(sign.len())));
        let Some((at, sign, operator)) = found else {
            return Err(format!(
                "`{text}` is not a threshold: expected a comparison such as `ack.p99 < 200ms`"
            ));
        };
        let subject = Subject::parse(text[..at].trim())?;
        let limit = Limit::parse(text[at + sign.len()..].trim(), &subject)?;
        Ok(Threshold {
            text: text.trim().to_owned(),
            subject,
            operator,
            limit,
        })
    }

    /// Judges a report.
    pub fn judge(&self, report: &Report) -> Verdict {
        let value = self
            .subject
            .value(report, matches!(self.limit, Limit::Percent(_)));
        let limit = match self.limit {
            Limit::Time(time) => millis(time),
            Limit::Number(number) => number,
            Limit::Percent(percent) => percent,
        };
        let is_met = value.is_some_and(|value| match self.operator {
            Operator::Less => value < limit,
            Operator::LessOrEqual => value <= limit,
            Operator::Greater => value > limit,
            Operator::GreaterOrEqual => value >= limit,
            Operator::Equal => (value - limit).abs() < 1e-9,
        });
        let unit = match self.limit {
            Limit::Time(_) => " ms",
            Limit::Number(_) => "",
            Limit::Percent(_) => " %",
        };
        Verdict {
            threshold: self.text.clone(),
            is_met,
            found: match value {
                Some(value) => format!("{}{unit}", round(value)),
                None => "not measured".into(),
            },
        }
    }
}

impl Report {
    /// Judges the report by thresholds, and keeps the verdicts.
    pub fn judge(&mut self, thresholds: &[Threshold]) {
        let verdicts = thresholds.iter().map(|threshold| threshold.judge(self));
        self.verdicts = verdicts.collect();
    }
}

fn round(value: f64) -> f64 {
    (value * 1e3).round() / 1e3
}

impl Subject {
    fn parse(text: &str) -> Result<Subject, String> {
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

    /// Milliseconds of a latency; a number or percents of a counter.
    fn value(&self, report: &Report, is_percent: bool) -> Option<f64> {
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

impl Limit {
    fn parse(text: &str, subject: &Subject) -> Result<Limit, String> {
        if let Subject::Latency { .. } = subject {
            return parse_duration(text).map(Limit::Time);
        }
        let number = |text: &str| {
            let number: Result<f64, _> = text.trim().parse();
            number
                .ok()
                .filter(|number| number.is_finite())
                .ok_or_else(|| format!("`{text}` is not a number or a percentage"))
        };
        let Some(percent) = text.strip_suffix('%') else {
            return number(text).map(Limit::Number);
        };
        match subject {
            Subject::Counter(counter) if whole_of(*counter).is_some() => {
                number(percent).map(Limit::Percent)
            }
            _ => Err(format!(
                "`{text}`: this measurement is not a part of another"
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::{Latency, Measured};

    fn report() -> Report {
        let mut latency = Latency::default();
        (1..=100).for_each(|ms| latency.record(Duration::from_millis(ms)));
        let measured = Measured {
            service: latency.clone(),
            response: latency,
        };
        let series = |label: &str| crate::report::SeriesReport {
            kind: Kind::Ack,
            label: label.into(),
            measured: measured.clone(),
        };
        Report {
            seconds: 10.0,
            series: vec![series(""), series("a.b(c)")],
            counters: [("errors", 1), ("actions", 1_000), ("emitted", 500)]
                .map(|(name, count)| (name.to_owned(), count))
                .into(),
            ..Report::default()
        }
    }

    #[test]
    fn conditions_are_judged() {
        for (text, is_met) in [
            ("ack.p99 < 100ms", true),
            ("ack.p99 < 98ms", false),
            ("ack.p999<=0.101", true),
            ("ack.service.max <= 101ms", true),
            ("ack(a.b(c)).median > 40ms", true),
            ("ack.count == 100", true),
            ("ack(other).count == 0", true),
            ("errors < 0.2%", true),
            ("errors < 0.1%", false),
            ("errors <= 1", true),
            ("emitted.rate >= 50", true),
            // A latency that was never measured is never good enough.
            ("connect.p95 < 1s", false),
            ("wait.p50 > 0ms", false),
        ] {
            let threshold = Threshold::parse(text).unwrap();
            let verdict = threshold.judge(&report());
            assert_eq!(verdict.is_met, is_met, "{text}: {}", verdict.found);
        }
    }

    #[test]
    fn mistakes_say_what_was_expected() {
        for (text, part) in [
            ("ack.p99", "expected a comparison"),
            ("akc.p99 < 1ms", "unknown measurement `akc.p99`"),
            ("ack.p101 < 1ms", "unknown measurement"),
            ("ack.p99 < fast", "is not a time"),
            ("errors < many", "is not a number"),
            ("emitted < 5%", "is not a part"),
        ] {
            let error = Threshold::parse(text).unwrap_err();
            assert!(error.contains(part), "{text}: {error}");
        }
    }
}
