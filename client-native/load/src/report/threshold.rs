//! Thresholds: conditions on a report that decide the exit status.

mod limit;
mod subject;

use self::limit::Limit;
use self::subject::Subject;
use super::data::{Report, Verdict, millis};

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

#[derive(Clone, Copy, Debug, PartialEq)]
enum Operator {
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Equal,
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

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::stats::{Kind, Latency, Measured};

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
