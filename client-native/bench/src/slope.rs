//! The cost of one more event: two runs with different counts, so that start and end of the process drop out.

use serde::Serialize;

/// A cost of everything that a process did, in two runs.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub(crate) struct Slope {
    few: Point,
    many: Point,
    /// The cost of one event or connection.
    each: f64,
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
struct Point {
    count: u64,
    total: f64,
}

impl Slope {
    /// From what `count` events cost, for each of the two counts, of which the second is larger.
    pub(crate) fn between(few: (u64, f64), many: (u64, f64)) -> Slope {
        let point = |(count, total)| Point { count, total };
        Slope {
            few: point(few),
            many: point(many),
            each: (many.1 - few.1) / (many.0 as f64 - few.0 as f64),
        }
    }

    pub(crate) fn each(self) -> f64 {
        self.each
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_both_runs_cost_drops_out() {
        let slope = Slope::between((20_000, 84_433_460.0), (60_000, 246_279_979.0));
        assert_eq!(slope.each(), 161_846_519.0 / 40_000.0);
        assert_eq!(Slope::between((1, 7.0), (3, 7.0)).each(), 0.0);
    }
}
