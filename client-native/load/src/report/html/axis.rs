//! The time axis of the charts.

use crate::report::data::Report;

/// Steps of the time axis, in seconds.
const STEPS: [u32; 14] = [
    1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1_200, 1_800, 3_600, 7_200,
];
/// Steps that an axis may have.
const MOST_STEPS: f64 = 8.0;

/// The labels of the time axis, from 0 on.
pub(super) fn seconds(report: &Report) -> Vec<(f64, String)> {
    let Some(last) = report.rows.last() else {
        return Vec::new();
    };
    let fits = |step: &u32| last.at / f64::from(*step) <= MOST_STEPS;
    // Longer runs have a step of their own.
    let step = STEPS
        .into_iter()
        .find(fits)
        .unwrap_or(((last.at / MOST_STEPS) as u32).max(1));
    let label = |at: u32| match step.is_multiple_of(60) {
        true => format!("{} min", at / 60),
        false => format!("{at} s"),
    };
    // A report that was written by hand may have any time.
    (0..=MOST_STEPS as u32)
        .map(|number| number.saturating_mul(step))
        .take_while(|at| f64::from(*at) <= last.at)
        .map(|at| (f64::from(at), label(at)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::Row;

    #[test]
    fn the_time_axis_has_round_steps_from_zero() {
        for (last, labels) in [
            (0.4, &["0 s"][..]),
            (
                7.0,
                &["0 s", "1 s", "2 s", "3 s", "4 s", "5 s", "6 s", "7 s"],
            ),
            (20.1, &["0 s", "5 s", "10 s", "15 s", "20 s"]),
            (
                400.0,
                &[
                    "0 min", "1 min", "2 min", "3 min", "4 min", "5 min", "6 min",
                ],
            ),
        ] {
            let report = Report {
                rows: vec![Row {
                    at: last,
                    ..Row::default()
                }],
                ..Report::default()
            };
            let found: Vec<String> = seconds(&report).into_iter().map(|tick| tick.1).collect();
            assert_eq!(found, labels, "{last}");
        }
        for last in [1e3, 1e5, 1e7] {
            let report = Report {
                rows: vec![Row {
                    at: last,
                    ..Row::default()
                }],
                ..Report::default()
            };
            assert!((2..=10).contains(&seconds(&report).len()), "{last}");
        }
        assert!(seconds(&Report::default()).is_empty());
    }
}
