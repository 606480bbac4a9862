//! The right side of a threshold: a time, a number, or a percentage.

use std::time::Duration;

use super::subject::Subject;
use crate::source::parse_duration;

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Limit {
    Time(Duration),
    Number(f64),
    Percent(f64),
}

impl Limit {
    pub(super) fn parse(text: &str, subject: &Subject) -> Result<Limit, String> {
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
        match subject.is_part() {
            true => number(percent).map(Limit::Percent),
            false => Err(format!(
                "`{text}`: this measurement is not a part of another"
            )),
        }
    }
}
