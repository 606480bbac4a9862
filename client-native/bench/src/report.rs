//! The table, and the file of all samples.

use std::path::Path;

use serde_json::json;

use crate::result::Result;
use crate::rounds::Run;
use crate::rows::{Aim, Measurement, ROWS, Row};
use crate::sample::{Sample, median};
use crate::{machine, scale};

pub(crate) fn print(run: &Run) {
    if !run.rows.is_empty() {
        println!(
            "medians of {} rounds; ratios are to the first row, within each round",
            run.rounds
        );
    }
    for note in &run.notes {
        println!("{note}");
    }
    let mut section = None;
    let mut base: &[Sample] = &[];
    for (at, samples) in &run.rows {
        let row = &ROWS[*at];
        if section.replace(row.measurement) != Some(row.measurement) {
            base = samples;
            print_head(row.measurement, samples);
        }
        print_row(row, &Figures::of(samples, base));
    }
    if let Some(scale) = &run.scale {
        scale::print(scale);
    }
}

fn print_head(measurement: Measurement, samples: &[Sample]) {
    let count = samples.first().map_or(0, |sample| sample.count);
    let (what, unit) = match measurement {
        Measurement::Receive => ("events received", "CPU us"),
        Measurement::Send => ("events sent", "CPU us"),
        Measurement::Acks => ("acks, one by one", "CPU us"),
        Measurement::Connect => ("connections, one by one", "CPU us"),
        Measurement::ConnectAtOnce => ("connections, 32 at a time", "CPU us"),
        Measurement::Idle => ("idle connections", "KiB"),
    };
    println!();
    println!(
        "{:<34}{unit:>9} {:>7} {:>11} {:>9} {:>7} {:>7} {:>7}  aim",
        format!("{count} {what}"),
        "ratio",
        "(min..max)",
        "per s",
        "ratio",
        "p50 us",
        "p99 us"
    );
}

fn print_row(row: &Row, figures: &Figures) {
    let Figures {
        cost,
        cost_ratio,
        spread: (least, most),
        rate,
        rate_ratio,
        p50,
        p99,
    } = figures;
    let spread = format!("({least:.2}..{most:.2})");
    println!(
        "  {:<32}{cost:>9.3} {cost_ratio:>7.2} {spread:>11} {rate:>9.0} {rate_ratio:>7.2} {:>7} {:>7}  {}",
        row.label,
        optional(*p50),
        optional(*p99),
        row.aim.map_or_else(String::new, |aim| figures.verdict(aim)),
    );
}

fn optional(value: Option<f64>) -> String {
    value.map_or_else(|| "-".to_owned(), |value| format!("{value:.0}"))
}

/// The figures of a row.
struct Figures {
    cost: f64,
    cost_ratio: f64,
    /// The smallest and the largest ratio of a round.
    spread: (f64, f64),
    rate: f64,
    rate_ratio: f64,
    p50: Option<f64>,
    p99: Option<f64>,
}

impl Figures {
    fn of(samples: &[Sample], base: &[Sample]) -> Figures {
        let mut ratios = ratios(samples, base, Sample::cost);
        let cost_ratio = median(&mut ratios);
        let optional = |of: fn(&Sample) -> Option<f64>| {
            let mut values: Vec<f64> = samples.iter().filter_map(of).collect();
            (!values.is_empty()).then(|| median(&mut values))
        };
        Figures {
            cost: median(&mut samples.iter().map(Sample::cost).collect::<Vec<_>>()),
            cost_ratio,
            spread: (
                ratios.first().copied().unwrap_or(f64::NAN),
                ratios.last().copied().unwrap_or(f64::NAN),
            ),
            rate: median(&mut samples.iter().map(Sample::rate).collect::<Vec<_>>()),
            rate_ratio: median(&mut self::ratios(samples, base, Sample::rate)),
            p50: optional(|sample| sample.p50_us),
            p99: optional(|sample| sample.p99_us),
        }
    }

    fn verdict(&self, aim: Aim) -> String {
        let (is_met, text) = match aim {
            Aim::CostRatio(most) => (self.cost_ratio <= most, format!("<= {most} x raw")),
            Aim::RateRatio(least) => (self.rate_ratio >= least, format!(">= {least} x raw's rate")),
            Aim::Cost(most) => (self.cost <= most, format!("<= {most}")),
        };
        format!("{text}: {}", if is_met { "met" } else { "NOT met" })
    }
}

/// A figure of each round, divided by that of the base in the same round.
fn ratios(samples: &[Sample], base: &[Sample], figure: fn(&Sample) -> f64) -> Vec<f64> {
    let pairs = samples.iter().zip(base);
    pairs
        .map(|(own, base)| figure(own) / figure(base))
        .collect()
}

/// Writes all samples as JSON.
pub(crate) fn write(run: &Run, file: &Path) -> Result<()> {
    let rows = run.rows.iter().map(|(at, samples)| {
        let row = &ROWS[*at];
        json!({
            "measurement": row.measurement,
            "client": row.client,
            "label": row.label,
            "samples": samples,
        })
    });
    let all = json!({
        "rounds": run.rounds,
        "processors": machine::processors(),
        "notes": run.notes,
        "rows": rows.collect::<Vec<_>>(),
        "scale": run.scale,
    });
    Ok(std::fs::write(file, format!("{all:#}\n"))?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(cpu_us: f64) -> Sample {
        Sample {
            count: 10,
            cpu_us,
            wall_us: 100.0,
            ..Sample::default()
        }
    }

    #[test]
    fn ratios_are_taken_within_a_round() {
        let figures = Figures::of(
            &[sample(20.0), sample(90.0), sample(40.0)],
            &[sample(10.0), sample(30.0), sample(20.0)],
        );
        assert_eq!((figures.cost, figures.cost_ratio), (4.0, 2.0));
        assert_eq!(figures.spread, (2.0, 3.0));
        assert!(figures.verdict(Aim::CostRatio(2.0)).ends_with(": met"));
        assert!(figures.verdict(Aim::Cost(3.9)).ends_with("NOT met"));
    }
}
