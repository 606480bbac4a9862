//! The measurements of a run in progress, in the text format of Prometheus.

use std::fmt::Write;

use crate::engine::Progress;
use crate::stats::{Counter, Kind};

const PREFIX: &str = "tidewire_load";

/// Writes all counters, gauges and response times since the start.
pub(crate) fn exposition(progress: &Progress<'_>) -> String {
    let mut text = String::new();
    let sum = &progress.totals.sum;
    for counter in Counter::ALL {
        let name = counter.name();
        // Writing to a string does not fail.
        let _ = write!(
            text,
            "# TYPE {PREFIX}_{name}_total counter\n{PREFIX}_{name}_total {}\n",
            sum.counter(counter)
        );
    }
    let row = progress.row;
    for (name, value) in [
        ("users", row.users as f64),
        ("connections", row.connections as f64),
        ("generator_lag_seconds", row.lag_ms / 1e3),
        ("generator_cpu_cores", row.cpu),
        ("elapsed_seconds", progress.elapsed.as_secs_f64()),
    ] {
        let _ = write!(
            text,
            "# TYPE {PREFIX}_{name} gauge\n{PREFIX}_{name} {value}\n"
        );
    }
    let _ = writeln!(text, "# TYPE {PREFIX}_response_seconds summary");
    for kind in Kind::ALL {
        let Some(measured) = sum.kind(kind) else {
            continue;
        };
        let (kind, latency) = (kind.name(), &measured.response);
        for percent in [50.0, 90.0, 99.0, 99.9] {
            let _ = writeln!(
                text,
                "{PREFIX}_response_seconds{{kind=\"{kind}\",quantile=\"{}\"}} {}",
                percent / 100.0,
                latency.percentile(percent).as_secs_f64()
            );
        }
        let count = latency.count();
        let _ = writeln!(
            text,
            "{PREFIX}_response_seconds_sum{{kind=\"{kind}\"}} {}\n{PREFIX}_response_seconds_count{{kind=\"{kind}\"}} {count}",
            latency.mean().as_secs_f64() * count as f64
        );
    }
    text
}
