//! The charts of a page: the course of the run, and the distributions of its latencies.

use super::axis::seconds;
use super::latencies::at;
use crate::report::chart::{Chart, Line};
use crate::report::data::Report;
use crate::stats::{Counter, Kind, Latency, Percentiles, Row};

pub(super) const COLORS: [&str; 4] = ["#3b82c4", "#2a9d6f", "#d98b1f", "#c8372d"];
/// The color of an earlier run.
pub(super) const GREY: &str = "#888888";

/// The chart whose values are whole numbers.
const USERS: &str = "Users";

/// The charts of the course of a run.
pub(super) fn course(report: &Report, baseline: Option<&Report>) -> Vec<Chart> {
    let chart = |title: &str, lines| Chart {
        title: title.into(),
        is_whole: title == USERS,
        ticks: seconds(report),
        lines,
    };
    let line = |name: &str, color: usize, value: &dyn Fn(&Row) -> f64| Line {
        name: name.into(),
        color: COLORS[color],
        points: report.rows.iter().map(|row| (row.at, value(row))).collect(),
        is_dashed: false,
    };
    let mut charts = vec![
        chart(
            USERS,
            vec![
                line("users", 0, &|row| row.users as f64),
                line("connected", 1, &|row| row.connections as f64),
            ],
        ),
        chart(
            "Events each second",
            vec![
                line("emitted", 0, &|row| row.rate(Counter::Emitted)),
                line("acked", 1, &|row| row.rate(Counter::Acked)),
                line("received", 2, &|row| row.rate(Counter::Received)),
            ],
        ),
    ];
    let failures = [Counter::Errors, Counter::Disconnects];
    if failures.into_iter().any(|it| report.counter(it) > 0) {
        charts.push(chart(
            "Errors and lost connections each second",
            vec![
                line("errors", 3, &|row| row.rate(Counter::Errors)),
                line("lost connections", 2, &|row| row.rate(Counter::Disconnects)),
            ],
        ));
    }
    for kind in Kind::ALL {
        if report.kind(kind).is_some() {
            let title = format!("{}: response time in milliseconds", kind.name());
            charts.push(chart(&title, bands(report, baseline, kind)));
        }
    }
    charts.push(chart(
        "The generator: longest lag in milliseconds",
        vec![line("lag", 0, &|row| row.lag_ms)],
    ));
    charts
}

/// One of the percentiles of a second.
type Part = fn(&Percentiles) -> f64;

/// The percentiles of a kind over time.
fn bands(report: &Report, baseline: Option<&Report>, kind: Kind) -> Vec<Line> {
    // The axis is that of this run: an earlier one that lasted longer ends with it.
    let last = report.rows.last().map_or(0.0, |row| row.at);
    let of = |report: &Report, value: Part| {
        let rows = report.rows.iter().take_while(|row| row.at <= last);
        rows.filter_map(|row| Some((row.at, value(row.latencies.get(kind.name())?))))
            .collect()
    };
    let parts: [(&str, Part); 4] = [
        ("p50", |it| it.p50),
        ("p90", |it| it.p90),
        ("p99", |it| it.p99),
        ("max", |it| it.max),
    ];
    let mut lines: Vec<Line> = parts
        .iter()
        .zip(COLORS)
        .map(|((name, value), color)| Line {
            name: (*name).into(),
            color,
            points: of(report, *value),
            is_dashed: false,
        })
        .collect();
    if let Some(before) = baseline {
        lines.push(Line {
            name: "p99 before".into(),
            color: GREY,
            points: of(before, |it| it.p99),
            is_dashed: true,
        });
    }
    lines
}

/// The latency at each percentile, with more room for the highest ones.
pub(super) fn distribution(report: &Report, baseline: Option<&Report>, kind: Kind) -> Chart {
    let line = |report: &Report, service: bool, color, name: &str, is_dashed| {
        let measured = report.kind(kind)?;
        let latency = match service {
            true => &measured.service,
            false => &measured.response,
        };
        Some(Line {
            name: name.into(),
            color,
            points: nines(latency),
            is_dashed,
        })
    };
    let lines = [
        line(report, false, COLORS[0], "response time", false),
        line(report, true, COLORS[1], "service time", false),
        baseline.and_then(|before| line(before, false, GREY, "response time before", true)),
    ];
    Chart {
        title: format!("{}: milliseconds at each percentile", kind.name()),
        is_whole: false,
        ticks: ["0 %", "90 %", "99 %", "99.9 %", "99.99 %"]
            .iter()
            .enumerate()
            .map(|(nines, text)| (nines as f64, (*text).to_owned()))
            .collect(),
        lines: match report.kind(kind) {
            Some(_) => lines.into_iter().flatten().collect(),
            None => Vec::new(),
        },
    }
}

/// Points whose place is the number of nines of the percentile: 1 for 90 %, 2 for 99 %.
fn nines(latency: &Latency) -> Vec<(f64, f64)> {
    (0..=80)
        .map(|step| {
            let nines = f64::from(step) / 20.0;
            let percent = 100.0 * (1.0 - 10_f64.powf(-nines));
            (nines, at(latency, percent))
        })
        .collect()
}
