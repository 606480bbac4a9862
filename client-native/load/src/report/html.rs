//! The report as one HTML page with charts: no script, and nothing from elsewhere.

use std::fmt::Write;

use super::chart::{Chart, Line, short};
use super::data::{Report, millis};
use super::junit::escaped;
use crate::stats::{Counter, Kind, Latency, Percentiles, Row};

const STYLE: &str = "\
:root{color-scheme:light dark}\
body{font:15px/1.5 system-ui,sans-serif;max-width:820px;margin:2rem auto;padding:0 1rem}\
h1{font-size:1.4rem}h2{font-size:1.1rem;margin-top:2rem}\
table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums}\
td,th{padding:.2rem .5rem;text-align:right;border-bottom:1px solid #8884}\
td:first-child,th:first-child{text-align:left;overflow-wrap:anywhere}\
figure{margin:1.2rem 0}figcaption{font-weight:600}\
svg{width:100%;height:auto}svg text{font-size:11px;fill:currentColor}\
.grid{stroke:#8884}polyline{fill:none;stroke-width:1.6}\
.legend span{margin-right:1rem;font-size:13px}\
.met{color:#2a8a3a}.unmet{color:#c8372d;font-weight:600}\
pre{overflow-x:auto;font-size:12px}";

const COLORS: [&str; 4] = ["#3b82c4", "#2a9d6f", "#d98b1f", "#c8372d"];
/// The color of an earlier run.
const GREY: &str = "#888888";

impl Report {
    /// The HTML page. `baseline` is an earlier report to compare with.
    pub fn to_html(&self, baseline: Option<&Report>) -> String {
        let mut page = format!(
            "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\
             <meta name=\"viewport\" content=\"width=device-width\"><title>Load of {0}</title><style>{STYLE}</style></head><body>\n\
             <h1>Load of {0}</h1>\n<p>{1}</p>\n",
            escaped(&self.target),
            escaped(&subtitle(self))
        );
        remarks(self, &mut page);
        verdicts(self, &mut page);
        table(self, baseline, &mut page);
        page.push_str("<h2>Course</h2>\n");
        for chart in course(self, baseline) {
            page.push_str(&chart.svg());
            page.push('\n');
        }
        page.push_str("<h2>Distributions</h2>\n");
        for kind in Kind::ALL {
            page.push_str(&distribution(self, baseline, kind).svg());
        }
        reasons(self, &mut page);
        // Writing to a string does not fail.
        let _ = write!(
            page,
            "<h2>Summary</h2>\n<pre>{}</pre>\n</body></html>\n",
            escaped(&self.to_string())
        );
        page
    }
}

fn subtitle(report: &Report) -> String {
    let scenario = report.scenario.as_deref().unwrap_or("no scenario file");
    let version = report
        .engine_version
        .map_or_else(|| "unknown".to_owned(), |version| version.to_string());
    format!(
        "{scenario}, {:.1} s, seed {}, Engine.IO version {version}, {}",
        report.seconds, report.seed, report.tool
    )
}

fn remarks(report: &Report, page: &mut String) {
    let advice = report.advice();
    if advice.is_empty() {
        return;
    }
    page.push_str("<ul>");
    for remark in advice {
        let _ = write!(page, "<li>{}</li>", escaped(&remark));
    }
    page.push_str("</ul>\n");
}

fn verdicts(report: &Report, page: &mut String) {
    if report.verdicts.is_empty() {
        return;
    }
    page.push_str("<h2>Thresholds</h2>\n<table>");
    for verdict in &report.verdicts {
        let (class, word) = match verdict.is_met {
            true => ("met", "met"),
            false => ("unmet", "not met"),
        };
        let _ = write!(
            page,
            "<tr><td>{}</td><td>{}</td><td class=\"{class}\">{word}</td></tr>",
            escaped(&verdict.threshold),
            escaped(&verdict.found)
        );
    }
    page.push_str("</table>\n");
}

fn table(report: &Report, baseline: Option<&Report>, page: &mut String) {
    page.push_str(
        "<h2>Response times in milliseconds</h2>\n<table><tr><th></th><th>count</th><th>p50</th><th>p90</th><th>p99</th>\
         <th>p99.9</th><th>max</th>",
    );
    if baseline.is_some() {
        page.push_str("<th>p50 before</th><th>p99 before</th><th>change of p99</th>");
    }
    page.push_str("</tr>");
    for series in &report.series {
        let name = match &series.label[..] {
            "" => series.kind.name().to_owned(),
            label => format!("{} {label}", series.kind.name()),
        };
        let latency = &series.measured.response;
        let _ = write!(
            page,
            "<tr><td>{}</td><td>{}</td>",
            escaped(&name),
            latency.count()
        );
        for percent in [50.0, 90.0, 99.0, 99.9, 100.0] {
            let _ = write!(page, "<td>{:.2}</td>", at(latency, percent));
        }
        if let Some(before) = baseline {
            let before = before.series(series.kind, &series.label);
            comparison(latency, before.map(|it| &it.response), page);
        }
        page.push_str("</tr>");
    }
    page.push_str("</table>\n");
}

fn comparison(latency: &Latency, before: Option<&Latency>, page: &mut String) {
    let Some(before) = before else {
        page.push_str("<td></td><td></td><td></td>");
        return;
    };
    let (then, now) = (at(before, 99.0), at(latency, 99.0));
    let change = (now / then.max(1e-3) - 1.0) * 100.0;
    let class = if change > 10.0 { "unmet" } else { "met" };
    let _ = write!(
        page,
        "<td>{:.2}</td><td>{then:.2}</td><td class=\"{class}\">{change:+.0} %</td>",
        at(before, 50.0)
    );
}

fn at(latency: &Latency, percent: f64) -> f64 {
    millis(latency.percentile(percent))
}

/// The charts of the course of a run.
fn course(report: &Report, baseline: Option<&Report>) -> Vec<Chart> {
    let chart = |title: &str, unit, lines| Chart {
        title: title.into(),
        unit,
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
            "Users",
            "",
            vec![
                line("users", 0, &|row| row.users as f64),
                line("connected", 1, &|row| row.connections as f64),
            ],
        ),
        chart(
            "Events each second",
            "",
            vec![
                line("emitted", 0, &|row| row.rate(Counter::Emitted)),
                line("acked", 1, &|row| row.rate(Counter::Acked)),
                line("received", 2, &|row| row.rate(Counter::Received)),
            ],
        ),
        chart(
            "Errors and lost connections each second",
            "",
            vec![
                line("errors", 3, &|row| row.rate(Counter::Errors)),
                line("lost connections", 2, &|row| row.rate(Counter::Disconnects)),
            ],
        ),
    ];
    for kind in Kind::ALL {
        if report.kind(kind).is_some() {
            let title = format!("{}: response time in milliseconds", kind.name());
            charts.push(chart(&title, "", bands(report, baseline, kind)));
        }
    }
    charts.push(chart(
        "The generator: longest lag in milliseconds",
        "",
        vec![line("lag", 0, &|row| row.lag_ms)],
    ));
    charts
}

/// One of the percentiles of a second.
type Part = fn(&Percentiles) -> f64;

/// The percentiles of a kind over time.
fn bands(report: &Report, baseline: Option<&Report>, kind: Kind) -> Vec<Line> {
    let of = |report: &Report, value: Part| {
        let rows = report.rows.iter();
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
fn distribution(report: &Report, baseline: Option<&Report>, kind: Kind) -> Chart {
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
        unit: "",
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

/// At most seven labels of the time axis.
fn seconds(report: &Report) -> Vec<(f64, String)> {
    let Some((first, last)) = report.rows.first().zip(report.rows.last()) else {
        return Vec::new();
    };
    let span = last.at - first.at;
    (0..=6)
        .map(|step| first.at + span * f64::from(step) / 6.0)
        .map(|at| (at, format!("{} s", short(at.round()))))
        .collect()
}

fn reasons(report: &Report, page: &mut String) {
    for (title, disconnects) in [("Errors", false), ("Disconnects", true)] {
        if report.reasons(disconnects).next().is_none() {
            continue;
        }
        let _ = write!(page, "<h2>{title}</h2>\n<table>");
        for reason in report.reasons(disconnects) {
            let _ = write!(
                page,
                "<tr><td>{}: {}</td><td>{}</td></tr>",
                reason.stage.name(),
                escaped(&reason.text),
                reason.count
            );
        }
        page.push_str("</table>\n");
    }
}
