//! Buckets of latencies between round numbers, evenly spread over a logarithmic scale.

use crate::stats::Latency;

/// Buckets of a histogram, at most.
const MOST: usize = 50;
/// Buckets of a histogram, at least: those around a single value are empty.
const LEAST: usize = 10;
/// The preferred numbers of ISO 3, series R40, in hundredths: 40 steps of 6 % to ten times the first.
const PREFERRED: [u64; 40] = [
    100, 106, 112, 118, 125, 132, 140, 150, 160, 170, 180, 190, 200, 212, 224, 236, 250, 265, 280,
    300, 315, 335, 355, 375, 400, 425, 450, 475, 500, 530, 560, 600, 630, 670, 710, 750, 800, 850,
    900, 950,
];
/// The steps between numbers that are taken, the finest first: R40, R20, R10 and R5.
const STRIDES: [usize; 4] = [1, 2, 4, 8];
/// Powers of ten: the longest latency is an hour, 3.6 * 10^9 microseconds.
const DECADES: u32 = 10;

/// The edges of buckets in microseconds. A bucket has its lower edge, and not its upper one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Buckets(Vec<u64>);

impl Buckets {
    /// Fills the room of a chart so that all latencies have a bucket; `None` if there is no latency.
    pub(super) fn of<'a>(all: impl IntoIterator<Item = &'a Latency>) -> Option<Buckets> {
        let counted = all.into_iter().filter(|it| it.count() > 0);
        let ranges = counted.map(|it| (it.min().as_micros() as u64, it.max().as_micros() as u64));
        let (first, last) = ranges.reduce(|a, b| (a.0.min(b.0), a.1.max(b.1)))?;
        let fits = |buckets: &Buckets| buckets.len() <= MOST;
        let mut finer = STRIDES
            .iter()
            .map(|stride| Buckets::between(first, last, *stride));
        finer.find(fits)
    }

    fn between(first: u64, last: u64, stride: usize) -> Buckets {
        let edges = edges(stride);
        let mut from = edges.partition_point(|edge| *edge <= first).max(1) - 1;
        let mut to = edges.partition_point(|edge| *edge <= last);
        let end = edges.len() - 1;
        while to - from < LEAST && (from > 0 || to < end) {
            from = from.saturating_sub(1);
            to = (to + 1).min(end);
        }
        Buckets(edges[from..=to.min(end)].to_vec())
    }

    pub(super) fn len(&self) -> usize {
        self.0.len() - 1
    }

    /// The lower and upper edge of each.
    pub(super) fn iter(&self) -> impl Iterator<Item = (u64, u64)> + '_ {
        self.0.windows(2).map(|edges| (edges[0], edges[1]))
    }

    /// How many latencies are in each.
    pub(super) fn counts(&self, latency: &Latency) -> Vec<u64> {
        let mut counts = vec![0_u64; self.len()];
        for (micros, count) in latency.buckets() {
            let place = self.0.partition_point(|edge| *edge <= micros).max(1) - 1;
            let place = place.min(self.len() - 1);
            counts[place] = counts[place].saturating_add(count);
        }
        counts
    }

    /// The edges that have a label, with their places: round ones, and not too many.
    pub(super) fn ticks(&self) -> Vec<(f64, String)> {
        let digits = |wanted: &'static [u64]| {
            let edges = self.0.iter().enumerate();
            edges.filter(move |(_, edge)| wanted.contains(&significant(**edge)))
        };
        let all = || self.0.iter().enumerate().step_by(self.len().div_ceil(8));
        let label = |(place, edge): (usize, &u64)| (place as f64, time(*edge));
        match (digits(&[1, 2, 5]).count(), digits(&[1]).count()) {
            (3..=9, _) => digits(&[1, 2, 5]).map(label).collect(),
            (_, 3..) => digits(&[1]).map(label).collect(),
            _ => all().map(label).collect(),
        }
    }
}

/// All edges, those below a microsecond as zero.
fn edges(stride: usize) -> Vec<u64> {
    let decades = (0..DECADES).map(|power| 10_u64.pow(power));
    let mut edges = vec![0];
    for decade in decades {
        let numbers = PREFERRED.iter().step_by(stride);
        edges.extend(numbers.map(|number| (number * decade + 50) / 100));
    }
    // Whole microseconds: the shortest ones coincide.
    edges.dedup();
    edges
}

/// A number without the zeros at its end.
fn significant(mut number: u64) -> u64 {
    while number > 0 && number.is_multiple_of(10) {
        number /= 10;
    }
    number
}

/// A time in the unit that suits it.
pub(super) fn time(micros: u64) -> String {
    match micros {
        0 => "0".to_owned(),
        1..1_000 => format!("{micros} µs"),
        1_000..1_000_000 => format!("{} ms", micros as f64 / 1e3),
        _ => format!("{} s", micros as f64 / 1e6),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn of(micros: &[u64]) -> Latency {
        let mut latency = Latency::default();
        for micros in micros {
            latency.record(Duration::from_micros(*micros));
        }
        latency
    }

    #[test]
    fn every_latency_is_in_one_bucket_however_far_they_are_apart() {
        let hour = 3_600_000_000;
        for micros in [
            &[0][..],
            &[1],
            &[1_000],
            &[hour],
            &[0, hour],
            &[1, 2, 3],
            &[999, 1_000, 1_001],
            &[90_000, 91_000, 92_000],
            &[1, 50, 3_000, 200_000, 9_000_000, hour],
        ] {
            let latency = of(micros);
            let buckets = Buckets::of([&latency]).unwrap();
            let counts = buckets.counts(&latency);
            assert!((LEAST..=MOST).contains(&buckets.len()), "{buckets:?}");
            assert_eq!(counts.iter().sum::<u64>(), micros.len() as u64);
            assert!(buckets.0.is_sorted_by(|a, b| a < b), "{buckets:?}");
            assert!((2..=10).contains(&buckets.ticks().len()), "{buckets:?}");
            for micros in micros {
                let holds = |(lower, upper): &(u64, u64)| lower <= micros && micros < upper;
                let place = buckets.iter().position(|edges| holds(&edges));
                assert!(counts[place.unwrap()] > 0, "{micros} in {buckets:?}");
            }
        }
    }

    #[test]
    fn one_value_stands_between_empty_buckets() {
        let latency = of(&[1_000; 7]);
        let buckets = Buckets::of([&latency]).unwrap();
        let counts = buckets.counts(&latency);
        assert_eq!(counts.iter().max(), Some(&7));
        assert!(counts.first() == Some(&0) && counts.last() == Some(&0));
    }

    #[test]
    fn two_runs_share_their_buckets_and_no_latency_has_none() {
        let (one, other) = (of(&[100]), of(&[100_000]));
        let buckets = Buckets::of([&one, &other, &of(&[])]).unwrap();
        assert_eq!(buckets.counts(&one).iter().sum::<u64>(), 1);
        assert_eq!(buckets.counts(&other).iter().sum::<u64>(), 1);
        assert_eq!(buckets.counts(&of(&[])).iter().sum::<u64>(), 0);
        assert_eq!(Buckets::of([&of(&[])]), None);
        assert_eq!(Buckets::of([]), None);
    }

    #[test]
    fn edges_and_labels_are_round() {
        let latency = of(&[1_000, 90_000]);
        let buckets = Buckets::of([&latency]).unwrap();
        assert_eq!(buckets.0[..3], [1_000, 1_120, 1_250]);
        let labels = |latency| {
            let buckets = Buckets::of([latency]).unwrap();
            let ticks = buckets.ticks().into_iter();
            ticks.map(|tick| tick.1).collect::<Vec<_>>().join(", ")
        };
        assert_eq!(
            labels(&latency),
            "1 ms, 2 ms, 5 ms, 10 ms, 20 ms, 50 ms, 100 ms"
        );
        assert_eq!(
            labels(&of(&[1, 3_600_000_000])),
            "1 µs, 10 µs, 100 µs, 1 ms, 10 ms, 100 ms, 1 s, 10 s, 100 s, 1000 s"
        );
        assert_eq!((time(0), time(1_250)), ("0".into(), "1.25 ms".into()));
    }
}
