//! The figures of a row, from its samples and its counts.

use crate::rounds::Measured;
use crate::rows::{Client, How};
use crate::sample::{Sample, median};
use crate::slope::Slope;

/// Medians; what was not measured is `None`.
pub(super) struct Figures {
    /// CPU time or memory.
    pub(super) cost: f64,
    pub(super) cost_ratio: f64,
    /// The smallest and the largest ratio of a round.
    pub(super) spread: (f64, f64),
    pub(super) json_ratio: Option<f64>,
    pub(super) instructions: Option<f64>,
    pub(super) instructions_ratio: Option<f64>,
    pub(super) instructions_json_ratio: Option<f64>,
    pub(super) allocations: Option<f64>,
    /// Memory in use, where memory is measured.
    pub(super) live_kib: Option<f64>,
    /// Bytes on the wire.
    pub(super) wire: Option<f64>,
    pub(super) rate: Option<f64>,
    pub(super) rate_ratio: Option<f64>,
    pub(super) p50: Option<f64>,
    pub(super) p99: Option<f64>,
}

impl Figures {
    /// The figures of a row among all rows, to which its ratios are.
    pub(super) fn of(measured: &Measured, all: &[Measured]) -> Figures {
        let own = measured.row();
        let mut same = all
            .iter()
            .filter(|other| other.row().measurement == own.measurement);
        let base = same.clone().next().unwrap_or(measured);
        let json = same.find(|other| {
            let row = other.row();
            row.client == Client::Raw && row.how == How::WithJson
        });

        let samples = &measured.samples;
        let mut ratios = ratios(samples, &base.samples, Sample::cost);
        let cost_ratio = median(&mut ratios);
        let is_memory = samples.iter().any(|sample| sample.resident_bytes.is_some());
        let rate = || median(&mut samples.iter().map(Sample::rate).collect::<Vec<_>>());
        let rate_ratio = || median(&mut self::ratios(samples, &base.samples, Sample::rate));
        let instructions = each(measured.counts.instructions);
        let live = each(measured.counts.live_bytes);
        Figures {
            cost: median(&mut samples.iter().map(Sample::cost).collect::<Vec<_>>()),
            cost_ratio,
            spread: (
                ratios.first().copied().unwrap_or(f64::NAN),
                ratios.last().copied().unwrap_or(f64::NAN),
            ),
            json_ratio: json
                .map(|json| median(&mut self::ratios(samples, &json.samples, Sample::cost))),
            instructions,
            instructions_ratio: ratio(instructions, each(base.counts.instructions)),
            instructions_json_ratio: json
                .and_then(|json| ratio(instructions, each(json.counts.instructions))),
            allocations: each(measured.counts.allocations),
            live_kib: live.filter(|_| is_memory).map(|bytes| bytes / 1024.0),
            wire: optional(samples, Sample::wire),
            rate: (!is_memory).then(rate),
            rate_ratio: (!is_memory).then(rate_ratio),
            p50: optional(samples, |sample| sample.p50_us),
            p99: optional(samples, |sample| sample.p99_us),
        }
    }
}

fn each(slope: Option<Slope>) -> Option<f64> {
    slope.map(Slope::each)
}

fn ratio(own: Option<f64>, base: Option<f64>) -> Option<f64> {
    Some(own? / base?)
}

fn optional(samples: &[Sample], figure: fn(&Sample) -> Option<f64>) -> Option<f64> {
    let mut values: Vec<f64> = samples.iter().filter_map(figure).collect();
    (!values.is_empty()).then(|| median(&mut values))
}

/// A figure of each round, divided by that of the base in the same round.
fn ratios(samples: &[Sample], base: &[Sample], figure: fn(&Sample) -> f64) -> Vec<f64> {
    let pairs = samples.iter().zip(base);
    pairs
        .map(|(own, base)| figure(own) / figure(base))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::counts::Counts;
    use crate::rows::ROWS;

    fn measured(client: Client, how: How, times: &[f64], instructions: f64) -> Measured {
        let samples = times.iter().map(|&cpu_us| Sample {
            count: 10,
            cpu_us,
            wall_us: 100.0,
            ..Sample::default()
        });
        let at = ROWS
            .iter()
            .position(|row| row.client == client && row.how == how);
        Measured {
            at: at.unwrap(),
            samples: samples.collect(),
            counts: Counts {
                instructions: Some(Slope::between((1, 0.0), (2, instructions))),
                ..Counts::default()
            },
        }
    }

    #[test]
    fn ratios_are_taken_within_a_round() {
        let all = [
            measured(Client::Raw, How::Plainly, &[10.0, 30.0, 20.0], 1_000.0),
            measured(Client::Raw, How::WithJson, &[20.0, 60.0, 20.0], 2_000.0),
            measured(Client::Tidewire, How::Handler, &[20.0, 90.0, 40.0], 3_000.0),
        ];
        let figures = Figures::of(&all[2], &all);
        assert_eq!((figures.cost, figures.cost_ratio), (4.0, 2.0));
        assert_eq!(figures.spread, (2.0, 3.0));
        assert_eq!(figures.json_ratio, Some(1.5));
        assert_eq!(figures.instructions_ratio, Some(3.0));
        assert_eq!(figures.instructions_json_ratio, Some(1.5));
        assert_eq!((figures.allocations, figures.live_kib), (None, None));
        assert_eq!((figures.rate, figures.rate_ratio), (Some(1e5), Some(1.0)));
    }

    #[test]
    fn without_the_row_by_serde_there_is_no_ratio_to_it() {
        let all = [measured(Client::Raw, How::Plainly, &[10.0], 1.0)];
        let figures = Figures::of(&all[0], &all);
        assert_eq!((figures.cost_ratio, figures.json_ratio), (1.0, None));
        assert_eq!(figures.instructions_json_ratio, None);
    }
}
