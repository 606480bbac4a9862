//! The histogram of the response times of a kind, with that of an earlier run beside it, as a chart and as a table.

use std::fmt::Write;

use super::buckets::{Buckets, time};
use super::charts::{COLORS, GREY};
use crate::report::bars::{Bars, Set};
use crate::report::data::Report;
use crate::stats::{Kind, Latency};

/// The name of an earlier run.
const BEFORE: &str = "before";

/// The histogram as an element of a page; nothing if the report has no such latency.
pub(super) fn histogram(report: &Report, baseline: Option<&Report>, kind: Kind) -> String {
    let of = |report: &'_ Report| report.kind(kind).map(|it| it.response.clone());
    let Some(now) = of(report).filter(|it| it.count() > 0) else {
        return String::new();
    };
    let before = baseline.and_then(of).filter(|it| it.count() > 0);
    let mut runs = vec![Run::new("response time", COLORS[0], now)];
    runs.extend(before.map(|it| Run::new(BEFORE, GREY, it)));
    let Some(buckets) = Buckets::of(runs.iter().map(|run| &run.latency)) else {
        return String::new();
    };
    let is_compared = runs.len() > 1;
    let unit = match is_compared {
        // Runs of different lengths are comparable only by their parts.
        true => "percent of each run in each bucket",
        false => "count in each bucket",
    };
    let bars = Bars {
        title: format!("{}: response times, {unit}", kind.name()),
        described: described(kind, &buckets, &runs),
        is_whole: !is_compared,
        ticks: buckets.ticks(),
        groups: buckets.len(),
        sets: runs
            .iter()
            .map(|run| run.set(&buckets, is_compared))
            .collect(),
    };
    bars.svg(&table(&buckets, &runs))
}

/// The latencies of a run.
struct Run {
    name: &'static str,
    color: &'static str,
    latency: Latency,
}

impl Run {
    fn new(name: &'static str, color: &'static str, latency: Latency) -> Run {
        Run {
            name,
            color,
            latency,
        }
    }

    fn percent(&self, count: u64) -> f64 {
        count as f64 / self.latency.count().max(1) as f64 * 100.0
    }

    fn set(&self, buckets: &Buckets, is_compared: bool) -> Set {
        let counts = buckets.counts(&self.latency);
        let value = |count: &u64| match is_compared {
            true => self.percent(*count),
            false => *count as f64,
        };
        let text = |(edges, count): ((u64, u64), &u64)| {
            let (range, percent) = (range(edges), self.percent(*count));
            format!("{}: {range}: {count} ({percent:.2} %)", self.name)
        };
        Set {
            name: self.name.into(),
            color: self.color,
            values: counts.iter().map(value).collect(),
            texts: buckets.iter().zip(&counts).map(text).collect(),
        }
    }

    /// The number, the range and the fullest bucket.
    fn described(&self, buckets: &Buckets) -> String {
        let counts = buckets.counts(&self.latency);
        let fullest = buckets.iter().zip(&counts).max_by_key(|it| it.1);
        let fullest = fullest.map_or_else(String::new, |(edges, count)| {
            format!(", {count} of them in {}", range(edges))
        });
        let micros = |time: std::time::Duration| time.as_micros() as u64;
        format!(
            "{}: {} latencies from {} to {}{fullest}",
            self.name,
            self.latency.count(),
            time(micros(self.latency.min())),
            time(micros(self.latency.max())),
        )
    }
}

fn described(kind: Kind, buckets: &Buckets, runs: &[Run]) -> String {
    let runs: Vec<String> = runs.iter().map(|run| run.described(buckets)).collect();
    format!("{}: histogram. {}", kind.name(), runs.join(". "))
}

fn range((from, to): (u64, u64)) -> String {
    format!("{} to {}", time(from), time(to))
}

/// All counts, for those who do not see the chart or want the numbers.
fn table(buckets: &Buckets, runs: &[Run]) -> String {
    let mut html = String::from(
        "<details><summary>As a table</summary><div class=\"wide\"><table><tr><th scope=\"col\">from, and below</th>",
    );
    for run in runs {
        // Writing to a string does not fail.
        let _ = write!(
            html,
            "<th scope=\"col\">{}: count</th><th scope=\"col\">%</th>",
            run.name
        );
    }
    html.push_str("</tr>");
    let counts: Vec<Vec<u64>> = runs.iter().map(|it| buckets.counts(&it.latency)).collect();
    for (place, edges) in buckets.iter().enumerate() {
        if counts.iter().all(|counts| counts[place] == 0) {
            continue;
        }
        let _ = write!(html, "<tr><th scope=\"row\">{}</th>", range(edges));
        for (run, counts) in runs.iter().zip(&counts) {
            let count = counts[place];
            let percent = run.percent(count);
            let _ = write!(html, "<td>{count}</td><td>{percent:.2}</td>");
        }
        html.push_str("</tr>");
    }
    html.push_str("</table></div></details>");
    html
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::report::data::SeriesReport;
    use crate::stats::Measured;

    fn report(micros: &[u64]) -> Report {
        let mut measured = Measured::default();
        for micros in micros {
            let latency = Duration::from_micros(*micros);
            measured.record(latency, latency);
        }
        Report {
            series: vec![SeriesReport {
                kind: Kind::Ack,
                label: String::new(),
                measured,
            }],
            ..Report::default()
        }
    }

    /// The first count of each row of the table.
    fn counts(html: &str, column: usize) -> Vec<u64> {
        let rows = html.split("<tr>").skip(2);
        let cell = |row: &str| {
            row.split("<td>")
                .nth(column)?
                .split('<')
                .next()?
                .parse()
                .ok()
        };
        rows.map(|row| cell(row).expect("a count")).collect()
    }

    #[test]
    fn every_latency_is_in_a_bar_and_in_the_table() {
        let html = histogram(&report(&[900, 1_000, 1_000, 50_000]), None, Kind::Ack);
        assert_eq!(html.matches("<rect").count(), 3);
        assert_eq!(counts(&html, 1), [1, 2, 1]);
        assert!(html.contains("<title>response time: 1 ms to 1.12 ms: 2 (50.00 %)</title>"));
        assert!(html.contains("ack: response times, count in each bucket"));
        let described = "aria-label=\"ack: histogram. response time: 4 latencies from 900 µs to 50.015 ms, 2 of them in 1 ms to 1.12 ms\"";
        assert!(html.contains(described), "{html}");
        assert!(!html.contains(BEFORE));
    }

    #[test]
    fn an_earlier_run_stands_beside_this_one_in_percent() {
        let (now, before) = (report(&[1_000, 9_000]), report(&[1_000; 8]));
        let html = histogram(&now, Some(&before), Kind::Ack);
        assert_eq!(html.matches("<rect").count(), 3);
        assert_eq!(
            (counts(&html, 1), counts(&html, 3)),
            (vec![1, 1], vec![8, 0])
        );
        assert!(html.contains("percent of each run in each bucket"));
        assert!(html.contains("<title>before: 1 ms to 1.06 ms: 8 (100.00 %)</title>"));
    }

    #[test]
    fn a_run_without_latencies_has_no_histogram_and_an_earlier_one_without_them_is_left_out() {
        let (some, none) = (report(&[5]), report(&[]));
        for empty in [&none, &Report::default()] {
            assert_eq!(histogram(empty, Some(&some), Kind::Ack), "");
            let alone = histogram(&some, None, Kind::Ack);
            assert_eq!(histogram(&some, Some(empty), Kind::Ack), alone);
            assert_eq!(counts(&alone, 1), [1]);
        }
    }

    /// A report may have been written by anybody.
    #[test]
    fn counts_that_fill_64_bits_are_drawn() {
        let json = format!("[[1,{}],[3600000000,1]]", u64::MAX - 1);
        let mut full = report(&[]);
        full.series[0].measured.response = serde_json::from_str(&json).expect("a histogram");
        let html = histogram(&full, Some(&full), Kind::Ack);
        assert_eq!(counts(&html, 1), [u64::MAX - 1, 1]);
        assert!(!html.contains("NaN") && !html.contains("inf"));
    }
}
