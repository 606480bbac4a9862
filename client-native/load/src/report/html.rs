//! The report as one HTML page with charts: no script, and nothing from elsewhere.

mod axis;
mod buckets;
mod charts;
mod histogram;
mod latencies;

use std::fmt::Write;

use self::charts::{course, distribution};
use self::histogram::histogram;
use self::latencies::table;
use super::data::Report;
use super::junit::escaped;
use crate::stats::Kind;

const STYLE: &str = "\
:root{color-scheme:light dark}\
body{font:15px/1.5 system-ui,sans-serif;max-width:820px;margin:2rem auto;padding:0 1rem;overflow-wrap:anywhere}\
h1{font-size:1.4rem}h2{font-size:1.1rem;margin-top:2rem}\
table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums}\
td,th{padding:.2rem .5rem;text-align:right;vertical-align:bottom;border-bottom:1px solid #8884;overflow-wrap:normal}td{white-space:nowrap}\
td:first-child,th:first-child{text-align:left;min-width:10rem;white-space:normal;overflow-wrap:anywhere}\
figure{margin:1.2rem 0}figcaption{font-weight:600}\
.wide{overflow-x:auto}svg{width:100%;min-width:34rem;height:auto}svg text{font-size:13px;fill:currentColor}\
.grid{stroke:#8884}polyline{fill:none;stroke-width:1.6}\
.legend span{margin-right:1rem;font-size:13px}details{margin:.4rem 0}summary{cursor:pointer;font-size:13px}th[scope=row]{font-weight:400}\
.met{color:#1d7a2f}.unmet{color:#c02a20;font-weight:600}\
@media(prefers-color-scheme:dark){.met{color:#5fce7a}.unmet{color:#ff8a80}}\
pre{overflow-x:auto;font-size:12px}";

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
            page.push_str(&histogram(self, baseline, kind));
            page.push_str(&distribution(self, baseline, kind).svg());
            page.push('\n');
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
    let scenario = report
        .scenario
        .as_deref()
        .map_or_else(String::new, |name| format!("{name}, "));
    let version = report
        .engine_version
        .map_or_else(|| "unknown".to_owned(), |version| version.to_string());
    format!(
        "{scenario}{:.1} s, seed {}, Engine.IO version {version}, {}",
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
    page.push_str("<h2>Thresholds</h2>\n<div class=\"wide\"><table>");
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
    page.push_str("</table></div>\n");
}

fn reasons(report: &Report, page: &mut String) {
    for (title, disconnects) in [("Errors", false), ("Disconnects", true)] {
        if report.reasons(disconnects).next().is_none() {
            continue;
        }
        let _ = write!(page, "<h2>{title}</h2>\n<div class=\"wide\"><table>");
        for reason in report.reasons(disconnects) {
            let _ = write!(
                page,
                "<tr><td>{}: {}</td><td>{}</td></tr>",
                reason.stage.name(),
                escaped(&reason.text),
                reason.count
            );
        }
        page.push_str("</table></div>\n");
    }
}
