//! The table of latencies, with those of an earlier run beside them.

use std::fmt::Write;

use crate::report::data::{Report, millis};
use crate::report::junit::escaped;
use crate::stats::Latency;

/// Writes the table.
pub(super) fn table(report: &Report, baseline: Option<&Report>, page: &mut String) {
    page.push_str(
        "<h2>Response times in milliseconds</h2>\n<div class=\"wide\"><table><tr><th></th><th>count</th><th>p50</th><th>p90</th><th>p99</th>\
         <th>p99.9</th><th>max</th>",
    );
    if baseline.is_some() {
        page.push_str("<th>p50 before</th><th>p99 before</th><th>change of p99</th>");
    }
    page.push_str("</tr>");
    for series in report.series.iter().filter(|it| !report.is_repeated(it)) {
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
    page.push_str("</table></div>\n");
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

/// Milliseconds at a percentile.
pub(super) fn at(latency: &Latency, percent: f64) -> f64 {
    millis(latency.percentile(percent))
}
